// The routes, by resource. Each function adds the handlers of one.
#pragma once

#include "api/router.h"

namespace godwit::api {

void add_batch_routes(Router& router);
void add_import_routes(Router& router);
void add_migration_routes(Router& router);
void add_report_routes(Router& router);      // findings, reports and the keys they are signed with
void add_host_routes(Router& router);
void add_cluster_routes(Router& router);     // status, pause and resume of everything
void add_process_routes(Router& router);     // health, version, metrics, the OpenAPI document; no token

}  // namespace godwit::api

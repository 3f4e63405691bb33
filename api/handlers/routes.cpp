#include "api/dispatch.h"
#include "api/handlers/handlers.h"

namespace godwit::api {

Router make_router() {
    Router router;
    add_batch_routes(router);
    add_import_routes(router);
    add_migration_routes(router);
    add_report_routes(router);
    add_host_routes(router);
    add_cluster_routes(router);
    add_process_routes(router);
    return router;
}

}  // namespace godwit::api

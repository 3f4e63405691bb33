// A request for a pass of user "u" from host "src" to host "dst", in the clear: for passes without sockets.
#pragma once

#include "engine/sync/request.h"

namespace godwit::test {

inline sync::SyncRequest sync_request() {
    sync::SyncRequest request;
    for (auto* account : {&request.source, &request.destination}) {
        account->endpoint = {.host = "dst", .port = 143, .tls = net::TlsMode::none};
        account->user = "u";
        account->password = Secret(std::string("pw"));
    }
    request.source.endpoint.host = "src";
    request.migration_id = "m";
    return request;
}

}  // namespace godwit::test

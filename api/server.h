// ApiServer: the REST API, health and metrics over HTTP/1.1 on one TCP port.
//
// Everything runs on the executor given (one thread, or a strand). start() and stop() are called on it, or start()
// before it runs. Plain HTTP: the default address is loopback, and TLS belongs to a proxy in front of any other.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/metrics.h"
#include "api/report_signer.h"
#include "engine/base/result.h"
#include "engine/base/run_context.h"
#include "scheduler/credential_box.h"
#include "scheduler/store.h"

namespace godwit::api {

struct ApiOptions {
    std::string address = "127.0.0.1";                 // numeric
    std::uint16_t port = 8420;                         // 0: a free one, which start() returns
    std::size_t max_connections = 256;                 // more are answered with 503
    std::uint64_t import_bytes = 2ull << 30;           // of one uploaded file
    std::size_t body_bytes = 1u << 20;                 // of any other request
    std::chrono::seconds drain{5};                     // what stop() gives to running requests
    std::chrono::milliseconds header_timeout{10'000};  // from the first byte of a request to the end of its header
    std::chrono::milliseconds body_timeout{30'000};    // silence within a body
    std::chrono::milliseconds idle_timeout{60'000};    // between two requests of a connection
    std::chrono::milliseconds write_timeout{30'000};   // of one answer
    std::chrono::milliseconds ready_timeout{2'000};    // what /readyz and /metrics wait for the database
};

// What handlers use. The references outlive the server.
struct Services {
    scheduler::Store& store;
    const scheduler::CredentialBox& credentials;
    Metrics& metrics;
    const ReportSigner& signer;
    std::string token_sha256;                 // hex, of the admin token (auth.h); empty: every token is refused
    std::function<void()> wake_dispatcher;    // there may be new work; called on the server's executor; may be empty
};

class ApiServer {
public:
    ApiServer(asio::any_io_executor executor, ApiOptions options, Services services);
    ApiServer(const ApiServer&) = delete;
    ~ApiServer();

    // Binds and begins to accept; the port that is listened on.
    Result<std::uint16_t> start();
    // Accepts no more, closes idle connections, lets running requests finish within `drain`, then cuts them.
    // Must be awaited before destruction when start() succeeded.
    Awaitable<void> stop();
    std::size_t connections() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace godwit::api

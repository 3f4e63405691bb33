// App: godwitd as an object: everything a running daemon holds, put together from a configuration.
//
// start(), the destructor and the rest are called on the main thread, which is not one of those that work.
#pragma once

#include <cstdint>
#include <memory>

#include "daemon/config.h"
#include "engine/base/result.h"

namespace godwit::daemon {

struct AppOptions {
    bool durable_database = true;  // of the private PostgreSQL; false for tests
    std::chrono::seconds stop_private_database{5};
};

class App {
public:
    // State directory, private database, schema, key, token, threads, API: in this order, until it serves.
    // Blocks the signals that the caller waits for before, so that no thread gets them.
    static Result<std::unique_ptr<App>> start(Config config, AppOptions options = {});
    // After ended() only: joins everything.
    ~App();

    std::uint16_t port() const;  // that the API listens on
    // Readable when everything has ended after drain() or stop(), or by itself (a bug).
    int ended_descriptor() const;
    bool ended() const;
    // Readable when the private database has ended by itself; -1 without one.
    int database_descriptor() const;

    void drain();
    void stop();
    // Takes over what can be changed while running; logs what cannot.
    void reload(const Config& wanted);

private:
    struct State;
    explicit App(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace godwit::daemon

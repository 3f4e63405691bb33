// Resolver: names to numeric addresses, on a few threads of its own, with a cache.
//
// getaddrinfo() can neither be cancelled nor given a deadline, so the caller stops waiting and the thread is
// left to finish. Thread-safe: one Resolver serves the process, and resolve() may be called on any executor.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/run_context.h"

namespace godwit::net {

using Addresses = std::vector<std::string>;

struct ResolverSettings {
    unsigned threads = 4;
    std::chrono::seconds lifetime{60};         // of an answer
    std::chrono::seconds failure_lifetime{5};  // of a failure
    std::size_t cache_entries = 4096;
    std::size_t pending_names = 4096;  // more: limit_exceeded, Reach::node
};

class Resolver {
public:
    // Blocking, called on a resolver thread: numeric IPv4 and IPv6 addresses in order of preference.
    using Lookup = std::function<Result<Addresses>(const std::string& name)>;

    explicit Resolver(Lookup lookup = system_lookup, ResolverSettings settings = {});
    // Does not wait for lookups that are under way.
    ~Resolver();
    Resolver(const Resolver&) = delete;

    // Never empty. A numeric address (also "[::1]") is its own answer. Equal names asked for at once cost one
    // lookup. Errors: dns (also when `deadline` passes), Reach::host; cancelled (context.stop).
    Awaitable<Result<Addresses>> resolve(const RunContext& context, std::string name, Deadline deadline);

    static Result<Addresses> system_lookup(const std::string& name);

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;  // with the threads, which may outlive the Resolver
};

}  // namespace godwit::net

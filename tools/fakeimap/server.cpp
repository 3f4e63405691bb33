#include "tools/fakeimap/server.h"

#include "tools/fakeimap/connection.h"

namespace godwit::fakeimap {

std::uint64_t Server::commands_seen(std::string_view name) const {
    const auto found = seen_.find(name);
    return found == seen_.end() ? 0 : found->second;
}

Awaitable<void> Server::serve(std::unique_ptr<net::Stream> stream) {
    Connection connection(*this, std::move(stream));
    co_await connection.run();
}

}  // namespace godwit::fakeimap

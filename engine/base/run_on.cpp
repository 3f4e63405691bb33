#include "engine/base/run_on.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace godwit {

Awaitable<void> run_on(asio::any_io_executor other, Awaitable<void> task) {
    co_await asio::co_spawn(std::move(other), std::move(task), asio::use_awaitable);
}

}  // namespace godwit

#include "engine/net/stream.h"

namespace godwit::net {

Awaitable<Result<std::string_view>> Stream::read(LentBuffer& buffer, Deadline deadline) {
    const auto room = buffer.room();
    const auto got = co_await read_some(room, deadline);
    if (got) co_return std::string_view(room.data(), *got);
    buffer.release();
    co_return std::unexpected(got.error());
}

Awaitable<Result<void>> Stream::write_gathered(std::span<const std::string_view> pieces, Deadline deadline) {
    for (const auto piece : pieces) GODWIT_CO_CHECK(co_await write(piece, deadline));
    co_return Result<void>{};
}

Awaitable<Result<void>> Stream::write_checked(std::string_view data, Deadline deadline,
                                              const std::function<Result<void>()>& check) {
    GODWIT_CO_CHECK(check());
    co_return co_await write(data, deadline);
}

}  // namespace godwit::net

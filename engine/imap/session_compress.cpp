// COMPRESS of Session (RFC 4978): the server's OK is the last of it that is not compressed, and so is the
// command of ours.
#include "engine/imap/session.h"

namespace godwit::imap {

Awaitable<Result<bool>> Session::compress() {
    while (writing_ && !broken_) co_await changed_.wait();
    if (broken_) co_return std::unexpected(*broken_);
    if (compressed()) co_return true;
    if (!pending_.empty())
        co_return fail(ErrorKind::invalid_argument, Reach::account, "commands are in flight", "COMPRESS");
    if (!has("COMPRESS=DEFLATE")) co_return false;
    offered_ = net::CompressedStream::reserve();
    if (!offered_) co_return false;
    Command command;
    command.name = "COMPRESS";
    command.parts = CommandBuilder("COMPRESS", {}).atom("DEFLATE").finish();
    const auto sent = co_await start(std::move(command));
    if (sent) {
        writing_ = true;  // whether in plain or compressed, only the answer says
        co_await (*sent)->answer();
        writing_ = false;
        changed_.notify_all();
    }
    offered_.reset();
    if (broken_) co_return std::unexpected(*broken_);
    co_return compressed();
}

// `received` came right behind the OK.
void Session::begin_compression(std::string_view received) {
    plain_ended_ = false;
    compressed_ = offered_.get();
    compressed_->begin(std::move(stream_), received);
    stream_ = std::move(offered_);
}

// Compressed, what has crossed the wire since the last time.
void Session::count_wire(std::uint64_t received, std::uint64_t sent) {
    if (!options_.on_wire) return;
    if (!compressed_) return options_.on_wire(received, sent);
    const auto traffic = compressed_->take_traffic();
    options_.on_wire(traffic.received, traffic.sent);
}

}  // namespace godwit::imap

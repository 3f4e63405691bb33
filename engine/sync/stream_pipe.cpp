#include "engine/sync/stream_pipe.h"

#include <cstring>

namespace godwit::sync {

Awaitable<void> StreamPipe::push(std::string_view octets) {
    if (head_.size() < head_bytes) head_ += octets.substr(0, head_bytes - head_.size());
    pending_ = octets;
    changed_.notify_all();
    while (!pending_.empty() && !discarding_) co_await changed_.wait();
    pending_ = {};
}

Awaitable<Result<std::size_t>> StreamPipe::read(std::span<char> buffer) {
    while (pending_.empty() && !closed_) co_await changed_.wait();
    if (pending_.empty()) co_return std::unexpected(*closed_);
    const std::size_t count = std::min(buffer.size(), pending_.size());
    std::memcpy(buffer.data(), pending_.data(), count);
    pending_.remove_prefix(count);
    if (pending_.empty()) changed_.notify_all();
    co_return count;
}

void StreamPipe::discard() {
    discarding_ = true;
    changed_.notify_all();
}

void StreamPipe::close(Error error) {
    if (!closed_) closed_ = std::move(error);
    discarding_ = true;
    changed_.notify_all();
}

}  // namespace godwit::sync

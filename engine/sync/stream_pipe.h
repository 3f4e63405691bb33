// StreamPipe: hands the octets of one large message from the session that reads them to the session that sends them,
// without holding more than the reader's own buffer.
//
// One producer (the source's reader) and one consumer (LiteralSource, called by the destination's writer), on one executor.
// It also keeps the start of the message, for its key.
#pragma once

#include <optional>

#include "engine/base/task_scope.h"
#include "engine/imap/session.h"

namespace godwit::sync {

class StreamPipe final : public imap::LiteralSource {
public:
    StreamPipe(asio::any_io_executor executor, std::uint64_t size) : size_(size), changed_(std::move(executor)) {}

    std::uint64_t size() const { return size_; }
    // Returns once all of `octets` were taken, or are not wanted any more.
    Awaitable<void> push(std::string_view octets);
    Awaitable<Result<std::size_t>> read(std::span<char> buffer) override;

    // Lets the producer run on without a consumer; what comes is dropped.
    void discard();
    // Nothing more will come; a waiting consumer gets this error.
    void close(Error error);

    // At most the first 64 KiB so far.
    const std::string& head() const { return head_; }

private:
    static constexpr std::size_t head_bytes = 64u << 10;

    const std::uint64_t size_;
    Signal changed_;
    std::string_view pending_;   // a view into the reader's buffer while push() waits
    std::string head_;
    std::optional<Error> closed_;
    bool discarding_ = false;
};

}  // namespace godwit::sync

// StreamPipe: hands the octets of one large message from the session that reads them to the session that sends them,
// without holding more than the reader's own buffer.
//
// One producer (LiteralReceiver, called by the source's reader) and one consumer (LiteralSource, called by the
// destination's writer), on one executor. It also keeps the start of the message, for its key.
#pragma once

#include <optional>

#include "engine/base/task_scope.h"
#include "engine/imap/session.h"

namespace godwit::sync {

class StreamPipe final : public imap::LiteralReceiver, public imap::LiteralSource {
public:
    explicit StreamPipe(asio::any_io_executor executor) : changed_(std::move(executor)) {}

    Awaitable<Result<void>> begin(std::uint64_t size) override;
    Awaitable<Result<void>> data(std::string_view octets) override;
    Awaitable<Result<void>> end() override;
    Awaitable<Result<std::size_t>> read(std::span<char> buffer) override;

    // Waits for begin(); the announced size, or nothing when close() came first.
    Awaitable<std::optional<std::uint64_t>> announced();
    // Lets the producer run on without a consumer; what comes is dropped.
    void discard();
    // Nothing more will come; a waiting consumer gets this error.
    void close(Error error);

    // At most the first 64 KiB so far.
    const std::string& head() const { return head_; }

private:
    static constexpr std::size_t head_bytes = 64u << 10;

    Signal changed_;
    std::optional<std::uint64_t> size_;
    std::string_view pending_;   // a view into the reader's buffer while data() waits
    std::string head_;
    std::optional<Error> closed_;
    bool discarding_ = false;
};

}  // namespace godwit::sync

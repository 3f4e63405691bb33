// MemoryStream: a Stream whose other end is in the same process, for tests of protocols.
//
// Bytes written at one end are read at the other. It keeps the contract of net::Stream: deadlines, close(),
// one reader and one writer at a time. Options let a test cut the byte stream anywhere and fail any
// operation.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "engine/net/stream.h"

namespace godwit::test {

class MemoryStream final : public net::Stream {
public:
    ~MemoryStream() override;

    // A read gives at most `bytes`, so 1 splits the input at every byte. Default: whatever is there.
    void limit_reads(std::size_t bytes);
    // A write waits while this many bytes are unread by the other end. Default: no limit.
    void limit_capacity(std::size_t bytes);
    // The `nth` operation from now (1: the next one; reads, writes and start_tls count) fails with `error`,
    // and so does each after it; nothing is moved.
    void fail_operation(std::size_t nth, Error error);
    // start_tls() fails with this.
    void fail_tls(Error error);

    std::size_t operations() const;  // started so far
    std::size_t unread() const;      // bytes written here and not read by the other end
    bool closed() const;
    // What the last start_tls() asked for.
    const std::optional<net::TlsOptions>& tls_options() const;

    Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, Deadline deadline) override;
    Awaitable<Result<void>> write(std::string_view data, Deadline deadline) override;
    // One operation.
    Awaitable<Result<void>> write_gathered(std::span<const std::string_view> pieces,
                                           Deadline deadline) override;
    Awaitable<Result<void>> write_checked(std::string_view data, Deadline deadline,
                                          const std::function<Result<void>()>& check) override;
    // Succeeds at once, without bytes: both ends call it where the protocol says so.
    Awaitable<Result<void>> start_tls(const net::TlsOptions& options, Deadline deadline) override;
    const net::PeerInfo& peer() const override;
    // The other end reads what is left, then the end of the stream.
    void close() override;
    // What the other end has not read is lost to it.
    void reset() override;

private:
    struct State;
    explicit MemoryStream(std::shared_ptr<State> state);
    friend std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> memory_stream_pair(
        asio::any_io_executor executor);
    std::shared_ptr<State> state_;
};

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> memory_stream_pair(
    asio::any_io_executor executor);

}  // namespace godwit::test

// CompressedStream: COMPRESS=DEFLATE (RFC 4978) on another stream: raw deflate (RFC 1951) in both directions.
//
// What one write gives is flushed at its end, so the peer can read all of it; write_checked() keeps its
// promise, since what is compressed afterwards does not hold a bit of it back or bring one forward. A read
// gives at most the room it was asked for, however much the peer's octets swell to. Compression needs memory
// as long as the connection lasts (codec_bytes), so a process may have only so many of them.
#pragma once

#include <memory>

#include "engine/net/stream.h"

namespace godwit::net {

class CompressedStream final : public Stream {
public:
    // Measured; besides that, while octets are at hand: two LentBuffers.
    static constexpr std::size_t codec_bytes = 93u << 10;
    static constexpr std::size_t default_limit = 256;

    // Of the whole process, beyond which reserve() refuses; connections that are compressed already stay so.
    // Thread-safe.
    static void limit_connections(std::size_t count);
    // With all the memory it needs, or null: the limit is reached. To be called before the peer is asked.
    static std::unique_ptr<CompressedStream> reserve();
    ~CompressedStream() override;

    // Once, before anything else, when the peer has agreed and nothing is being read or written. `received`:
    // what came behind its agreement, which is compressed already.
    void begin(std::unique_ptr<Stream> inner, std::string_view received);

    // What crossed the inner stream since the last call, without `received`; sent counts when it is about to
    // be.
    struct Traffic {
        std::uint64_t received = 0, sent = 0;
    };
    Traffic take_traffic();

    // Besides the inner stream's errors protocol_error (Reach::account): what arrives is not compressed. An
    // orderly end of the compressed data is the end of the stream.
    Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, Deadline deadline) override;
    Awaitable<Result<std::string_view>> read(LentBuffer& buffer, Deadline deadline) override;
    Awaitable<Result<void>> write(std::string_view data, Deadline deadline) override;
    Awaitable<Result<void>> write_gathered(std::span<const std::string_view> pieces,
                                           Deadline deadline) override;
    Awaitable<Result<void>> write_checked(std::string_view data, Deadline deadline,
                                          const std::function<Result<void>()>& check) override;
    // Refused: TLS goes below compression, hence before it.
    Awaitable<Result<void>> start_tls(const TlsOptions& options, Deadline deadline) override;
    const PeerInfo& peer() const override;
    void close() override;
    void reset() override;

private:
    struct State;
    explicit CompressedStream(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;  // shared with operations that outlive the stream
};

}  // namespace godwit::net

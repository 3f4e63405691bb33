// Recorder: a stream that keeps what is written to it, one entry a write.
#pragma once

#include "engine/net/stream.h"

namespace godwit::imap::testing {

struct Written {
    std::string octets;
    bool checked = false;
};

// Passes all on to `inner`.
struct Recorder final : net::Stream {
    std::unique_ptr<net::Stream> inner;
    std::vector<Written>& writes;
    Recorder(std::unique_ptr<net::Stream> stream, std::vector<Written>& to)
        : inner(std::move(stream)), writes(to) {}
    Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, Deadline deadline) override {
        return inner->read_some(buffer, deadline);
    }
    Awaitable<Result<void>> write(std::string_view data, Deadline deadline) override {
        writes.push_back({std::string(data)});
        return inner->write(data, deadline);
    }
    Awaitable<Result<void>> write_gathered(std::span<const std::string_view> pieces,
                                           Deadline deadline) override {
        writes.emplace_back();
        for (const auto piece : pieces) writes.back().octets += piece;
        return inner->write_gathered(pieces, deadline);
    }
    Awaitable<Result<void>> write_checked(std::string_view data, Deadline deadline,
                                          const std::function<Result<void>()>& check) override {
        writes.push_back({std::string(data), true});
        return inner->write_checked(data, deadline, check);
    }
    Awaitable<Result<void>> start_tls(const net::TlsOptions& options, Deadline deadline) override {
        return inner->start_tls(options, deadline);
    }
    const net::PeerInfo& peer() const override { return inner->peer(); }
    void close() override { inner->close(); }
    void reset() override { inner->reset(); }
};

}  // namespace godwit::imap::testing

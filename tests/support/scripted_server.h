// ScriptedServer: the other end of a session, played by the test line by line.
#pragma once

#include <string>

#include "engine/net/dialer.h"
#include "tests/support/memory_stream.h"

namespace godwit::test {

class ScriptedServer {
public:
    explicit ScriptedServer(std::unique_ptr<MemoryStream> stream) : stream_(std::move(stream)) {}

    // The next line of the client, without CRLF; "<end>" when it hung up.
    Awaitable<std::string> line();
    // The next line's tag is put into `tag`, the rest is returned.
    Awaitable<std::string> command(std::string& tag);
    Awaitable<std::string> octets(std::size_t count);
    Awaitable<bool> say(std::string text);   // as is; false: nobody takes it any more
    MemoryStream& stream() { return *stream_; }
    std::string_view unread() const { return buffer_; }

private:
    Awaitable<bool> more();
    std::unique_ptr<MemoryStream> stream_;
    std::string buffer_;
};

// Gives one prepared stream.
class PreparedDialer final : public net::Dialer {
public:
    explicit PreparedDialer(std::unique_ptr<net::Stream> stream) : stream_(std::move(stream)) {}
    Awaitable<Result<std::unique_ptr<net::Stream>>> dial(const RunContext&, const net::Endpoint&, Deadline) override {
        co_return std::move(stream_);
    }

private:
    std::unique_ptr<net::Stream> stream_;
};

}  // namespace godwit::test

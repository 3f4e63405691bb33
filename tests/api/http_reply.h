// The client's side of HTTP in tests: raw bytes out, parsed answers in.
#pragma once

#include <charconv>
#include <map>
#include <string>

#include "engine/base/text.h"
#include "engine/net/stream.h"

namespace godwit::api::test {

struct Reply {
    unsigned status = 0;
    std::map<std::string, std::string> headers;   // names in lower case
    std::string body;
    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? "" : found->second;
    }
};

// Reads answers off a stream, one after the other.
class ReplyReader {
public:
    explicit ReplyReader(net::Stream& stream, std::chrono::seconds patience = std::chrono::seconds(10))
        : stream_(stream), patience_(patience) {}

    // `head`: the answer has no body whatever its Content-Length says.
    Awaitable<Result<Reply>> next(bool head = false) {
        std::size_t end;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) GODWIT_CO_CHECK(co_await more());
        Reply reply = parse(buffer_.substr(0, end + 2));
        buffer_.erase(0, end + 4);
        std::size_t length = 0;
        const auto text = reply.header("content-length");
        std::from_chars(text.data(), text.data() + text.size(), length);
        if (head || reply.status == 100) length = 0;
        while (buffer_.size() < length) GODWIT_CO_CHECK(co_await more());
        reply.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
        co_return reply;
    }
    // True when the server closes without sending more.
    Awaitable<bool> closed() {
        char byte[256];
        const auto got = co_await stream_.read_some(byte, after(patience_));
        co_return buffer_.empty() && !got && got.error().kind != ErrorKind::timeout;
    }

private:
    Awaitable<Result<void>> more() {
        char bytes[16384];
        GODWIT_CO_TRY(got, co_await stream_.read_some(bytes, after(patience_)));
        buffer_.append(bytes, got);
        co_return Result<void>{};
    }

    static Reply parse(std::string head) {
        Reply reply;
        std::from_chars(head.data() + 9, head.data() + 12, reply.status);
        for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
            const auto end = head.find("\r\n", at);
            const auto colon = head.find(':', at);
            reply.headers[lower_case(head.substr(at, colon - at))] = head.substr(colon + 2, end - colon - 2);
            at = end + 2;
        }
        return reply;
    }

    net::Stream& stream_;
    std::chrono::seconds patience_;
    std::string buffer_;
};

}  // namespace godwit::api::test

#include "tests/support/scripted_server.h"

namespace godwit::test {

Awaitable<bool> ScriptedServer::more() {
    std::array<char, 4096> chunk;
    auto got = co_await stream_->read_some(chunk, after(std::chrono::seconds(10)));
    if (!got) co_return false;
    buffer_.append(chunk.data(), *got);
    co_return true;
}

Awaitable<std::string> ScriptedServer::line() {
    std::size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos)
        if (!co_await more()) co_return "<end>";
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    co_return line;
}

Awaitable<std::string> ScriptedServer::command(std::string& tag) {
    const std::string text = co_await line();
    const auto space = text.find(' ');
    tag = text.substr(0, space);
    co_return space == std::string::npos ? std::string() : text.substr(space + 1);
}

Awaitable<std::string> ScriptedServer::octets(std::size_t count) {
    while (buffer_.size() < count)
        if (!co_await more()) break;
    std::string octets = buffer_.substr(0, count);
    buffer_.erase(0, count);
    co_return octets;
}

Awaitable<bool> ScriptedServer::say(std::string text) {
    co_return (co_await stream_->write(text, after(std::chrono::seconds(10)))).has_value();
}

}  // namespace godwit::test

// Talking to a fake server line by line, as a client.
#pragma once

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/coro_test.h"
#include "tests/support/memory_stream.h"
#include "tools/fakeimap/server.h"

namespace godwit::fakeimap {

inline constexpr std::string_view hung_up = "<end>";

// One connection.
class Client {
public:
    explicit Client(std::unique_ptr<test::MemoryStream> stream) : stream_(std::move(stream)) {}

    Awaitable<void> send(std::string text) {
        (void)co_await stream_->write(text, after(std::chrono::seconds(5)));
    }

    // The next line with its CRLF, or `hung_up`.
    Awaitable<std::string> line() {
        std::size_t end;
        std::array<char, 4096> chunk;
        while ((end = buffer_.find("\r\n")) == std::string::npos) {
            const auto got = co_await stream_->read_some(chunk, after(std::chrono::seconds(5)));
            if (!got) co_return std::string(hung_up);
            buffer_.append(chunk.data(), *got);
        }
        std::string text = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 2);
        co_return text;
    }

    // Everything up to the answer of command `tag`, without that tag.
    Awaitable<std::string> answer(std::string tag) {
        std::string text;
        for (;;) {
            const std::string next = co_await line();
            if (next == hung_up) co_return text + next;
            if (next.starts_with(tag + " ")) co_return text + next.substr(tag.size() + 1);
            text += next;
        }
    }

    // Sends a command, which may hold literals that need not be asked for, and returns its answer.
    Awaitable<std::string> ask(std::string command) {
        const std::string tag = "a" + std::to_string(++tags_);
        co_await send(tag + " " + command + "\r\n");
        co_return co_await answer(tag);
    }

    void hang_up() { stream_->close(); }

private:
    std::unique_ptr<test::MemoryStream> stream_;
    std::string buffer_;
    int tags_ = 0;
};

// A server with the account "u", password "pw", and clients that have signed in.
class Talk {
public:
    Talk(Server& server, TaskScope& scope, asio::any_io_executor executor)
        : server(server), scope_(scope), executor_(std::move(executor)) {}

    // Connected, the greeting read.
    Awaitable<Client*> connect() {
        auto [near, far] = test::memory_stream_pair(executor_);
        far->limit_capacity(100'000);
        scope_.spawn("fake server", server.serve(std::move(far)));
        clients_.push_back(std::make_unique<Client>(std::move(near)));
        EXPECT_TRUE((co_await clients_.back()->line()).starts_with("* OK [CAPABILITY "));
        co_return clients_.back().get();
    }
    Awaitable<Client*> sign_in() {
        Client* client = co_await connect();
        EXPECT_THAT(co_await client->ask("LOGIN u pw"), ::testing::StartsWith("OK"));
        co_return client;
    }
    // Signed in, with INBOX selected.
    Awaitable<Client*> select(std::string name = "INBOX") {
        Client* client = co_await sign_in();
        EXPECT_THAT(co_await client->ask("SELECT \"" + name + "\""), ::testing::HasSubstr("OK [READ-WRITE]"));
        co_return client;
    }
    void hang_up() {
        for (auto& client : clients_) client->hang_up();
    }
    Folder& inbox() { return server.accounts["u"].folders["INBOX"]; }

    Server& server;

private:
    TaskScope& scope_;
    asio::any_io_executor executor_;
    std::vector<std::unique_ptr<Client>> clients_;
};

inline void talk(Persona persona, std::function<Awaitable<void>(Talk&)> body) {
    test::run_coro([](Persona persona, std::function<Awaitable<void>(Talk&)> body) -> Awaitable<void> {
        const auto executor = co_await test::executor();
        Server server(std::move(persona));
        server.accounts["u"].password = "pw";
        TaskScope scope(executor);
        Talk talk(server, scope, executor);
        co_await body(talk);
        talk.hang_up();
        co_await scope.join();
    }(std::move(persona), std::move(body)));
}

// Everything the server can, without deviations.
inline Persona complete() {
    return {
        .capabilities =
            "IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID ENABLE NAMESPACE CHILDREN LIST-EXTENDED LIST-STATUS "
            "STATUS=SIZE SPECIAL-USE UIDPLUS MULTIAPPEND UNSELECT MOVE ESEARCH CONDSTORE"};
}

inline Message mail(int number, std::vector<std::string> flags = {}, std::string body = "hello\r\n") {
    return {0, std::move(flags), "01-Feb-2024 10:00:00 +0100",
            fmt::format("Message-ID: <{}@x>\r\nSubject: s{}\r\n\r\n{}", number, number, body)};
}

// "{12+}\r\n…", to be put at the end of a command.
inline std::string literal_of(std::string_view octets) {
    return fmt::format("{{{}+}}\r\n{}", octets.size(), octets);
}

}  // namespace godwit::fakeimap

// In how many writes a command leaves, and which octets are kept back.
#include <gtest/gtest.h>

#include "engine/imap/commands.h"
#include "tests/engine/imap/conversation.h"
#include "tests/engine/imap/recorder.h"

namespace godwit::imap {
namespace {

using namespace testing;
using namespace std::chrono_literals;

struct Sent {
    std::vector<Written> writes;
    std::uint64_t on_wire = 0;
    Result<StatusResponse> answer = StatusResponse{};

    std::string all() const {
        std::string out;
        for (const auto& write : writes) out += write.octets;
        return out;
    }
};

// Gives the go-ahead for each literal that waits for it, and takes the command.
Awaitable<void> answer(ScriptedServer& server) {
    for (;;) {
        const auto line = co_await server.line();
        if (line == "<end>") co_return;
        if (!line.ends_with('}')) break;
        if (!line.ends_with("+}")) co_await server.say("+ go\r\n");
    }
    co_await server.say("g1 OK\r\n");
}

// Sends messages of these sizes as one MULTIAPPEND to a server with these capabilities besides.
Sent send(std::vector<std::size_t> sizes, std::string capabilities, std::function<Result<void>()> check) {
    Sent sent;
    test::run_coro([](Sent& out, std::vector<std::size_t> sizes, std::string capabilities,
                      std::function<Result<void>()> check) -> Awaitable<void> {
        auto context = test::context_on(co_await test::executor());
        auto [client_end, server_end] = test::memory_stream_pair(context.executor);
        ScriptedServer server(std::move(server_end));
        test::PreparedDialer dialer(std::make_unique<Recorder>(std::move(client_end), out.writes));
        co_await server.say("* OK [CAPABILITY MULTIAPPEND" + capabilities + "] hi\r\n");
        SessionOptions options{.command_timeout = 10s};
        options.on_wire = [&](std::uint64_t, std::uint64_t octets) { out.on_wire += octets; };
        const net::Endpoint endpoint{.host = "mail.example", .port = 143, .tls = net::TlsMode::none};
        auto session = co_await Session::connect(context, dialer, endpoint, options, after(1s));
        CO_ASSERT_OK(session);
        std::vector<AppendMessage> messages;
        for (const auto size : sizes) messages.push_back({.octets = std::string(size, 'm')});
        auto command = append_command(**session, "x", std::move(messages));
        command.commit_check = std::move(check);
        TaskScope scope(context.executor);
        scope.spawn("server", answer(server));
        auto started = co_await (*session)->start(std::move(command));
        out.answer = started ? co_await (*started)->answer() : std::unexpected(started.error());
        (*session)->abandon({ErrorKind::cancelled, Reach::account, "test over", {}});
        co_await (*session)->close();
        server.stream().close();
        co_await scope.join();
    }(sent, std::move(sizes), std::move(capabilities), std::move(check)));
    return sent;
}

Result<void> allowed() { return {}; }

TEST(SessionWrite, AMultiappendLeavesInTwoWrites) {
    std::vector<std::size_t> sizes(100, 700);
    sizes[50] = sizes[51] = 20'000;  // pieces of their own
    const auto sent = send(sizes, " LITERAL+", allowed);
    ASSERT_EQ(sent.writes.size(), 2u);
    EXPECT_FALSE(sent.writes[0].checked);
    EXPECT_TRUE(sent.writes[0].octets.starts_with("g1 APPEND x {700+}\r\nm"));
    EXPECT_TRUE(sent.writes[1].checked);
    EXPECT_EQ(sent.writes[1].octets, "\r\n");
    EXPECT_EQ(sent.on_wire, sent.all().size());
}

TEST(SessionWrite, ALongCommandLeavesInRuns) {
    const std::vector<std::size_t> sizes(20, 100'000);
    const auto sent = send(sizes, " LITERAL+", allowed);
    ASSERT_GE(sent.writes.size(), 2'000'000u / 400'000);
    for (const auto& write : sent.writes)
        EXPECT_LT(write.octets.size(), 400'000u) << "memory is given back in between";
    EXPECT_LE(sent.writes.size(), 9u);
    EXPECT_EQ(sent.writes.back().octets, "\r\n");
    EXPECT_EQ(std::ranges::count(sent.writes, true, &Written::checked), 1);
    EXPECT_EQ(sent.all().size(), 20u * (100'000 + std::string_view(" {100000+}\r\n").size()) + 13);
    EXPECT_EQ(sent.on_wire, sent.all().size());
}

TEST(SessionWrite, AContinuationIsWaitedForBetweenWrites) {
    const std::vector<std::size_t> sizes{5, 5000, 6};
    const auto sent = send(sizes, " LITERAL-", allowed);
    ASSERT_EQ(sent.writes.size(), 3u);
    EXPECT_EQ(sent.writes[0].octets, "g1 APPEND x {5+}\r\nmmmmm {5000}\r\n");
    EXPECT_EQ(sent.writes[1].octets, std::string(5000, 'm') + " {6+}\r\nmmmmmm");
    EXPECT_EQ(sent.writes[2].octets, "\r\n");
}

TEST(SessionWrite, ALostLeaseKeepsTheLastOctetsBack) {
    const std::vector<std::size_t> sizes(3, 20'000);
    const auto sent = send(sizes, " LITERAL+",
                           []() -> Result<void> { return fail(ErrorKind::lease_lost, Reach::node, "lost"); });
    ASSERT_FALSE(sent.answer);
    EXPECT_EQ(sent.answer.error().kind, ErrorKind::lease_lost);
    ASSERT_EQ(sent.writes.size(), 2u);
    EXPECT_TRUE(sent.writes[0].octets.ends_with("mm")) << "all but what completes the command";
    EXPECT_TRUE(sent.writes[1].checked);
}

}  // namespace
}  // namespace godwit::imap

#include <gtest/gtest.h>

#include "engine/imap/commands.h"
#include "tests/engine/imap/conversation.h"
#include "tests/engine/imap/recorder.h"
#include "tests/support/deflate_peer.h"

namespace godwit::imap {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using test::DeflatePeer;

const std::string offer = "* OK [CAPABILITY IMAP4rev1 LITERAL+ MULTIAPPEND COMPRESS=DEFLATE] ready\r\n";

// The server after its OK.
class Compressed {
public:
    explicit Compressed(ScriptedServer& server) : server_(server) {}

    // Up to a line that ends with `end`, or all there is before the client hung up.
    Awaitable<std::string> until(std::string end = {}) {
        std::string text;
        while (end.empty() || !text.ends_with(end)) {
            std::array<char, 4096> chunk;
            const auto got = co_await server_.stream().read_some(chunk, after(10s));
            if (!got) break;
            text += peer_.plain(std::string_view(chunk.data(), *got));
        }
        co_return text;
    }
    Awaitable<void> say(std::string text) { co_await server_.say(peer_.compressed(text)); }
    DeflatePeer& peer() { return peer_; }

private:
    ScriptedServer& server_;
    DeflatePeer peer_;
};

// Offers it and agrees; what `behind` gives comes in the same write as the OK.
Awaitable<void> agree(ScriptedServer& server, std::string behind = {}) {
    co_await server.say(std::string(offer));
    std::string tag;
    EXPECT_EQ(co_await server.command(tag), "COMPRESS DEFLATE");
    co_await server.say(tag + " OK active\r\n" + behind);
}

Awaitable<void> expect_compressed(Session& session) {
    const auto done = co_await session.compress();
    CO_ASSERT_OK(done);
    EXPECT_TRUE(*done);
    EXPECT_TRUE(session.compressed());
}

TEST(SessionCompress, EverythingAfterTheOkIsCompressed) {
    for (const std::size_t reads : {0, 1, 7}) {
        std::uint64_t received = 0, sent = 0, plain = 0;
        Options options{.reads = reads};
        options.session.on_wire = [&](std::uint64_t in, std::uint64_t out) { received += in, sent += out; };
        converse(
            [&](ScriptedServer& server) -> Awaitable<void> {
                Compressed compressed(server);
                co_await agree(server, compressed.peer().compressed("* 5 EXISTS\r\n* 3 EXISTS\r\n"));
                EXPECT_EQ(co_await compressed.until("\r\n"), "g2 NOOP\r\n");
                std::string rows;
                for (int i = 0; i < 1000; ++i) rows += "* 1 FETCH (UID 7 FLAGS (\\Seen))\r\n";
                plain = rows.size();
                co_await compressed.say(rows + "g2 OK done\r\n");
                EXPECT_EQ(co_await compressed.until("\r\n"), "g3 CHECK\r\n");
                co_await compressed.say("g3 NO last\r\n");
            },
            [&](Session& session) -> Awaitable<void> {
                co_await expect_compressed(session);
                EXPECT_TRUE(*co_await session.compress()) << "it is already";
                int rows = 0;
                auto command = simple("NOOP");
                command.on_data = [&](Response& response) {
                    return std::holds_alternative<FetchData>(response) && ++rows > 0;
                };
                CO_ASSERT_OK(co_await session.run(std::move(command)));
                EXPECT_EQ(rows, 1000);
                EXPECT_EQ(session.exists(), 3u);
                EXPECT_EQ((co_await session.run(simple("CHECK")))->text, "last");
            },
            options);
        EXPECT_LT(received, plain / 10) << "what crossed the wire counts";
        EXPECT_GT(received, 100u);
        EXPECT_GT(sent, 20u);
    }
}

TEST(SessionCompress, WithoutAnOfferNothingIsAsked) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            EXPECT_EQ(co_await server.line(), "g1 NOOP");
            co_await server.say("g1 OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            const auto done = co_await session.compress();
            CO_ASSERT_OK(done);
            EXPECT_FALSE(*done);
            CO_ASSERT_OK(co_await session.run(simple("NOOP")));
        });
}

TEST(SessionCompress, ARefusalLeavesThePlainSession) {
    for (const std::string answer : {"NO [COMPRESSIONACTIVE] TLS does it", "BAD what"})
        converse(
            [answer](ScriptedServer& server) -> Awaitable<void> {
                co_await server.say(offer);
                co_await server.line();
                co_await server.say("g1 " + answer + "\r\n");
                EXPECT_EQ(co_await server.line(), "g2 NOOP");
                co_await server.say("g2 OK\r\n");
            },
            [](Session& session) -> Awaitable<void> {
                const auto done = co_await session.compress();
                CO_ASSERT_OK(done);
                EXPECT_FALSE(*done);
                EXPECT_FALSE(session.compressed());
                CO_ASSERT_OK(co_await session.run(simple("NOOP")));
            });
}

TEST(SessionCompress, ASpentBudgetLeavesThePlainSession) {
    net::CompressedStream::limit_connections(0);
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(offer);
            EXPECT_EQ(co_await server.line(), "<end>");
        },
        [](Session& session) -> Awaitable<void> {
            const auto done = co_await session.compress();
            CO_ASSERT_OK(done);
            EXPECT_FALSE(*done);
        });
    net::CompressedStream::limit_connections(net::CompressedStream::default_limit);
}

TEST(SessionCompress, NothingMayBeInFlightAndWhatIsStartedMeanwhileWaits) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(offer);
            EXPECT_EQ(co_await server.line(), "g1 NOOP");
            co_await test::let_others_run();
            co_await server.say("g1 OK\r\n");
            EXPECT_EQ(co_await server.line(), "g2 COMPRESS DEFLATE");
            co_await test::let_others_run();
            EXPECT_EQ(server.unread(), "") << "the CHECK waits";
            co_await server.say("g2 OK\r\n");
            Compressed compressed(server);
            EXPECT_EQ(co_await compressed.until("\r\n"), "g3 CHECK\r\n");
            co_await compressed.say("g3 OK\r\n");
        },
        [](Session& session) -> Awaitable<void> {
            auto first = co_await session.start(simple("NOOP"));
            CO_ASSERT_OK(first);
            const auto early = co_await session.compress();
            CO_ASSERT(!early);
            EXPECT_EQ(early.error().kind, ErrorKind::invalid_argument);
            CO_ASSERT_OK(co_await (*first)->answer());
            TaskScope scope(session.context().executor);
            scope.spawn("check", [](Session& s) -> Awaitable<void> {
                while (s.in_flight() == 0) co_await test::let_others_run();
                const auto answer = co_await s.run(simple("CHECK"));
                EXPECT_TRUE(answer) << test::text_of(answer);
            }(session));
            co_await expect_compressed(session);
            co_await scope.join();
        });
}

// ---- what a server may send instead

struct Broken {
    std::string what;
    std::string octets;
    ErrorKind kind;
};

TEST(SessionCompress, WhatIsNotCompressedBreaksTheSession) {
    DeflatePeer peer;
    std::string damaged = peer.compressed("* 1 EXISTS\r\n* 2 EXISTS\r\n");
    const std::vector<Broken> cases = {
        {"plain text", "* 3 EXISTS\r\ng2 OK\r\n", ErrorKind::protocol_error},
        {"a block of no kind", std::string(64, '\xff'), ErrorKind::protocol_error},
        {"a gzip header", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) + std::string(64, 'x'),
         ErrorKind::protocol_error},
        {"an end without its beginning", damaged.substr(damaged.size() / 2) + std::string(64, '\xee'),
         ErrorKind::protocol_error},
        {"a command in plain", damaged + "g2 OK done\r\n\xff\xff\xff\xff", ErrorKind::protocol_error},
        {"half of a block", damaged.substr(0, damaged.size() / 2), ErrorKind::connection_lost},
        {"the end of the stream", "", ErrorKind::connection_lost},
    };
    for (const auto& [what, octets, kind] : cases)
        for (const std::size_t reads : {0, 1})
            converse(
                [&](ScriptedServer& server) -> Awaitable<void> {
                    co_await agree(server);
                    Compressed compressed(server);
                    co_await compressed.until("\r\n");
                    co_await server.say(octets);
                    server.stream().close();
                },
                [&](Session& session) -> Awaitable<void> {
                    co_await expect_compressed(session);
                    const auto answer = co_await session.run(simple("NOOP"));
                    CO_ASSERT(!answer);
                    EXPECT_EQ(answer.error().kind, kind) << what << ": " << test::text_of(answer);
                    if (kind == ErrorKind::protocol_error)
                        EXPECT_NE(answer.error().cause.find("not compressed"), std::string::npos) << what;
                    EXPECT_TRUE(session.broken());
                },
                {.reads = reads});
}

TEST(SessionCompress, ALineThatSwellsBreaksTheSession) {
    converse(
        [](ScriptedServer& server) -> Awaitable<void> {
            Compressed compressed(server);
            co_await agree(server);
            co_await compressed.until("\r\n");
            co_await compressed.say("* OK " + std::string(20u << 20, 'x'));
            co_await compressed.until();
        },
        [](Session& session) -> Awaitable<void> {
            co_await expect_compressed(session);
            const auto answer = co_await session.run(simple("NOOP"));
            CO_ASSERT(!answer);
            EXPECT_EQ(answer.error().kind, ErrorKind::limit_exceeded) << test::text_of(answer);
        },
        {.session = {.limits = {.line_bytes = 100'000}}});
}

// ---- messages

TEST(SessionCompress, LiteralsGoBothWays) {
    std::string large(3u << 20, '\0');
    for (std::size_t i = 0; i < large.size(); ++i)
        large[i] = static_cast<char>(' ' + (i * 2654435761u >> 26));
    struct Collector final : LiteralReceiver {
        std::string octets;
        Awaitable<Result<void>> begin(std::uint32_t, std::uint64_t) override { co_return Result<void>{}; }
        Awaitable<Result<void>> data(std::string_view piece) override {
            octets += piece;
            co_return Result<void>{};
        }
        Awaitable<Result<void>> end() override { co_return Result<void>{}; }
    } collector;
    converse(
        [&](ScriptedServer& server) -> Awaitable<void> {
            co_await agree(server);
            Compressed compressed(server);
            const std::string head = "g2 APPEND Sent {" + std::to_string(large.size()) + "+}\r\n";
            EXPECT_TRUE(co_await compressed.until(large.substr(large.size() - 64) + "\r\n") ==
                        head + large + "\r\n");
            co_await compressed.say("g2 OK [APPENDUID 7 42] done\r\n");
            co_await compressed.until("\r\n");
            co_await compressed.say("* 1 FETCH (UID 42 BODY[] {" + std::to_string(large.size()) + "}\r\n" +
                                    large + ")\r\ng3 OK\r\n");
        },
        [&](Session& session) -> Awaitable<void> {
            co_await expect_compressed(session);
            const auto taken = co_await session.run(append_command(session, "Sent", {{.octets = large}}));
            CO_ASSERT_OK(taken);
            EXPECT_TRUE(append_uid(*taken));
            CO_ASSERT_OK(co_await uid_fetch(
                session, "42", "(BODY.PEEK[])", [](FetchData&) { return true; }, &collector));
        });
    EXPECT_TRUE(collector.octets == large);
}

// Each write stands for itself: what completes the command is in the last one alone, and that is checked.
TEST(SessionCompress, TheOctetsThatCompleteAnAppendLeaveByThemselves) {
    for (const bool lost : {true, false}) {
        std::vector<Written> writes;
        Result<StatusResponse> answer = StatusResponse{};
        test::run_coro(
            [](bool lost, std::vector<Written>& writes, Result<StatusResponse>& answer) -> Awaitable<void> {
                auto context = test::context_on(co_await test::executor());
                auto [client_end, server_end] = test::memory_stream_pair(context.executor);
                ScriptedServer server(std::move(server_end));
                test::PreparedDialer dialer(std::make_unique<Recorder>(std::move(client_end), writes));
                TaskScope scope(context.executor);
                scope.spawn("server", [](ScriptedServer& server) -> Awaitable<void> {
                    co_await agree(server);
                    Compressed compressed(server);
                    if ((co_await compressed.until("hello\r\n")).ends_with('\n'))
                        co_await compressed.say("g2 OK\r\n");
                }(server));
                const net::Endpoint endpoint{.host = "mail.example", .port = 143, .tls = net::TlsMode::none};
                auto session = co_await Session::connect(context, dialer, endpoint, {}, after(5s));
                CO_ASSERT_OK(session);
                co_await expect_compressed(**session);
                writes.clear();
                auto command = append_command(**session, "Sent",
                                              {{.octets = std::string(20'000, 'm')}, {.octets = "hello"}});
                command.commit_check = [lost]() -> Result<void> {
                    return lost ? fail(ErrorKind::lease_lost, Reach::node, "lost") : Result<void>{};
                };
                answer = co_await (*session)->run(std::move(command));
                (*session)->abandon({ErrorKind::cancelled, Reach::account, "test over", {}});
                co_await (*session)->close();
                co_await scope.join();
            }(lost, writes, answer));
        EXPECT_EQ(answer.has_value(), !lost) << test::text_of(answer);
        ASSERT_EQ(writes.size(), 2u);
        DeflatePeer peer;
        EXPECT_EQ(peer.plain(writes[0].octets),
                  "g2 APPEND Sent {20000+}\r\n" + std::string(20'000, 'm') + " {5+}\r\nhello");
        EXPECT_EQ(peer.plain(writes[1].octets), "\r\n");
        EXPECT_FALSE(writes[0].checked);
        EXPECT_TRUE(writes[1].checked);
    }
}

}  // namespace
}  // namespace godwit::imap

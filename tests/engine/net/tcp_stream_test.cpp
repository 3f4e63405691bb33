#include "engine/net/tcp_stream.h"

#include <future>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "engine/base/task_scope.h"
#include "tests/support/coro_test.h"
#include "tests/support/local_server.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;
using godwit::net::TcpStream;

namespace {

Awaitable<Result<std::string>> read_text(net::Stream& stream, Deadline deadline = after(5s)) {
    std::string buffer(65536, '\0');
    GODWIT_CO_TRY(got, co_await stream.read_some(buffer, deadline));
    co_return buffer.substr(0, got);
}

Awaitable<std::unique_ptr<TcpStream>> connected(std::uint16_t port, std::string address = "127.0.0.1") {
    auto stream = std::make_unique<TcpStream>(co_await executor());
    const auto done = co_await stream->connect(address, port, after(5s));
    EXPECT_TRUE(done) << text_of(done);
    co_return stream;
}

void echo(ServerConnection& connection) {
    for (std::string got = connection.read(); !got.empty(); got = connection.read())
        if (!connection.write(got)) return;
}

// A server that says nothing and waits for the client to go.
void silent(ServerConnection& connection) { connection.read(); }

ErrorKind kind_of(const auto& result) { return result ? ErrorKind::internal : result.error().kind; }

TEST(TcpStream, EchoesAndKnowsItsPeer) {
    LocalServer server(echo);
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await connected(server.port());
        EXPECT_EQ(stream->peer().address, "127.0.0.1:" + std::to_string(server.port()));
        EXPECT_EQ(stream->peer().tls_version, "");
        CO_ASSERT_OK(co_await stream->write("hello", after(5s)));
        EXPECT_EQ((co_await read_text(*stream)).value_or("?"), "hello");
    }());
}

TEST(TcpStream, Ipv6Loopback) {
    if (!LocalServer::v6_available()) GTEST_SKIP() << "::1 is not available on this machine";
    LocalServer server(echo, nullptr, true);
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await connected(server.port(), "::1");
        EXPECT_EQ(stream->peer().address, "[::1]:" + std::to_string(server.port()));
        CO_ASSERT_OK(co_await stream->write("six", after(5s)));
        EXPECT_EQ((co_await read_text(*stream)).value_or("?"), "six");
    }());
}

TEST(TcpStream, AdoptsAConnectedSocket) {
    LocalServer server(echo);
    run_coro([&]() -> Awaitable<void> {
        const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{
            .sin_family = AF_INET, .sin_port = htons(server.port()), .sin_addr = {htonl(INADDR_LOOPBACK)}};
        CO_ASSERT(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        TcpStream stream(co_await executor(), descriptor);
        EXPECT_EQ(stream.peer().address, "127.0.0.1:" + std::to_string(server.port()));
        CO_ASSERT_OK(co_await stream.write("adopted", after(5s)));
        EXPECT_EQ((co_await read_text(stream)).value_or("?"), "adopted");
    }());
}

TEST(TcpStream, RefusedConnection) {
    run_coro([]() -> Awaitable<void> {
        TcpStream stream(co_await executor());
        const auto done = co_await stream.connect("127.0.0.1", closed_port(), after(5s));
        EXPECT_EQ(kind_of(done), ErrorKind::connection_refused);
        EXPECT_EQ(done.error().reach, Reach::host);
        EXPECT_EQ(done.error().cause, "Connection refused");
    }());
}

TEST(TcpStream, ConnectTimesOut) {
    SilentPort port;
    if (!port.is_silent()) GTEST_SKIP() << "the kernel answers even where the listen queue is full";
    run_coro([&]() -> Awaitable<void> {
        TcpStream stream(co_await executor());
        EXPECT_EQ(kind_of(co_await stream.connect("127.0.0.1", port.port(), after(30ms))),
                  ErrorKind::connect_timeout);
    }());
}

TEST(TcpStream, CloseEndsAConnect) {
    SilentPort port;
    if (!port.is_silent()) GTEST_SKIP() << "the kernel answers even where the listen queue is full";
    run_coro([&]() -> Awaitable<void> {
        const auto on = co_await executor();
        TcpStream stream(on);
        TaskScope scope(on);
        ErrorKind kind{};
        scope.spawn("connect", [](TcpStream& s, std::uint16_t to, ErrorKind& k) -> Awaitable<void> {
            k = kind_of(co_await s.connect("127.0.0.1", to, after(20s)));
        }(stream, port.port(), kind));
        co_await let_others_run();
        stream.close();
        co_await scope.join();
        EXPECT_EQ(kind, ErrorKind::cancelled);
    }());
}

TEST(TcpStream, ReadTimesOutAndCanBeRepeated) {
    std::promise<void> timed_out;
    LocalServer server([&](ServerConnection& connection) {
        timed_out.get_future().wait();
        connection.write("late");
        connection.read();
    });
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await connected(server.port());
        EXPECT_EQ(kind_of(co_await read_text(*stream, after(1s - 990ms))), ErrorKind::timeout);
        EXPECT_EQ(kind_of(co_await read_text(*stream, Deadline::min())), ErrorKind::timeout);
        timed_out.set_value();
        EXPECT_EQ((co_await read_text(*stream)).value_or("?"), "late");
    }());
}

TEST(TcpStream, AWaitingReadHoldsNoMemory) {
    LocalServer server(echo);
    run_coro([&]() -> Awaitable<void> {
        const auto on = co_await executor();
        auto stream = co_await connected(server.port());
        net::LentBuffer buffer;
        EXPECT_EQ(kind_of(co_await stream->read(buffer, after(5ms))), ErrorKind::timeout);
        EXPECT_FALSE(buffer.held());
        TaskScope scope(on);
        std::string got;
        scope.spawn("reader", [](net::Stream& s, net::LentBuffer& b, std::string& to) -> Awaitable<void> {
            to = (co_await s.read(b, after(5s))).value_or("failed");
        }(*stream, buffer, got));
        co_await let_others_run();
        EXPECT_FALSE(buffer.held());
        CO_ASSERT_OK(co_await stream->write("lent", after(5s)));
        co_await scope.join();
        EXPECT_EQ(got, "lent");
        EXPECT_TRUE(buffer.held());
        stream->close();
        EXPECT_EQ(kind_of(co_await stream->read(buffer, after(5s))), ErrorKind::cancelled);
        EXPECT_FALSE(buffer.held());
    }());
}

// The timer of an operation with a far deadline must not delay a later one with a near deadline, nor the
// reverse.
TEST(TcpStream, DeadlinesMoveBothWays) {
    LocalServer server(echo);
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await connected(server.port());
        CO_ASSERT_OK(co_await stream->write("a", after(5s)));
        EXPECT_EQ((co_await read_text(*stream, after(3600s))).value_or("?"), "a");
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(kind_of(co_await read_text(*stream, after(20ms))), ErrorKind::timeout);
        CO_ASSERT_OK(co_await stream->write("b", after(5s)));
        EXPECT_EQ((co_await read_text(*stream, after(5ms + 5s))).value_or("?"), "b");
        EXPECT_EQ(kind_of(co_await read_text(*stream, after(40ms))), ErrorKind::timeout);
        const auto took = std::chrono::steady_clock::now() - start;
        EXPECT_GE(took, 60ms);
        EXPECT_LT(took, 5s);
    }());
}

TEST(TcpStream, WriteTimesOutWhenNobodyReads) {
    std::promise<void> done;
    LocalServer server([&](ServerConnection&) { done.get_future().wait(); });
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await connected(server.port());
        const std::string much(64 << 20, 'x');
        EXPECT_EQ(kind_of(co_await stream->write(much, after(100ms))), ErrorKind::timeout);
        EXPECT_EQ(kind_of(co_await stream->write("more", after(100ms))), ErrorKind::connection_lost);
    }());
    done.set_value();
}

// One direction's deadline wakes the other, which must go on waiting.
TEST(TcpStream, ATimeoutLeavesTheOtherDirectionAlone) {
    std::promise<void> timed_out;
    LocalServer server([&](ServerConnection& connection) {
        timed_out.get_future().wait();
        connection.write("for the reader");
        connection.read();
    });
    run_coro([&]() -> Awaitable<void> {
        const auto on = co_await executor();
        auto stream = co_await connected(server.port());
        TaskScope scope(on);
        std::string got;
        scope.spawn("reader", [](net::Stream& s, std::string& to) -> Awaitable<void> {
            to = (co_await read_text(s, after(10s))).value_or("failed");
        }(*stream, got));
        const std::string much(64 << 20, 'x');
        EXPECT_EQ(kind_of(co_await stream->write(much, after(50ms))), ErrorKind::timeout);
        timed_out.set_value();
        co_await scope.join();
        EXPECT_EQ(got, "for the reader");
    }());
}

TEST(TcpStream, CloseAndDestructionEndPendingReads) {
    LocalServer server(silent);
    run_coro([&]() -> Awaitable<void> {
        const auto on = co_await executor();
        for (const bool destroy : {false, true}) {
            auto stream = co_await connected(server.port());
            TaskScope scope(on);
            ErrorKind kind{};
            scope.spawn("reader", [](net::Stream& s, ErrorKind& k) -> Awaitable<void> {
                k = kind_of(co_await read_text(s, after(20s)));
            }(*stream, kind));
            co_await let_others_run();
            if (destroy)
                stream.reset();
            else
                stream->close();
            co_await scope.join();
            EXPECT_EQ(kind, ErrorKind::cancelled);
            if (stream) EXPECT_EQ(kind_of(co_await read_text(*stream)), ErrorKind::cancelled);
            if (stream) EXPECT_EQ(kind_of(co_await stream->write("x", after(1s))), ErrorKind::cancelled);
        }
    }());
}

TEST(TcpStream, CancellingTheTaskEndsItsRead) {
    LocalServer server(echo);
    run_coro([&]() -> Awaitable<void> {
        const auto on = co_await executor();
        auto stream = co_await connected(server.port());
        TaskScope scope(on);
        std::vector<ErrorKind> kinds;
        scope.spawn("reader", [](net::Stream& s, std::vector<ErrorKind>& k) -> Awaitable<void> {
            k.push_back(kind_of(co_await read_text(s, after(20s))));
            k.push_back(kind_of(co_await read_text(s, after(20s))));
        }(*stream, kinds));
        co_await let_others_run();
        scope.cancel();
        co_await scope.join();
        EXPECT_EQ(kinds, (std::vector{ErrorKind::cancelled, ErrorKind::cancelled}));
        CO_ASSERT_OK(co_await stream->write("still usable", after(5s)));
        EXPECT_EQ((co_await read_text(*stream)).value_or("?"), "still usable");
    }());
}

TEST(TcpStream, PeerThatClosesOrResets) {
    std::atomic<bool> reset = false;
    LocalServer server([&](ServerConnection& connection) {
        connection.read();
        reset ? connection.reset() : connection.close();
    });
    run_coro([&]() -> Awaitable<void> {
        for (const bool by_reset : {false, true}) {
            reset = by_reset;
            auto stream = co_await connected(server.port());
            CO_ASSERT_OK(co_await stream->write("bye", after(5s)));
            const auto got = co_await read_text(*stream);
            EXPECT_EQ(kind_of(got), ErrorKind::connection_lost);
            EXPECT_EQ(got.error().cause,
                      by_reset ? "Connection reset by peer" : std::string(net::end_of_stream));
        }
    }());
}

TEST(TcpStream, ResetIsSeenAsSuchByThePeer) {
    std::promise<int> seen;
    LocalServer server([&](ServerConnection& connection) {
        connection.read();
        char byte = 0;
        seen.set_value(recv(connection.descriptor(), &byte, 1, 0) < 0 ? errno : 0);
    });
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await connected(server.port());
        CO_ASSERT_OK(co_await stream->write("x", after(5s)));
        stream->reset();
        EXPECT_EQ(seen.get_future().get(), ECONNRESET);
    }());
}

// Also a peer that is alive: what it does not read in time must not arrive later.
TEST(TcpStream, WhatThePeerDoesNotTakeInTimeBreaksTheConnection) {
    std::promise<void> over;
    LocalServer server([&](ServerConnection&) { over.get_future().wait(); });
    run_coro([&]() -> Awaitable<void> {
        TcpStream stream(co_await executor(), 500ms);
        CO_ASSERT_OK(co_await stream.connect("127.0.0.1", server.port(), after(5s)));
        const auto began = std::chrono::steady_clock::now();
        const auto written = co_await stream.write(std::string(64 << 20, 'x'), after(20s));
        EXPECT_EQ(kind_of(written), ErrorKind::connection_lost);
        EXPECT_GE(std::chrono::steady_clock::now() - began, 500ms);
        EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    }());
    over.set_value();
}

TEST(TcpStream, WhatWaitsForRoomIsCheckedAgain) {
    std::promise<void> over;
    LocalServer server([&](ServerConnection& connection) {
        over.get_future().wait();
        connection.read();
    });
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await connected(server.port());
        bool late = false;
        const std::function<Result<void>()> in_time = [&]() -> Result<void> {
            if (late) return fail(ErrorKind::lease_lost, Reach::node, "too late");
            return {};
        };
        CO_ASSERT_OK(co_await stream->write_checked("once", after(5s), in_time));
        TaskScope scope(co_await executor());
        ErrorKind kind{};
        scope.spawn("writer", [](net::Stream& s, const auto& check, ErrorKind& k) -> Awaitable<void> {
            const std::string much(64 << 20, 'x');
            k = kind_of(co_await s.write_checked(much, after(20s), check));
        }(*stream, in_time, kind));
        co_await let_others_run();
        late = true;       // while it waits for the peer, which does not read yet
        over.set_value();
        co_await scope.join();
        EXPECT_EQ(kind, ErrorKind::lease_lost);
        EXPECT_EQ(kind_of(co_await stream->write("x", after(1s))), ErrorKind::connection_lost);
    }());
}

TEST(TcpStream, GathersAnyNumberOfPieces) {
    std::promise<std::string> arrived;
    LocalServer server(
        [&](ServerConnection& connection) { arrived.set_value(connection.read_exactly(20'000'000)); });
    run_coro([&]() -> Awaitable<void> {
        auto stream = co_await connected(server.port());
        std::string sent(20'000'000, '\0');
        for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 2654435761u >> 24);
        std::vector<std::string_view> pieces;
        std::string_view left = sent;
        for (std::size_t size = 1; !left.empty(); size = size * 5 % 131'071) {
            pieces.push_back(left.substr(0, size));
            left.remove_prefix(pieces.back().size());
            if (pieces.size() % 3 == 0) pieces.emplace_back();
        }
        EXPECT_GT(pieces.size(), 200u);
        CO_ASSERT_OK(co_await stream->write_gathered(pieces, after(10s)));
        CO_ASSERT_OK(co_await stream->write_gathered({}, after(1s)));
        EXPECT_TRUE(arrived.get_future().get() == sent);
    }());
}

// A reader whose data is always there must let others of its executor run.
TEST(TcpStream, ABusyStreamYields) {
    LocalServer server([](ServerConnection& connection) {
        const std::string block(1 << 16, 'x');
        while (connection.write(block)) continue;
    });
    run_coro([&]() -> Awaitable<void> {
        const auto on = co_await executor();
        auto stream = co_await connected(server.port());
        TaskScope scope(on);
        bool stop = false;
        scope.spawn("stopper", [](bool& flag) -> Awaitable<void> {
            co_await sleep_for(1ms);
            flag = true;
        }(stop));
        std::string one(1, '\0');
        while (!stop) CO_ASSERT_OK(co_await stream->read_some(one, after(5s)));
        co_await scope.join();
    }());
}

}  // namespace

#include "tests/support/memory_stream.h"

#include <gtest/gtest.h>

#include "engine/base/task_scope.h"
#include "tests/support/coro_test.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;

namespace {

Awaitable<std::string> read_text(net::Stream& stream, std::size_t size = 64) {
    std::string buffer(size, '\0');
    const auto got = co_await stream.read_some(buffer, after(5s));
    co_return got ? buffer.substr(0, *got) : std::string(name_of(got.error().kind));
}

TEST(MemoryStream, MovesBytesBothWays) {
    run_coro([]() -> Awaitable<void> {
        auto [a, b] = memory_stream_pair(co_await executor());
        CO_ASSERT_OK(co_await a->write("hello", after(1s)));
        EXPECT_EQ(a->unread(), 5u);
        EXPECT_EQ(co_await read_text(*b), "hello");
        CO_ASSERT_OK(co_await b->write("there", after(1s)));
        EXPECT_EQ(co_await read_text(*a), "there");
    }());
}

TEST(MemoryStream, GathersInOneOperation) {
    run_coro([]() -> Awaitable<void> {
        auto [a, b] = memory_stream_pair(co_await executor());
        const std::vector<std::string_view> pieces{"a", "", "bc"};
        CO_ASSERT_OK(co_await a->write_gathered(pieces, after(1s)));
        EXPECT_EQ(a->operations(), 1u);
        EXPECT_EQ(co_await read_text(*b), "abc");
    }());
}

TEST(MemoryStream, SplitsReads) {
    run_coro([]() -> Awaitable<void> {
        auto [a, b] = memory_stream_pair(co_await executor());
        b->limit_reads(1);
        CO_ASSERT_OK(co_await a->write("abc", after(1s)));
        EXPECT_EQ(co_await read_text(*b), "a");
        EXPECT_EQ(co_await read_text(*b), "b");
        EXPECT_EQ(co_await read_text(*b), "c");
    }());
}

TEST(MemoryStream, ReadTimesOut) {
    run_coro([]() -> Awaitable<void> {
        auto [a, b] = memory_stream_pair(co_await executor());
        std::string buffer(8, '\0');
        const auto got = co_await a->read_some(buffer, after(1ms));
        CO_ASSERT(!got);
        EXPECT_EQ(got.error().kind, ErrorKind::timeout);
    }());
}

TEST(MemoryStream, WriterWaitsForCapacity) {
    run_coro([]() -> Awaitable<void> {
        const auto on = co_await executor();
        auto [a, b] = memory_stream_pair(on);
        a->limit_capacity(2);
        TaskScope scope(on);
        std::string got;
        scope.spawn("reader", [](net::Stream& stream, std::string& to) -> Awaitable<void> {
            while (to.size() < 6) to += co_await read_text(stream);
        }(*b, got));
        CO_ASSERT_OK(co_await a->write("abcdef", after(5s)));
        co_await scope.join();
        EXPECT_EQ(got, "abcdef");
        const auto full = co_await a->write("abc", after(1ms));
        CO_ASSERT(!full);
        EXPECT_EQ(full.error().kind, ErrorKind::timeout);
    }());
}

TEST(MemoryStream, CloseEndsBothEnds) {
    run_coro([]() -> Awaitable<void> {
        const auto on = co_await executor();
        auto [a, b] = memory_stream_pair(on);
        TaskScope scope(on);
        std::string pending;
        scope.spawn("reader", [](net::Stream& stream, std::string& to) -> Awaitable<void> {
            to = co_await read_text(stream);
        }(*a, pending));
        CO_ASSERT_OK(co_await a->write("last", after(1s)));
        a->close();
        co_await scope.join();
        EXPECT_EQ(pending, "cancelled");
        EXPECT_EQ(co_await read_text(*b), "last");
        EXPECT_EQ(co_await read_text(*b), "connection_lost");
        EXPECT_EQ(text_of(co_await b->write("x", after(1s))), "Broken pipe (connection_lost)");
        EXPECT_EQ(co_await read_text(*a), "cancelled");
    }());
}

TEST(MemoryStream, ResetLosesWhatWasNotRead) {
    run_coro([]() -> Awaitable<void> {
        auto [a, b] = memory_stream_pair(co_await executor());
        CO_ASSERT_OK(co_await a->write("gone", after(1s)));
        a->reset();
        EXPECT_EQ(co_await read_text(*b), "connection_lost");
    }());
}

TEST(MemoryStream, FailsTheOperationAskedFor) {
    run_coro([]() -> Awaitable<void> {
        auto [a, b] = memory_stream_pair(co_await executor());
        a->fail_operation(2, Error{ErrorKind::connection_lost, Reach::account, "cut", {}});
        CO_ASSERT_OK(co_await a->write("one", after(1s)));
        EXPECT_EQ(text_of(co_await a->write("two", after(1s))), "cut (connection_lost)");
        EXPECT_EQ(text_of(co_await a->write("three", after(1s))), "cut (connection_lost)");
        EXPECT_EQ(co_await read_text(*b), "one");
        EXPECT_EQ(a->operations(), 3u);
    }());
}

TEST(MemoryStream, StartTls) {
    run_coro([]() -> Awaitable<void> {
        auto [a, b] = memory_stream_pair(co_await executor());
        net::TlsOptions options{.server_name = "imap.example.org"};
        CO_ASSERT_OK(co_await a->start_tls(options, after(1s)));
        EXPECT_EQ(a->tls_options()->server_name, "imap.example.org");
        EXPECT_EQ(a->peer().tls_version, "TLSv1.3");
        b->fail_tls(Error{ErrorKind::tls_verify, Reach::host, "self-signed certificate", {}});
        const auto refused = co_await b->start_tls(options, after(1s));
        CO_ASSERT(!refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::tls_verify);
        EXPECT_TRUE(b->closed());
    }());
}

}  // namespace

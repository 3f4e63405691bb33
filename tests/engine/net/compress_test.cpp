#include "engine/net/compress.h"

#include <random>

#include <gtest/gtest.h>
#include <zlib.h>

#include "engine/base/task_scope.h"
#include "tests/support/coro_test.h"
#include "tests/support/memory_stream.h"

using namespace godwit;
using namespace godwit::test;
using namespace std::chrono_literals;
using godwit::net::CompressedStream;

namespace {

struct Pair {
    std::unique_ptr<CompressedStream> here;
    std::unique_ptr<MemoryStream> there;  // sees and says what is compressed
};

Pair compressed_over(std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> ends,
                     std::string_view received = {}) {
    Pair pair{CompressedStream::reserve(), std::move(ends.second)};
    pair.here->begin(std::move(ends.first), received);
    return pair;
}

// As a whole, with a flush at its end, or with the end of the data.
std::string deflated(std::string_view text, int flush = Z_SYNC_FLUSH) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, flush);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

// What a peer can read of what has reached it.
std::string inflated(std::string_view octets) {
    z_stream stream{};
    inflateInit2(&stream, -15);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));
    stream.avail_in = static_cast<uInt>(octets.size());
    std::string out, piece(65536, '\0');
    do {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        inflate(&stream, Z_SYNC_FLUSH);
        out += piece.substr(0, piece.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    inflateEnd(&stream);
    return out;
}

std::string some_text(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size)
        text +=
            random() % 3 ? "Received: from mail.example " : std::string(1 + random() % 40, char(random()));
    text.resize(size);
    return text;
}

Awaitable<std::string> read_all(net::Stream& from, std::size_t size, bool lent) {
    std::string got, buffer(1000, '\0');
    net::LentBuffer room;
    while (got.size() < size) {
        if (lent) {
            const auto piece = co_await from.read(room, after(5s));
            if (!piece) co_return got + text_of(piece);
            got += *piece;
        } else {
            const auto read = co_await from.read_some(buffer, after(5s));
            if (!read) co_return got + text_of(read);
            got += buffer.substr(0, *read);
        }
    }
    co_return got;
}

TEST(Compress, BothDirectionsHoweverTheyAreCut) {
    for (const std::size_t cut : {0, 1, 100}) {
        for (const bool lent : {false, true}) {
            run_coro([](std::size_t reads, bool by_lent) -> Awaitable<void> {
                const auto on = co_await executor();
                auto ends = memory_stream_pair(on);
                if (reads) ends.first->limit_reads(reads), ends.second->limit_reads(reads);
                auto a = CompressedStream::reserve(), b = CompressedStream::reserve();
                a->begin(std::move(ends.first), {});
                b->begin(std::move(ends.second), {});
                const std::string there = some_text(300'000, 1), back = some_text(200'000, 2);
                TaskScope scope(on);
                scope.spawn("writer", [](net::Stream& to, const std::string& text) -> Awaitable<void> {
                    std::string_view left = text;
                    for (std::size_t size = 1; !left.empty(); size = size * 3 % 99'991) {
                        const auto now = left.substr(0, size);
                        const std::vector<std::string_view> pieces{now.substr(0, now.size() / 3), "",
                                                                   now.substr(now.size() / 3)};
                        CO_ASSERT_OK(co_await to.write_gathered(pieces, after(5s)));
                        left.remove_prefix(now.size());
                    }
                }(*a, there));
                scope.spawn("answer", [](net::Stream& to, const std::string& text) -> Awaitable<void> {
                    CO_ASSERT_OK(co_await to.write(text, after(5s)));
                }(*b, back));
                EXPECT_TRUE(co_await read_all(*b, there.size(), by_lent) == there);
                EXPECT_TRUE(co_await read_all(*a, back.size(), by_lent) == back);
                co_await scope.join();
            }(cut, lent));
        }
    }
}

TEST(Compress, EachWriteIsCompleteForThePeer) {
    run_coro([]() -> Awaitable<void> {
        auto pair = compressed_over(memory_stream_pair(co_await executor()));
        std::string sent, seen, buffer(1 << 20, '\0');
        for (const std::string_view text : {"a", "a NOOP\r\n", "\r\n", ""}) {
            CO_ASSERT_OK(co_await pair.here->write(text, after(1s)));
            sent += text;
            if (pair.there->unread() || !text.empty())
                seen += buffer.substr(0, *co_await pair.there->read_some(buffer, after(1s)));
            EXPECT_EQ(inflated(seen), sent);
        }
        CO_ASSERT_OK(co_await pair.here->write_gathered({}, after(1s)));
    }());
}

TEST(Compress, WhatCameBehindTheAgreementIsReadFirst) {
    run_coro([]() -> Awaitable<void> {
        const std::string all = deflated("* OK early\r\n* OK late\r\n");
        auto pair = compressed_over(memory_stream_pair(co_await executor()), all.substr(0, 12));
        CO_ASSERT_OK(co_await pair.there->write(all.substr(12), after(1s)));
        EXPECT_EQ(co_await read_all(*pair.here, 23, false), "* OK early\r\n* OK late\r\n");
        CO_ASSERT_OK(co_await pair.here->write("thanks", after(1s)));
        const auto traffic = pair.here->take_traffic();
        EXPECT_EQ(traffic.received, all.size() - 12);
        std::string buffer(4096, '\0');
        EXPECT_EQ(traffic.sent, (co_await pair.there->read_some(buffer, after(1s))).value_or(0));
        EXPECT_EQ(pair.here->take_traffic().sent, 0u);
    }());
}

// All of a write_gathered but what the check guards is with the peer before it is asked; nothing of that is.
TEST(Compress, TheCheckKeepsBackWhatItGuards) {
    run_coro([]() -> Awaitable<void> {
        auto pair = compressed_over(memory_stream_pair(co_await executor()));
        const std::vector<std::string_view> pieces{"g1 APPEND x {5+}\r\n", "hello"};
        CO_ASSERT_OK(co_await pair.here->write_gathered(pieces, after(1s)));
        const std::size_t before = pair.there->operations();
        int asked = 0;
        const std::function<Result<void>()> wanted = [&]() -> Result<void> {
            ++asked;
            return {};
        };
        const std::function<Result<void>()> unwanted = [&]() -> Result<void> {
            ++asked;
            return fail(ErrorKind::lease_lost, Reach::node, "lost");
        };
        CO_ASSERT_OK(co_await pair.here->write_checked("\r\n", after(1s), wanted));
        EXPECT_EQ(asked, 1);
        const auto kept = co_await pair.here->write_checked("gone", after(1s), unwanted);
        CO_ASSERT(!kept);
        EXPECT_EQ(kept.error().kind, ErrorKind::lease_lost);
        EXPECT_EQ(asked, 2);
        const auto later = co_await pair.here->write("more", after(1s));
        CO_ASSERT(!later);
        EXPECT_EQ(later.error().kind, ErrorKind::connection_lost);
        EXPECT_EQ(pair.there->operations(), before);
        std::string buffer(4096, '\0');
        const auto got = co_await pair.there->read_some(buffer, after(1s));
        CO_ASSERT_OK(got);
        EXPECT_EQ(inflated(buffer.substr(0, *got)), "g1 APPEND x {5+}\r\nhello\r\n");
    }());
}

TEST(Compress, TheCheckIsAskedAgainAfterAWait) {
    run_coro([]() -> Awaitable<void> {
        const auto on = co_await executor();
        auto ends = memory_stream_pair(on);
        ends.first->limit_capacity(2);
        auto pair = compressed_over(std::move(ends));
        bool late = false;
        const std::function<Result<void>()> in_time = [&]() -> Result<void> {
            if (late) return fail(ErrorKind::lease_lost, Reach::node, "too late");
            return {};
        };
        TaskScope scope(on);
        std::optional<ErrorKind> kind;
        scope.spawn("writer", [](net::Stream& to, const auto& check, auto& result) -> Awaitable<void> {
            const auto written = co_await to.write_checked("\r\n", after(5s), check);
            result = written ? ErrorKind::internal : written.error().kind;
        }(*pair.here, in_time, kind));
        co_await let_others_run();
        EXPECT_FALSE(kind);
        late = true;
        std::string buffer(16, '\0');
        CO_ASSERT_OK(co_await pair.there->read_some(buffer, after(1s)));
        co_await scope.join();
        EXPECT_EQ(kind, ErrorKind::lease_lost);
    }());
}

TEST(Compress, ABombGivesNoMoreThanAskedFor) {
    run_coro([]() -> Awaitable<void> {
        auto pair = compressed_over(memory_stream_pair(co_await executor()));
        constexpr std::size_t size = 8 << 20;
        const std::string bomb = deflated(std::string(size, 'x'));
        EXPECT_LT(bomb.size(), size / 900);
        CO_ASSERT_OK(co_await pair.there->write(bomb, after(5s)));
        std::string buffer(1000, '\0');
        std::size_t got = 0;
        bool others_ran = false;
        TaskScope scope(co_await executor());
        scope.spawn("other", [](bool& ran) -> Awaitable<void> {
            ran = true;
            co_return;
        }(others_ran));
        for (int i = 0; i < 100; ++i) {
            const auto read = co_await pair.here->read_some(buffer, after(5s));
            CO_ASSERT_OK(read);
            got += *read;
        }
        EXPECT_EQ(got, 100'000u);
        EXPECT_TRUE(others_ran) << "a stream that never waits must let others run";
        co_await scope.join();
        net::LentBuffer lent;
        const auto more = co_await pair.here->read(lent, after(5s));
        CO_ASSERT_OK(more);
        EXPECT_EQ(more->size(), net::LentBuffer::capacity);
    }());
}

TEST(Compress, GarbageIsSaidToBeThat) {
    for (const std::string garbage : {"\xff\xff\xff\xff", "* OK this is not compressed at all, is it?\r\n"}) {
        run_coro([](const std::string& said) -> Awaitable<void> {
            auto pair = compressed_over(memory_stream_pair(co_await executor()));
            CO_ASSERT_OK(co_await pair.there->write(deflated("good") + said, after(1s)));
            std::string buffer(64, '\0');
            const auto good = co_await pair.here->read_some(buffer, after(1s));
            CO_ASSERT_OK(good);
            EXPECT_EQ(buffer.substr(0, 4), "good");
            for (int i = 0; i < 2; ++i) {
                const auto bad = co_await pair.here->read_some(buffer, after(1s));
                CO_ASSERT(!bad);
                EXPECT_EQ(bad.error().kind, ErrorKind::protocol_error);
                EXPECT_EQ(bad.error().cause.find("what arrives is not compressed: "), 0u)
                    << bad.error().cause;
            }
        }(garbage));
    }
}

TEST(Compress, EndsInOrder) {
    run_coro([]() -> Awaitable<void> {
        std::string buffer(64, '\0');
        auto finished = compressed_over(memory_stream_pair(co_await executor()));
        CO_ASSERT_OK(co_await finished.there->write(deflated("last", Z_FINISH) + "and then?", after(1s)));
        EXPECT_EQ(co_await read_all(*finished.here, 5, false),
                  "last" + std::string(net::end_of_stream) + " (connection_lost)");
        auto cut = compressed_over(memory_stream_pair(co_await executor()));
        CO_ASSERT_OK(co_await cut.there->write(deflated("last"), after(1s)));
        cut.there->close();
        EXPECT_EQ(co_await read_all(*cut.here, 5, true),
                  "last" + std::string(net::end_of_stream) + " (connection_lost)");
        auto closed = compressed_over(memory_stream_pair(co_await executor()));
        CO_ASSERT_OK(co_await closed.there->write(deflated("unread"), after(1s)));
        closed.here->close();
        EXPECT_EQ(text_of(co_await closed.here->read_some(buffer, after(1s))), "stream closed (cancelled)");
        EXPECT_EQ(text_of(co_await closed.here->write("x", after(1s))), "stream closed (cancelled)");
    }());
}

TEST(Compress, TimesOutAlsoWhileNothingComesCompressed) {
    run_coro([]() -> Awaitable<void> {
        auto pair = compressed_over(memory_stream_pair(co_await executor()));
        std::string buffer(64, '\0');
        EXPECT_EQ((co_await pair.here->read_some(buffer, after(5ms))).error().kind, ErrorKind::timeout);
        const std::string empty_block("\0\0\0\xff\xff", 5);
        std::string flood;
        for (int i = 0; i < 1000; ++i) flood += empty_block;
        CO_ASSERT_OK(co_await pair.there->write(flood, after(1s)));
        EXPECT_EQ((co_await pair.here->read_some(buffer, Deadline::min())).error().kind, ErrorKind::timeout);
    }());
}

TEST(Compress, DestructionEndsAPendingRead) {
    run_coro([]() -> Awaitable<void> {
        auto pair = compressed_over(memory_stream_pair(co_await executor()));
        TaskScope scope(co_await executor());
        ErrorKind kind{};
        scope.spawn("reader", [](net::Stream& from, ErrorKind& result) -> Awaitable<void> {
            net::LentBuffer lent;
            const auto got = co_await from.read(lent, after(20s));
            result = got ? ErrorKind::internal : got.error().kind;
        }(*pair.here, kind));
        co_await let_others_run();
        pair.here.reset();
        co_await scope.join();
        EXPECT_EQ(kind, ErrorKind::cancelled);
    }());
}

TEST(Compress, OnlySoManyAtOnce) {
    CompressedStream::limit_connections(2);
    auto one = CompressedStream::reserve(), two = CompressedStream::reserve();
    EXPECT_TRUE(one && two);
    EXPECT_FALSE(CompressedStream::reserve());
    one.reset();
    EXPECT_TRUE(CompressedStream::reserve());
    CompressedStream::limit_connections(CompressedStream::default_limit);
}

}  // namespace

#include "engine/net/compress.h"

#include <atomic>
#include <utility>

#include <zlib.h>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace godwit::net {
namespace {

// The peer chooses how far back its matches reach, and all choose the most: 32 KiB of history and 7 KiB of
// state.
constexpr int inflate_window_bits = -15;
// Measured on mail (headers and text, 12 MiB), as octets in by octets out, CPU time a MiB and memory of the
// compressor: level 6, window 15, memory level 8: 2.7, 28 ms, 262 KiB; 1, 15, 8: 2.4, 11 ms, 262 KiB; 1, 13,
// 5: 2.3, 14 ms, 54 KiB; 1, 12, 5: 2.2, 15 ms, 38 KiB. Attachments in base64: 1.3 and 25 ms with each.
// Decompressing takes 3 ms a MiB.
constexpr int deflate_level = 1;
constexpr int deflate_window_bits = -13;
constexpr int deflate_memory_level = 5;
constexpr std::size_t piece_at_once = 1u << 30;  // zlib counts in 32 bits
// Reads in a row that take nothing from the inner stream before others on the executor get a turn.
constexpr unsigned turns_before_yield = 32;

std::atomic<std::size_t> limit = CompressedStream::default_limit;
std::atomic<std::size_t> compressed = 0;

// One of the connections that may be compressed.
class Seat {
public:
    static std::unique_ptr<Seat> take() {
        std::size_t taken = compressed;
        while (taken < limit)
            if (compressed.compare_exchange_weak(taken, taken + 1)) return std::unique_ptr<Seat>(new Seat);
        return nullptr;
    }
    Seat(const Seat&) = delete;
    ~Seat() { --compressed; }

private:
    Seat() = default;
};

std::unexpected<Error> cancelled() { return fail(ErrorKind::cancelled, Reach::account, "stream closed"); }

Bytef* bytes_of(const char* data) { return reinterpret_cast<Bytef*>(const_cast<char*>(data)); }

}  // namespace

struct CompressedStream::State : std::enable_shared_from_this<CompressedStream::State> {
    std::unique_ptr<Seat> seat;
    std::unique_ptr<Stream> inner;
    z_stream in{}, out{};
    LentBuffer buffer;          // holds `received` while that is not empty
    std::string early;          // likewise, at the beginning
    std::string_view received;  // still compressed
    Traffic traffic;
    unsigned turns = 0;
    bool ended = false;
    bool closed = false;
    bool write_broken = false;

    explicit State(std::unique_ptr<Seat> taken) : seat(std::move(taken)) {}
    State(const State&) = delete;
    ~State() {
        inflateEnd(&in);
        deflateEnd(&out);
    }

    bool allocate();
    Awaitable<Result<std::string_view>> take(std::span<char> fixed, LentBuffer* lent, Deadline deadline);
    Result<std::size_t> inflate_into(std::span<char> to);
    std::size_t deflate_into(std::span<char> to, std::string_view& piece, int flush);
    Awaitable<Result<void>> send(std::span<const std::string_view> pieces, Deadline deadline,
                                 const std::function<Result<void>()>* check);
    Awaitable<Result<void>> send_compressed(std::string_view octets, Deadline deadline,
                                            const std::function<Result<void>()>* check);
};

bool CompressedStream::State::allocate() {
    return inflateInit2(&in, inflate_window_bits) == Z_OK &&
           deflateInit2(&out, deflate_level, Z_DEFLATED, deflate_window_bits, deflate_memory_level,
                        Z_DEFAULT_STRATEGY) == Z_OK;
}

// How much of `to` was filled; nothing: more must be received.
Result<std::size_t> CompressedStream::State::inflate_into(std::span<char> to) {
    in.next_in = bytes_of(received.data());
    in.avail_in = static_cast<uInt>(received.size());
    in.next_out = bytes_of(to.data());
    in.avail_out = static_cast<uInt>(std::min(to.size(), piece_at_once));
    const int code = ended ? Z_STREAM_END : inflate(&in, Z_SYNC_FLUSH);
    const auto filled = static_cast<std::size_t>(in.next_out - bytes_of(to.data()));
    received.remove_prefix(received.size() - in.avail_in);
    if (received.empty()) {
        buffer.release();
        std::string().swap(early);
    }
    ended = code == Z_STREAM_END;
    if (filled > 0) return filled;  // an error comes again
    if (ended) return fail(ErrorKind::connection_lost, Reach::account, std::string(end_of_stream));
    if (code == Z_OK || code == Z_BUF_ERROR) return filled;
    return fail(ErrorKind::protocol_error, Reach::account,
                std::string("what arrives is not compressed: ") + (in.msg ? in.msg : zError(code)));
}

// Into `fixed`, or into what `lent` gives.
Awaitable<Result<std::string_view>> CompressedStream::State::take(std::span<char> fixed, LentBuffer* lent,
                                                                  Deadline deadline) {
    const auto self = shared_from_this();
    for (bool waited = false;; waited = true) {
        if (closed) co_return cancelled();
        const auto room = lent ? lent->room() : fixed;
        const auto filled = inflate_into(room);
        if (filled && *filled > 0) {
            if (++turns % turns_before_yield == 0)
                co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
            co_return std::string_view(room.data(), *filled);
        }
        if (lent) lent->release();
        if (!filled) co_return std::unexpected(filled.error());
        // What arrives may be nothing but empty blocks, without end.
        if (waited && std::chrono::steady_clock::now() >= deadline)
            co_return fail(ErrorKind::timeout, Reach::account, "no progress before the deadline");
        GODWIT_CO_TRY(got, co_await inner->read(buffer, deadline));
        received = got;
        traffic.received += got.size();
    }
}

// How much of `to` was filled, which is all of it as long as there is more to come.
std::size_t CompressedStream::State::deflate_into(std::span<char> to, std::string_view& piece, int flush) {
    const std::string_view now = piece.substr(0, piece_at_once);
    out.next_in = bytes_of(now.data());
    out.avail_in = static_cast<uInt>(now.size());
    out.next_out = bytes_of(to.data());
    out.avail_out = static_cast<uInt>(to.size());
    deflate(&out, flush);  // fails only on nonsense: Z_BUF_ERROR is one flush too many, which gives nothing
    piece.remove_prefix(now.size() - out.avail_in);
    return to.size() - out.avail_out;
}

Awaitable<Result<void>> CompressedStream::State::send(std::span<const std::string_view> pieces,
                                                      Deadline deadline,
                                                      const std::function<Result<void>()>* check) {
    const auto self = shared_from_this();
    if (closed) co_return cancelled();
    if (write_broken)
        co_return fail(ErrorKind::connection_lost, Reach::account, "an earlier write did not finish");
    write_broken = true;  // what is compressed and not sent is missing from the peer's history
    LentBuffer lent;
    const auto room = lent.room();
    std::size_t filled = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        std::string_view piece = pieces[i];
        const int flush = i + 1 == pieces.size() ? Z_SYNC_FLUSH : Z_NO_FLUSH;
        do {
            if (filled == room.size()) {
                GODWIT_CO_CHECK(co_await send_compressed({room.data(), filled}, deadline, check));
                filled = 0;
            }
            filled += deflate_into(room.subspan(filled), piece, flush);
        } while (!piece.empty() || filled == room.size());
    }
    if (filled > 0) GODWIT_CO_CHECK(co_await send_compressed({room.data(), filled}, deadline, check));
    write_broken = false;
    co_return Result<void>{};
}

Awaitable<Result<void>> CompressedStream::State::send_compressed(std::string_view octets, Deadline deadline,
                                                                 const std::function<Result<void>()>* check) {
    traffic.sent += octets.size();
    return check ? inner->write_checked(octets, deadline, *check) : inner->write(octets, deadline);
}

void CompressedStream::limit_connections(std::size_t count) { limit = count; }

std::unique_ptr<CompressedStream> CompressedStream::reserve() {
    auto seat = Seat::take();
    if (!seat) return nullptr;
    auto state = std::make_shared<State>(std::move(seat));
    if (!state->allocate()) return nullptr;
    return std::unique_ptr<CompressedStream>(new CompressedStream(std::move(state)));
}

CompressedStream::CompressedStream(std::shared_ptr<State> state) : state_(std::move(state)) {}

CompressedStream::~CompressedStream() { close(); }

void CompressedStream::begin(std::unique_ptr<Stream> inner, std::string_view received) {
    state_->inner = std::move(inner);
    state_->early = received;
    state_->received = state_->early;
}

CompressedStream::Traffic CompressedStream::take_traffic() { return std::exchange(state_->traffic, {}); }

Awaitable<Result<std::size_t>> CompressedStream::read_some(std::span<char> buffer, Deadline deadline) {
    if (buffer.empty()) co_return std::size_t{0};
    GODWIT_CO_TRY(got, co_await state_->take(buffer, nullptr, deadline));
    co_return got.size();
}

Awaitable<Result<std::string_view>> CompressedStream::read(LentBuffer& buffer, Deadline deadline) {
    return state_->take({}, &buffer, deadline);
}

Awaitable<Result<void>> CompressedStream::write(std::string_view data, Deadline deadline) {
    co_return co_await state_->send({&data, 1}, deadline, nullptr);
}

Awaitable<Result<void>> CompressedStream::write_gathered(std::span<const std::string_view> pieces,
                                                         Deadline deadline) {
    return state_->send(pieces, deadline, nullptr);
}

Awaitable<Result<void>> CompressedStream::write_checked(std::string_view data, Deadline deadline,
                                                        const std::function<Result<void>()>& check) {
    co_return co_await state_->send({&data, 1}, deadline, &check);
}

Awaitable<Result<void>> CompressedStream::start_tls(const TlsOptions&, Deadline) {
    co_return fail(ErrorKind::invalid_argument, Reach::host, "TLS cannot begin above compression");
}

const PeerInfo& CompressedStream::peer() const { return state_->inner->peer(); }

void CompressedStream::close() {
    state_->closed = true;
    if (state_->inner) state_->inner->close();
}

void CompressedStream::reset() {
    state_->closed = true;
    if (state_->inner) state_->inner->reset();
}

}  // namespace godwit::net

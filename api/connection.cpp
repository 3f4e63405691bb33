#include "api/connection.h"

#include <optional>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>

#include "api/problem.h"
#include "engine/base/text.h"
#include "engine/net/chunked.h"
#include "scheduler/ids.h"

namespace godwit::api {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t buffer_bytes = 32u << 10;
constexpr std::size_t request_id_bytes = 64;

// A body that is handed out in the pieces in which it arrives: no reservation by a claimed length.
struct PieceBody {
    using value_type = std::string;
    class reader {
    public:
        template <bool isRequest, class Fields>
        reader(http::header<isRequest, Fields>&, value_type& body) : body_(body) {}
        void init(const boost::optional<std::uint64_t>&, error_code& error) { error = {}; }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, error_code& error) {
            error = {};
            std::size_t size = 0;
            for (auto it = boost::asio::buffer_sequence_begin(buffers); it != boost::asio::buffer_sequence_end(buffers);
                 ++it) {
                const boost::asio::const_buffer piece(*it);
                body_.append(static_cast<const char*>(piece.data()), piece.size());
                size += piece.size();
            }
            return size;
        }
        void finish(error_code& error) { error = {}; }

    private:
        value_type& body_;
    };
};
using Parser = http::request_parser<PieceBody>;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool is_request_id(std::string_view text) {
    return !text.empty() && text.size() <= request_id_bytes && std::ranges::all_of(text, [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
               c == '.';
    });
}

Problem problem_of_parse(const error_code& error) {
    if (error == http::error::header_limit)
        return {431, "header_too_large", "The request line and header fields are too long.", {}, {}};
    if (error == http::error::bad_version) return {505, "http_version", "Only HTTP/1.0 and HTTP/1.1 are spoken.", {}, {}};
    return {400, "malformed_request", "This is not HTTP: " + printable(error.message()) + ".", {}, {}};
}

std::string head_of(const Response& response, const Request& request, bool keep_alive) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\nContent-Length: {}\r\nX-Request-Id: {}\r\n", response.status,
                                   reason_phrase(response.status), response.body.size(), request.id);
    if (!response.content_type.empty()) head += "Content-Type: " + response.content_type + "\r\n";
    head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
    for (const auto& [name, value] : response.headers) head += name + ": " + printable(value, 8000) + "\r\n";
    head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return head;
}

}  // namespace

struct Connection::State {
    std::unique_ptr<net::Stream> stream;
    ConnectionLimits limits;
    Respond respond;
    std::string buffer;          // bytes [begin, end) are read and not parsed
    std::size_t begin = 0, end = 0;
    bool idle = true;
    bool draining = false;

    class Body;

    State(std::unique_ptr<net::Stream> s, ConnectionLimits l, Respond r)
        : stream(std::move(s)), limits(l), respond(std::move(r)) {}

    // Reads more into the buffer, making room first; protocol_error when the buffer is full and nothing can be parsed.
    Awaitable<Result<void>> fill(Deadline deadline);
    // False: the connection ended between two requests. A problem is answered, then the connection ends.
    Awaitable<std::expected<bool, Problem>> read_header(Parser& parser);
    Awaitable<bool> answer(const Response& response, const Request& request, bool keep_alive);
    // Closing with unread input resets the connection and can take the answer with it: reads until the client has seen
    // the answer and closes, within limits.
    Awaitable<void> linger();
    Awaitable<bool> serve_one();
};

class Connection::State::Body final : public BodyReader {
public:
    Body(State& state, Parser& parser) : state_(state), parser_(parser) {}

    Awaitable<Result<std::optional<std::string>>> read_chunk() override {
        co_return co_await read(std::chrono::steady_clock::time_point::max());
    }
    void limit(std::uint64_t bytes) override { limit_ = bytes; }
    bool complete() const { return parser_.is_done() && parser_.get().body().empty(); }

    void expect_continue() { announce_ = true; }
    bool awaits_continue() const { return announce_; }
    // Nothing more can be read: malformed, late, or gone.
    bool broken() const { return failed_ && failed_->kind != ErrorKind::limit_exceeded; }
    // What is left is read and forgotten; false when it is too much or too slow.
    Awaitable<bool> discard() {
        if (announce_) co_return complete();
        if (failed_ && failed_->kind == ErrorKind::limit_exceeded) failed_.reset();
        const auto deadline = after(state_.limits.discard_timeout);
        limit_ = seen_ + state_.limits.discard_bytes;
        for (;;) {
            auto piece = co_await read(deadline);
            if (!piece) co_return false;
            if (!*piece) co_return true;
        }
    }

private:
    using Piece = Result<std::optional<std::string>>;

    Awaitable<Piece> read(Deadline last) {
        if (failed_) co_return std::unexpected(*failed_);
        auto piece = co_await read_piece(last);
        if (!piece) failed_ = piece.error();
        co_return piece;
    }

    Awaitable<Piece> read_piece(Deadline last) {
        const auto announced = parser_.content_length();
        if (announced && *announced > limit_) co_return too_large();
        if (announce_) {
            announce_ = false;
            GODWIT_CO_CHECK(co_await state_.stream->write("HTTP/1.1 100 Continue\r\n\r\n",
                                                          after(state_.limits.write_timeout)));
        }
        while (!parser_.is_done() && parser_.get().body().empty()) {
            error_code error;
            const std::string_view unread(state_.buffer.data() + state_.begin, state_.end - state_.begin);
            if (!unread.empty() && (!parser_.chunked() || net::enough_of_chunks(unread))) {
                state_.begin += parser_.put({state_.buffer.data() + state_.begin, state_.end - state_.begin}, error);
                if (error && error != http::error::need_more)
                    co_return fail(ErrorKind::protocol_error, Reach::message, "the body: " + error.message());
                if (parser_.is_done() || !parser_.get().body().empty()) break;
            }
            GODWIT_CO_CHECK(co_await state_.fill(std::min(last, after(state_.limits.body_timeout))));
        }
        auto piece = std::exchange(parser_.get().body(), {});
        if (piece.empty()) co_return Piece(std::nullopt);
        seen_ += piece.size();
        if (seen_ > limit_) co_return too_large();
        co_return Piece(std::move(piece));
    }

    std::unexpected<Error> too_large() const {
        return fail(ErrorKind::limit_exceeded, Reach::message,
                    fmt::format("The body may have at most {} bytes.", limit_));
    }

    State& state_;
    Parser& parser_;
    std::uint64_t limit_ = 0;
    std::uint64_t seen_ = 0;
    bool announce_ = false;
    std::optional<Error> failed_;
};

Awaitable<Result<void>> Connection::State::fill(Deadline deadline) {
    if (begin == end) begin = end = 0;
    if (end == buffer.size() && begin > 0) {
        std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(begin), buffer.begin() + static_cast<std::ptrdiff_t>(end),
                  buffer.begin());
        end -= begin;
        begin = 0;
    }
    if (end == buffer.size()) co_return fail(ErrorKind::protocol_error, Reach::message, "a line is too long");
    const auto got = co_await stream->read_some({buffer.data() + end, buffer.size() - end}, deadline);
    if (!got) co_return std::unexpected(got.error());
    end += *got;
    co_return Result<void>{};
}

Awaitable<std::expected<bool, Problem>> Connection::State::read_header(Parser& parser) {
    using Outcome = std::expected<bool, Problem>;
    idle = begin == end;
    if (idle && (draining || !co_await fill(after(limits.idle_timeout)))) co_return Outcome(false);
    idle = false;
    const auto deadline = after(limits.header_timeout);
    std::size_t parsed = 0;
    for (;;) {
        error_code error;
        const auto used = parser.put({buffer.data() + begin, end - begin}, error);
        begin += used;
        parsed += used;
        if (error && error != http::error::need_more) co_return std::unexpected(problem_of_parse(error));
        // Beast's own limit starts anew with every piece.
        const bool done = parser.is_header_done();
        if (parsed + (done ? 0 : end - begin) > limits.header_bytes)
            co_return std::unexpected(problem_of_parse(http::error::header_limit));
        if (done) co_return Outcome(true);
        const auto filled = co_await fill(deadline);
        if (!filled && filled.error().kind == ErrorKind::timeout)
            co_return refuse(408, "timeout", "The header of the request did not arrive in time.");
        if (!filled) co_return Outcome(false);
    }
}

Awaitable<bool> Connection::State::answer(const Response& response, const Request& request, bool keep_alive) {
    std::string bytes = head_of(response, request, keep_alive);
    if (request.method != "HEAD") bytes += response.body;
    // A large answer has the more time, at half a MiB a second.
    const std::chrono::seconds for_size(bytes.size() >> 19);
    const auto written = co_await stream->write(bytes, after(limits.write_timeout + for_size));
    co_return written && keep_alive;
}

Awaitable<void> Connection::State::linger() {
    const auto deadline = after(limits.discard_timeout);
    for (std::size_t dropped = 0; dropped < limits.discard_bytes; dropped += end) {
        begin = end = 0;
        if (!co_await fill(deadline)) co_return;
    }
}

namespace {

std::optional<Problem> fill_request(const Parser& parser, Request& request) {
    const auto& message = parser.get();
    request.method = view(message.method_string());
    request.target = view(message.target());
    for (const auto& field : message)
        request.headers.emplace_back(lower_case(view(field.name_string())), view(field.value()));
    if (const auto given = request.header("x-request-id"); is_request_id(given)) request.id = given;
    if (const auto length = parser.content_length()) request.content_length = *length;
    if (message.version() >= 11 && request.header("host").empty())
        return Problem{400, "malformed_request", "HTTP/1.1 needs a Host field.", {}, {}};
    const auto coding = request.header("transfer-encoding");
    if (!coding.empty() && !equals_ignoring_case(coding, "chunked"))
        return Problem{501, "transfer_coding", "Only the chunked transfer coding is known.", {}, {}};
    if (!coding.empty() && message.version() < 11)
        return Problem{400, "malformed_request", "HTTP/1.0 has no transfer codings.", {}, {}};
    if (const auto content = request.header("content-encoding");
        !content.empty() && !equals_ignoring_case(content, "identity"))
        return Problem{415, "content_coding", "Send the body without a content coding.", {}, {}};
    if (const auto expected = request.header("expect");
        !expected.empty() && !equals_ignoring_case(expected, "100-continue"))
        return Problem{417, "expectation", "Only 100-continue can be expected.", {}, {}};
    if (!parse_target(request))
        return Problem{400, "malformed_target", "The request target must be a path with a valid query.", {}, {}};
    return std::nullopt;
}

}  // namespace

Awaitable<bool> Connection::State::serve_one() {
    Request request;
    request.id = "req_" + scheduler::new_ulid();
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(boost::none);   // the body reader has its own, which depends on the route
    auto header = co_await read_header(parser);
    if (header && !*header) co_return false;
    std::optional<Problem> problem;
    if (!header) problem = std::move(header).error();
    else problem = fill_request(parser, request);
    if (problem) {
        co_await answer(to_response(*problem, request), request, false);
        co_await linger();
        co_return false;
    }
    parser.eager(true);
    Body body(*this, parser);
    if (equals_ignoring_case(request.header("expect"), "100-continue")) body.expect_continue();
    const auto response = co_await respond(request, body);
    // An unread body that the client waits to be asked for cannot be told from the next request: the end is clearer.
    const bool unasked = body.awaits_continue() && !body.complete();
    const bool discarding = !body.complete() && !unasked && !body.broken();
    bool keep = parser.keep_alive() && !draining && !unasked && !body.broken();
    if (discarding && request.content_length.value_or(0) > limits.discard_bytes) keep = false;
    keep = co_await answer(response, request, keep);
    if (unasked || body.broken()) co_await linger();
    if (discarding && !co_await body.discard()) co_return false;
    co_return keep;
}

Connection::Connection(std::unique_ptr<net::Stream> stream, ConnectionLimits limits, Respond respond)
    : state_(std::make_unique<State>(std::move(stream), limits, std::move(respond))) {}

Connection::~Connection() = default;

Awaitable<void> Connection::serve() {
    state_->buffer.resize(buffer_bytes);
    while (co_await state_->serve_one()) continue;
    state_->stream->close();
}

void Connection::drain() {
    state_->draining = true;
    if (state_->idle) state_->stream->close();
}

void Connection::close() { state_->stream->close(); }

}  // namespace godwit::api

#include "engine/net/http_client.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "engine/base/text.h"
#include "engine/base/version.h"
#include "engine/net/chunked.h"

namespace godwit::net {
namespace {

namespace http = boost::beast::http;
using ResponseParser = http::response_parser<http::string_body>;

constexpr std::size_t read_bytes = 16 * 1024;
constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr int max_interim_answers = 16;
// For the answer of a server that stopped reading the request.
constexpr std::chrono::seconds patience_after_failed_write{5};

std::unexpected<Error> invalid(std::string cause) {
    return fail(ErrorKind::invalid_argument, Reach::node, std::move(cause), "HTTP request");
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) ||
               std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

// What a caller passes must not be able to end a line and begin another request.
Result<void> check(const HttpRequest& request) {
    if (!is_token(request.method)) return invalid("method is not a token");
    const bool is_path = request.target.empty() || request.target.starts_with('/');
    if (!is_path || request.target.find_first_of(" \t#") != std::string::npos || has_control(request.target))
        return invalid("target is not a path");
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name)) return invalid("header name is not a token: " + printable(name, 60));
        if (has_control(value)) return invalid("control character in header " + name);
        const std::string known = lower_case(name);
        if (known == "content-length" || known == "transfer-encoding")
            return invalid(name + " is set by the client");
    }
    return {};
}

bool repeatable(const HttpRequest& request) {
    constexpr std::array<std::string_view, 5> idempotent{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
    return !request.body_source && std::ranges::find(idempotent, request.method) != idempotent.end();
}

Error parse_error(const boost::system::error_code& code) {
    const bool limit = code == http::error::body_limit || code == http::error::header_limit ||
                       code == http::error::buffer_overflow;
    return Error{limit ? ErrorKind::limit_exceeded : ErrorKind::protocol_error,
                 Reach::host,
                 printable(code.message()),
                 {}};
}

HttpResponse response_of(http::response<http::string_body> message) {
    HttpResponse out{.status = message.result_int()};
    for (const auto& field : message) {
        std::string& value = out.headers[lower_case(field.name_string())];
        if (!value.empty()) value += ", ";
        value += field.value();
    }
    out.body = std::move(message.body());
    return out;
}

}  // namespace

struct HttpClient::Impl {
    // An answer, or why there is none; `answered` tells whether any byte of one had arrived.
    struct Exchange {
        Result<HttpResponse> response;
        bool answered = false;
    };

    Dialer& dialer;
    HttpLimits limits;
    Endpoint endpoint;
    std::string authority;  // the Host header
    std::string base_path;
    std::unique_ptr<Stream> kept;
    std::string unparsed;  // read from `kept`, not yet consumed

    std::string head_of(const HttpRequest& request) const;
    Awaitable<Result<void>> write(std::string_view data) { return kept->write(data, after(limits.timeout)); }
    Awaitable<Result<void>> write_request(const HttpRequest& request);
    Awaitable<Result<void>> write_chunks(const HttpRequest& request);
    Awaitable<Result<void>> parse_one(ResponseParser& parser, bool& answered, Deadline deadline);
    Awaitable<Exchange> read_response(const HttpRequest& request, Deadline deadline);
    Awaitable<Exchange> exchange(const RunContext& context, const HttpRequest& request);
    Awaitable<Result<HttpResponse>> send(const RunContext& context, const HttpRequest& request);
};

std::string HttpClient::Impl::head_of(const HttpRequest& request) const {
    const std::string path = base_path + request.target;
    std::string head = request.method + ' ' + (path.empty() ? "/" : path) + " HTTP/1.1\r\n";
    const auto add = [&](std::string_view name, std::string_view value) {
        head.append(name).append(": ").append(value).append("\r\n");
    };
    const auto given = [&](std::string_view name) {
        return std::ranges::any_of(request.headers,
                                   [&](const auto& header) { return lower_case(header.first) == name; });
    };
    if (!given("host")) add("Host", authority);
    if (!given("user-agent")) add("User-Agent", "godwit/" + std::string(version));
    for (const auto& [name, value] : request.headers) add(name, value);
    const bool bodiless = request.body.empty() && (request.method == "GET" || request.method == "HEAD");
    if (request.body_source)
        add("Transfer-Encoding", "chunked");
    else if (!bodiless)
        add("Content-Length", std::to_string(request.body.size()));
    return head + "\r\n";
}

Awaitable<Result<void>> HttpClient::Impl::write_chunks(const HttpRequest& request) {
    std::vector<char> buffer(chunk_bytes);
    std::string chunk;
    for (;;) {
        GODWIT_CO_TRY(size, request.body_source(buffer));
        if (size > buffer.size()) co_return invalid("body source returned more than the buffer holds");
        chunk = fmt::format("{:x}\r\n", size);
        chunk.append(buffer.data(), size).append("\r\n");
        GODWIT_CO_CHECK(co_await write(chunk));
        if (size == 0) co_return Result<void>{};
    }
}

Awaitable<Result<void>> HttpClient::Impl::write_request(const HttpRequest& request) {
    std::string head = head_of(request);
    if (!request.body_source) {
        head += request.body;
        co_return co_await write(head);
    }
    GODWIT_CO_CHECK(co_await write(head));
    co_return co_await write_chunks(request);
}

Awaitable<Result<void>> HttpClient::Impl::parse_one(ResponseParser& parser, bool& answered,
                                                    Deadline deadline) {
    boost::system::error_code error;
    std::string buffer(read_bytes, '\0');
    for (;;) {
        error = {};
        const bool enough = !parser.is_header_done() || !parser.chunked() || enough_of_chunks(unparsed);
        if (!unparsed.empty() && enough) unparsed.erase(0, parser.put(asio::buffer(unparsed), error));
        if (error && error != http::error::need_more) co_return std::unexpected(parse_error(error));
        if (parser.is_done()) co_return Result<void>{};
        if (unparsed.size() > limits.header_bytes)
            co_return fail(ErrorKind::limit_exceeded, Reach::host, "header limit exceeded");
        auto got = co_await kept->read_some(buffer, deadline);
        if (got) {
            answered = true;
            unparsed.append(buffer, 0, *got);
            continue;
        }
        // A body without a length ends with the connection, if that was ended in order.
        if (parser.is_header_done() && parser.need_eof() && got.error().cause == end_of_stream) {
            error = {};
            parser.put_eof(error);
            if (!error) co_return Result<void>{};
        }
        co_return std::unexpected(std::move(got).error());
    }
}

Awaitable<HttpClient::Impl::Exchange> HttpClient::Impl::read_response(const HttpRequest& request,
                                                                      Deadline deadline) {
    bool answered = !unparsed.empty();
    for (int i = 0; i < max_interim_answers; ++i) {
        ResponseParser parser;
        parser.eager(true);
        parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        parser.body_limit(limits.body_bytes);
        parser.skip(request.method == "HEAD");
        auto parsed = co_await parse_one(parser, answered, deadline);
        if (!parsed) co_return Exchange{std::unexpected(std::move(parsed).error()), answered};
        if (parser.get().result_int() / 100 == 1) continue;
        if (!parser.keep_alive() || !unparsed.empty()) kept.reset();
        co_return Exchange{response_of(parser.release()), true};
    }
    co_return Exchange{fail(ErrorKind::protocol_error, Reach::host, "too many interim answers"), true};
}

Awaitable<HttpClient::Impl::Exchange> HttpClient::Impl::exchange(const RunContext& context,
                                                                 const HttpRequest& request) {
    // Shared with a stop callback that may still be queued when the exchange has ended.
    const auto open = std::make_shared<Stream*>(kept.get());
    struct Leave {
        Stream*& stream;
        ~Leave() { stream = nullptr; }
    } leave{*open};
    std::stop_callback on_stop(context.stop, [open, executor = context.executor] {
        asio::post(executor, [open] {
            if (*open) (*open)->close();
        });
    });
    unparsed.clear();
    const auto written = co_await write_request(request);
    if (written) co_return co_await read_response(request, after(limits.timeout));
    const bool server_stopped_reading =
        written.error().kind == ErrorKind::connection_lost || written.error().kind == ErrorKind::timeout;
    if (server_stopped_reading) {
        auto early = co_await read_response(request, after(patience_after_failed_write));
        if (early.response) {
            *open = nullptr;
            kept.reset();
            co_return early;
        }
    }
    co_return Exchange{std::unexpected(written.error())};
}

Awaitable<Result<HttpResponse>> HttpClient::Impl::send(const RunContext& context,
                                                       const HttpRequest& request) {
    for (;;) {
        const bool reused = kept != nullptr;
        if (!reused) {
            GODWIT_CO_TRY(dialed, co_await dialer.dial(context, endpoint, after(limits.timeout)));
            kept = std::move(dialed);
        }
        auto done = co_await exchange(context, request);
        if (done.response) co_return std::move(done.response);
        kept.reset();
        const bool stale =
            reused && !done.answered && done.response.error().kind == ErrorKind::connection_lost;
        if (!stale || !repeatable(request)) co_return std::move(done.response);
    }
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpClient> HttpClient::make(Dialer& dialer, std::string base_url, HttpLimits limits, HttpPeer peer) {
    const auto refuse = [&](std::string_view why) { return invalid("base URL " + std::string(why)); };
    const auto parsed = boost::urls::parse_uri(base_url);
    if (!parsed) return refuse("cannot be parsed");
    const boost::urls::url_view url = *parsed;
    const bool secure = url.scheme_id() == boost::urls::scheme::https;
    if (!secure && url.scheme_id() != boost::urls::scheme::http) return refuse("is neither http nor https");
    if (url.encoded_host().empty()) return refuse("names no host");
    if (url.has_userinfo() || url.has_query() || url.has_fragment())
        return refuse("has a user, query or fragment");
    std::uint16_t port = secure ? 443 : 80;
    if (const std::string digits(url.port()); !digits.empty()) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (error != std::errc{} || port == 0) return refuse("has a bad port");
    }

    auto impl = std::make_unique<Impl>(Impl{.dialer = dialer, .limits = limits});
    impl->endpoint.host = std::string(url.encoded_host());
    impl->endpoint.port = port;
    impl->endpoint.tls = secure ? TlsMode::implicit : TlsMode::none;
    impl->endpoint.verify = peer.verify;
    impl->endpoint.ca_file = std::move(peer.ca_file);
    impl->endpoint.connect_to = std::move(peer.connect_to);
    impl->authority = std::string(url.encoded_host_and_port());
    impl->base_path = std::string(url.encoded_path());
    while (impl->base_path.ends_with('/')) impl->base_path.pop_back();
    return HttpClient(std::move(impl));
}

Awaitable<Result<HttpResponse>> HttpClient::send(const RunContext& context, HttpRequest request) {
    GODWIT_CO_CHECK(check(request));
    auto answer = co_await impl_->send(context, request);
    if (answer) co_return answer;
    co_return pass_on(std::move(answer).error(), request.method + " at " + impl_->authority);
}

}  // namespace godwit::net

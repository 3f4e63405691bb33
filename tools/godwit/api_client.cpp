#include "tools/godwit/api_client.h"

#include <array>

#include <fmt/format.h>
#include <openssl/rand.h>
#include <boost/json.hpp>

#include "tools/godwit/json_fields.h"

namespace godwit::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t answer_bytes = 512u << 20;   // a report as HTML

std::string random_key() {
    std::array<unsigned char, 16> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    std::string key;
    for (const auto byte : bytes) key += fmt::format("{:02x}", byte);
    return key;
}

Outcome<json::value> parsed(const net::HttpResponse& response) {
    if (response.status < 200 || response.status > 299)
        return std::unexpected(failure_of(response.status, response.body));
    if (response.body.empty()) return json::value(nullptr);
    boost::system::error_code error;
    auto value = json::parse(response.body, error);
    if (error)
        return std::unexpected(
            Failure{ExitCode::unavailable, "the daemon's answer is no JSON: is it godwitd?"});
    return value;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const unsigned char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        out += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
    }
    return out;
}

Outcome<ApiClient> ApiClient::make(const RunContext& context, net::Dialer& dialer, Options options) {
    net::HttpLimits limits;
    limits.timeout = options.timeout;
    limits.body_bytes = answer_bytes;
    net::HttpPeer peer;
    peer.ca_file = std::move(options.ca_file);
    auto http = net::HttpClient::make(dialer, options.server, limits, std::move(peer));
    if (!http) return std::unexpected(failure_of(http.error(), options.server));
    return ApiClient(context, std::move(options.server), std::move(options.token), std::move(*http));
}

Awaitable<Outcome<net::HttpResponse>> ApiClient::send(net::HttpRequest request) {
    request.headers["Accept"] = "application/json, application/problem+json";
    if (!token_.empty()) request.headers["Authorization"] = "Bearer " + token_.reveal();
    auto response = co_await http_.send(*context_, std::move(request));
    if (!response) co_return std::unexpected(failure_of(response.error(), server_));
    co_return std::move(*response);
}

Awaitable<Outcome<json::value>> ApiClient::request(net::HttpRequest request) {
    request.target = "/api/v1" + request.target;
    GODWIT_CLI_TRY(response, co_await send(std::move(request)));
    co_return parsed(response);
}

Awaitable<Outcome<json::value>> ApiClient::get(std::string path) {
    net::HttpRequest request;
    request.target = std::move(path);
    co_return co_await this->request(std::move(request));
}

Awaitable<Outcome<std::string>> ApiClient::get_text(std::string path) {
    net::HttpRequest request;
    request.target = "/api/v1" + std::move(path);
    GODWIT_CLI_TRY(response, co_await send(std::move(request)));
    if (response.status < 200 || response.status > 299)
        co_return std::unexpected(failure_of(response.status, response.body));
    co_return std::move(response.body);
}

Awaitable<Outcome<json::value>> ApiClient::post(std::string path, const json::value& body) {
    net::HttpRequest request;
    request.method = "POST";
    request.target = std::move(path);
    request.headers["Content-Type"] = "application/json";
    request.headers["Idempotency-Key"] = random_key();
    request.body = json::serialize(body);
    co_return co_await this->request(std::move(request));
}

Awaitable<Outcome<json::value>> ApiClient::upload(std::string path, Upload upload) {
    net::HttpRequest request;
    request.method = "POST";
    request.target = std::move(path);
    request.headers["Content-Type"] = std::move(upload.content_type);
    request.headers["Idempotency-Key"] = random_key();
    request.body_source = std::move(upload.source);
    co_return co_await this->request(std::move(request));
}

Awaitable<Outcome<ApiClient::Probe>> ApiClient::probe(std::string path) {
    net::HttpRequest request;
    request.target = std::move(path);
    GODWIT_CLI_TRY(response, co_await send(std::move(request)));
    boost::system::error_code error;
    Probe probe{response.status, json::parse(response.body, error)};
    if (error) probe.body = nullptr;
    co_return probe;
}

Awaitable<Outcome<json::array>> ApiClient::get_all(std::string path, std::size_t most) {
    json::array all;
    const std::string separator = path.contains('?') ? "&" : "?";
    std::string cursor;
    do {
        auto page = path;
        if (!cursor.empty()) page += separator + "cursor=" + percent_encoded(cursor);
        GODWIT_CLI_TRY(answer, co_await get(std::move(page)));
        for (const auto& item : array_field(answer, "data")) {
            if (all.size() == most) co_return all;
            all.push_back(item);
        }
        cursor = text_field(answer, "next_cursor");
    } while (!cursor.empty());
    co_return all;
}

}  // namespace godwit::cli

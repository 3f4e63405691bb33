#include "api/dispatch.h"

#include "api/auth.h"
#include "engine/base/digest.h"
#include "engine/base/log.h"

namespace godwit::api {
namespace {

constexpr std::size_t idempotency_key_bytes = 255;

std::string join(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

bool is_key(std::string_view key) {
    return key.size() <= idempotency_key_bytes &&
           std::ranges::all_of(key, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

// What must be the same when a key is used again. A streamed body is told by its length; that its rows are not stored
// twice is up to the rows themselves.
std::string fingerprint(const Request& request) {
    return sha256_hex(fmt::format("{}\n{}\n{}\n{}\n{}", request.method, request.target, request.header("content-type"),
                                  request.content_length.value_or(0), sha256_hex(request.body)));
}

Awaitable<Result<std::string>> whole(BodyReader& body) {
    std::string text;
    for (;;) {
        GODWIT_CO_TRY(piece, co_await body.read_chunk());
        if (!piece) co_return text;
        text += *piece;
    }
}

}  // namespace

Dispatch::Dispatch(const Router& router, Services& services, const ApiOptions& options, TaskScope& scope)
    : router_(router), services_(services), options_(options), scope_(scope) {}

Awaitable<Response> Dispatch::respond(Request& request, BodyReader& body) {
    const auto started = std::chrono::steady_clock::now();
    const auto match = router_.match(request.method, request.path);
    Answer answered;
    try {
        answered = co_await answer(request, body, match);
    } catch (const std::exception& error) {
        log_line(LogLevel::error, "handler threw", {{"request_id", request.id}, {"what", printable(error.what())}});
        answered = refuse(500, "internal", "The request failed inside the server; its log has the request id.");
    }
    auto response = answered ? std::move(*answered) : to_response(answered.error(), request);
    if (!match.route && !match.allowed.empty()) response.headers.emplace_back("Allow", join(match.allowed));
    const auto took = std::chrono::steady_clock::now() - started;
    services_.metrics.http_request(match.route ? match.route->pattern : "none", request.method, response.status, took);
    const bool notable = response.status >= 500 || (request.method != "GET" && request.method != "HEAD");
    log_line(notable ? LogLevel::info : LogLevel::debug, "http request",
             {{"request_id", request.id},
              {"method", printable(request.method, 20)},
              {"path", printable(request.path_text())},
              {"status", std::to_string(response.status)},
              {"ms", fmt::format("{:.1f}", std::chrono::duration<double, std::milli>(took).count())}});
    co_return response;
}

Awaitable<Answer> Dispatch::answer(Request& request, BodyReader& body, const Match& match) {
    const bool open = match.route != nullptr && !match.route->needs_token;
    // Whether a path exists is told to nobody without a token.
    if (!open && !authorized(request.header("authorization"), services_.token_sha256))
        co_return refuse(401, "unauthorized", "Send the token as \"Authorization: Bearer …\".");
    if (match.route == nullptr) {
        if (match.allowed.empty()) co_return refuse(404, "not_found", "There is nothing at this path.");
        co_return refuse(405, "method_not_allowed", "This method has no meaning here; see the Allow field.");
    }
    body.limit(match.route->streams ? options_.import_bytes : options_.body_bytes);
    if (!match.route->streams) {
        GODWIT_API_TRY(text, co_await whole(body));
        request.body = std::move(text);
    }
    RequestContext context{request, match.parameters, body, services_, options_, scope_};
    co_return co_await run(context, *match.route);
}

Awaitable<Answer> Dispatch::run(RequestContext& context, const Route& route) {
    const auto key = context.request.header("idempotency-key");
    if (route.method != "POST" || key.empty()) co_return co_await route.handler(context);
    if (!is_key(key))
        co_return refuse(400, "bad_idempotency_key", "An Idempotency-Key has 1 to 255 visible ASCII characters.");
    if (!running_keys_.insert(key).second)
        co_return refuse(409, "idempotency_in_progress", "The first request with this Idempotency-Key is still running.");
    struct Release {
        std::set<std::string>& keys;
        const std::string& key;
        ~Release() { keys.erase(key); }
    } release{running_keys_, key};
    co_return co_await run_once(context, route, key);
}

Awaitable<Answer> Dispatch::run_once(RequestContext& context, const Route& route, const std::string& key) {
    auto& store = context.services.store;
    auto begun = co_await store.begin_idempotent(scheduler::default_tenant, key, fingerprint(context.request));
    // Another request had this key, or the same one runs on another node; the store says which.
    if (!begun && begun.error().kind == ErrorKind::conflict)
        co_return refuse(409, "idempotency_conflict", printable(begun.error().cause));
    if (!begun) co_return std::unexpected(problem_of(begun.error()));
    if (*begun) {
        Response stored{(*begun)->status, "application/json", {{"Idempotency-Replayed", "true"}}, (*begun)->body};
        if (stored.status >= 400) stored.content_type = "application/problem+json";
        co_return stored;
    }
    auto answered = co_await route.handler(context);
    auto response = answered ? std::move(*answered) : to_response(answered.error(), context.request);
    // A failure of ours is not an answer to keep, nor is that a body did not arrive: the key is given back.
    const bool final = response.status < 500 && response.status != 408 && response.status != 400;
    scheduler::Store::StoredAnswer answer;
    if (final) answer = {response.status, response.body};
    const auto ended = co_await store.end_idempotent(scheduler::default_tenant, key, std::move(answer));
    if (!ended)
        log_line(LogLevel::warn, "answer not kept",
                 {{"request_id", context.request.id}, {"error", ended.error().to_string()}});
    co_return response;
}

}  // namespace godwit::api

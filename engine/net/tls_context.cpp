#include "engine/net/tls_context.h"

#include <map>
#include <mutex>
#include <tuple>

#include <openssl/err.h>
#include <sys/stat.h>

namespace godwit::net {
namespace {

// What the file was when it was read, so that a rotated authority is noticed without a restart.
struct ContextKey {
    bool verify = true;
    std::string ca_file;
    std::int64_t modified_ns = 0;
    std::int64_t size = 0;
    auto operator<=>(const ContextKey&) const = default;
};

constexpr std::size_t max_contexts = 64;

Result<std::shared_ptr<SSL_CTX>> make_context(bool verify, const std::string& ca_file) {
    ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    if (!context) return fail(ErrorKind::internal, Reach::node, openssl_reason("no TLS context"));
    SSL_CTX* ctx = context.get();
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(
        ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Sessions are kept by tls_session.cpp, which knows what was checked.
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_new_tls_session);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_verify(ctx, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (!verify) return context;
    if (ca_file.empty()) {
        if (SSL_CTX_set_default_verify_paths(ctx) == 1) return context;
        return fail(ErrorKind::internal, Reach::node, openssl_reason("no certificate store"));
    }
    if (SSL_CTX_load_verify_file(ctx, ca_file.c_str()) != 1)
        return fail(ErrorKind::invalid_argument, Reach::host, openssl_reason("no certificate"),
                    "certificate authorities in " + printable(ca_file));
    // A file may name one intermediate or one server instead of a root.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
    return context;
}

}  // namespace

std::string openssl_reason(std::string_view otherwise) {
    const unsigned long code = ERR_get_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason ? printable(reason) : std::string(otherwise);
}

Result<TlsContext> tls_context(bool verify, const std::string& ca_file) {
    static std::mutex mutex;
    static std::map<ContextKey, TlsContext> contexts;
    static std::uint64_t last_number = 0;

    ContextKey key{.verify = verify, .ca_file = verify ? ca_file : std::string()};
    struct stat status{};
    if (!key.ca_file.empty() && stat(key.ca_file.c_str(), &status) == 0) {
        key.modified_ns = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
        key.size = status.st_size;
    }
    std::scoped_lock lock(mutex);
    if (const auto known = contexts.find(key); known != contexts.end()) return known->second;
    GODWIT_TRY(shared, make_context(verify, key.ca_file));
    if (contexts.size() >= max_contexts) contexts.clear();
    return contexts.emplace(std::move(key), TlsContext{std::move(shared), ++last_number}).first->second;
}

}  // namespace godwit::net

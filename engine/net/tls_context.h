// Shared OpenSSL contexts, one for each (verify, ca_file), read again when that file changes. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "engine/base/result.h"

namespace godwit::net {

struct TlsContext {
    std::shared_ptr<SSL_CTX> shared;
    std::uint64_t number =
        0;  // its own, never given again: what one context has verified says nothing to another
};

// A file that cannot be read or holds no certificate: invalid_argument, Reach::host, naming the file.
Result<TlsContext> tls_context(bool verify, const std::string& ca_file);

// Of every context: OpenSSL has a session that a later connection may resume. In tls_session.cpp.
int on_new_tls_session(SSL* ssl, SSL_SESSION* session);

// The oldest entry of this thread's OpenSSL error queue in words, or `otherwise`; empties the queue.
std::string openssl_reason(std::string_view otherwise);

}  // namespace godwit::net

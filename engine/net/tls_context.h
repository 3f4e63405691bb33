// Shared OpenSSL contexts, one for each (verify, ca_file). Thread-safe.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "engine/base/result.h"

namespace godwit::net {

using TlsContext = std::shared_ptr<SSL_CTX>;

// A file that cannot be read or holds no certificate: invalid_argument, Reach::host, naming the file.
Result<TlsContext> tls_context(bool verify, const std::string& ca_file);

// The oldest entry of this thread's OpenSSL error queue in words, or `otherwise`; empties the queue.
std::string openssl_reason(std::string_view otherwise);

}  // namespace godwit::net

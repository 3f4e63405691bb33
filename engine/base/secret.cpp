#include "engine/base/secret.h"

#include <openssl/crypto.h>

namespace godwit {

void wipe(std::string& text) noexcept {
    // Short strings live in the object; long ones in capacity() bytes that resize() makes writable.
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace godwit

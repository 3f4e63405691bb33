// Ed25519 signatures (RFC 8032): a key that signs, from a file, and what verifies.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

typedef struct evp_pkey_st EVP_PKEY;

namespace godwit {

inline constexpr std::size_t public_key_octets = 32;

// Of a public key: SHA-256 of its 32 octets, in hexadecimal.
std::string fingerprint_of(std::string_view public_key);
bool is_fingerprint(std::string_view text);
// False also where `public_key` is none.
bool verifies(std::string_view public_key, std::string_view text, std::string_view signature);

// The 32 octets of a key that is given as PEM ("BEGIN PUBLIC KEY") or as base64 in one line.
std::optional<std::string> public_key_from(std::string_view text);

// Immutable once made: safe from any thread.
class SigningKey {
public:
    // PEM (PKCS#8); a file that does not exist is made with a new key (key_file.h, with its errors).
    static Result<SigningKey> open_file(const std::filesystem::path& path);

    std::string sign(std::string_view text) const;   // 64 octets
    const std::string& public_key() const { return public_key_; }

private:
    using Key = std::shared_ptr<EVP_PKEY>;
    SigningKey(Key key, std::string public_key) : key_(std::move(key)), public_key_(std::move(public_key)) {}

    Key key_;
    std::string public_key_;
};

}  // namespace godwit

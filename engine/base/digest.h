// SHA-256 and base64, as reports and their keys use them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

typedef struct evp_md_ctx_st EVP_MD_CTX;

namespace godwit {

// In pieces.
class Sha256 {
public:
    Sha256();
    void add(std::string_view text);
    // 32 octets; ends it.
    std::string octets();

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

std::string hex(std::string_view octets);   // lower case
std::string sha256_hex(std::string_view text);

std::string base64(std::string_view octets);
// Only what base64() gives, padding included: one text an octet string.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace godwit

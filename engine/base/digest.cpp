#include "engine/base/digest.h"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace godwit {

namespace {

const unsigned char* octets_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* octets_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot do SHA-256");
}

void Sha256::add(std::string_view text) { EVP_DigestUpdate(context_.get(), text.data(), text.size()); }

std::string Sha256::octets() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hex(std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(2 * octets.size());
    for (const unsigned char octet : octets) {
        out += digits[octet >> 4];
        out += digits[octet & 15];
    }
    return out;
}

std::string sha256_hex(std::string_view text) {
    Sha256 digest;
    digest.add(text);
    return hex(digest.octets());
}

std::string base64(std::string_view octets) {
    std::string out(4 * ((octets.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(octets_of(out), octets_of(octets), static_cast<int>(octets.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(octets_of(out), octets_of(text), static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    // OpenSSL counts the padding as octets.
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    out.resize(static_cast<std::size_t>(length) - padding);
    // It also takes white space and stray bits.
    if (base64(out) != text) return std::nullopt;
    return out;
}

}  // namespace godwit

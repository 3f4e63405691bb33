#include "engine/sync/octet_hash.h"

#include <openssl/evp.h>

#include <new>

#include <fmt/format.h>

namespace godwit::sync {

struct OctetHash::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};

    State() {
        if (!context) throw std::bad_alloc();
        begin();
    }
    void begin() {
        // Looked up once: EVP_sha256() is looked up for each digest, under a lock.
        static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        EVP_DigestInit_ex(context.get(), sha256, nullptr);
    }
};

OctetHash::OctetHash() : state_(std::make_unique<State>()) {}
OctetHash::~OctetHash() = default;

void OctetHash::add(std::string_view octets) { EVP_DigestUpdate(state_->context.get(), octets.data(), octets.size()); }

OctetDigest OctetHash::finish() {
    OctetDigest digest{};
    EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr);
    state_->begin();
    return digest;
}

OctetDigest digest_of(std::string_view octets) {
    OctetHash hash;
    hash.add(octets);
    return hash.finish();
}

std::string to_hex(const OctetDigest& digest) {
    std::string text;
    for (const auto octet : digest) text += fmt::format("{:02x}", octet);
    return text;
}

}  // namespace godwit::sync

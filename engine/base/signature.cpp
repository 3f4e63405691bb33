#include "engine/base/signature.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "engine/base/digest.h"
#include "engine/base/key_file.h"

namespace godwit {

namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* octets_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::optional<std::string> raw_public_key(const EVP_PKEY* key) {
    std::array<unsigned char, public_key_octets> octets{};
    std::size_t size = octets.size();
    if (!key || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 || EVP_PKEY_get_raw_public_key(key, octets.data(), &size) != 1)
        return std::nullopt;
    return std::string(reinterpret_cast<const char*>(octets.data()), size);
}

Owned<BIO> reading(std::string_view text) { return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// Nobody is asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return 0; }

Secret<std::string> new_key() {
    const Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    const Owned<BIO> out(BIO_new(BIO_s_mem()));
    if (!key || !out || PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot make an Ed25519 key");
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return Secret<std::string>(std::string(text, static_cast<std::size_t>(size)));
}

}  // namespace

std::string fingerprint_of(std::string_view public_key) { return sha256_hex(public_key); }

bool is_fingerprint(std::string_view text) {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool verifies(std::string_view public_key, std::string_view text, std::string_view signature) {
    const Owned<EVP_PKEY> key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_of(public_key), public_key.size()));
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), octets_of(signature), signature.size(), octets_of(text), text.size()) == 1;
}

std::optional<std::string> public_key_from(std::string_view text) {
    if (text.starts_with("-----BEGIN")) {
        const auto bio = reading(text);
        const Owned<EVP_PKEY> key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
        return raw_public_key(key.get());
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
    auto octets = from_base64(text);
    if (!octets || octets->size() != public_key_octets) return std::nullopt;
    return octets;
}

Result<SigningKey> SigningKey::open_file(const std::filesystem::path& path) {
    GODWIT_TRY(content, read_or_make_key_file(path, new_key));
    const auto bio = reading(content.reveal());
    Owned<EVP_PKEY> key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
    auto public_key = raw_public_key(key.get());
    if (!public_key)
        return fail(ErrorKind::secret_unreadable, Reach::node, "holds no private Ed25519 key in PEM", "key file " + path.string());
    return SigningKey(Key(key.release(), Free()), std::move(*public_key));
}

std::string SigningKey::sign(std::string_view text) const {
    std::array<unsigned char, 64> signature{};
    std::size_t size = signature.size();
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size, octets_of(text), text.size()) != 1)
        throw std::runtime_error("OpenSSL cannot sign with Ed25519");
    return {reinterpret_cast<const char*>(signature.data()), size};
}

}  // namespace godwit

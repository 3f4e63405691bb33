#include "scheduler/credential_box.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "engine/base/key_file.h"

namespace godwit::scheduler {

namespace {

constexpr char format_byte = 1;
constexpr std::size_t key_bytes = 32, nonce_bytes = 12, tag_bytes = 16;
constexpr std::size_t key_id_bytes = 32;

std::unexpected<Error> refuse(const std::filesystem::path& path, std::string cause) {
    return fail(ErrorKind::secret_unreadable, Reach::node, std::move(cause), "key file " + path.string());
}

template <std::size_t size>
std::array<unsigned char, size> random_octets() {
    std::array<unsigned char, size> octets;
    // Nothing sensible can be done without randomness, and OpenSSL 3 has it or does not start.
    if (RAND_bytes(octets.data(), size) != 1) throw std::runtime_error("OpenSSL gives no random octets");
    return octets;
}

std::string to_hex(std::span<const unsigned char> octets) {
    std::string out;
    out.reserve(octets.size() * 2);
    for (const auto octet : octets) fmt::format_to(std::back_inserter(out), "{:02x}", octet);
    return out;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Nothing unless `text` is a key of the right length.
std::optional<Secret<std::string>> key_of(std::string_view text) {
    if (text.size() != key_bytes * 2) return std::nullopt;
    std::string key;
    key.reserve(key_bytes);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) {
            wipe(key);
            return std::nullopt;
        }
        key += static_cast<char>(high << 4 | low);
    }
    return Secret<std::string>(std::move(key));
}

// A file with one random key.
Secret<std::string> make_key() {
    return Secret<std::string>("k" + to_hex(random_octets<4>()) + " " + to_hex(random_octets<key_bytes>()) + "\n");
}

bool is_key_id(std::string_view text) {
    return !text.empty() && text.size() <= key_id_bytes && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
}

struct CipherDeleter {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherDeleter>;

const unsigned char* octets_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Ready for the text; the place and the format byte are authenticated with it.
Cipher begin(bool seal, const Secret<std::string>& key, std::string_view nonce, std::string_view place) {
    Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    if (!cipher ||
        EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, octets_of(std::string_view(key.reveal())),
                          octets_of(nonce), seal) != 1 ||
        EVP_CipherUpdate(cipher.get(), nullptr, &size, octets_of(std::string_view(&format_byte, 1)), 1) !=
            1 ||
        EVP_CipherUpdate(cipher.get(), nullptr, &size, octets_of(place), static_cast<int>(place.size())) != 1)
        throw std::runtime_error("OpenSSL cannot do AES-256-GCM");
    return cipher;
}

std::unexpected<Error> unreadable(std::string cause) {
    return fail(ErrorKind::secret_unreadable, Reach::account, std::move(cause), "stored password");
}

}  // namespace

Result<CredentialBox> CredentialBox::open_file(const std::filesystem::path& path) {
    GODWIT_TRY(content, read_or_make_key_file(path, make_key));

    CredentialBox box;
    std::string_view rest = content.reveal();
    for (int number = 1; !rest.empty(); ++number) {
        const auto end = std::min(rest.find('\n'), rest.size());
        auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.starts_with('#')) continue;
        const auto space = std::min(line.find(' '), line.size());
        const auto id = line.substr(0, space);
        auto key = key_of(line.substr(std::min(space + 1, line.size())));
        // The line itself is never shown: there is a key in it.
        if (!is_key_id(id) || !key)
            return refuse(path, fmt::format("line {} is no key: \"key_id hex\"", number));
        if (!box.keys_.emplace(id, std::move(*key)).second)
            return refuse(path, fmt::format("line {} has the id of an earlier key", number));
        box.sealing_key_ = id;
    }
    if (box.keys_.empty()) return refuse(path, "has no key in it");
    return box;
}

SealedSecret CredentialBox::seal(const Secret<std::string>& secret, std::string_view place) const {
    const auto nonce = random_octets<nonce_bytes>();
    const std::string_view nonce_view(reinterpret_cast<const char*>(nonce.data()), nonce.size());
    const std::string& plain = secret.reveal();
    const auto cipher = begin(true, keys_.at(sealing_key_), nonce_view, place);

    SealedSecret sealed{sealing_key_, std::string(1, format_byte)};
    sealed.bytes += nonce_view;
    const std::size_t at = sealed.bytes.size();
    sealed.bytes.resize(at + plain.size() + tag_bytes);
    auto* const out = octets_of(sealed.bytes) + at;
    int size = 0, last = 0;
    if (EVP_CipherUpdate(cipher.get(), out, &size, octets_of(std::string_view(plain)),
                         static_cast<int>(plain.size())) != 1 ||
        EVP_CipherFinal_ex(cipher.get(), out + size, &last) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, out + plain.size()) != 1)
        throw std::runtime_error("OpenSSL cannot do AES-256-GCM");
    return sealed;
}

Result<Secret<std::string>> CredentialBox::open(const SealedSecret& sealed, std::string_view place) const {
    const auto key = keys_.find(sealed.key_id);
    if (key == keys_.end())
        return unreadable(
            fmt::format("was sealed with key {}, which the key file has not", printable(sealed.key_id, 40)));
    std::string_view bytes = sealed.bytes;
    if (bytes.size() < 1 + nonce_bytes + tag_bytes || bytes[0] != format_byte)
        return unreadable("is in no known format");
    const auto nonce = bytes.substr(1, nonce_bytes);
    const auto text = bytes.substr(1 + nonce_bytes, bytes.size() - 1 - nonce_bytes - tag_bytes);
    std::string tag(bytes.substr(bytes.size() - tag_bytes));

    const auto cipher = begin(false, key->second, nonce, place);
    std::string plain(text.size(), '\0');
    int size = 0, last = 0;
    const bool good = EVP_CipherUpdate(cipher.get(), octets_of(plain), &size, octets_of(text),
                                       static_cast<int>(text.size())) == 1 &&
                      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) == 1 &&
                      EVP_CipherFinal_ex(cipher.get(), octets_of(plain) + size, &last) == 1;
    if (good) return Secret<std::string>(std::move(plain));
    wipe(plain);
    return unreadable("is damaged, or belongs to another account");
}

std::string secret_place(const TenantId& tenant, const MigrationId& migration, sync::Side side) {
    return fmt::format("password/{}/{}/{}", tenant.value, migration.value, name_of(side));
}

}  // namespace godwit::scheduler

#include "api/auth.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/digest.h"
#include "engine/base/text.h"

namespace godwit::api {
namespace {

constexpr std::size_t id_bytes = 6;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t token_length = 4 + 2 * id_bytes + 1 + 2 * secret_bytes;
constexpr std::size_t file_bytes = 4096;

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    int get() const { return value_; }

private:
    int value_;
};

std::string hex(const unsigned char* bytes, std::size_t size) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * size);
    for (std::size_t i = 0; i < size; ++i) {
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 15];
    }
    return out;
}

std::unexpected<Error> token_error(ErrorKind kind, std::string cause, const std::filesystem::path& path) {
    return fail(kind, Reach::node, std::move(cause), "token file " + path.string());
}

std::unexpected<Error> system_error(std::string_view what, const std::filesystem::path& path) {
    const int error = errno;
    return token_error(error == ENOSPC ? ErrorKind::disk_full : ErrorKind::internal,
                       std::string(what) + ": " + std::strerror(error), path);
}

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_token(std::string_view text) {
    return text.size() == token_length && text.starts_with("gdw_") && text[4 + 2 * id_bytes] == '_' &&
           is_hex(text.substr(4, 2 * id_bytes)) && is_hex(text.substr(4 + 2 * id_bytes + 1));
}

Result<Secret<std::string>> read_token(int descriptor, const std::filesystem::path& path) {
    struct stat status {};
    if (fstat(descriptor, &status) != 0) return system_error("fstat", path);
    if (!S_ISREG(status.st_mode)) return token_error(ErrorKind::invalid_argument, "not a regular file", path);
    if ((status.st_mode & 077) != 0)
        return token_error(ErrorKind::invalid_argument, "others can read it; its mode must be 0600", path);
    std::string text(file_bytes, '\0');
    const ssize_t got = ::read(descriptor, text.data(), text.size());
    if (got < 0) return system_error("read", path);
    std::string_view token(text.data(), static_cast<std::size_t>(got));
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' '))
        token.remove_suffix(1);
    const bool good = is_token(token);
    Secret<std::string> secret{std::string(good ? token : std::string_view())};
    wipe(text);
    if (!good) return token_error(ErrorKind::invalid_argument, "it holds no token; remove it to get a new one", path);
    return secret;
}

Result<void> write_whole(int descriptor, std::string_view text, const std::filesystem::path& path) {
    while (!text.empty()) {
        const ssize_t put = ::write(descriptor, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return system_error("write", path);
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(descriptor) != 0) return system_error("fsync", path);
    return {};
}

// Written beside and linked into place: of two that start at once the first one's token holds for both.
Result<void> create_token(const std::filesystem::path& path) {
    const auto token = new_token();
    const std::string beside = path.string() + "." + token.reveal().substr(4, 2 * id_bytes) + ".new";
    const Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return system_error("create", beside);
    const Secret<std::string> line{token.reveal() + "\n"};
    auto written = write_whole(file.get(), line.reveal(), beside);
    if (written && ::link(beside.c_str(), path.c_str()) != 0 && errno != EEXIST) written = system_error("link", path);
    ::unlink(beside.c_str());
    return written;
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret<std::string> new_token() {
    unsigned char bytes[id_bytes + secret_bytes];
    // Without randomness there is no token worth having.
    if (RAND_bytes(bytes, sizeof bytes) != 1) std::abort();
    Secret<std::string> token{"gdw_" + hex(bytes, id_bytes) + "_" + hex(bytes + id_bytes, secret_bytes)};
    OPENSSL_cleanse(bytes, sizeof bytes);
    return token;
}

Result<Secret<std::string>> load_or_create_token(const std::filesystem::path& path) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (file.get() >= 0) return read_token(file.get(), path);
        if (errno != ENOENT) return system_error("open", path);
        GODWIT_CHECK(create_token(path));
    }
    return token_error(ErrorKind::internal, "it was removed while it was being made", path);
}

bool authorized(std::string_view authorization, std::string_view token_sha256) {
    constexpr std::string_view scheme = "Bearer ";
    if (token_sha256.empty() || authorization.size() <= scheme.size() ||
        !equals_ignoring_case(authorization.substr(0, scheme.size()), scheme))
        return false;
    auto token = authorization.substr(scheme.size());
    while (token.starts_with(' ')) token.remove_prefix(1);
    return equal_in_constant_time(sha256_hex(token), token_sha256);
}

}  // namespace godwit::api

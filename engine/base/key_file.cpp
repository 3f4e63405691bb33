#include "engine/base/key_file.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

namespace godwit {

namespace {

constexpr std::size_t key_file_bytes = 64u << 10;

std::unexpected<Error> refuse(const std::filesystem::path& path, std::string cause) {
    return fail(ErrorKind::secret_unreadable, Reach::node, std::move(cause), "key file " + path.string());
}

std::unexpected<Error> refuse_errno(const std::filesystem::path& path, std::string_view what) {
    return refuse(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    int get() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }

private:
    int descriptor_;
};

std::string random_name() {
    std::array<unsigned char, 8> octets;
    if (RAND_bytes(octets.data(), octets.size()) != 1) throw std::runtime_error("OpenSSL gives no random octets");
    std::string name;
    for (const auto octet : octets) fmt::format_to(std::back_inserter(name), "{:02x}", octet);
    return name;
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// Complete or not there at all: written beside it, then linked. Another process may have been first; its file
// stays.
Result<void> make_key_file(const std::filesystem::path& path, Secret<std::string> content) {
    const auto beside = path.string() + "." + random_name();
    const File file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) return refuse_errno(path, "cannot be made");
    const bool written = write_all(file.get(), content.reveal()) && ::fsync(file.get()) == 0;
    const bool linked = written && (::link(beside.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int saved = errno;
    ::unlink(beside.c_str());
    errno = saved;
    if (!linked) return refuse_errno(path, "cannot be made");
    const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const File parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent.is_open() || ::fsync(parent.get()) != 0)
        return refuse_errno(path, "may be lost at a power cut");
    return {};
}

Result<Secret<std::string>> read_key_file(const std::filesystem::path& path, int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return refuse_errno(path, "cannot be looked at");
    if (!S_ISREG(status.st_mode)) return refuse(path, "is not a plain file");
    if ((status.st_mode & 077) != 0)
        return refuse(path, fmt::format("has mode {:04o}: take the rights of others away (chmod 600)",
                                        status.st_mode & 07777));
    if (status.st_uid != ::geteuid() && status.st_uid != 0) return refuse(path, "belongs to another user");
    std::string text(key_file_bytes + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto got = ::read(descriptor, text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            wipe(text);
            return refuse_errno(path, "cannot be read");
        }
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    Secret<std::string> content(std::move(text));
    if (size > key_file_bytes) return refuse(path, "is too large");
    return content;
}

}  // namespace

Result<Secret<std::string>> read_or_make_key_file(const std::filesystem::path& path,
                                                  const std::function<Secret<std::string>()>& make) {
    int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0 && errno == ENOENT) {
        GODWIT_CHECK(make_key_file(path, make()));
        descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
    const File file(descriptor);
    if (!file.is_open()) return refuse_errno(path, "cannot be opened");
    return read_key_file(path, file.get());
}

}  // namespace godwit

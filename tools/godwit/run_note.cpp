#include "tools/godwit/run_note.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <boost/json.hpp>

namespace godwit::cli {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

// A note is written in place, since another file of its name would not be locked; all are of one size, so
// that no end of an older one is left behind it.
constexpr std::size_t note_bytes = 1024;
constexpr std::chrono::milliseconds slowest_believed{std::chrono::minutes(10)};

std::unexpected<Error> failure(const fs::path& path, int error) {
    const bool full = error == ENOSPC || error == EDQUOT;
    return fail(full ? ErrorKind::disk_full : ErrorKind::not_found, Reach::node, std::strerror(error),
                path.string());
}

// 0, or what is wrong.
int make_directory(const fs::path& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return 0;
    if (errno != ENOENT) return errno;
    if (const int error = make_directory(path.parent_path()); error != 0) return error;
    return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST ? 0 : errno;
}

// Users are told apart without regard to case, as most servers do: rather one writer too few than two.
std::string file_name_of(const AccountKey& account) {
    const auto text = fmt::format("{}\n{}\n{}", account.host, account.port, lower_case(account.user));
    std::array<unsigned char, 32> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return fmt::format("{:02x}", fmt::join(digest, ""));
}

std::string content_of(int file) {
    std::string text(note_bytes, '\0');
    const auto got = ::pread(file, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

// The number of a note's field; 0 if there is none, or if the note is damaged.
std::int64_t number_in(const std::string& note, std::string_view field) {
    boost::system::error_code damaged;
    const auto value = json::parse(note, damaged);
    if (damaged || !value.is_object()) return 0;
    const auto* number = value.get_object().if_contains(field);
    return number && number->is_int64() ? number->get_int64() : 0;
}

Error busy(int file) {
    const auto pid = number_in(content_of(file), "pid");
    const auto who =
        pid > 0 ? fmt::format("another godwit sync (pid {})", pid) : std::string("another godwit sync");
    return {ErrorKind::destination_busy, Reach::account, who + " is writing to this account", {}};
}

// A run that ended meanwhile may have removed the note between our opening and locking it.
bool is_still_there(int file, const fs::path& path) {
    struct stat ours{}, there{};
    return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

int sync_directory(const fs::path& path) {
    const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return errno;
    const int error = ::fsync(directory) == 0 ? 0 : errno;
    ::close(directory);
    return error;
}

}  // namespace

fs::path state_directory(const std::string& given, const Environment& environment) {
    if (!given.empty()) return given;
    const auto variable = [&](const char* name) { return fs::path(environment(name).value_or("")); };
    if (auto path = variable("GODWIT_STATE_DIR"); !path.empty()) return path;
    // Relative paths are to be ignored (XDG Base Directory Specification).
    if (const auto path = variable("XDG_STATE_HOME"); path.is_absolute()) return path / "godwit";
    if (const auto home = variable("HOME"); home.is_absolute()) return home / ".local/state/godwit";
    return {};
}

Result<RunNote> RunNote::take(const fs::path& directory, const AccountKey& destination, WallTime now,
                              bool outlives_machine) {
    std::error_code ignored;
    const auto absolute = fs::absolute(directory, ignored);
    if (const int error = make_directory(absolute); error != 0) return failure(absolute, error);
    const auto path = absolute / file_name_of(destination);
    for (;;) {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file < 0) return failure(path, errno);
        RunNote note(file, path);
        if (::flock(file, LOCK_EX | LOCK_NB) != 0)
            return errno == EWOULDBLOCK ? std::unexpected(busy(file)) : failure(path, errno);
        if (!is_still_there(file, path)) continue;
        note.read();
        GODWIT_CHECK(note.start(destination, now, outlives_machine));
        return note;
    }
}

RunNote::RunNote(RunNote&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      path_(std::move(other.path_)),
      started_(std::move(other.started_)),
      destination_(std::move(other.destination_)),
      left_behind_(other.left_behind_),
      slowest_append_(other.slowest_append_) {}

RunNote::~RunNote() {
    if (file_ >= 0) ::close(file_);
}

void RunNote::read() {
    const auto content = content_of(file_);
    left_behind_ = !content.empty();  // an empty one is of a run that never began
    const std::chrono::milliseconds slowest(number_in(content, "slowest_append_ms"));
    if (slowest > slowest_append_) slowest_append_ = std::min(slowest, slowest_believed);
}

Result<void> RunNote::start(const AccountKey& destination, WallTime now, bool outlives_machine) {
    started_ = fmt::format("{:%FT%TZ}", std::chrono::floor<std::chrono::seconds>(now));
    destination_ =
        printable(fmt::format("{} at {}:{}", destination.user, destination.host, destination.port));
    if (!write()) return failure(path_, errno);
    if (!outlives_machine) return {};
    if (::fsync(file_) != 0) return failure(path_, errno);
    if (const int error = sync_directory(path_.parent_path()); error != 0) return failure(path_, error);
    return {};
}

bool RunNote::write() {
    auto text = json::serialize(json::object{{"pid", ::getpid()},
                                             {"started", started_},
                                             {"destination", destination_},
                                             {"slowest_append_ms", slowest_append_.count()}});
    text.resize(note_bytes, ' ');
    text.back() = '\n';
    return ::pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

void RunNote::on_append(std::chrono::steady_clock::duration took) {
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(took);
    if (rounded < 2 * slowest_append_ || rounded <= slowest_append_) return;
    slowest_append_ = rounded;
    write();
}

void RunNote::remove() { ::unlink(path_.c_str()); }

}  // namespace godwit::cli

#include "daemon/process.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"

namespace godwit::daemon {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> refuse(const fs::path& path, std::string why,
                              ErrorKind kind = ErrorKind::invalid_argument) {
    return fail(kind, Reach::node, std::move(why), "opening the state directory " + path.string());
}

// With its parents, which have to be as passable.
Result<void> make(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return {};
    if (path.has_relative_path()) GODWIT_CHECK(make(path.parent_path()));
    if (mkdir(path.c_str(), 0700) != 0) return refuse(path, std::strerror(errno == EEXIST ? ENOTDIR : errno));
    if (chmod(path.c_str(), 0711) != 0) return refuse(path, std::strerror(errno));
    return {};
}

}  // namespace

void protect_process() {
    constexpr int arenas = 2;
    mallopt(M_ARENA_MAX, arenas);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    prctl(PR_SET_DUMPABLE, 0);
    umask(077);
}

std::uint64_t raise_open_files() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    return limit.rlim_cur;
}

std::uint32_t passes_within(std::uint64_t open_files, std::uint32_t wanted, std::size_t api_connections) {
    constexpr std::uint64_t for_ourselves = 64;  // database, logs, epoll
    constexpr std::uint64_t for_a_pass = 8;      // two sessions and the attempts that race for one
    const std::uint64_t reserved = for_ourselves + api_connections;
    const std::uint64_t room = open_files > reserved ? (open_files - reserved) / for_a_pass : 0;
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(room, 1, wanted));
}

Result<StateDirectory> StateDirectory::open(const fs::path& path) {
    GODWIT_CHECK(make(path));
    const int lock = ::open((path / "godwitd.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) return refuse(path, std::strerror(errno));
    StateDirectory directory(path, lock);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        return refuse(path, "another godwitd uses it", ErrorKind::conflict);
    const std::string pid = fmt::format("{}\n", getpid());  // for people
    if (ftruncate(lock, 0) != 0 || pwrite(lock, pid.data(), pid.size(), 0) < 0)
        return refuse(path, std::strerror(errno));
    return directory;
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateDirectory::~StateDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

std::optional<scheduler::NodeId> StateDirectory::last_node() const {
    std::ifstream in(path_ / "node");
    std::string id;
    if (!(in >> id) || !scheduler::is_id(id, "nod")) return std::nullopt;
    return scheduler::NodeId{std::move(id)};
}

void StateDirectory::remember_node(const scheduler::NodeId& node) const {
    const auto file = path_ / "node", unfinished = path_ / "node.new";
    std::error_code error;
    {
        std::ofstream out(unfinished, std::ios::trunc);
        out << node.value << '\n';
        out.close();
        if (!out) error = std::make_error_code(std::errc::io_error);
    }
    if (!error) fs::rename(unfinished, file, error);
    // Only the next start after a crash is slower for it.
    if (error) log_line(LogLevel::warn, "node id not remembered", {{"error", error.message()}});
}

void StateDirectory::forget_node() const {
    std::error_code error;
    fs::remove(path_ / "node", error);
}

}  // namespace godwit::daemon

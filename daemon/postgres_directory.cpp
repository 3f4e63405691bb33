#include "daemon/postgres_directory.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace godwit::daemon {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t log_limit = 8u << 20;

std::unexpected<Error> refuse(const std::string& what, const fs::path& path, int code) {
    const auto kind = code == ENOSPC ? ErrorKind::disk_full : ErrorKind::invalid_argument;
    return fail(kind, Reach::node, std::strerror(code), what + " " + path.string());
}

// A directory that only `user` (or ourselves) can enter. Never one that somebody else prepared.
Result<void> make_private(const fs::path& path, const std::optional<UserIds>& user) {
    if (mkdir(path.c_str(), 0700) && errno != EEXIST) return refuse("making", path, errno);
    const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (directory.get() < 0 || fstat(directory.get(), &status)) return refuse("opening", path, errno);
    const uid_t owner = user ? user->uid : geteuid();
    if (status.st_uid != owner && status.st_uid != geteuid())
        return fail(ErrorKind::invalid_argument, Reach::node, "belongs to another user",
                    "using " + path.string());
    if (user && fchown(directory.get(), user->uid, user->gid)) return refuse("giving away", path, errno);
    if (fchmod(directory.get(), 0700)) return refuse("closing", path, errno);
    return {};
}

// After a copy made by root, such as from a backup. Links are changed themselves, not followed.
void give_contents(const fs::path& path, const UserIds& user) {
    std::error_code ignored;
    lchown(path.c_str(), user.uid, user.gid);
    for (const auto& entry : fs::recursive_directory_iterator(path, ignored))
        lchown(entry.path().c_str(), user.uid, user.gid);
}

bool is_postgres(const fs::path& process) {
    std::string name;
    std::getline(std::ifstream(process / "comm"), name);
    return name == "postgres";
}

// Not a person's shell, which may stand there for days.
std::vector<pid_t> servers_working_in(const fs::path& directory) {
    std::vector<pid_t> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
        const auto name = entry.path().filename().string();
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error != std::errc{} || end != name.data() + name.size()) continue;
        if (fs::read_symlink(entry.path() / "cwd", ignored) == directory && is_postgres(entry.path()))
            found.push_back(pid);
    }
    return found;
}

bool may_pass(const struct stat& status, const UserIds& user) {
    if (status.st_uid == user.uid) return status.st_mode & S_IXUSR;
    if (status.st_gid == user.gid || std::ranges::find(user.groups, status.st_gid) != user.groups.end())
        return status.st_mode & S_IXGRP;
    return status.st_mode & S_IXOTH;
}

}  // namespace

Result<PostgresDirectory> PostgresDirectory::open(const fs::path& path, const std::optional<UserIds>& user) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return refuse("making", path.parent_path(), error.value());
    GODWIT_CHECK(make_private(path, user));
    PostgresDirectory directory;
    directory.path_ = fs::canonical(path, error);
    if (error) return refuse("opening", path, error.value());
    directory.user_ = user;
    const auto lock = directory.path_ / "lock";
    directory.lock_ = Descriptor(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (directory.lock_.get() < 0) return refuse("opening", lock, errno);
    if (flock(directory.lock_.get(), LOCK_EX | LOCK_NB))
        return fail(ErrorKind::conflict, Reach::node, "another godwitd uses it", "locking " + path.string());
    struct stat status{};
    if (user && !lstat(directory.data().c_str(), &status) && status.st_uid != user->uid)
        give_contents(directory.data(), *user);
    return directory;
}

Result<fs::path> PostgresDirectory::make_socket_directory() {
    constexpr std::string_view socket_name = "/.s.PGSQL.5432";
    const auto fits = [&](const fs::path& path) {
        return path.native().size() + socket_name.size() < sizeof(sockaddr_un::sun_path);
    };
    socket_ = path_ / "socket";
    if (!fits(socket_)) {
        const auto name = "godwit-" + std::to_string(geteuid()) + "-" +
                          std::to_string(std::hash<std::string>{}(path_.native()));
        socket_ = (access("/run", W_OK) == 0 ? fs::path("/run") : fs::path("/tmp")) / name;
    }
    GODWIT_CHECK(make_private(socket_, user_));
    return socket_;
}

void PostgresDirectory::remove_socket_directory() noexcept {
    std::error_code ignored;
    if (!socket_.empty()) fs::remove(socket_, ignored);
}

Result<void> PostgresDirectory::wait_for_earlier_server(Deadline deadline) const {
    // The processes of a server that was killed outlive it for a moment.
    for (auto pids = servers_working_in(data()); !pids.empty(); pids = servers_working_in(data())) {
        const auto process = open_pidfd(pids.front());
        if (process.get() < 0 || wait_for_exit(process.get(), deadline)) continue;
        return fail(ErrorKind::conflict, Reach::node,
                    "a PostgreSQL that was started earlier does not end (process " +
                        std::to_string(pids.front()) + ")",
                    "using " + path_.string());
    }
    pid_t pid = 0;
    std::ifstream(data() / "postmaster.pid") >> pid;
    std::error_code ignored;
    if (pid > 0 && (kill(pid, 0) == 0 || errno == EPERM)) fs::remove(data() / "postmaster.pid", ignored);
    return {};
}

std::optional<fs::path> PostgresDirectory::closed_parent() const {
    if (!user_) return std::nullopt;
    fs::path parent;
    for (const auto& part : path_.parent_path()) {
        parent /= part;
        struct stat status{};
        if (!stat(parent.c_str(), &status) && !may_pass(status, *user_)) return parent;
    }
    return std::nullopt;
}

std::string PostgresDirectory::last_complaint() const {
    const Descriptor log_file(::open(log().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    std::string text(4096, '\0');
    const auto size = lseek(log_file.get(), 0, SEEK_END);
    const auto count = pread(log_file.get(), text.data(), text.size(), std::max<off_t>(0, size - 4096));
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, count)));
    for (const std::string_view mark : {"FATAL: ", "PANIC: ", "error: "})
        if (const auto at = text.rfind(mark); at != std::string::npos)
            return printable(std::string_view(text).substr(at, text.find('\n', at) - at));
    return "see " + log().string();
}

void PostgresDirectory::rotate_log() const noexcept {
    std::error_code error;
    if (fs::file_size(log(), error) > log_limit && !error) fs::rename(log(), log().native() + ".old", error);
}

}  // namespace godwit::daemon

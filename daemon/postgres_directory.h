// The directory of a private PostgreSQL: who owns it, who else uses it, where its socket goes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "daemon/child_process.h"

namespace godwit::daemon {

// directory/data, directory/socket (or a short path elsewhere), directory/postgres.log, directory/lock.
class PostgresDirectory {
public:
    // Makes the directory if need be, gives it to `user` and locks it, so that two daemons cannot share it.
    static Result<PostgresDirectory> open(const std::filesystem::path& path,
                                          const std::optional<UserIds>& user);

    std::filesystem::path path() const { return path_; }
    std::filesystem::path data() const { return path_ / "data"; }
    std::filesystem::path log() const { return path_ / "postgres.log"; }

    // A mode 0700 directory whose path is short enough for a socket's address; removed by
    // remove_socket_directory().
    Result<std::filesystem::path> make_socket_directory();
    void remove_socket_directory() noexcept;
    // Until the processes of a PostgreSQL whose daemon died are gone. Then removes a postmaster.pid whose
    // number belongs to another program by now, which PostgreSQL would take for a running server.
    Result<void> wait_for_earlier_server(Deadline deadline) const;
    // The first parent that `user` may not pass, if there is one.
    std::optional<std::filesystem::path> closed_parent() const;
    // The last thing PostgreSQL complained about.
    std::string last_complaint() const;
    void rotate_log() const noexcept;

private:
    std::filesystem::path path_, socket_;
    std::optional<UserIds> user_;
    Descriptor lock_;
};

}  // namespace godwit::daemon

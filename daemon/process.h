// What belongs to the process: its limits and its state directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "engine/base/result.h"
#include "scheduler/ids.h"

namespace godwit::daemon {

// No core dumps and no debugger of the same user: passwords are in this memory. Few malloc arenas: memory
// stays flat.
void protect_process();
// Raises the soft limit of open files to the hard one; the limit that holds.
std::uint64_t raise_open_files();
// How many passes fit beside `api_connections` into that many open files; at most `wanted`.
std::uint32_t passes_within(std::uint64_t open_files, std::uint32_t wanted, std::size_t api_connections);

// Everything lasting of one daemon. Held by a lock that ends with the process.
class StateDirectory {
public:
    // Makes the directory (0711: the private database below runs as another user) when it does not exist.
    // conflict when another daemon has it. Reach::node.
    static Result<StateDirectory> open(const std::filesystem::path& path);
    StateDirectory(StateDirectory&& other) noexcept;
    StateDirectory& operator=(StateDirectory&&) = delete;
    ~StateDirectory();

    const std::filesystem::path& path() const { return path_; }
    // The node id that the last process here had; forgotten after an orderly end.
    std::optional<scheduler::NodeId> last_node() const;
    void remember_node(const scheduler::NodeId& node) const;
    void forget_node() const;

private:
    StateDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_;
};

}  // namespace godwit::daemon

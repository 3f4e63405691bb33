// RunNote: the word that a running `godwit sync` leaves about its destination account in the state directory.
//
// While the run lives its note is locked (flock), so that no second one writes to the account. A note that
// lies there without a lock is of a run that said no goodbye: it was killed, or an append was in doubt, so
// appends of it may still arrive. This holds for the runs of one state directory only.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "tools/godwit/account_key.h"
#include "tools/godwit/settings.h"

namespace godwit::cli {

// `given`, else GODWIT_STATE_DIR, else XDG_STATE_HOME/godwit, else HOME/.local/state/godwit. Empty: none of
// them is set.
std::filesystem::path state_directory(const std::string& given, const Environment& environment);

class RunNote {
public:
    // Makes the directory (mode 0700) if it is missing. destination_busy: a living run has the account; any
    // other kind: the directory cannot be used. What is noted is on the disk when this returns, if it is to
    // outlive the machine's end: a ledger that does knows what is in doubt.
    static Result<RunNote> take(const std::filesystem::path& directory, const AccountKey& destination,
                                WallTime now, bool outlives_machine = true);
    // Leaves the note where it is, without its lock.
    ~RunNote();
    RunNote(RunNote&& other) noexcept;
    RunNote& operator=(RunNote&&) = delete;

    // The run before ended without a word.
    bool was_left_behind() const { return left_behind_; }
    // The slowest answer to an APPEND of this run, and of one that was left behind, as far as it is noted.
    std::chrono::milliseconds slowest_append() const { return slowest_append_; }

    // Notes an answer that took at least twice as long as what is noted. Does not wait for the disk.
    void on_append(std::chrono::steady_clock::duration took);
    // Goodbye: no append of this run, nor of one before, can arrive any more.
    void remove();

private:
    RunNote(int file, std::filesystem::path path) : file_(file), path_(std::move(path)) {}
    void read();
    Result<void> start(const AccountKey& destination, WallTime now, bool outlives_machine);
    bool write();

    int file_;
    std::filesystem::path path_;
    std::string started_, destination_;
    bool left_behind_ = false;
    std::chrono::milliseconds slowest_append_{0};
};

}  // namespace godwit::cli

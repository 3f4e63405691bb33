// SyncObserver: how a pass is watched. The other call that leaves the engine sideways.
//
// Called on the pass's executor, often (every message); implementations must be cheap, must not throw and must not wait.
#pragma once

#include <chrono>

#include "engine/sync/report.h"

namespace godwit::sync {

enum class Stage { connect, discover, plan, transfer, done };
std::string_view name_of(Stage stage);

// Where a source message ended; each ends in one of these, once.
enum class Outcome { copied, already_there, skipped, failed };
std::string_view name_of(Outcome outcome);

struct MessageOutcome {
    const std::string& folder;      // display name at the source
    std::uint32_t uid;              // 0: all of the folder that has no outcome of its own, since the folder failed
    std::uint64_t size;
    Outcome outcome;
    std::string_view reason;        // a SkipReason or an ErrorKind, by name
    std::string_view words;         // the server's
};

class SyncObserver {
public:
    virtual ~SyncObserver() = default;
    virtual void on_stage(Stage) {}
    virtual void on_folder(const std::string& /*display_name*/) {}
    // Totals so far of this pass.
    virtual void on_progress(const Counters&) {}
    virtual void on_issue(const Issue&) {}
    virtual void on_message(const MessageOutcome&) {}
    // True: on_message() is to be called for every message, also where that takes listing folders in which nothing has changed.
    virtual bool wants_every_message() const { return false; }
    // Bytes moved on the wire of one side since the last call.
    virtual void on_wire(Side, std::uint64_t /*received*/, std::uint64_t /*sent*/) {}
    virtual void on_command(Side, std::string_view /*name*/, std::chrono::steady_clock::duration, bool /*ok*/) {}
};

}  // namespace godwit::sync

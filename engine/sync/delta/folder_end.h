// How a pass leaves a folder pair (FolderRest in ledger.h), worked out from what it has seen and done.
//
// The destination's mod-sequence is the one up to which every change there is known: that of SELECT where the pass has
// changed nothing; else the highest of its own changes, if nobody else changed anything in between.
#pragma once

#include "engine/sync/folder_close.h"
#include "engine/sync/pass.h"
#include "engine/sync/plan.h"

namespace godwit::sync {

class FolderEnd {
public:
    // Before anything is sent. `watermark`: everything listed at the destination is up to it.
    FolderEnd(const Comparison& comparison, const FolderPlan& plan, const imap::SelectedFolder& source,
              const imap::SelectedFolder& destination, std::uint32_t watermark);

    // What arrived above the watermark since.
    void add(const Arrivals& arrived);
    // Flags that the pass has set at the destination, by UID.
    void add_flags(std::uint32_t uid, const std::vector<std::string>& flags) { set_flags_[uid] = flags; }

    // After the last command that changes anything. `options`: rest_digest().
    Awaitable<Result<FolderRest>> rest(Pass& pass, const FolderReport& report, std::uint64_t options);

private:
    Awaitable<Result<void>> find_modseq(Pass& pass);

    const imap::SelectedFolder& destination_;
    FolderRest rest_;
    std::uint32_t watermark_;
    std::uint64_t known_modseq_ = 0;   // of what arrived
    bool changed_ = false;             // by this pass
    std::map<std::uint32_t, std::vector<std::string>> set_flags_;
};

}  // namespace godwit::sync

// UndoPass: what the parts of one undo pass share: the destination, the findings, and how messages are looked at.
#pragma once

#include "engine/imap/commands.h"
#include "engine/sync/pass.h"
#include "engine/sync/undo/undo_plan.h"

namespace godwit::sync {

// Messages that are looked at, and taken away, at once.
inline constexpr std::size_t undo_messages_at_once = 500;

class UndoPass {
public:
    // The source of `pass` is never asked: it is the destination once more.
    UndoPass(PassState& state, imap::Session& destination) : pass(state, destination, destination) {}

    Pass pass;
    std::map<std::string, std::uint64_t> would_go;   // of a dry run: messages, by raw name of their folder

    bool dry() const { return pass.request.options.dry; }
    std::string display_name(const std::string& raw) const;

    // Counts it; the ledger gets some hundred at once, the last of them with flush().
    Awaitable<Result<void>> find(Finding finding);
    Awaitable<Result<void>> flush();

    // Of the selected folder. Messages whose flags or headers do not come are left out.
    Awaitable<Result<std::map<std::uint32_t, Standing>>> look_at(const imap::UidSet& uids);
    Awaitable<Result<std::map<std::uint32_t, std::vector<std::string>>>> flags_of(const imap::UidSet& uids);

    // Whether an error ends the pass, not only what is done with one folder.
    bool is_over(const Error& error) const;

private:
    std::vector<Finding> findings_;   // not yet told
};

}  // namespace godwit::sync

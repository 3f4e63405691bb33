// Removal: takes messages of the selected folder away, by UID, and looks whether they went.
#pragma once

#include "engine/sync/undo/undone_folder.h"

namespace godwit::sync {

class Removal {
public:
    // `report` of the folder, for its counters.
    Removal(UndoPass& undo, UndoneFolder& folder, FolderReport& report) : undo_(undo), folder_(folder), report_(report) {}

    // `flags` as they are now.
    void add(const UndoPair& pair, std::uint32_t source_uid, std::uint32_t uid, std::vector<std::string> flags);
    // A finding for each. What the server does not remove is left, with its flags as before; once it has refused, nothing more
    // of the folder is tried. Some hundred at most.
    Awaitable<Result<void>> run();
    // Afterwards: those that went; none in a dry run.
    const imap::UidSet& gone() const { return gone_; }

private:
    struct Message {
        const UndoPair* pair;
        std::uint32_t source_uid, uid;
        std::vector<std::string> flags;
    };
    Awaitable<Result<void>> take_away(const imap::UidSet& uids);
    Awaitable<Result<void>> unmark(const imap::UidSet& left);

    UndoPass& undo_;
    UndoneFolder& folder_;
    FolderReport& report_;
    std::vector<Message> messages_;
    imap::UidSet gone_;
};

}  // namespace godwit::sync

// flag_sync: sets flags of destination messages and makes sure that they stick.
//
// Some servers ignore the flags given to APPEND (Mailutils), some drop a keyword or refuse one too many (Cyrus): what was
// copied is compared with what was wanted and set right by STORE; a flag that is refused even so is an issue
// (flags_refused) with the server's words, never a message lost.
#pragma once

#include "engine/imap/commands.h"
#include "engine/sync/listing.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

// A destination message and the flags it is to have.
struct FlagWish {
    std::uint32_t source_uid, destination_uid;
    const std::vector<std::string>* flags;   // of the source, in its listing
    MessageKey key;                          // of the copy, as far as set_right() is to be sure that it is this one
};

class FlagSync {
public:
    // The destination folder is selected. `display_name` of the source folder, for issues.
    FlagSync(Pass& pass, const std::string& display_name, const imap::SelectedFolder& destination)
        : pass_(pass), display_name_(display_name), destination_(destination) {}

    // One STORE for each set of flags. Refused flags are issues; an error ends the folder.
    Awaitable<Result<void>> set(const std::vector<FlagWish>& wishes, imap::StoreMode mode);

    // Whether a message is listed with other flags than it is to have.
    bool is_unfulfilled(const FlagWish& wish, const FlaggedUids& listed) const;

    // Of messages that were just copied: sets those whose flags, as the destination lists them, are not as wished, and looks
    // once more. A UID that a server has named wrongly is another message's: its key is compared before.
    Awaitable<Result<void>> set_right(const std::vector<FlagWish>& wishes, const FlaggedUids& listed);

private:
    std::vector<FlagWish> unfulfilled(const std::vector<FlagWish>& wishes, const FlaggedUids& listed) const;
    Awaitable<Result<std::vector<FlagWish>>> known_by_key(std::vector<FlagWish> wishes);
    Awaitable<Result<void>> store(const std::vector<FlagWish>& wishes, const std::vector<std::string>& flags,
                                  imap::StoreMode mode);
    void refused(const FlagWish& wish, const std::string& words);

    Pass& pass_;
    const std::string& display_name_;
    const imap::SelectedFolder& destination_;
    std::set<std::uint32_t> refused_;   // destination UIDs already reported
};

}  // namespace godwit::sync

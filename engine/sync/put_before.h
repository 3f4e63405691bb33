// PutBefore: what was put at the destination, of a folder pair whose ledger is no longer believed because the source's UIDs are
// others than before. Its copies stay ours, so that an undo pass may take them back.
#pragma once

#include <unordered_map>

#include "engine/imap/commands.h"
#include "engine/sync/pass.h"

namespace godwit::sync {

class PutBefore {
public:
    // Forgets the pair, but in a dry run; flags from before stay with the destination's messages. Empty where the destination
    // folder is another one, too.
    static Awaitable<Result<PutBefore>> forget(Pass& pass, const FolderPair& pair, const LedgerFolder& ledger,
                                               const imap::SelectedFolder& destination);

    // A source message with that key was found there; if it is another one, the UID is not ours.
    void found(std::uint32_t destination_uid, std::uint64_t key_hash) {
        const auto put = put_.find(destination_uid);
        if (put != put_.end() && put->second != key_hash) put_.erase(put);
    }
    bool contains(std::uint32_t destination_uid) const { return put_.contains(destination_uid); }

private:
    std::unordered_map<std::uint32_t, std::uint64_t> put_;   // destination UIDs: key hashes
};

}  // namespace godwit::sync

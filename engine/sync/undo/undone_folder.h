// UndoneFolder: a destination folder that an undo pass works on, with all that the ledger holds of it.
#pragma once

#include "engine/sync/ledger_facts.h"
#include "engine/sync/listing.h"
#include "engine/sync/plan.h"
#include "engine/sync/undo/undo_pass.h"

namespace godwit::sync {

struct UndoPair {
    FolderPair name;
    std::vector<LedgerEntry> entries;    // by source UID, as loaded
    std::vector<LedgerIntent> intents;   // as they are by now
    FlagsByUid before;                   // likewise
    std::map<std::uint32_t, std::string> moved_from;   // matched messages that stood elsewhere
    FolderCursor cursor;                 // as it is to be stored
    std::size_t gone = 0;                // entries that the ledger holds no more
    bool in_question = false;            // not everything above its watermark is accounted for
};

struct UndoneFolder {
    std::string name;
    std::vector<UndoPair> pairs;
    std::vector<UndoPair> idle;          // those with nothing to be taken back
    imap::SelectedFolder selected;
    FolderListing listing;               // without keys
    UndoRules rules;
    imap::UidSet named, shared;          // destination UIDs that entries name: any, more than one

    // Once everything is loaded.
    void note_names() {
        std::vector<std::uint32_t> uids, twice;
        for (const auto* some : {&pairs, &idle})
            for (const auto& pair : *some)
                for (const auto& entry : pair.entries)
                    if (has_copy(entry.provenance) && entry.destination_uid != 0) uids.push_back(entry.destination_uid);
        std::ranges::sort(uids);
        for (std::size_t i = 1; i < uids.size(); ++i)
            if (uids[i] == uids[i - 1]) twice.push_back(uids[i]);
        named = imap::UidSet::of(std::move(uids));
        shared = imap::UidSet::of(std::move(twice));
    }

    bool stands(std::uint32_t uid) const { return index_of(listing, uid).has_value(); }

    Finding finding(const UndoPass& undo, const UndoPair& pair, FindingKind kind, std::uint32_t source_uid = 0,
                    std::uint32_t uid = 0) const {
        const auto index = index_of(listing, uid);
        return {.kind = kind, .folder = undo.display_name(pair.name.source), .destination_folder = undo.display_name(name),
                .source_uid = source_uid, .destination_uid = uid,
                .size = index ? std::uint64_t{listing.messages[*index].size} : 0, .detail = {}};
    }
    Awaitable<Result<void>> leave(UndoPass& undo, const UndoPair& pair, std::uint32_t source_uid, std::uint32_t uid,
                                  std::string why) const {
        auto left = finding(undo, pair, FindingKind::left, source_uid, uid);
        left.detail = std::move(why);
        co_return co_await undo.find(std::move(left));
    }
};

}  // namespace godwit::sync

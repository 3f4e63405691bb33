// FolderJudge: says of each source message of a folder what became of it, once both sides are compared and what is to be
// read of them was read. No I/O: findings go to the log, records to the folder's digest.
#pragma once

#include "engine/sync/folder_map.h"
#include "engine/sync/ledger_facts.h"
#include "engine/sync/plan.h"
#include "engine/sync/verify/finding_log.h"
#include "engine/sync/verify/octet_reader.h"
#include "engine/sync/verify/set_digest.h"

namespace godwit::sync {

// What is known of a folder.
struct FolderData {
    Comparison comparison;
    Pairs pairs;                                   // messages and their copies, by source index
    imap::SelectedFolder destination_folder;
    LedgerFolder ledger;                           // empty where it is not believed
    MessageFacts facts;
    std::map<std::uint32_t, MessageNote> notes;    // of the last copy, by source UID
    std::map<std::uint32_t, OctetDigest> noted;    // of what was sent, likewise
};

// What was read of some messages, by index.
struct ReadPairs {
    std::map<Index, ReadMessage> source, destination;
};

class FolderJudge {
public:
    FolderJudge(Pass& pass, FindingLog& log, const MappedFolder& mapped, const FolderData& data, FolderReport& report);

    // What has to be read before judge(), asked once for each message, in order.
    struct Wish {
        bool source = false;
        std::optional<Index> destination;
    };
    Wish reads(Index i);
    // In order.
    void judge(Index i, const ReadPairs& read);
    // Messages without a copy in the folder, of which nobody else has said anything yet; missing or removed_at_destination.
    const std::vector<std::pair<Index, FindingKind>>& gone() const { return gone_; }
    OctetDigest finish() { return digest_.finish(); }

private:
    struct Absence {
        FindingKind kind = FindingKind::missing;
        std::string detail;
        std::optional<SkipReason> skipped;
    };
    struct OctetVerdict {
        std::optional<FindingKind> kind;
        std::string detail;
        std::optional<OctetDigest> copy;
    };

    const ListedMessage& source(Index i) const { return data_.comparison.source.messages[i]; }
    const ListedMessage& destination(Index i) const { return data_.comparison.destination.messages[i]; }
    const Pair* pair_of(Index i) const;
    bool sizes_differ(const Pair& pair) const;

    void judge_pair(const Pair& pair, const ReadPairs& read);
    OctetVerdict compare_octets(const Pair& pair, const ReadPairs& read);
    std::optional<std::string> compare_flags(const Pair& pair);
    std::optional<std::string> compare_dates(const Pair& pair) const;
    void judge_absent(Index i, const ReadPairs& read);
    Absence absence_of(Index i) const;
    static Absence absence_of(const MessageNote& note);
    void find(FindingKind kind, Index i, std::uint32_t destination_uid, std::string detail);

    Pass& pass_;
    const SyncOptions& options_;
    FindingLog& log_;
    const MappedFolder& mapped_;
    const FolderData& data_;
    FolderReport& report_;
    const MessageSelection selection_;
    const bool transforms_;
    SizeDoubt doubt_;
    std::unordered_map<std::uint64_t, std::optional<std::string>> flags_differ_;   // of two sets of flags, by their ids
    std::vector<std::pair<Index, FindingKind>> gone_;
    FolderSetDigest digest_;
};

}  // namespace godwit::sync

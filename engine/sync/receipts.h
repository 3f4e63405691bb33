// Receipts: which UIDs of a destination folder are ours, and how far everything there is accounted for. Pure.
#pragma once

#include "engine/imap/sequence_set.h"
#include "engine/sync/ledger.h"

namespace godwit::sync {

class Receipts {
public:
    // Everything up to `watermark` is accounted for.
    explicit Receipts(std::uint32_t watermark) : watermark_(watermark), start_(watermark) {}

    // The destination named this UID for a message of ours. One that was there before, or that it has named already, means
    // that it keeps one copy of equal messages (Gmail): matched, many to one.
    Provenance located(std::uint32_t uid);
    bool is_ours(std::uint32_t uid) const { return ours_.contains(uid); }
    // All UIDs up to this one are accounted for. Foreign messages in between hold it back until they are listed.
    std::uint32_t watermark() const { return watermark_; }
    std::uint32_t start() const { return start_; }
    const imap::UidSet& ours() const { return ours_; }

private:
    std::uint32_t watermark_, start_;
    imap::UidSet ours_;
};

}  // namespace godwit::sync

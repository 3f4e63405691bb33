// OctetReader: SHA-256 of whole messages of one side, FETCHes in flight all the time.
//
// Holds one message at a time, those above the session's inline limit not at all: they go through the hash as they arrive.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "engine/sync/listing.h"
#include "engine/sync/match.h"
#include "engine/sync/pass.h"
#include "engine/sync/verify/pair_verdict.h"

namespace godwit::sync {

// What reading one message came to.
struct ReadMessage {
    std::optional<Octets> octets;
    std::optional<SkipReason> skipped;   // options that look at the content would not have it copied
    std::string words;                   // without either: why it could not be read
};

class OctetReader final : private imap::LiteralReceiver {
public:
    // The session has the folder selected, `listing` lists it. `transform`, if given, changes messages of the source as a copy
    // would.
    OctetReader(Pass& pass, imap::Session& session, const FolderListing& listing, const MessageTransform* transform,
                std::uint64_t uidvalidity)
        : pass_(pass), session_(session), listing_(listing), transform_(transform), uidvalidity_(uidvalidity) {}

    // By index; each of `indexes` (ascending) is in it. Errors are those that end the folder.
    Awaitable<Result<std::map<Index, ReadMessage>>> read(Indexes indexes);

private:
    Awaitable<Result<void>> read_in_batches(const Indexes& indexes, std::size_t most_messages);
    bool take(imap::FetchData& data);
    ReadMessage outcome_of(Index index, std::string octets) const;
    Awaitable<Result<void>> begin(std::uint32_t uid, std::uint64_t size) override;
    Awaitable<Result<void>> data(std::string_view octets) override;
    Awaitable<Result<void>> end() override;

    Pass& pass_;
    imap::Session& session_;
    const FolderListing& listing_;
    const MessageTransform* transform_;
    const std::uint64_t uidvalidity_;
    std::map<Index, ReadMessage> read_;
    imap::UidSet wanted_;
    OctetHash hash_;
    Octets streamed_;             // of the literal that went by last; its row comes right behind it
    std::string refusal_;         // of the last FETCH that was answered with NO
};

}  // namespace godwit::sync

// FolderTransfer: copies the planned messages of one folder.
//
// The messages are sent by the folder's own lane (transfer_lane.h) and, where much is left, by other lanes of the pass that
// help: each takes the next messages of one queue, and what their answers say comes together here. The ledger knows of
// every append before its last octets leave (intent) and of every answer (receipt); append_state.h says what is known in
// between. A refused batch is settled, once no lane appends any more, and its messages are sent again one by one. Source
// and destination folders are selected by the folder's own lane.
//
// A message that is refused alone is sent again without its keywords, its flags, its date, as far as it has them: better
// stored than lost; flag_sync.h then sets what can be set.
//
// transfer_receipts.cpp takes answers, transfer_doubt.cpp finds out what became of appends without an answer of their own,
// transfer_reduce.cpp decides what a message is sent with.
#pragma once

#include <optional>

#include "engine/base/task_scope.h"
#include "engine/imap/commands.h"
#include "engine/sync/append_state.h"
#include "engine/sync/ledger_facts.h"
#include "engine/sync/listing.h"
#include "engine/sync/pass.h"
#include "engine/sync/receipts.h"

namespace godwit::sync {

// A message that was sent again after an append of it had been given up: that one may still arrive.
struct Doubted {
    LedgerIntent intent;
    std::uint32_t destination_uid;   // of the copy whose receipt we hold; 0: not known
};

// The folder that is copied; everything outlives the transfer.
struct TransferFolder {
    const FolderPair& pair;
    const std::string& display_name;   // of the source
    FolderListing& source;             // gets the keys of messages that were listed without
    const imap::SelectedFolder& source_folder;
    const imap::SelectedFolder& destination_folder;
    FolderCursor& cursor;
    FolderReport& report;
};

// An append of one message, and what is known of it.
struct AppendItem {
    std::uint32_t index;   // in the source's listing
    std::uint64_t bytes;
    AppendState state;
};

class TransferLane;

class FolderTransfer final : public SharedCopy {
public:
    using Index = std::uint32_t;
    // `doubts`: appends given up by earlier passes, by source UID; `doubted`: messages of earlier passes of which a copy may
    // still arrive.
    FolderTransfer(Pass& pass, const TransferFolder& folder, const std::map<std::uint32_t, std::uint32_t>& doubts,
                   std::vector<Doubted> doubted);

    // Appends source.messages[i] for each index. An error ends the folder (its reach says what else); messages that the
    // destination refuses are issues. Returns after everything in flight was answered or given up.
    Awaitable<Result<void>> run(std::vector<std::uint32_t> copy);

    // After run(): whether the destination keeps what messages are known by.
    Awaitable<Result<void>> identity_known();
    // What was found out since about messages of this transfer; in the place of what their answers said.
    void add_receipts(std::span<const LedgerEntry> entries) { unstored_.insert(unstored_.end(), entries.begin(), entries.end()); }
    // The last call, also after errors. With `stored_later` the caller stores the receipts that it returns; else they are
    // stored now.
    Awaitable<Result<std::vector<LedgerEntry>>> end(bool stored_later);

    bool worth_helping() const override;
    Awaitable<bool> help(Pass& lane) override;

    const Receipts& receipts() const { return receipts_; }
    // Indexes of messages that the destination took without naming their UIDs.
    const std::vector<std::uint32_t>& unlocated() const { return unlocated_; }
    std::vector<Doubted>& doubted() { return doubted_; }
    // Why messages have no copy; of one that has been told twice the last word counts.
    std::vector<MessageNote>& notes() { return notes_; }
    void note(Index index, std::string_view reason, std::string_view words = {});
    // (index, UID at the destination) of every receipt of this transfer that named one.
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>& located() const { return located_; }

private:
    friend class TransferLane;
    struct Probe {
        Index index;
        std::array<MessageKey, lowest_rung + 1> keys;   // by rung
        std::uint32_t uid = 0;
    };

    // What of a message is left away, after a server refused it with.
    enum class Reduction { none, keywords, flags, date };
    struct Reduced {
        Reduction reduction = Reduction::none;
        std::string words;   // the server's
    };

    static constexpr int batches_refused_at_most = 3;   // then one by one
    static constexpr int reductions_in_vain_at_most = 20;   // in a row: what is refused is not flags and dates

    Awaitable<void> copy_round(std::vector<Index> copy);
    // transfer_receipts.cpp
    Awaitable<Result<void>> on_answer(std::vector<AppendItem>& items, const imap::StatusResponse& answer,
                                      std::chrono::steady_clock::duration took);
    Awaitable<Result<void>> on_stored(std::vector<AppendItem>& items, const imap::StatusResponse& answer);
    Awaitable<Result<void>> on_refused(std::vector<AppendItem>& items, const imap::StatusResponse& answer);
    void add_receipt(AppendItem& item, std::uint32_t uid);
    void keep_digest(Index index);
    Awaitable<Result<void>> store_receipts();
    Awaitable<Result<void>> store_digests();
    void refused(Index index, const Error& error);
    // transfer_reduce.cpp
    bool reduce(Index index, const Error& error);
    std::vector<std::string> flags_for(Index index) const;
    bool sends_date(Index index) const;
    Error first_refusal(Index index, Error last);
    void note_reduced(Index index);
    // transfer_doubt.cpp
    Awaitable<Result<void>> settle_batch();
    Awaitable<void> check_identity();
    Awaitable<Result<void>> read_back(std::vector<Probe> located);
    void go_down_to(KeyRung rung);
    void note_for_identity(Index index, std::string_view header);
    void located_for_identity(Index index, std::uint32_t uid);

    LedgerIntent intent_of(const AppendItem& item) const;
    AppendState state_of(Index index) const;
    const ListedMessage& message(Index index) const { return source_.messages[index]; }
    void stop(const Error& error);
    static void apply(AppendItem& item, AppendEvent event);

    Pass& pass_;                                  // of the folder's own lane
    const FolderPair& pair_;
    const std::string& display_name_;
    bool& identity_checked_;                      // of this folder's class, in the pass
    FolderListing& source_;
    const imap::SelectedFolder& source_folder_;
    const imap::SelectedFolder& destination_folder_;
    FolderCursor& cursor_;
    FolderReport& report_;
    Counters& counters_;
    Signal changed_;                              // a lane has left, receipts are stored
    Receipts receipts_;
    std::vector<Index> queue_;                    // what this round copies
    std::size_t next_ = 0;                        // in it
    std::vector<TransferLane*> lanes_;            // that work on it
    std::size_t helpers_ = 0;                     // lanes of others, also while they open the folder
    std::vector<AppendItem> in_doubt_;            // of refused batches
    std::vector<Index> again_;                    // to be fetched and appended once more, alone
    std::map<Index, std::uint32_t> doubts_;       // appends given up as absent
    std::vector<LedgerEntry> unstored_;           // receipts that the ledger does not hold yet
    SteadyTime unstored_since_{};
    std::unordered_map<Index, OctetDigest> digests_;                 // of messages on their way (notedigests)
    std::map<std::uint32_t, OctetDigest> unstored_digests_;          // of those with a receipt, by source UID
    std::vector<MessageNote> notes_;
    bool storing_ = false;
    std::vector<Index> unlocated_;
    std::vector<std::pair<Index, std::uint32_t>> located_;
    std::vector<Doubted> doubted_;
    std::map<Index, Reduced> reduced_;
    std::set<std::string> refused_keywords_;      // messages with them were refused; STORE may still set them
    int reductions_in_vain_ = 0;
    std::vector<Probe> probes_;                   // for check_identity(): of the first messages of a folder class
    std::size_t probes_located_ = 0;
    TaskScope identity_check_;
    std::size_t batch_messages_ = 1;              // at most, in one APPEND
    int refused_batches_ = 0;
    std::optional<Error> stopped_;
};

}  // namespace godwit::sync

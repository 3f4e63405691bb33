// FolderTransfer: copies the planned messages of one folder, with FETCHes and APPENDs in flight at the same time.
//
// Small messages are read whole, in chunks inside the pass's byte budget, and appended without waiting for answers: many in
// one command where the destination has MULTIAPPEND, else one command each; a message above whole_message_bytes streams
// alone from one connection to the other. The ledger knows of every append before its last octets leave (intent) and of
// every answer (receipt); append_state.h says what is known in between. A refused batch is settled and its messages are
// sent again one by one. Source and destination folders are selected.
//
// A message that is refused alone is sent again without its keywords, its flags, its date, as far as it has them: better
// stored than lost; flag_sync.h then sets what can be set.
//
// transfer_fetch.cpp reads, transfer_append.cpp writes, transfer_stream.cpp does large messages, transfer_doubt.cpp finds
// out what became of appends without an answer of their own, transfer_reduce.cpp decides what a message is sent with.
#pragma once

#include <deque>
#include <optional>

#include "engine/base/task_scope.h"
#include "engine/imap/commands.h"
#include "engine/sync/append_state.h"
#include "engine/sync/listing.h"
#include "engine/sync/pass.h"
#include "engine/sync/receipts.h"
#include "engine/sync/stream_pipe.h"

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

class FolderTransfer {
public:
    // `doubts`: appends given up by earlier passes, by source UID; `doubted`: messages of earlier passes of which a copy may
    // still arrive.
    FolderTransfer(Pass& pass, const TransferFolder& folder, const std::map<std::uint32_t, std::uint32_t>& doubts,
                   std::vector<Doubted> doubted);

    // Appends source.messages[i] for each index. An error ends the folder (its reach says what else); messages that the
    // destination refuses are issues. Returns after everything in flight was answered or given up, receipts stored.
    Awaitable<Result<void>> run(std::vector<std::uint32_t> copy);

    const Receipts& receipts() const { return receipts_; }
    // Indexes of messages that the destination took without naming their UIDs.
    const std::vector<std::uint32_t>& unlocated() const { return unlocated_; }
    std::vector<Doubted>& doubted() { return doubted_; }
    // (index, UID at the destination) of every receipt of this transfer that named one.
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>& located() const { return located_; }

private:
    using Index = std::uint32_t;
    struct Fetched {
        Index index;
        std::string octets;
    };
    struct Probe {
        Index index;
        std::array<MessageKey, lowest_rung + 1> keys;   // by rung
        std::uint32_t uid = 0;
    };
    struct Item {
        Index index;
        std::uint64_t bytes;
        AppendState state;
    };
    struct Batch {
        std::vector<Item> items;
        SteadyTime at{};
        std::shared_ptr<imap::InFlight> command;
    };
    struct Chunk {
        std::vector<Index> indexes;
        std::uint64_t bytes = 0;
        std::shared_ptr<imap::InFlight> command;
    };

    // What of a message is left away, after a server refused it with.
    enum class Reduction { none, keywords, flags, date };
    struct Reduced {
        Reduction reduction = Reduction::none;
        std::string words;   // the server's
    };

    static constexpr int batches_refused_at_most = 3;   // then one by one
    static constexpr int reductions_in_vain_at_most = 20;   // in a row: what is refused is not flags and dates

    Awaitable<void> copy_round(const std::vector<Index>& copy);
    // transfer_fetch.cpp
    Awaitable<void> fetch_all(const std::vector<Index>& copy);
    Awaitable<Result<void>> fetch_chunks(const std::vector<Index>& copy);
    Awaitable<Result<void>> wait_for_room(std::uint64_t bytes);
    Awaitable<Result<void>> request_chunk(std::shared_ptr<Chunk> chunk);
    Awaitable<Result<void>> await_chunk();
    bool on_fetched(Chunk& chunk, imap::FetchData& data);
    void take_octets(Index index, std::string octets);
    std::optional<std::string> transformed(Index index, std::string octets);
    bool is_the_listed_one(Index index, std::string_view header);
    void on_gone(Index index, std::string_view why);
    // transfer_append.cpp
    Awaitable<Result<void>> append_all();
    std::size_t batch_ready() const;
    std::vector<Fetched> take(std::size_t count);
    Awaitable<Result<void>> send(std::vector<Fetched> messages);
    Awaitable<Result<void>> commit(std::shared_ptr<Batch> batch, imap::Command command);
    Awaitable<void> give_up(Batch& batch);
    Awaitable<Result<void>> settle_answers(std::size_t in_flight_allowed);
    Awaitable<Result<void>> on_answer(Batch& batch, const imap::StatusResponse& answer);
    Awaitable<Result<void>> on_stored(Batch& batch, const imap::StatusResponse& answer);
    Awaitable<Result<void>> on_refused(Batch& batch, const imap::StatusResponse& answer);
    void add_receipt(Item& item, std::uint32_t uid);
    Awaitable<Result<void>> store_receipts();
    imap::AppendMessage append_message(Index index) const;
    void refused(Index index, const Error& error);
    // transfer_reduce.cpp
    bool reduce(Index index, const Error& error);
    std::vector<std::string> flags_for(Index index) const;
    bool sends_date(Index index) const;
    Error first_refusal(Index index, Error last);
    void note_reduced(Index index);
    Awaitable<Result<void>> wait_for_pace();
    // transfer_stream.cpp
    Awaitable<Result<void>> stream(Index index);
    Awaitable<Result<void>> stream_append(Index index, std::uint64_t size, StreamPipe& pipe);
    // transfer_doubt.cpp
    Awaitable<Result<void>> settle_batch();
    Awaitable<Result<void>> check_identity();
    void go_down_to(KeyRung rung);
    void note_for_identity(Index index, std::string_view header);
    void located_for_identity(Index index, std::uint32_t uid);

    LedgerIntent intent_of(const Item& item) const;
    AppendState state_of(Index index) const;
    const ListedMessage& message(Index index) const { return source_.messages[index]; }
    void stop(const Error& error);
    static void apply(Item& item, AppendEvent event);

    Pass& pass_;
    const FolderPair& pair_;
    const std::string& display_name_;
    bool& identity_checked_;                      // of this folder's class, in the pass
    FolderListing& source_;
    const imap::SelectedFolder& source_folder_;
    const imap::SelectedFolder& destination_folder_;
    FolderCursor& cursor_;
    FolderReport& report_;
    Counters& counters_;
    Signal changed_;
    Receipts receipts_;
    std::deque<std::shared_ptr<Chunk>> chunks_;   // FETCHes in flight
    std::deque<Fetched> fetched_;                 // waiting to be appended
    std::deque<std::shared_ptr<Batch>> sent_;     // APPENDs in flight
    std::vector<Index> late_large_;               // turned out larger than listed
    std::vector<Item> in_doubt_;                  // of refused batches
    std::vector<Index> again_;                    // to be fetched and appended once more, alone
    std::map<Index, std::uint32_t> doubts_;       // appends given up as absent
    std::vector<LedgerEntry> unstored_;           // receipts that the ledger does not hold yet
    SteadyTime unstored_since_{};
    std::vector<Index> unlocated_;
    std::vector<std::pair<Index, std::uint32_t>> located_;
    std::vector<Doubted> doubted_;
    std::map<Index, Reduced> reduced_;
    std::set<std::string> refused_keywords_;      // messages with them were refused; STORE may still set them
    int reductions_in_vain_ = 0;
    std::vector<Probe> probes_;                   // for check_identity(): of the first messages of a folder class
    std::uint64_t held_bytes_ = 0;                // requested, by their listed sizes, and waiting
    std::uint64_t fetched_bytes_ = 0;             // waiting
    std::size_t batch_messages_ = 1;              // at most, in one APPEND
    int refused_batches_ = 0;
    bool fetching_ = true;
    bool fetch_waits_ = false;                    // for room
    std::optional<Error> stopped_;
};

}  // namespace godwit::sync

// FolderTransfer: copies the planned messages of one folder, with FETCHes and APPENDs in flight at the same time.
//
// Small messages are read whole, in chunks inside the pass's byte budget, and appended one command each without waiting
// for answers; a message above whole_message_bytes streams alone from one connection to the other. The ledger knows of every
// append before its last octets leave (intent) and of every answer (receipt). Source and destination folders are selected.
#pragma once

#include <deque>
#include <optional>

#include "engine/base/task_scope.h"
#include "engine/imap/commands.h"
#include "engine/sync/listing.h"
#include "engine/sync/pass.h"
#include "engine/sync/plan.h"
#include "engine/sync/stream_pipe.h"

namespace godwit::sync {

class FolderTransfer {
public:
    FolderTransfer(Pass& pass, const FolderPair& pair, std::string display_name, const FolderListing& source,
                   const imap::SelectedFolder& destination_folder, FolderCursor& cursor, Counters& folder_counters);

    // Appends source.messages[i] for each index. An error ends the folder (its reach says what else); messages that the
    // destination refuses are issues. Returns after everything in flight was answered or given up, receipts stored.
    Awaitable<Result<void>> run(const std::vector<std::uint32_t>& copy);

private:
    using Index = std::uint32_t;
    struct Fetched {
        Index index;
        std::string octets;
    };
    struct Sent {
        Index index;
        std::uint64_t bytes;
        std::uint64_t key_hash;
        SteadyTime at;
        std::shared_ptr<imap::InFlight> command;
    };
    struct Chunk {
        std::vector<Index> indexes;
        std::uint64_t bytes = 0;
        std::shared_ptr<imap::InFlight> command;
    };

    Awaitable<void> fetch_all(const std::vector<Index>& copy);
    Awaitable<Result<void>> fetch_chunks(const std::vector<Index>& copy);
    Awaitable<Result<void>> request_chunk(std::shared_ptr<Chunk> chunk);
    Awaitable<Result<void>> await_chunk();
    bool on_fetched(Chunk& chunk, imap::FetchData& data);
    void on_gone(Index index, std::string_view why);
    Awaitable<Result<void>> append_all();
    Awaitable<Result<void>> append(Fetched message);
    Awaitable<Result<void>> settle_answers(std::size_t in_flight_allowed);
    Awaitable<Result<void>> on_answer(const Sent& sent, const imap::StatusResponse& answer);
    Awaitable<Result<void>> store_receipts();
    Awaitable<Result<void>> stream(Index index);
    Awaitable<Result<void>> stream_append(Index index, std::uint64_t size, StreamPipe& pipe);
    imap::AppendMessage append_message(Index index) const;
    imap::Command committing(imap::Command command) const;
    void refused(Index index, const Error& error);
    const ListedMessage& message(Index index) const { return source_.messages[index]; }
    void stop(const Error& error);

    Pass& pass_;
    const FolderPair& pair_;
    const std::string display_name_;
    const FolderListing& source_;
    const imap::SelectedFolder& destination_folder_;
    FolderCursor& cursor_;
    Counters& counters_;
    TaskScope tasks_;
    Signal changed_;
    std::deque<std::shared_ptr<Chunk>> chunks_;   // FETCHes in flight
    std::deque<Fetched> fetched_;                 // waiting to be appended
    std::deque<Sent> sent_;                       // APPENDs in flight
    std::vector<Index> late_large_;               // turned out larger than listed
    std::vector<LedgerEntry> receipts_;
    SteadyTime receipts_since_{};
    std::uint64_t held_bytes_ = 0;
    bool fetching_ = true;
    std::optional<Error> stopped_;
};

}  // namespace godwit::sync

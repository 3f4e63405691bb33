// TransferLane: one lane's work on a folder's copy, with FETCHes and APPENDs in flight at the same time.
//
// Messages are asked for ahead, by octets in flight. Small ones are read whole, inside the process's byte budget, and
// appended without waiting for answers: many in one command where the destination has MULTIAPPEND, else one command each.
// A message above whole_message_bytes goes straight through from one connection to the other, in its place among the
// others: while its literal arrives nothing else is read, and what was asked for after it is on its way already.
//
// transfer_fetch.cpp reads, transfer_append.cpp writes, transfer_stream.cpp does large messages.
#pragma once

#include <deque>

#include "engine/base/byte_budget.h"
#include "engine/sync/stream_pipe.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {

class TransferLane final : private imap::LiteralReceiver {
public:
    // `pass`: the lane's; its source has the folder selected.
    TransferLane(Pass& pass, FolderTransfer& copy);
    ~TransferLane();

    // Until the queue is empty or the copy was stopped. Everything in flight is answered or given up when it returns; errors
    // stop the copy.
    Awaitable<void> run();
    // The copy was stopped: whoever waits hears of it.
    void stop(const Error& error);

private:
    using Index = std::uint32_t;
    struct Fetched {
        Index index;
        std::string octets;
        std::shared_ptr<StreamPipe> pipe;   // of a large message, instead of octets
    };
    struct Batch {
        std::vector<AppendItem> items;
        SteadyTime at{};
        std::shared_ptr<imap::InFlight> command;
    };
    struct Chunk {
        std::vector<Index> indexes;   // of messages that no row has come of
        std::uint64_t bytes = 0;
        bool large = false;           // one message that will stream
        std::shared_ptr<imap::InFlight> command;
    };

    // transfer_fetch.cpp
    Awaitable<void> fetch_all();
    Awaitable<Result<void>> fetch_chunks();
    Awaitable<Result<void>> fetch_late_large();
    Chunk next_chunk(std::uint64_t most_bytes);
    bool has_room_for(std::uint64_t bytes);
    Awaitable<Result<void>> wait_for_room();
    Awaitable<Result<void>> request(Chunk planned);
    Awaitable<Result<void>> await_chunk();
    Awaitable<Result<void>> await_chunks(std::size_t in_flight_allowed);
    bool on_fetched(Chunk& chunk, imap::FetchData& data);
    void take_octets(Index index, std::string octets);
    std::optional<std::string> transformed(Index index, std::string octets);
    bool is_the_listed_one(Index index, std::string_view header);
    void on_gone(Index index, std::string_view why);
    void release(std::uint64_t bytes);
    bool is_large(Index index) const { return copy_.message(index).size > whole_bytes_; }
    // transfer_append.cpp
    Awaitable<Result<void>> append_all();
    std::size_t batch_ready() const;
    Awaitable<Result<void>> send_next(std::size_t count);
    Awaitable<Result<void>> send(std::vector<Fetched> messages);
    Awaitable<Result<void>> commit(std::shared_ptr<Batch> batch, imap::Command command);
    Awaitable<void> give_up(Batch& batch);
    Awaitable<Result<void>> settle_answers(std::size_t in_flight_allowed);
    imap::AppendMessage append_message(Index index) const;
    Awaitable<Result<void>> wait_for_rate();
    std::uint64_t bytes_allowed() const;   // by exitwhenover
    // transfer_stream.cpp
    Awaitable<Result<void>> begin(std::uint32_t uid, std::uint64_t size) override;
    Awaitable<Result<void>> data(std::string_view octets) override;
    Awaitable<Result<void>> end() override;
    std::optional<Index> requested(std::uint32_t uid) const;
    Awaitable<Result<void>> send_large(Fetched message);

    bool stopped() const { return copy_.stopped_.has_value(); }
    // A retired helper; the lane whose folder it is stays to its end, since nobody else takes what it would leave.
    bool leaves() const { return pass_.retired && &pass_ != &copy_.pass_; }

    Pass& pass_;
    FolderTransfer& copy_;
    const std::uint64_t buffer_bytes_;            // held by this lane at most
    const std::uint64_t whole_bytes_;             // larger messages stream
    BudgetShare share_;
    Signal changed_;
    std::deque<std::shared_ptr<Chunk>> chunks_;   // FETCHes in flight
    std::deque<Fetched> fetched_;                 // waiting to be appended
    std::deque<std::shared_ptr<Batch>> sent_;     // APPENDs in flight
    std::vector<Index> late_large_;               // turned out larger than listed
    std::shared_ptr<StreamPipe> pipe_;            // of the literal that is being read
    std::optional<OctetHash> pipe_hash_;          // of what goes through it (notedigests)
    std::uint64_t piped_bytes_ = 0;
    std::optional<Index> streamed_;               // whose literal went to a pipe; its row is still to come
    std::uint64_t held_bytes_ = 0;                // requested, by their listed sizes, and waiting
    std::uint64_t fetched_bytes_ = 0;             // waiting
    bool fetching_ = true;
    bool fetch_waits_ = false;                    // for room
    bool alone_ = false;                          // the source names a UID behind its literal: large ones one at a time
};

}  // namespace godwit::sync

#include "engine/sync/transfer.h"

#include "engine/imap/quirks.h"

namespace godwit::sync {
namespace {

constexpr std::size_t chunk_messages = 100;
constexpr std::size_t chunks_in_flight = 2;

// Receives literals that were not expected to be large; the message is fetched again, alone.
class Dropped final : public imap::LiteralReceiver {
public:
    Awaitable<Result<void>> begin(std::uint64_t) override { co_return Result<void>{}; }
    Awaitable<Result<void>> data(std::string_view) override { co_return Result<void>{}; }
    Awaitable<Result<void>> end() override { co_return Result<void>{}; }
};
Dropped dropped;

}  // namespace

FolderTransfer::FolderTransfer(Pass& pass, const FolderPair& pair, std::string display_name,
                               const FolderListing& source, const imap::SelectedFolder& destination_folder,
                               FolderCursor& cursor, Counters& folder_counters)
    : pass_(pass), pair_(pair), display_name_(std::move(display_name)), source_(source),
      destination_folder_(destination_folder), cursor_(cursor), counters_(folder_counters),
      tasks_(pass.context.executor), changed_(pass.context.executor) {}

Awaitable<Result<void>> FolderTransfer::run(const std::vector<std::uint32_t>& copy) {
    if (copy.empty()) co_return Result<void>{};
    tasks_.spawn("fetch messages", fetch_all(copy));
    auto appended = co_await append_all();
    if (!appended) stop(appended.error());
    co_await tasks_.join();
    // Answers still to come are receipts too; a broken connection gives none.
    if (auto settled = co_await settle_answers(0); !settled) stop(settled.error());
    if (auto stored = co_await store_receipts(); !stored) co_return stored;
    if (stopped_) co_return std::unexpected(*stopped_);
    co_return Result<void>{};
}

void FolderTransfer::stop(const Error& error) {
    if (!stopped_) stopped_ = error;
    changed_.notify_all();
}

// ---- fetching

Awaitable<void> FolderTransfer::fetch_all(const std::vector<Index>& copy) {
    auto fetched = co_await fetch_chunks(copy);
    if (!fetched) stop(fetched.error());
    // What is still being answered must not outlive us.
    while (!chunks_.empty()) {
        if (auto answered = co_await await_chunk(); !answered) stop(answered.error());
    }
    for (const Index index : std::exchange(late_large_, {})) {
        if (stopped_) break;
        if (auto streamed = co_await stream(index); !streamed) stop(streamed.error());
    }
    fetching_ = false;
    changed_.notify_all();
}

Awaitable<Result<void>> FolderTransfer::fetch_chunks(const std::vector<Index>& copy) {
    const auto& limits = pass_.request.limits;
    const std::uint64_t chunk_bytes = std::max<std::uint64_t>(limits.buffer_bytes / 2, 1);
    for (std::size_t next = 0; next < copy.size() && !stopped_;) {
        if (pass_.context.draining()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        if (message(copy[next]).size > limits.whole_message_bytes) {
            while (!chunks_.empty()) GODWIT_CO_CHECK(co_await await_chunk());
            GODWIT_CO_CHECK(co_await stream(copy[next++]));
            continue;
        }
        auto chunk = std::make_shared<Chunk>();
        while (next < copy.size() && chunk->indexes.size() < chunk_messages) {
            const std::uint64_t size = message(copy[next]).size;
            if (size > limits.whole_message_bytes || (chunk->bytes > 0 && chunk->bytes + size > chunk_bytes)) break;
            chunk->indexes.push_back(copy[next++]);
            chunk->bytes += size;
        }
        while (held_bytes_ > 0 && held_bytes_ + chunk->bytes > limits.buffer_bytes && !stopped_) {
            if (chunks_.empty()) {
                co_await changed_.wait();   // what is held waits to be appended
            } else {
                GODWIT_CO_CHECK(co_await await_chunk());
            }
        }
        if (stopped_) break;
        GODWIT_CO_CHECK(co_await request_chunk(std::move(chunk)));
        while (chunks_.size() >= chunks_in_flight) GODWIT_CO_CHECK(co_await await_chunk());
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> FolderTransfer::request_chunk(std::shared_ptr<Chunk> chunk) {
    std::vector<LedgerIntent> intents;
    imap::UidSet uids;
    for (const Index index : chunk->indexes) {
        uids.add(message(index).uid);
        intents.push_back({message(index).uid, message(index).key.hash(), message(index).size});
    }
    GODWIT_CO_CHECK(co_await pass_.ledger.intend(pair_, intents));
    held_bytes_ += chunk->bytes;
    auto on_fetch = [this, chunk](imap::FetchData& data) { return on_fetched(*chunk, data); };
    auto command = imap::uid_fetch_command(uids.to_string(), "(UID BODY.PEEK[])", std::move(on_fetch), &dropped);
    chunks_.push_back(chunk);
    auto sent = co_await pass_.source.start(std::move(command));
    if (!sent) {
        chunks_.pop_back();
        co_return std::unexpected(sent.error());
    }
    chunk->command = std::move(*sent);
    co_return Result<void>{};
}

bool FolderTransfer::on_fetched(Chunk& chunk, imap::FetchData& data) {
    const auto place = std::ranges::find(chunk.indexes, data.uid->value, [&](Index i) { return message(i).uid; });
    if (place == chunk.indexes.end()) return false;
    for (auto& section : data.sections) {
        if (!section.section.empty()) continue;
        const Index index = *place;
        const std::uint64_t listed = message(index).size;
        chunk.indexes.erase(place);
        if (section.streamed) {
            held_bytes_ -= std::min(held_bytes_, listed);
            late_large_.push_back(index);
        } else if (!section.bytes || section.bytes->empty()) {
            held_bytes_ -= std::min(held_bytes_, listed);
            on_gone(index, "the source gave no content");
        } else {
            held_bytes_ += section.bytes->size() - std::min<std::uint64_t>(listed, section.bytes->size());
            held_bytes_ -= std::min(held_bytes_, listed - std::min<std::uint64_t>(listed, section.bytes->size()));
            fetched_.push_back({index, std::move(*section.bytes)});
        }
        changed_.notify_all();
        return true;
    }
    return false;
}

// Messages of an answered FETCH that had no row are gone (RFC 9051 section 6.4.8: UIDs that do not exist are no error).
Awaitable<Result<void>> FolderTransfer::await_chunk() {
    auto chunk = chunks_.front();
    auto answer = co_await chunk->command->answer();
    chunks_.pop_front();
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->status != imap::Status::ok && chunk->indexes.empty()) co_return Result<void>{};
    if (answer->status == imap::Status::bad) co_return std::unexpected(imap::classify(*answer, "UID FETCH"));
    for (const Index index : std::exchange(chunk->indexes, {})) {
        held_bytes_ -= std::min(held_bytes_, message(index).size);
        on_gone(index, answer->status == imap::Status::no ? answer->text : "the source no longer has it");
    }
    changed_.notify_all();
    co_return Result<void>{};
}

void FolderTransfer::on_gone(Index index, std::string_view why) {
    refused(index, {ErrorKind::message_gone, Reach::message, printable(why), "UID FETCH"});
}

void FolderTransfer::refused(Index index, const Error& error) {
    ++counters_.messages_failed;
    ++pass_.report.counters.messages_failed;
    pass_.issue({error.kind, error.reach, display_name_, message(index).uid, message(index).size, error.cause});
    pass_.progress();
}

}  // namespace godwit::sync

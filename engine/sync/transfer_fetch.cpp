// The reading half of FolderTransfer.
#include "engine/imap/quirks.h"
#include "engine/sync/transfer.h"

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
    const std::uint64_t whole_bytes = pass_.rules.whole_message_bytes(limits);
    for (std::size_t next = 0; next < copy.size() && !stopped_;) {
        if (pass_.context.draining()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        if (message(copy[next]).size > whole_bytes) {
            while (!chunks_.empty()) GODWIT_CO_CHECK(co_await await_chunk());
            GODWIT_CO_CHECK(co_await stream(copy[next++]));
            continue;
        }
        auto chunk = std::make_shared<Chunk>();
        while (next < copy.size() && chunk->indexes.size() < chunk_messages) {
            const std::uint64_t size = message(copy[next]).size;
            if (size > whole_bytes || (chunk->bytes > 0 && chunk->bytes + size > chunk_bytes)) break;
            chunk->indexes.push_back(copy[next++]);
            chunk->bytes += size;
        }
        GODWIT_CO_CHECK(co_await wait_for_room(chunk->bytes));
        if (stopped_) break;
        GODWIT_CO_CHECK(co_await request_chunk(std::move(chunk)));
        while (chunks_.size() >= chunks_in_flight) GODWIT_CO_CHECK(co_await await_chunk());
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> FolderTransfer::wait_for_room(std::uint64_t bytes) {
    while (held_bytes_ > 0 && held_bytes_ + bytes > pass_.request.limits.buffer_bytes && !stopped_) {
        if (chunks_.empty()) {
            fetch_waits_ = true;   // what is held waits to be appended
            changed_.notify_all();
            co_await changed_.wait();
            fetch_waits_ = false;
        } else {
            GODWIT_CO_CHECK(co_await await_chunk());
        }
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> FolderTransfer::request_chunk(std::shared_ptr<Chunk> chunk) {
    imap::UidSet uids;
    for (const Index index : chunk->indexes) uids.add(message(index).uid);
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
        chunk.indexes.erase(place);
        held_bytes_ -= std::min(held_bytes_, message(index).size);
        if (section.streamed)
            late_large_.push_back(index);
        else if (!section.bytes || section.bytes->empty())
            on_gone(index, "the source gave no content");
        else
            take_octets(index, std::move(*section.bytes));
        changed_.notify_all();
        return true;
    }
    return false;
}

// What the options make of a message; nothing if it is not to be copied, which is then accounted for.
std::optional<std::string> FolderTransfer::transformed(Index index, std::string octets) {
    const auto& transform = pass_.rules.transform;
    if (!transform.needed()) return octets;
    auto done = transform.apply(std::move(octets), source_folder_.uidvalidity.value, message(index).uid);
    if (!done) {
        refused(index, done.error());
        return std::nullopt;
    }
    if (done->skipped) {
        pass_.count_skipped(report_, *done->skipped);
        pass_.outcome(display_name_, message(index).uid, message(index).size, Outcome::skipped, name_of(*done->skipped));
        return std::nullopt;
    }
    // The copy is known by what it has become.
    source_.keys.set(index, pass_.keys().key(done->octets));
    return std::move(done->octets);
}

void FolderTransfer::take_octets(Index index, std::string octets) {
    if (octets.size() != message(index).size && imap::is_stand_in(octets))
        return on_gone(index, "the source gave a made-up message in its place");
    if (!is_the_listed_one(index, octets))
        return refused(index, {ErrorKind::message_corrupt, Reach::message,
                               "the content is not that of the message that was listed", "UID FETCH"});
    auto sent = transformed(index, std::move(octets));
    if (!sent) return;
    held_bytes_ += sent->size();
    fetched_bytes_ += sent->size();
    // Messages may be larger than they were listed.
    if (fetched_bytes_ > 2 * pass_.request.limits.buffer_bytes && !stopped_) pass_.source.pause_reading();
    fetched_.push_back({index, std::move(*sent)});
}

// Compares with the key that was listed; takes the key down if there was none.
bool FolderTransfer::is_the_listed_one(Index index, std::string_view header) {
    const auto key = pass_.keys().key(header);
    if (source_.key(index) == MessageKey{}) source_.keys.set(index, key);
    return source_.key(index) == key;
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

}  // namespace godwit::sync

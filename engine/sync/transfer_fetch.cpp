// The reading half of TransferLane.
#include "engine/imap/quirks.h"
#include "engine/sync/transfer_lane.h"

namespace godwit::sync {
namespace {

constexpr std::size_t chunk_messages = 100;
constexpr std::uint64_t chunk_bytes = 512u << 10;
constexpr std::uint64_t stream_bytes = 64u << 10;   // what a message that streams holds: a buffer, and its head
// Measured at 40 ms a round trip: 8 keep 100 Mbit/s full, more only make the answer to a stop longer.
constexpr std::size_t chunks_in_flight = 16;

}  // namespace

Awaitable<void> TransferLane::fetch_all() {
    auto fetched = co_await fetch_chunks();
    if (!fetched) copy_.stop(fetched.error());
    // What is still being answered must not outlive us.
    while (!chunks_.empty()) {
        if (auto answered = co_await await_chunk(); !answered) copy_.stop(answered.error());
    }
    if (auto late = co_await fetch_late_large(); !late) copy_.stop(late.error());
    fetching_ = false;
    changed_.notify_all();
}

Awaitable<Result<void>> TransferLane::fetch_chunks() {
    while (!stopped() && !leaves() && copy_.next_ < copy_.queue_.size()) {
        if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        const Index first = copy_.queue_[copy_.next_];
        if (is_large(first) && pass_.rules.transform.needed()) {
            ++copy_.next_;
            copy_.refused(first, {ErrorKind::message_too_big, Reach::message,
                                  fmt::format("larger than the {} bytes that can be changed on the way", most_transform_bytes),
                                  {}});
            continue;
        }
        auto chunk = next_chunk(std::min(chunk_bytes, std::max<std::uint64_t>(buffer_bytes_ / 2, 1)));
        if (!has_room_for(chunk.bytes)) {
            if (held_bytes_ > 0) {
                GODWIT_CO_CHECK(co_await wait_for_room());
                continue;
            }
            chunk = next_chunk(whole_bytes_);   // the guaranteed part always has room
        }
        copy_.next_ += chunk.indexes.size();
        const bool alone = chunk.large && alone_;
        if (alone) GODWIT_CO_CHECK(co_await await_chunks(0));
        GODWIT_CO_CHECK(co_await request(std::move(chunk)));
        GODWIT_CO_CHECK(co_await await_chunks(alone ? 0 : chunks_in_flight - 1));
    }
    co_return Result<void>{};
}

// They were dropped because the server names no UID before the literal: alone, there is no doubt whose it is.
Awaitable<Result<void>> TransferLane::fetch_late_large() {
    for (std::size_t i = 0; i < late_large_.size() && !stopped(); ++i) {
        Chunk chunk;
        chunk.indexes.push_back(late_large_[i]);
        chunk.bytes = stream_bytes;
        chunk.large = true;
        GODWIT_CO_CHECK(co_await request(std::move(chunk)));
        GODWIT_CO_CHECK(co_await await_chunks(0));
    }
    late_large_.clear();
    co_return Result<void>{};
}

// The next messages of the queue that go into one FETCH; they stay in the queue.
TransferLane::Chunk TransferLane::next_chunk(std::uint64_t most_bytes) {
    Chunk chunk;
    for (auto next = copy_.next_; next < copy_.queue_.size() && chunk.indexes.size() < chunk_messages; ++next) {
        const Index index = copy_.queue_[next];
        const bool large = is_large(index);
        const std::uint64_t bytes = large ? stream_bytes : copy_.message(index).size;
        if (!chunk.indexes.empty() && (large || chunk.bytes + bytes > most_bytes)) break;
        chunk.indexes.push_back(index);
        chunk.bytes += bytes;
        chunk.large = large;
        if (large) break;
    }
    return chunk;
}

bool TransferLane::has_room_for(std::uint64_t bytes) {
    const auto held = held_bytes_ + bytes;
    return (held_bytes_ == 0 || held <= buffer_bytes_) && share_.try_hold(held);
}

Awaitable<Result<void>> TransferLane::wait_for_room() {
    if (!chunks_.empty()) co_return co_await await_chunk();
    fetch_waits_ = true;   // what is held waits to be appended
    changed_.notify_all();
    co_await changed_.wait();
    fetch_waits_ = false;
    co_return Result<void>{};
}

Awaitable<Result<void>> TransferLane::request(Chunk planned) {
    auto chunk = std::make_shared<Chunk>(std::move(planned));
    imap::UidSet uids;
    for (const Index index : chunk->indexes) uids.add(copy_.message(index).uid);
    held_bytes_ += chunk->bytes;
    auto on_fetch = [this, chunk](imap::FetchData& data) { return on_fetched(*chunk, data); };
    auto command = imap::uid_fetch_command(uids.to_string(), "(UID BODY.PEEK[])", std::move(on_fetch), this);
    chunks_.push_back(chunk);
    auto sent = co_await pass_.source.start(std::move(command));
    if (!sent) {
        std::erase(chunks_, chunk);
        co_return std::unexpected(sent.error());
    }
    chunk->command = std::move(*sent);
    co_return Result<void>{};
}

bool TransferLane::on_fetched(Chunk& chunk, imap::FetchData& data) {
    const auto place =
        std::ranges::find(chunk.indexes, data.uid->value, [&](Index i) { return copy_.message(i).uid; });
    if (place == chunk.indexes.end()) return false;
    for (auto& section : data.sections) {
        if (!section.section.empty()) continue;
        const Index index = *place;
        chunk.indexes.erase(place);
        release(chunk.large ? chunk.bytes : copy_.message(index).size);
        if (section.streamed && streamed_ == index)
            streamed_.reset();   // it went through a pipe
        else if (section.streamed)
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

void TransferLane::release(std::uint64_t bytes) {
    held_bytes_ -= std::min(held_bytes_, bytes);
    share_.hold(held_bytes_);
}

// What the options make of a message; nothing if it is not to be copied, which is then accounted for.
std::optional<std::string> TransferLane::transformed(Index index, std::string octets) {
    const auto& transform = pass_.rules.transform;
    if (!transform.needed()) return octets;
    auto done = transform.apply(std::move(octets), copy_.source_folder_.uidvalidity.value, copy_.message(index).uid);
    if (!done) {
        copy_.refused(index, done.error());
        return std::nullopt;
    }
    if (done->skipped) {
        pass_.count_skipped(copy_.report_, *done->skipped);
        pass_.outcome(copy_.display_name_, copy_.message(index).uid, copy_.message(index).size, Outcome::skipped,
                      name_of(*done->skipped));
        copy_.note(index, name_of(*done->skipped));
        return std::nullopt;
    }
    // The copy is known by what it has become.
    copy_.source_.keys.set(index, pass_.keys().key(done->octets));
    return std::move(done->octets);
}

void TransferLane::take_octets(Index index, std::string octets) {
    if (octets.size() != copy_.message(index).size && imap::is_stand_in(octets))
        return on_gone(index, "the source gave a made-up message in its place");
    if (!is_the_listed_one(index, octets))
        return copy_.refused(index, {ErrorKind::message_corrupt, Reach::message,
                                     "the content is not that of the message that was listed", "UID FETCH"});
    auto sent = transformed(index, std::move(octets));
    if (!sent) return;
    if (pass_.request.options.notedigests) copy_.digests_[index] = digest_of(*sent);
    held_bytes_ += sent->size();
    fetched_bytes_ += sent->size();
    // Messages may be larger than they were listed.
    if (fetched_bytes_ > 2 * buffer_bytes_ && !stopped()) pass_.source.pause_reading();
    fetched_.push_back({index, std::move(*sent), {}});
}

// Compares with the key that was listed; takes the key down if there was none.
bool TransferLane::is_the_listed_one(Index index, std::string_view header) {
    const auto key = pass_.keys().key(header);
    if (copy_.source_.key(index) == MessageKey{}) copy_.source_.keys.set(index, key);
    return copy_.source_.key(index) == key;
}

Awaitable<Result<void>> TransferLane::await_chunks(std::size_t in_flight_allowed) {
    while (chunks_.size() > in_flight_allowed) GODWIT_CO_CHECK(co_await await_chunk());
    co_return Result<void>{};
}

// Messages of an answered FETCH that had no row are gone (RFC 9051 section 6.4.8: UIDs that do not exist are no error).
Awaitable<Result<void>> TransferLane::await_chunk() {
    auto chunk = chunks_.front();
    auto answer = co_await chunk->command->answer();
    chunks_.pop_front();
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->status != imap::Status::ok && chunk->indexes.empty()) co_return Result<void>{};
    if (answer->status == imap::Status::bad) co_return std::unexpected(imap::classify(*answer, "UID FETCH"));
    for (const Index index : std::exchange(chunk->indexes, {})) {
        release(chunk->large ? chunk->bytes : copy_.message(index).size);
        on_gone(index, answer->status == imap::Status::no ? answer->text : "the source no longer has it");
    }
    changed_.notify_all();
    co_return Result<void>{};
}

void TransferLane::on_gone(Index index, std::string_view why) {
    copy_.refused(index, {ErrorKind::message_gone, Reach::message, printable(why), "UID FETCH"});
}

}  // namespace godwit::sync

#include "engine/sync/verify/octet_reader.h"

#include "engine/imap/quirks.h"
#include "engine/imap/window.h"

namespace godwit::sync {
namespace {

constexpr std::size_t batch_messages = 100;
constexpr std::uint64_t batch_bytes = 512u << 10;
constexpr std::size_t batches_in_flight = 8;
constexpr std::size_t read_alone_at_most = 1000;   // of those in batches that were refused

}  // namespace

Awaitable<Result<std::map<Index, ReadMessage>>> OctetReader::read(Indexes indexes) {
    read_.clear();
    refusal_.clear();
    std::vector<std::uint32_t> uids;
    for (const Index i : indexes) uids.push_back(listing_.messages[i].uid);
    wanted_ = imap::UidSet::of(std::move(uids));
    GODWIT_CO_CHECK(co_await read_in_batches(indexes, batch_messages));
    const auto unread = [&](Index i) { return !read_.contains(i); };
    std::erase_if(indexes, [&](Index i) { return !unread(i); });
    // One message that a server cannot read takes its batch with it.
    if (!refusal_.empty() && indexes.size() <= read_alone_at_most) GODWIT_CO_CHECK(co_await read_in_batches(indexes, 1));
    for (const Index i : indexes)
        if (unread(i)) read_[i].words = refusal_.empty() ? "the server no longer has it" : refusal_;
    co_return std::move(read_);
}

Awaitable<Result<void>> OctetReader::read_in_batches(const Indexes& indexes, std::size_t most_messages) {
    std::optional<Error> bad;
    const auto on_answer = [&](const imap::StatusResponse& answer) {
        if (answer.status == imap::Status::no) refusal_ = printable(answer.text);
        if (answer.status == imap::Status::bad) bad = imap::classify(answer, "UID FETCH");
    };
    imap::Window window(session_, batches_in_flight, false);
    for (std::size_t at = 0; at < indexes.size() && !bad && !pass_.ending();) {
        imap::UidSet uids;
        std::uint64_t bytes = 0;
        for (const auto first = at; at < indexes.size() && at - first < most_messages; ++at) {
            const auto& message = listing_.messages[indexes[at]];
            if (at > first && bytes + message.size > batch_bytes) break;
            bytes += message.size;
            uids.add(message.uid);
        }
        auto command = imap::uid_fetch_command(uids.to_string(), "(UID BODY.PEEK[])",
                                               [this](imap::FetchData& data) { return take(data); }, this);
        if (!co_await window.add(std::move(command), on_answer)) break;
    }
    GODWIT_CO_CHECK(co_await window.finish());
    if (bad) co_return std::unexpected(*bad);
    if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
    co_return Result<void>{};
}

bool OctetReader::take(imap::FetchData& data) {
    const auto index = wanted_.contains(data.uid->value) ? index_of(listing_, data.uid->value) : std::nullopt;
    if (!index) return false;
    for (auto& section : data.sections) {
        if (!section.section.empty()) continue;
        if (section.streamed)
            read_[*index].octets = streamed_;
        else
            read_[*index] = outcome_of(*index, section.bytes ? std::move(*section.bytes) : std::string());
        return true;
    }
    return false;
}

ReadMessage OctetReader::outcome_of(Index index, std::string octets) const {
    const auto& message = listing_.messages[index];
    if (octets.empty()) return {.words = "the server gave no content"};
    if (octets.size() != message.size && imap::is_stand_in(octets))
        return {.words = "the server gave a made-up message in its place"};
    if (!transform_) return {.octets = Octets{digest_of(octets), octets.size()}};
    auto done = transform_->apply(std::move(octets), uidvalidity_, message.uid);
    if (!done) return {.words = done.error().cause};
    if (done->skipped) return {.skipped = done->skipped};
    return {.octets = Octets{digest_of(done->octets), done->octets.size()}};
}

Awaitable<Result<void>> OctetReader::begin(std::uint32_t, std::uint64_t size) {
    streamed_ = {};
    streamed_.size = size;
    co_return Result<void>{};
}

Awaitable<Result<void>> OctetReader::data(std::string_view octets) {
    hash_.add(octets);
    co_return Result<void>{};
}

Awaitable<Result<void>> OctetReader::end() {
    streamed_.digest = hash_.finish();
    co_return Result<void>{};
}

}  // namespace godwit::sync

#include "engine/sync/transfer.h"

#include <cassert>

#include "engine/base/text.h"
#include "engine/sync/transfer_lane.h"

namespace godwit::sync {
namespace {

constexpr std::size_t worth_helping_messages = 200;      // left to be sent
constexpr std::uint64_t worth_helping_bytes = 4u << 20;   // or that many octets
constexpr std::size_t most_notes = 100'000;               // of one folder

// Servers treat some folders differently (Drafts lose or gain headers, Junk is scanned): each is checked by itself.
std::string folder_class(std::string_view display_name) {
    const std::string name = lower_case(display_name);
    for (const std::string_view special : {"draft", "sent", "junk", "spam", "trash"})
        if (name.find(special) != std::string::npos) return std::string(special);
    return {};
}

}  // namespace

FolderTransfer::FolderTransfer(Pass& pass, const TransferFolder& folder, const std::map<std::uint32_t, std::uint32_t>& doubts,
                               std::vector<Doubted> doubted)
    : pass_(pass), pair_(folder.pair), display_name_(folder.display_name),
      identity_checked_(pass.identity_checked[folder_class(display_name_)]), source_(folder.source),
      source_folder_(folder.source_folder), destination_folder_(folder.destination_folder), cursor_(folder.cursor),
      report_(folder.report), counters_(folder.report.counters), changed_(pass.context.executor),
      receipts_(folder.cursor.watermark), doubted_(std::move(doubted)), identity_check_(pass.context.executor) {
    if (pass.destination.has("MULTIAPPEND"))
        batch_messages_ = pass.rate.messages_at_once(std::max<std::size_t>(1, pass.request.limits.batch_messages));
    for (const auto& [uid, count] : doubts)
        if (const auto index = index_of(source_, uid)) doubts_[*index] = count;
}

Awaitable<Result<void>> FolderTransfer::run(std::vector<std::uint32_t> copy) {
    const std::size_t batch_messages = batch_messages_;
    if (!copy.empty()) {
        pass_.crew.open(*this);
        co_await copy_round(std::move(copy));
        pass_.crew.close(*this);
    }
    while (!stopped_ && (!in_doubt_.empty() || !again_.empty())) {
        if (auto settled = co_await settle_batch(); !settled) stop(settled.error());
        auto again = std::exchange(again_, {});
        batch_messages_ = 1;
        if (!stopped_ && !again.empty()) co_await copy_round(std::move(again));
        batch_messages_ = refused_batches_ < batches_refused_at_most ? batch_messages : 1;
    }
    if (!in_doubt_.empty()) pass_.report.in_doubt = true;
    if (stopped_) co_return std::unexpected(*stopped_);
    co_return Result<void>{};
}

Awaitable<Result<void>> FolderTransfer::identity_known() {
    co_await identity_check_.join();
    if (stopped_) co_return std::unexpected(*stopped_);
    co_return Result<void>{};
}

// The end of the folder stores them together with the cursor; after an error nothing else does.
Awaitable<Result<std::vector<LedgerEntry>>> FolderTransfer::end(bool stored_later) {
    co_await identity_check_.join();
    if (!stored_later || stopped_) GODWIT_CO_CHECK(co_await store_receipts());
    GODWIT_CO_CHECK(co_await store_digests());
    if (stopped_) co_return std::unexpected(*stopped_);
    co_return std::move(unstored_);
}

// Everything in flight is answered or given up when it returns; errors are in stopped_.
Awaitable<void> FolderTransfer::copy_round(std::vector<Index> copy) {
    queue_ = std::move(copy);
    next_ = 0;
    {
        TransferLane lane(pass_, *this);
        co_await lane.run();
    }
    while (helpers_ > 0) co_await changed_.wait();
    // What nobody took must not look as if it were done.
    if (!stopped_ && next_ < queue_.size()) stop({ErrorKind::internal, Reach::folder, "messages were left over", "copy"});
    queue_.clear();
}

// Receipts without a UID are told apart by a listing at the end: then only one lane may append.
bool FolderTransfer::worth_helping() const {
    if (stopped_ || !pass_.destination.has("UIDPLUS")) return false;
    if (queue_.size() - next_ >= worth_helping_messages) return true;
    std::uint64_t bytes = 0;
    for (std::size_t i = next_; i < queue_.size() && bytes < worth_helping_bytes; ++i) bytes += message(queue_[i]).size;
    return bytes >= worth_helping_bytes;
}

Awaitable<bool> FolderTransfer::help(Pass& lane) {
    ++helpers_;
    const auto opened = co_await imap::select(lane.source, pair_.source, true);
    if (!opened && lane.source.broken()) stop(opened.error());
    // A folder that was made anew meanwhile has other messages under the same UIDs.
    const bool same = opened && opened->uidvalidity == source_folder_.uidvalidity;
    if (same && !stopped_) {
        TransferLane helper(lane, *this);
        co_await helper.run();
    }
    --helpers_;
    changed_.notify_all();
    co_return same;
}

void FolderTransfer::stop(const Error& error) {
    if (!stopped_) stopped_ = error;
    for (auto* lane : lanes_) lane->stop(error);
    changed_.notify_all();
}

void FolderTransfer::apply(AppendItem& item, AppendEvent event) {
    const auto next = after_event(item.state, event);
    assert(next && "an event that cannot happen");
    if (next) item.state = *next;
}

LedgerIntent FolderTransfer::intent_of(const AppendItem& item) const {
    return {message(item.index).uid, source_.key(item.index).hash(), item.bytes, item.state.doubts};
}

AppendState FolderTransfer::state_of(Index index) const {
    const auto found = doubts_.find(index);
    return {AppendPhase::unsent, found == doubts_.end() ? 0 : found->second};
}

void FolderTransfer::refused(Index index, const Error& error) {
    pass_.issue({error.kind, error.reach, display_name_, message(index).uid, message(index).size, error.cause});
    pass_.count(counters_, &Counters::messages_failed);
    pass_.outcome(display_name_, message(index).uid, message(index).size, Outcome::failed, name_of(error.kind), error.cause);
    note(index, name_of(error.kind), error.cause);
}

void FolderTransfer::note(Index index, std::string_view reason, std::string_view words) {
    digests_.erase(index);
    if (notes_.size() < most_notes) notes_.push_back({message(index).uid, std::string(reason), std::string(words)});
}

}  // namespace godwit::sync

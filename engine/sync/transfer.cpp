#include "engine/sync/transfer.h"

#include <cassert>

#include "engine/base/text.h"

namespace godwit::sync {
namespace {

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
      receipts_(folder.cursor.watermark), doubted_(std::move(doubted)) {
    if (pass.destination.has("MULTIAPPEND"))
        batch_messages_ = pass.rate.messages_at_once(std::max<std::size_t>(1, pass.request.limits.batch_messages));
    for (const auto& [uid, count] : doubts)
        if (const auto index = index_of(source_, uid)) doubts_[*index] = count;
}

Awaitable<Result<void>> FolderTransfer::run(std::vector<std::uint32_t> copy) {
    const std::size_t batch_messages = batch_messages_;
    if (!copy.empty()) co_await copy_round(copy);
    while (!stopped_ && (!in_doubt_.empty() || !again_.empty())) {
        if (auto settled = co_await settle_batch(); !settled) stop(settled.error());
        const auto again = std::exchange(again_, {});
        batch_messages_ = 1;
        if (!stopped_ && !again.empty()) co_await copy_round(again);
        batch_messages_ = refused_batches_ < batches_refused_at_most ? batch_messages : 1;
    }
    if (!in_doubt_.empty()) pass_.report.in_doubt = true;
    if (auto stored = co_await store_receipts(); !stored) co_return stored;
    if (stopped_) co_return std::unexpected(*stopped_);
    co_return Result<void>{};
}

// Everything in flight is answered or given up when it returns; errors are in stopped_.
Awaitable<void> FolderTransfer::copy_round(const std::vector<Index>& copy) {
    TaskScope tasks(pass_.context.executor);
    fetching_ = true;
    tasks.spawn("fetch messages", fetch_all(copy));
    if (auto appended = co_await append_all(); !appended) stop(appended.error());
    co_await tasks.join();
    // Answers still to come are receipts too; a broken connection gives none.
    if (auto settled = co_await settle_answers(0); !settled) stop(settled.error());
    fetched_.clear();
    held_bytes_ = fetched_bytes_ = 0;
    pass_.source.resume_reading();
}

void FolderTransfer::stop(const Error& error) {
    if (!stopped_) stopped_ = error;
    pass_.source.resume_reading();
    if (error.kind == ErrorKind::lease_lost) pass_.destination.abandon(error, true);   // what is buffered must not arrive
    changed_.notify_all();
}

void FolderTransfer::apply(Item& item, AppendEvent event) {
    const auto next = after_event(item.state, event);
    assert(next && "an event that cannot happen");
    if (next) item.state = *next;
}

LedgerIntent FolderTransfer::intent_of(const Item& item) const {
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
}

}  // namespace godwit::sync

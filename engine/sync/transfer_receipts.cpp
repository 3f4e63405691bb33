// What the destination's answers say: receipts and refusals.
#include "engine/imap/parser.h"
#include "engine/imap/quirks.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {
namespace {

constexpr std::size_t receipts_at_once = 256;
constexpr std::chrono::milliseconds receipts_age{1000};

}  // namespace

Awaitable<Result<void>> FolderTransfer::on_answer(std::vector<AppendItem>& items, const imap::StatusResponse& answer,
                                                  std::chrono::steady_clock::duration took) {
    pass_.slowest_append = std::max(pass_.slowest_append, took);
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(pass_.slowest_append).count();
    cursor_.slowest_append_ms =
        std::max(cursor_.slowest_append_ms, static_cast<std::uint32_t>(std::min<std::int64_t>(milliseconds, UINT32_MAX)));
    if (answer.status == imap::Status::ok) co_return co_await on_stored(items, answer);
    co_return co_await on_refused(items, answer);
}

Awaitable<Result<void>> FolderTransfer::on_stored(std::vector<AppendItem>& items, const imap::StatusResponse& answer) {
    const auto named = imap::append_uid(answer);
    if (named && destination_folder_.uidvalidity.value != 0 && named->uidvalidity != destination_folder_.uidvalidity) {
        // The items stay open intents: the next pass looks for them in the folder that is there now.
        pass_.report.in_doubt = true;
        co_return fail(ErrorKind::uidvalidity_changed, Reach::folder, "the destination folder was made anew", "APPEND");
    }
    const bool located = named && named->uids.size() == items.size();
    for (std::size_t i = 0; i < items.size(); ++i) {
        apply(items[i], AppendEvent::answered_ok);
        add_receipt(items[i], located ? named->uids[i] : 0);
    }
    const auto now = std::chrono::steady_clock::now();
    if (unstored_.size() >= receipts_at_once || now - unstored_since_ >= receipts_age) co_return co_await store_receipts();
    co_return Result<void>{};
}

void FolderTransfer::add_receipt(AppendItem& item, std::uint32_t uid) {
    LedgerEntry entry = ledger_entry(source_, item.index, uid, Provenance::put);
    if (uid == 0)
        unlocated_.push_back(item.index);
    else
        entry.provenance = receipts_.located(uid);
    if (entry.provenance == Provenance::matched) {
        pass_.count(counters_, &Counters::messages_matched);
        pass_.outcome(display_name_, message(item.index).uid, message(item.index).size, Outcome::already_there);
    } else {
        counters_.bytes_copied += item.bytes;
        pass_.report.counters.bytes_copied += item.bytes;
        pass_.count(counters_, &Counters::messages_copied);
        pass_.outcome(display_name_, message(item.index).uid, message(item.index).size, Outcome::copied);
    }
    keep_digest(item.index);
    note_reduced(item.index);
    if (explains_late_copy(item.state)) doubted_.push_back({intent_of(item), uid});
    if (uid != 0) {
        located_.emplace_back(item.index, uid);
        located_for_identity(item.index, uid);
    }
    if (unstored_.empty()) unstored_since_ = std::chrono::steady_clock::now();
    unstored_.push_back(entry);
}

void FolderTransfer::keep_digest(Index index) {
    if (auto sent = digests_.extract(index)) unstored_digests_[message(index).uid] = sent.mapped();
}

Awaitable<Result<void>> FolderTransfer::store_digests() {
    if (unstored_digests_.empty()) co_return Result<void>{};
    const auto digests = std::exchange(unstored_digests_, {});
    co_return co_await keep_digests(pass_.ledger, pair_, digests);
}

Awaitable<Result<void>> FolderTransfer::on_refused(std::vector<AppendItem>& items, const imap::StatusResponse& answer) {
    const Error error = imap::classify(answer, "APPEND");
    if (items.size() == 1) {
        auto& item = items.front();
        apply(item, AppendEvent::answered_no);
        const auto uid = message(item.index).uid;
        GODWIT_CO_CHECK(co_await pass_.ledger.withdraw(pair_, std::span(&uid, 1)));
        if (error.reach != Reach::message) co_return std::unexpected(error);
        if (reduce(item.index, error))
            again_.push_back(item.index);
        else
            refused(item.index, first_refusal(item.index, error));
        co_return Result<void>{};
    }
    for (auto& item : items) {
        apply(item, AppendEvent::batch_refused);
        in_doubt_.push_back(item);
    }
    if (++refused_batches_ >= batches_refused_at_most) batch_messages_ = 1;
    // Some of its messages may be too large or one too many: one by one, they show which.
    if (error.reach == Reach::message || error.kind == ErrorKind::over_quota) co_return Result<void>{};
    co_return std::unexpected(error);
}

// One lane at a time: the cursor that is stored with receipts must not be older than one that is stored already.
Awaitable<Result<void>> FolderTransfer::store_receipts() {
    while (storing_) co_await changed_.wait();
    if (unstored_.empty()) co_return Result<void>{};
    storing_ = true;
    const auto receipts = std::exchange(unstored_, {});
    cursor_.watermark = receipts_.watermark();
    auto stored = co_await pass_.ledger.record(pair_, cursor_, receipts);
    if (stored) stored = co_await store_digests();
    storing_ = false;
    changed_.notify_all();
    co_return stored;
}

}  // namespace godwit::sync

// The appending half of FolderTransfer.
#include "engine/imap/parser.h"
#include "engine/imap/quirks.h"
#include "engine/sync/plan.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {
namespace {

constexpr std::size_t messages_in_flight = 200;
constexpr std::size_t receipts_at_once = 256;
constexpr std::chrono::milliseconds receipts_age{1000};

}  // namespace

Awaitable<Result<void>> FolderTransfer::append_all() {
    const std::size_t in_flight = std::max<std::size_t>(messages_in_flight / batch_messages_, 2);
    while (!stopped_) {
        if (pass_.context.draining()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        if (batch_ready() > 0) {
            GODWIT_CO_CHECK(co_await wait_for_pace());
            if (const auto count = batch_ready(); count > 0) GODWIT_CO_CHECK(co_await send(take(count)));
        }
        GODWIT_CO_CHECK(co_await settle_answers(in_flight));
        GODWIT_CO_CHECK(co_await check_identity());
        if (fetched_.empty() && !fetching_) break;
        if (batch_ready() == 0 && !stopped_) co_await changed_.wait();   // nothing may come between these two
    }
    co_return co_await settle_answers(0);
}

// How many messages go out in the next command: a full batch, or what there is when nothing more can come or the
// destination idles; 0: it is better to wait.
std::size_t FolderTransfer::batch_ready() const {
    const std::uint64_t most_bytes = std::max<std::uint64_t>(pass_.request.limits.buffer_bytes / 2, 1);
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    for (const auto& next : fetched_) {
        if (count >= batch_messages_ || (count > 0 && bytes + next.octets.size() > most_bytes)) return count;
        bytes += next.octets.size();
        ++count;
    }
    const bool full = count >= batch_messages_;
    return full || !fetching_ || fetch_waits_ || sent_.empty() ? count : 0;
}

std::vector<FolderTransfer::Fetched> FolderTransfer::take(std::size_t count) {
    std::vector<Fetched> batch;
    for (; count > 0; --count) {
        batch.push_back(std::move(fetched_.front()));
        fetched_.pop_front();
    }
    return batch;
}

imap::AppendMessage FolderTransfer::append_message(Index index) const {
    imap::AppendMessage out;
    out.flags = flags_for(index);
    if (sends_date(index))
        out.internal_date = imap::format_internal_date({message(index).internal_date, message(index).zone_minutes});
    return out;
}

Awaitable<Result<void>> FolderTransfer::send(std::vector<Fetched> messages) {
    auto batch = std::make_shared<Batch>();
    std::vector<imap::AppendMessage> out;
    for (auto& fetched : messages) {
        held_bytes_ -= std::min<std::uint64_t>(held_bytes_, fetched.octets.size());
        fetched_bytes_ -= fetched.octets.size();
        note_for_identity(fetched.index, fetched.octets);
        batch->items.push_back({fetched.index, fetched.octets.size(), state_of(fetched.index)});
        out.push_back(append_message(fetched.index));
        out.back().octets = std::move(fetched.octets);
    }
    if (fetched_bytes_ <= pass_.request.limits.buffer_bytes) pass_.source.resume_reading();
    changed_.notify_all();   // there is room again
    std::uint64_t bytes = 0;
    for (const auto& item : batch->items) bytes += item.bytes;
    pass_.pace.sent(std::chrono::steady_clock::now(), batch->items.size(), bytes);
    co_return co_await commit(batch, imap::append_command(pass_.destination, pair_.destination, std::move(out)));
}

// Writes the intents, then the command; the octets that complete it leave only while the pass may still write.
Awaitable<Result<void>> FolderTransfer::commit(std::shared_ptr<Batch> batch, imap::Command command) {
    std::vector<LedgerIntent> intents;
    for (auto& item : batch->items) {
        apply(item, AppendEvent::intend);
        intents.push_back(intent_of(item));
    }
    GODWIT_CO_CHECK(co_await pass_.ledger.intend(pair_, intents));
    // Of several, a server that is not atomic may store the first ones before the last octets come.
    const bool several = batch->items.size() > 1;
    if (several)
        for (auto& item : batch->items) apply(item, AppendEvent::commit);
    // Asked during start() alone, while we hold the batch; the batch owns the command.
    command.commit_check = [this, &first = batch->items.front(), before = std::move(command.commit_check)]() -> Result<void> {
        if (before) GODWIT_CHECK(before());
        GODWIT_CHECK(pass_.may_commit());
        // Asked again when the last octets had to wait.
        if (may_send(first.state)) apply(first, AppendEvent::commit);
        return {};
    };
    batch->at = std::chrono::steady_clock::now();
    auto started = co_await pass_.destination.start(std::move(command));
    if (!started) {
        co_await give_up(*batch);
        co_return std::unexpected(started.error());
    }
    batch->command = std::move(*started);
    sent_.push_back(std::move(batch));
    changed_.notify_all();
    co_return Result<void>{};
}

// The connection ended before the answer. What cannot have happened is withdrawn, the rest stays an open intent.
Awaitable<void> FolderTransfer::give_up(Batch& batch) {
    std::vector<std::uint32_t> never;
    for (auto& item : batch.items) {
        apply(item, AppendEvent::cut);
        if (item.state.phase == AppendPhase::in_doubt)
            pass_.report.in_doubt = true;
        else
            never.push_back(message(item.index).uid);
    }
    if (!never.empty()) co_await pass_.ledger.withdraw(pair_, never);   // else the next pass waits in vain, no more
}

// Handles the answers that are there, in order, and waits until at most `in_flight_allowed` commands are unanswered.
Awaitable<Result<void>> FolderTransfer::settle_answers(std::size_t in_flight_allowed) {
    while (!sent_.empty() && (sent_.size() > in_flight_allowed || sent_.front()->command->answered())) {
        const auto batch = sent_.front();
        auto answer = co_await batch->command->answer();
        if (!answer) {
            for (const auto& lost : std::exchange(sent_, {})) co_await give_up(*lost);
            co_return std::unexpected(answer.error());
        }
        sent_.pop_front();
        GODWIT_CO_CHECK(co_await on_answer(*batch, *answer));
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> FolderTransfer::on_answer(Batch& batch, const imap::StatusResponse& answer) {
    const auto took = std::chrono::steady_clock::now() - batch.at;
    pass_.slowest_append = std::max(pass_.slowest_append, took);
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(pass_.slowest_append).count();
    cursor_.slowest_append_ms =
        std::max(cursor_.slowest_append_ms, static_cast<std::uint32_t>(std::min<std::int64_t>(milliseconds, UINT32_MAX)));
    if (answer.status == imap::Status::ok) co_return co_await on_stored(batch, answer);
    co_return co_await on_refused(batch, answer);
}

Awaitable<Result<void>> FolderTransfer::on_stored(Batch& batch, const imap::StatusResponse& answer) {
    const auto named = imap::append_uid(answer);
    if (named && destination_folder_.uidvalidity.value != 0 && named->uidvalidity != destination_folder_.uidvalidity) {
        // The items stay open intents: the next pass looks for them in the folder that is there now.
        pass_.report.in_doubt = true;
        co_return fail(ErrorKind::uidvalidity_changed, Reach::folder, "the destination folder was made anew", "APPEND");
    }
    const bool located = named && named->uids.size() == batch.items.size();
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        apply(batch.items[i], AppendEvent::answered_ok);
        add_receipt(batch.items[i], located ? named->uids[i] : 0);
    }
    const auto now = std::chrono::steady_clock::now();
    if (unstored_.size() >= receipts_at_once || now - unstored_since_ >= receipts_age) co_return co_await store_receipts();
    co_return Result<void>{};
}

void FolderTransfer::add_receipt(Item& item, std::uint32_t uid) {
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
    note_reduced(item.index);
    if (explains_late_copy(item.state)) doubted_.push_back({intent_of(item), uid});
    if (uid != 0) {
        located_.emplace_back(item.index, uid);
        located_for_identity(item.index, uid);
    }
    if (unstored_.empty()) unstored_since_ = std::chrono::steady_clock::now();
    unstored_.push_back(entry);
}

Awaitable<Result<void>> FolderTransfer::on_refused(Batch& batch, const imap::StatusResponse& answer) {
    const Error error = imap::classify(answer, "APPEND");
    if (batch.items.size() == 1) {
        auto& item = batch.items.front();
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
    for (auto& item : batch.items) {
        apply(item, AppendEvent::batch_refused);
        in_doubt_.push_back(item);
    }
    if (++refused_batches_ >= batches_refused_at_most) batch_messages_ = 1;
    // Some of its messages may be too large or one too many: one by one, they show which.
    if (error.reach == Reach::message || error.kind == ErrorKind::over_quota) co_return Result<void>{};
    co_return std::unexpected(error);
}

Awaitable<Result<void>> FolderTransfer::store_receipts() {
    if (unstored_.empty()) co_return Result<void>{};
    const auto receipts = std::exchange(unstored_, {});
    cursor_.watermark = receipts_.watermark();
    co_return co_await pass_.ledger.record(pair_, cursor_, receipts);
}

}  // namespace godwit::sync

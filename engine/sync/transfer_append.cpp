// The appending half of TransferLane.
#include <limits>

#include "engine/imap/parser.h"
#include "engine/sync/transfer_lane.h"

namespace godwit::sync {
namespace {

constexpr std::size_t messages_in_flight = 200;
constexpr std::size_t batches_in_flight = 8;   // at least, however many messages each has
// Measured: what an APPEND costs a Dovecot beside its octets hardly shows from here on.
constexpr std::uint64_t batch_bytes = 4u << 20;
constexpr std::uint64_t worth_sending = 64u << 10;   // though the batch is not full

}  // namespace

Awaitable<Result<void>> TransferLane::append_all() {
    const std::size_t in_flight = std::max(messages_in_flight / copy_.batch_messages_, batches_in_flight);
    while (!stopped()) {
        if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        if (batch_ready() > 0) {
            GODWIT_CO_CHECK(co_await wait_for_rate());
            if (const auto count = batch_ready(); count > 0) GODWIT_CO_CHECK(co_await send_next(count));
        }
        GODWIT_CO_CHECK(co_await settle_answers(in_flight));
        if (fetched_.empty() && !fetching_) break;
        if (batch_ready() == 0 && !stopped()) co_await changed_.wait();   // nothing may come between these two
    }
    co_return co_await settle_answers(0);
}

// How many messages go out in the next command: a full batch, or what there is when nothing more can come or the
// destination idles; 0: it is better to wait. A large one goes alone, and what is before it does not wait: while its literal
// arrives nothing else does.
std::size_t TransferLane::batch_ready() const {
    const std::uint64_t most_bytes = std::min({batch_bytes, std::max<std::uint64_t>(buffer_bytes_ / 2, 1), bytes_allowed()});
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    for (const auto& next : fetched_) {
        if (next.pipe) return std::max<std::size_t>(count, 1);
        if (count >= copy_.batch_messages_ || (count > 0 && bytes + next.octets.size() > most_bytes)) return count;
        bytes += next.octets.size();
        ++count;
    }
    const bool full = count >= copy_.batch_messages_;
    // One that idles gets what is worth a command of its own; more is on its way.
    const bool idles = sent_.empty() && (bytes >= worth_sending || chunks_.empty());
    return full || !fetching_ || fetch_waits_ || idles ? count : 0;
}

Awaitable<Result<void>> TransferLane::send_next(std::size_t count) {
    if (fetched_.front().pipe) {
        auto large = std::move(fetched_.front());
        fetched_.pop_front();
        co_return co_await send_large(std::move(large));
    }
    std::vector<Fetched> batch;
    for (; count > 0; --count) {
        batch.push_back(std::move(fetched_.front()));
        fetched_.pop_front();
    }
    co_return co_await send(std::move(batch));
}

imap::AppendMessage TransferLane::append_message(Index index) const {
    const auto& message = copy_.message(index);
    imap::AppendMessage out;
    out.flags = copy_.flags_for(index);
    if (copy_.sends_date(index))
        out.internal_date = imap::format_internal_date({message.internal_date, message.zone_minutes});
    return out;
}

Awaitable<Result<void>> TransferLane::send(std::vector<Fetched> messages) {
    auto batch = std::make_shared<Batch>();
    std::vector<imap::AppendMessage> out;
    std::uint64_t bytes = 0;
    for (auto& fetched : messages) {
        bytes += fetched.octets.size();
        copy_.note_for_identity(fetched.index, fetched.octets);
        batch->items.push_back({fetched.index, fetched.octets.size(), copy_.state_of(fetched.index)});
        out.push_back(append_message(fetched.index));
        out.back().octets = std::move(fetched.octets);
    }
    fetched_bytes_ -= bytes;
    if (fetched_bytes_ <= buffer_bytes_) pass_.source.resume_reading();
    pass_.rate.sent(std::chrono::steady_clock::now(), batch->items.size(), bytes);
    pass_.bytes_sent += bytes;
    auto committed = co_await commit(batch, imap::append_command(pass_.destination, copy_.pair_.destination, std::move(out)));
    release(bytes);   // they were held until they were written
    changed_.notify_all();
    co_return committed;
}

// Writes the intents, then the command; the octets that complete it leave only while the pass may still write.
Awaitable<Result<void>> TransferLane::commit(std::shared_ptr<Batch> batch, imap::Command command) {
    std::vector<LedgerIntent> intents;
    for (auto& item : batch->items) {
        FolderTransfer::apply(item, AppendEvent::intend);
        intents.push_back(copy_.intent_of(item));
    }
    GODWIT_CO_CHECK(co_await pass_.ledger.intend(copy_.pair_, intents));
    // Of several, a server that is not atomic may store the first ones before the last octets come.
    const bool several = batch->items.size() > 1;
    if (several)
        for (auto& item : batch->items) FolderTransfer::apply(item, AppendEvent::commit);
    // Asked during start() alone, while we hold the batch; the batch owns the command.
    command.commit_check = [this, &first = batch->items.front(), before = std::move(command.commit_check)]() -> Result<void> {
        if (before) GODWIT_CHECK(before());
        GODWIT_CHECK(pass_.may_commit());
        // Asked again when the last octets had to wait.
        if (may_send(first.state)) FolderTransfer::apply(first, AppendEvent::commit);
        return {};
    };
    auto started = co_await pass_.destination.start(std::move(command));
    batch->at = std::chrono::steady_clock::now();
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
Awaitable<void> TransferLane::give_up(Batch& batch) {
    std::vector<std::uint32_t> never;
    for (auto& item : batch.items) {
        FolderTransfer::apply(item, AppendEvent::cut);
        if (item.state.phase == AppendPhase::in_doubt)
            pass_.report.in_doubt = true;
        else
            never.push_back(copy_.message(item.index).uid);
    }
    if (!never.empty()) co_await pass_.ledger.withdraw(copy_.pair_, never);   // else the next pass waits in vain, no more
}

// Handles the answers that are there, in order, and waits until at most `in_flight_allowed` commands are unanswered.
Awaitable<Result<void>> TransferLane::settle_answers(std::size_t in_flight_allowed) {
    while (!sent_.empty() && (sent_.size() > in_flight_allowed || sent_.front()->command->answered())) {
        const auto batch = sent_.front();
        auto answer = co_await batch->command->answer();
        if (!answer) {
            for (const auto& lost : std::exchange(sent_, {})) co_await give_up(*lost);
            co_return std::unexpected(answer.error());
        }
        sent_.pop_front();
        const auto took = std::chrono::steady_clock::now() - batch->at;
        GODWIT_CO_CHECK(co_await copy_.on_answer(batch->items, *answer, took));
    }
    co_return Result<void>{};
}

std::uint64_t TransferLane::bytes_allowed() const {
    const auto most = pass_.request.options.exitwhenover;
    return most == 0 ? std::numeric_limits<std::uint64_t>::max() : most - std::min(most, pass_.bytes_sent);
}

// Also where exitwhenover ends the copy: what is on its way is still answered.
Awaitable<Result<void>> TransferLane::wait_for_rate() {
    if (bytes_allowed() == 0) {
        GODWIT_CO_CHECK(co_await settle_answers(0));
        co_return fail(ErrorKind::byte_limit, Reach::account,
                       fmt::format("{} bytes were copied: run it again to go on", pass_.report.counters.bytes_copied),
                       "exitwhenover");
    }
    if (!pass_.rate.limited()) co_return Result<void>{};
    const auto wait = pass_.rate.wait(std::chrono::steady_clock::now());
    if (wait <= wait.zero()) co_return Result<void>{};
    if (!co_await sleep_for(wait, pass_.context.stop) || pass_.ending())
        co_return fail(ErrorKind::cancelled, Reach::account, "draining");
    co_return Result<void>{};
}

}  // namespace godwit::sync

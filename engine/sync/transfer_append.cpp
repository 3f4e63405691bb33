// The appending half of FolderTransfer.
#include "engine/imap/parser.h"
#include "engine/imap/quirks.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {
namespace {

constexpr std::size_t appends_in_flight = 64;
constexpr std::size_t receipts_at_once = 256;
constexpr std::chrono::milliseconds receipts_age{1000};

}  // namespace

Awaitable<Result<void>> FolderTransfer::append_all() {
    while (!stopped_) {
        if (pass_.context.draining()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        if (fetched_.empty()) {
            if (!fetching_) break;
            GODWIT_CO_CHECK(co_await settle_answers(appends_in_flight));
            if (fetched_.empty() && fetching_ && !stopped_) co_await changed_.wait();
            continue;
        }
        Fetched next = std::move(fetched_.front());
        fetched_.pop_front();
        GODWIT_CO_CHECK(co_await append(std::move(next)));
        GODWIT_CO_CHECK(co_await settle_answers(appends_in_flight));
    }
    co_return co_await settle_answers(0);
}

imap::AppendMessage FolderTransfer::append_message(Index index) const {
    imap::AppendMessage out;
    out.flags = storable_flags(source_.flags.at(message(index).flags), destination_folder_);
    if (pass_.request.options.sync_internal_dates)
        out.internal_date = imap::format_internal_date({message(index).internal_date, message(index).zone_minutes});
    return out;
}

// The octets that complete an append leave only while the pass may still write.
imap::Command FolderTransfer::committing(imap::Command command) const {
    command.commit_check = [stop = pass_.context.stop]() -> Result<void> {
        if (stop.stop_requested()) return fail(ErrorKind::lease_lost, Reach::node, "the pass was stopped", "APPEND");
        return {};
    };
    return command;
}

Awaitable<Result<void>> FolderTransfer::append(Fetched fetched) {
    const auto key = message_key(fetched.octets);
    const std::uint64_t bytes = fetched.octets.size();
    held_bytes_ -= std::min(held_bytes_, bytes);
    if (source_.has_keys && key != message(fetched.index).key) {
        refused(fetched.index, {ErrorKind::message_corrupt, Reach::message,
                                "the content is not that of the message that was listed", "UID FETCH"});
        co_return Result<void>{};
    }
    auto out = append_message(fetched.index);
    out.octets = std::move(fetched.octets);
    auto command = committing(imap::append_command(pass_.destination, pair_.destination, std::move(out)));
    const auto now = std::chrono::steady_clock::now();
    GODWIT_CO_TRY(sent, co_await pass_.destination.start(std::move(command)));
    sent_.push_back({fetched.index, bytes, key.hash(), now, std::move(sent)});
    changed_.notify_all();
    co_return Result<void>{};
}

// Handles the answers that are there, in order, and waits until at most `in_flight_allowed` are missing.
Awaitable<Result<void>> FolderTransfer::settle_answers(std::size_t in_flight_allowed) {
    while (!sent_.empty() && (sent_.size() > in_flight_allowed || sent_.front().command->answered())) {
        const Sent sent = sent_.front();
        auto answer = co_await sent.command->answer();
        sent_.pop_front();
        if (!answer) {
            sent_.clear();  // in doubt: their intents stay in the ledger
            co_return std::unexpected(answer.error());
        }
        GODWIT_CO_CHECK(co_await on_answer(sent, *answer));
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> FolderTransfer::on_answer(const Sent& sent, const imap::StatusResponse& answer) {
    pass_.slowest_append = std::max(pass_.slowest_append, std::chrono::steady_clock::now() - sent.at);
    if (answer.status != imap::Status::ok) {
        const Error error = imap::classify(answer, "APPEND");
        if (error.reach != Reach::message) co_return std::unexpected(error);
        refused(sent.index, error);
        co_return Result<void>{};
    }
    LedgerEntry entry{message(sent.index).uid, 0, Provenance::put, flag_bits(source_.flags.at(message(sent.index).flags)),
                      sent.key_hash};
    if (const auto uid = imap::append_uid(answer)) {
        entry.destination_uid = uid->uids.front();
        // An UID that was there before is a message the destination already had (it deduplicates).
        if (entry.destination_uid <= cursor_.watermark) entry.provenance = Provenance::matched;
        if (entry.destination_uid == cursor_.watermark + 1) ++cursor_.watermark;
    }
    for (auto* counters : {&counters_, &pass_.report.counters}) {
        ++counters->messages_copied;
        counters->bytes_copied += sent.bytes;
    }
    pass_.progress();
    const auto now = std::chrono::steady_clock::now();
    if (receipts_.empty()) receipts_since_ = now;
    receipts_.push_back(entry);
    if (receipts_.size() >= receipts_at_once || now - receipts_since_ >= receipts_age)
        co_return co_await store_receipts();
    co_return Result<void>{};
}

Awaitable<Result<void>> FolderTransfer::store_receipts() {
    if (receipts_.empty()) co_return Result<void>{};
    const auto receipts = std::exchange(receipts_, {});
    co_return co_await pass_.ledger.record(pair_, cursor_, receipts);
}

// ---- one large message, straight through

Awaitable<Result<void>> FolderTransfer::stream(Index index) {
    StreamPipe pipe(pass_.context.executor);
    std::optional<std::string> whole;
    bool row = false;
    auto on_fetch = [&](imap::FetchData& data) {
        if (data.uid->value != message(index).uid) return false;
        for (auto& section : data.sections)
            if (section.section.empty()) {
                row = true;
                whole = std::move(section.bytes);
            }
        return row;
    };
    const LedgerIntent intent{message(index).uid, message(index).key.hash(), message(index).size};
    GODWIT_CO_CHECK(co_await pass_.ledger.intend(pair_, std::span(&intent, 1)));
    auto command = imap::uid_fetch_command(std::to_string(message(index).uid), "(UID BODY.PEEK[])", on_fetch, &pipe);
    GODWIT_CO_TRY(fetch, co_await pass_.source.start(std::move(command)));
    // However the FETCH ends, whoever waits on the pipe hears of it.
    TaskScope watch(pass_.context.executor);
    std::optional<Result<imap::StatusResponse>> answer;
    const auto watch_fetch = [](auto command, auto& answer, StreamPipe& pipe) -> Awaitable<void> {
        answer = co_await command->answer();
        pipe.close(answer->has_value() ? Error{ErrorKind::protocol_error, Reach::account, "the literal ended early", {}}
                                       : answer->error());
    };
    watch.spawn("stream message", watch_fetch(fetch, answer, pipe));
    Result<void> appended{};
    const auto size = co_await pipe.announced();
    if (size) appended = co_await stream_append(index, *size, pipe);
    pipe.discard();
    co_await watch.join();
    if (!appended) co_return appended;
    if (!*answer) co_return std::unexpected(answer->error());
    if (size) co_return Result<void>{};
    if (whole && !whole->empty())
        co_return co_await append({index, std::move(*whole)});   // smaller than listed
    on_gone(index, row ? "the source gave no content" : "the source no longer has it");
    co_return Result<void>{};
}

Awaitable<Result<void>> FolderTransfer::stream_append(Index index, std::uint64_t size, StreamPipe& pipe) {
    auto out = append_message(index);
    out.size = size;
    out.source = &pipe;
    const std::uint64_t listed_hash = message(index).key.hash();
    auto command = committing(imap::append_command(pass_.destination, pair_.destination, std::move(out)));
    // The message may be another than the one listed: its header is compared before the last octets complete it.
    command.commit_check = [this, index, &pipe, before = command.commit_check]() -> Result<void> {
        GODWIT_CHECK(before());
        if (source_.has_keys && message_key(pipe.head()) != message(index).key)
            return fail(ErrorKind::message_corrupt, Reach::account,
                        "the content is not that of the message that was listed", "APPEND");
        return {};
    };
    const auto now = std::chrono::steady_clock::now();
    GODWIT_CO_TRY(sent, co_await pass_.destination.start(std::move(command)));
    auto answer = co_await sent->answer();
    pipe.discard();
    if (!answer) co_return std::unexpected(answer.error());
    const std::uint64_t hash = source_.has_keys ? listed_hash : message_key(pipe.head()).hash();
    co_return co_await on_answer({index, size, hash, now, sent}, *answer);
}

}  // namespace godwit::sync

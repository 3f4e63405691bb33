#include "engine/sync/verify/folder_verify.h"

#include <algorithm>

#include "engine/base/in_parallel.h"
#include "engine/sync/compare.h"
#include "engine/sync/ledger_facts.h"
#include "engine/sync/message_facts.h"
#include "engine/sync/open_folder.h"
#include "engine/sync/verify/folder_judge.h"

namespace godwit::sync {
namespace {

// Messages that are judged together: what they are read with is held at once.
constexpr std::size_t judged_at_once = 10'000, read_at_once = 1000;
constexpr std::uint64_t bytes_read_at_once = 32u << 20;

class FolderVerify {
public:
    FolderVerify(Pass& pass, VerifyState& state, const MappedFolder& mapped, bool there, SharedDestination& shared,
                 FolderReport& report)
        : pass_(pass), options_(pass.request.options), state_(state), mapped_(mapped),
          pair_{mapped.source, mapped.destination}, there_(there), shared_(shared), report_(report) {}

    Awaitable<Result<void>> run() {
        GODWIT_CO_CHECK(co_await open());
        GODWIT_CO_CHECK(co_await consult_ledger());
        GODWIT_CO_CHECK(co_await compare());
        data_.comparison.source.flags.replace([&](auto flags) { return pass_.rules.flags.apply(std::move(flags)); });
        GODWIT_CO_TRY(facts, co_await message_facts(pass_, mapped_.source_display, mapped_.destination, there_, source()));
        data_.facts = std::move(facts);
        count_listed();
        gather_pairs();
        GODWIT_CO_CHECK(co_await match_renumbered());
        for (const auto& [from, to] : data_.pairs) remember_for_later_folders(pass_, source(), from);
        if (options_.idatefromheader) GODWIT_CO_CHECK(co_await take_header_dates());
        judge_.emplace(pass_, state_.log, mapped_, data_, report_);
        for (Index at = 0; at < source().messages.size();) GODWIT_CO_CHECK(co_await judge_some(at));
        // A folder that is only made if something goes into it.
        const bool wanted = !options_.skipemptyfolders || report_.counters.messages_skipped < report_.counters.messages_total;
        if (!there_ && wanted) state_.log.add(folder_missing(mapped_));
        GODWIT_CO_CHECK(co_await hand_over_gone());
        GODWIT_CO_CHECK(co_await hand_over_strays());
        state_.set.add(pair_, judge_->finish());
        co_return co_await state_.log.flush_if_many();
    }

private:
    FolderListing& source() { return data_.comparison.source; }
    FolderListing& destination() { return data_.comparison.destination; }

    Awaitable<Result<void>> open() {
        if (!there_) {
            GODWIT_CO_TRY(source, co_await select_folder(pass_.source, mapped_.source, true));
            source_ = std::move(source);
            co_return Result<void>{};
        }
        auto [source, destination] = co_await in_parallel(pass_.context.executor, select_folder(pass_.source, mapped_.source, true),
                                                          select_folder(pass_.destination, mapped_.destination, true));
        if (!source) co_return std::unexpected(source.error());
        if (!destination) co_return std::unexpected(destination.error());
        source_ = std::move(*source);
        data_.destination_folder = std::move(*destination);
        co_return Result<void>{};
    }

    // What is not believed is left as it is: the next copy deals with that.
    Awaitable<Result<void>> consult_ledger() {
        GODWIT_CO_TRY(known, co_await pass_.ledger.load(pair_));
        if (known.cursor.source_uidvalidity == source_.uidvalidity.value) {
            GODWIT_CO_TRY(notes, co_await load_notes(pass_.ledger, pair_));
            data_.notes = std::move(notes);
        }
        if (known.entries.empty() || !is_believed(known, facts_of(source_), facts_of(data_.destination_folder)))
            co_return Result<void>{};
        pass_.rung = std::max(pass_.rung, std::min(known.cursor.key_rung, lowest_rung));
        data_.ledger = std::move(known);
        if (options_.verifybytes <= 0) co_return Result<void>{};
        GODWIT_CO_TRY(digests, co_await load_digests(pass_.ledger, pair_));
        data_.noted = std::move(digests);
        co_return Result<void>{};
    }

    // The brake of a copy looks for the rung that knows the destination's messages; where there is none, they are other mail,
    // and here that is a finding.
    Awaitable<Result<void>> compare() {
        const bool merged = shared_.folders_left > 1 || !mapped_.merged_with.empty();
        auto comparison = co_await compare_folder(pass_, data_.ledger, there_, merged);
        if (!comparison && comparison.error().kind == ErrorKind::identity_mismatch)
            comparison = co_await compare_folder(pass_, data_.ledger, there_, true);
        if (!comparison) co_return std::unexpected(comparison.error());
        data_.comparison = std::move(*comparison);
        co_return Result<void>{};
    }

    void count_listed() {
        Counters listed;
        listed.messages_total = source().messages.size();
        for (const auto& message : source().messages) listed.bytes_total += message.size;
        report_.counters += listed;
        pass_.report.counters += listed;
        pass_.progress();
    }

    void gather_pairs() {
        auto& comparison = data_.comparison;
        data_.pairs = std::move(comparison.explained.known);
        data_.pairs.insert(data_.pairs.end(), comparison.found.begin(), comparison.found.end());
        std::ranges::sort(data_.pairs);
    }

    // A source may give a message another UID (Mailutils does; so does a user who puts one back): its copy is, by the ledger,
    // that of a message which is gone.
    Awaitable<Result<void>> match_renumbered() {
        const auto& unledgered = data_.comparison.explained.unledgered;
        Indexes fresh, orphans;
        std::ranges::copy_if(unledgered, std::back_inserter(fresh), [&](Index i) {
            return !std::ranges::binary_search(data_.pairs, i, {}, &Pair::first);
        });
        if (fresh.empty()) co_return Result<void>{};
        for (const auto& entry : data_.ledger.entries)
            if (!index_of(source(), entry.source_uid))
                if (const auto there = index_of(destination(), entry.destination_uid)) orphans.push_back(*there);
        if (orphans.empty()) co_return Result<void>{};
        std::ranges::sort(orphans);
        orphans.erase(std::ranges::unique(orphans).begin(), orphans.end());
        GODWIT_CO_CHECK(co_await fetch_keys(pass_.source, source(), fresh, pass_.keys()));
        GODWIT_CO_CHECK(co_await fetch_keys(pass_.destination, destination(), orphans, pass_.keys()));
        GODWIT_CO_TRY(found, co_await match_messages(pass_, source(), fresh, destination(), orphans, data_.pairs));
        data_.pairs.insert(data_.pairs.end(), found.begin(), found.end());
        std::ranges::sort(data_.pairs);
        co_return Result<void>{};
    }

    Awaitable<Result<void>> take_header_dates() {
        Indexes indexes;
        for (const auto& [from, to] : data_.pairs) indexes.push_back(from);
        co_return co_await fetch_header_dates(pass_.source, source(), indexes);
    }

    // Reads what is to be read of the next messages, both sides at once, and judges them.
    Awaitable<Result<void>> judge_some(Index& at) {
        if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
        const Index first = at;
        Indexes here, there;
        std::uint64_t bytes = 0;
        const auto room = [&] {
            return at - first < judged_at_once && here.size() + there.size() < read_at_once && bytes < bytes_read_at_once;
        };
        for (; at < source().messages.size() && room(); ++at) {
            const auto wish = judge_->reads(at);
            if (wish.source) here.push_back(at);
            if (wish.destination) there.push_back(*wish.destination);
            if (wish.source || wish.destination) bytes += source().messages[at].size;
        }
        std::ranges::sort(there);
        there.erase(std::ranges::unique(there).begin(), there.end());
        GODWIT_CO_TRY(read, co_await read_both(std::move(here), std::move(there)));
        for (Index i = first; i < at; ++i) judge_->judge(i, read);
        co_return co_await state_.log.flush_if_many();
    }

    Awaitable<Result<ReadPairs>> read_both(Indexes here, Indexes there) {
        ReadPairs read;
        if (here.empty() && there.empty()) co_return read;
        const auto& transform = pass_.rules.transform;
        OctetReader from(pass_, pass_.source, source(), transform.needed() ? &transform : nullptr, source_.uidvalidity.value);
        OctetReader to(pass_, pass_.destination, destination(), nullptr, 0);
        auto [source, destination] =
            co_await in_parallel(pass_.context.executor, from.read(std::move(here)), to.read(std::move(there)));
        if (!source) co_return std::unexpected(source.error());
        if (!destination) co_return std::unexpected(destination.error());
        read.source = std::move(*source);
        read.destination = std::move(*destination);
        co_return read;
    }

    // Their copies may stand in another folder there.
    Awaitable<Result<void>> hand_over_gone() {
        const auto& gone = judge_->gone();
        const auto name = state_.displaced.name_folder(mapped_.source_display, mapped_.destination_display);
        for (std::size_t at = 0; at < gone.size(); at += judged_at_once) {
            if (pass_.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
            const auto some = std::span(gone).subspan(at, std::min<std::size_t>(judged_at_once, gone.size() - at));
            if (state_.displaced.takes_more()) GODWIT_CO_CHECK(co_await fetch_keys_of(some));
            for (const auto& [i, kind] : some) {
                const auto& message = source().messages[i];
                const auto* known = find_by_source_uid(data_.ledger.entries, message.uid);
                const auto known_as = key_hash_in_ledger(i);
                const auto key_hash = known_as == 0 && had_copy(kind) ? source().key(i).hash() : known_as;
                state_.displaced.add_gone({kind, name, message.uid, known ? known->destination_uid : 0, message.size,
                                           key_hash});
                GODWIT_CO_CHECK(co_await state_.log.flush_if_many());
            }
        }
        co_return Result<void>{};
    }

    Awaitable<Result<void>> fetch_keys_of(std::span<const std::pair<Index, FindingKind>> gone) {
        Indexes keyless;
        for (const auto& [i, kind] : gone)
            if (had_copy(kind) && key_hash_in_ledger(i) == 0) keyless.push_back(i);
        co_return co_await fetch_keys_where_missing(pass_, source(), keyless);
    }

    // What the ledger knows to have never been copied has no copy that somebody could have moved.
    bool had_copy(FindingKind kind) const {
        return kind == FindingKind::removed_at_destination || data_.ledger.entries.empty();
    }

    // Of the copy, which options may have made another message; 0 where it is of another rung.
    std::uint64_t key_hash_in_ledger(Index i) {
        const auto* known = find_by_source_uid(data_.ledger.entries, source().messages[i].uid);
        return known && data_.ledger.cursor.key_rung == pass_.rung ? known->key_hash : 0;
    }

    // Once the last folder that goes there is compared.
    Awaitable<Result<void>> hand_over_strays() {
        auto taken = shared_.taken.ranges();
        for (const auto& [from, to] : data_.pairs) {
            const auto uid = destination().messages[to].uid;
            taken.push_back({uid, uid});
        }
        shared_.taken = imap::UidSet::of_ranges(std::move(taken));
        if (!there_ || shared_.folders_left > 1 || shared_.incomplete) co_return Result<void>{};
        std::vector<std::uint32_t> of_ledger;
        for (const auto& entry : data_.ledger.entries) of_ledger.push_back(entry.destination_uid);
        const auto once_copied = imap::UidSet::of(std::move(of_ledger));
        std::uint64_t foreign = 0;
        for (const auto& message : destination().messages) {
            if (shared_.taken.contains(message.uid)) continue;
            ++foreign;
            if (once_copied.contains(message.uid))
                state_.log.add({FindingKind::extra, mapped_.destination_display, mapped_.destination_display, 0, message.uid,
                                message.size, "the source no longer has it"});
            else
                state_.displaced.add_stray(mapped_.destination, mapped_.destination_display, {message.uid, message.size});
            GODWIT_CO_CHECK(co_await state_.log.flush_if_many());
        }
        pass_.count(report_.counters, &Counters::messages_foreign, foreign);
        co_return Result<void>{};
    }

    Pass& pass_;
    const SyncOptions& options_;
    VerifyState& state_;
    const MappedFolder& mapped_;
    const FolderPair pair_;
    const bool there_;
    SharedDestination& shared_;
    FolderReport& report_;
    imap::SelectedFolder source_;
    FolderData data_;
    std::optional<FolderJudge> judge_;
};

}  // namespace

Finding folder_missing(const MappedFolder& mapped) {
    return {.kind = FindingKind::folder_missing,
            .folder = mapped.source_display,
            .destination_folder = mapped.destination_display,
            .detail = "the destination does not have the folder"};
}

Awaitable<Result<void>> verify_folder(Pass& pass, VerifyState& state, const MappedFolder& mapped, bool there,
                                      SharedDestination& shared, FolderReport& report) {
    FolderVerify folder(pass, state, mapped, there, shared, report);
    co_return co_await folder.run();
}

}  // namespace godwit::sync

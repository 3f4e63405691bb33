#include "engine/sync/verify/folder_judge.h"

#include <algorithm>

#include "engine/sync/verify/sample.h"

namespace godwit::sync {
namespace {

std::optional<SkipReason> skip_reason_of(std::string_view name) {
    for (std::size_t i = 0; i < skip_reasons; ++i)
        if (name_of(static_cast<SkipReason>(i)) == name) return static_cast<SkipReason>(i);
    return std::nullopt;
}

const ReadMessage* find_read(const std::map<Index, ReadMessage>& read, Index i) {
    const auto found = read.find(i);
    return found == read.end() ? nullptr : &found->second;
}

}  // namespace

FolderJudge::FolderJudge(Pass& pass, FindingLog& log, const MappedFolder& mapped, const FolderData& data, FolderReport& report)
    : pass_(pass), options_(pass.request.options), log_(log), mapped_(mapped), data_(data), report_(report),
      selection_(options_, data.facts), transforms_(pass.rules.transform.needed()) {}

const Pair* FolderJudge::pair_of(Index i) const {
    const auto pair = std::ranges::lower_bound(data_.pairs, i, {}, &Pair::first);
    return pair == data_.pairs.end() || pair->first != i ? nullptr : &*pair;
}

// What options make of a message has another size than the message, if it is changed.
bool FolderJudge::sizes_differ(const Pair& pair) const {
    return !transforms_ && source(pair.first).size != destination(pair.second).size;
}

FolderJudge::Wish FolderJudge::reads(Index i) {
    const auto* pair = pair_of(i);
    // Of one that is missing only its content may say that options leave it out.
    if (!pair) return {.source = transforms_ && absence_of(i).kind == FindingKind::missing};
    const bool sampled = is_in_sample(mapped_.source, source(i).uid, options_.verifybytes);
    const bool doubted = !sampled && sizes_differ(*pair) && doubt_.wants_to_read(source(i).size);
    if (!sampled && !doubted) return {};
    return {.source = !data_.noted.contains(source(i).uid), .destination = pair->second};
}

void FolderJudge::judge(Index i, const ReadPairs& read) {
    if (const auto* pair = pair_of(i))
        judge_pair(*pair, read);
    else
        judge_absent(i, read);
}

void FolderJudge::judge_pair(const Pair& pair, const ReadPairs& read) {
    const auto& copy = destination(pair.second);
    std::vector<FindingKind> verdict;
    const auto found = [&](FindingKind kind, std::string detail) {
        verdict.push_back(kind);
        find(kind, pair.first, copy.uid, std::move(detail));
    };
    auto octets = compare_octets(pair, read);
    if (octets.kind) found(*octets.kind, std::move(octets.detail));
    if (auto flags = compare_flags(pair)) found(FindingKind::flags_differ, std::move(*flags));
    if (auto dates = compare_dates(pair)) found(FindingKind::date_differs, std::move(*dates));
    const auto flags = storable_flags(data_.comparison.destination.flags.at(copy.flags), data_.destination_folder);
    digest_.add({source(pair.first).uid, copy.uid, copy.size, copy.internal_date, octets.copy, verdict, flags});
    pass_.count(report_.counters, &Counters::messages_verified);
}

FolderJudge::OctetVerdict FolderJudge::compare_octets(const Pair& pair, const ReadPairs& read) {
    const auto& message = source(pair.first);
    const auto* copy = find_read(read.destination, pair.second);
    const auto* original = find_read(read.source, pair.first);
    const auto noted = data_.noted.find(message.uid);
    const bool is_read = copy && (original || noted != data_.noted.end());
    if (!is_read) {
        if (!sizes_differ(pair) || !doubt_.believes_sizes()) return {};
        return {FindingKind::altered, sizes_in_words(message.size, destination(pair.second).size), {}};
    }
    if (original && original->skipped) return {};   // it would not be copied today: nobody knows what it is to be
    if (original && !original->octets) return {FindingKind::unreadable, "at the source: " + original->words, {}};
    if (!copy->octets) return {FindingKind::unreadable, "at the destination: " + copy->words, {}};
    const auto sent = original ? *original->octets
                               : Octets{noted->second, transforms_ ? copy->octets->size : message.size};
    auto words = octets_differ(sent, *copy->octets);
    ++pass_.report.messages_digested;
    if (sizes_differ(pair)) doubt_.tell(words.has_value());
    if (!words) return {{}, {}, copy->octets->digest};
    return {FindingKind::altered, std::move(*words), copy->octets->digest};
}

// What is not selected is left alone on both sides, by a copy and here.
std::optional<std::string> FolderJudge::compare_flags(const Pair& pair) {
    const auto mode = options_.resyncflags;
    const auto& message = source(pair.first);
    if (mode == ResyncFlags::off || !selection_.selects(message)) return std::nullopt;
    const auto& wanted = data_.comparison.source.flags.at(message.flags);
    if (mode == ResyncFlags::additive) {
        // What the copy's owner has taken away stays away until the source changes.
        const auto* known = find_by_source_uid(data_.ledger.entries, message.uid);
        if (known && known->flags == flag_bits(wanted)) return std::nullopt;
    }
    const auto there = destination(pair.second).flags;
    const auto [place, fresh] = flags_differ_.try_emplace(std::uint64_t{message.flags} << 32 | there);
    if (fresh)
        place->second = flags_differ(wanted, data_.comparison.destination.flags.at(there), data_.destination_folder,
                                     mode == ResyncFlags::exact);
    return place->second;
}

std::optional<std::string> FolderJudge::compare_dates(const Pair& pair) const {
    if (!options_.syncinternaldates && !options_.idatefromheader) return std::nullopt;
    return dates_differ(source(pair.first).internal_date, destination(pair.second).internal_date);
}

void FolderJudge::judge_absent(Index i, const ReadPairs& read) {
    auto absence = absence_of(i);
    if (const auto* original = find_read(read.source, i); original && absence.kind == FindingKind::missing) {
        if (original->skipped)
            absence = {FindingKind::skipped, std::string(name_of(*original->skipped)), original->skipped};
        else if (!original->octets)
            absence = {FindingKind::unreadable, "at the source: " + original->words, {}};
    }
    const auto& message = source(i);
    const auto& flags = data_.comparison.source.flags.at(message.flags);
    digest_.add({message.uid, 0, message.size, message.internal_date, {}, std::span(&absence.kind, 1), flags});
    if (absence.skipped) pass_.count_skipped(report_, *absence.skipped);
    if (absence.kind == FindingKind::missing || absence.kind == FindingKind::removed_at_destination)
        gone_.emplace_back(i, absence.kind);
    else
        find(absence.kind, i, 0, std::move(absence.detail));
}

FolderJudge::Absence FolderJudge::absence_of(Index i) const {
    const auto& message = source(i);
    if (const auto* known = find_by_source_uid(data_.ledger.entries, message.uid)) {
        if (known->provenance != Provenance::filtered) return {FindingKind::removed_at_destination, {}, {}};
        return {FindingKind::filtered, "the destination took the message and has never shown it", {}};
    }
    if (const auto reason = selection_.left_out(i, message))
        return {FindingKind::skipped, std::string(name_of(*reason)), reason};
    if (const auto note = data_.notes.find(message.uid); note != data_.notes.end()) return absence_of(note->second);
    if (std::ranges::find(data_.comparison.unreadable, i) != data_.comparison.unreadable.end())
        return {FindingKind::unreadable, "the source listed the message and did not give its headers", {}};
    return {};
}

FolderJudge::Absence FolderJudge::absence_of(const MessageNote& note) {
    if (const auto reason = skip_reason_of(note.reason)) return {FindingKind::skipped, note.reason, reason};
    if (note.reason == name_of(ErrorKind::accepted_then_removed)) return {FindingKind::filtered, note.words, {}};
    return {FindingKind::refused, note.words.empty() ? note.reason : note.reason + ": " + note.words, {}};
}

void FolderJudge::find(FindingKind kind, Index i, std::uint32_t destination_uid, std::string detail) {
    log_.add({kind, mapped_.source_display, mapped_.destination_display, source(i).uid, destination_uid, source(i).size,
              std::move(detail)});
}

}  // namespace godwit::sync

#include "engine/sync/ledger_facts.h"

#include <algorithm>
#include <cstring>

#include "engine/base/text.h"

namespace godwit::sync {
namespace {

// Parts of a value are parted by NUL, which neither flags nor printable text hold.
std::vector<std::string> parts_of(std::string_view value) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = value.find('\0');
        parts.emplace_back(value.substr(0, end));
        if (end == std::string_view::npos) return parts;
        value.remove_prefix(end + 1);
    }
}

std::string joined(const std::vector<std::string>& parts) {
    std::string value;
    for (const auto& part : parts) {
        if (&part != &parts.front()) value += '\0';
        value += part;
    }
    return value;
}

const FolderPair whole_account{};
constexpr char created_mark = 'c', subscribed_mark = 's';
std::string made_value(const std::string& folder, Made made) {
    return (made == Made::created ? created_mark : subscribed_mark) + folder;
}

}  // namespace

Awaitable<Result<std::map<std::uint32_t, MessageNote>>> load_notes(Ledger& ledger, const FolderPair& pair) {
    GODWIT_CO_TRY(facts, co_await ledger.facts(pair, FactKind::note));
    std::map<std::uint32_t, MessageNote> notes;
    for (const auto& fact : facts)
        if (auto parts = parts_of(fact.value); parts.size() == 2)
            notes[fact.uid] = {fact.uid, std::move(parts[0]), std::move(parts[1])};
    co_return notes;
}

Awaitable<Result<void>> replace_notes(Ledger& ledger, const FolderPair& pair, const std::vector<MessageNote>& notes) {
    GODWIT_CO_TRY(old, co_await ledger.facts(pair, FactKind::note));
    std::map<std::uint32_t, std::string> values;   // the last word on each
    for (const auto& note : notes) values[note.source_uid] = joined({note.reason, printable(note.words, 500)});
    std::vector<LedgerFact> facts;
    for (auto& [uid, value] : values) facts.push_back({uid, std::move(value)});
    std::vector<std::uint32_t> gone;
    for (const auto& fact : old)
        if (!values.contains(fact.uid)) gone.push_back(fact.uid);
    if (!gone.empty()) GODWIT_CO_CHECK(co_await ledger.drop_facts(pair, FactKind::note, gone));
    if (facts.empty()) co_return Result<void>{};
    co_return co_await ledger.keep_facts(pair, FactKind::note, facts);
}

Awaitable<Result<std::map<std::uint32_t, OctetDigest>>> load_digests(Ledger& ledger, const FolderPair& pair) {
    GODWIT_CO_TRY(facts, co_await ledger.facts(pair, FactKind::digest));
    std::map<std::uint32_t, OctetDigest> digests;
    for (const auto& fact : facts) {
        OctetDigest digest;
        if (fact.value.size() != digest.size()) continue;
        std::memcpy(digest.data(), fact.value.data(), digest.size());
        digests[fact.uid] = digest;
    }
    co_return digests;
}

Awaitable<Result<void>> keep_digests(Ledger& ledger, const FolderPair& pair,
                                     const std::map<std::uint32_t, OctetDigest>& digests) {
    std::vector<LedgerFact> facts;
    for (const auto& [uid, digest] : digests)
        facts.push_back({uid, std::string(reinterpret_cast<const char*>(digest.data()), digest.size())});
    co_return co_await ledger.keep_facts(pair, FactKind::digest, facts);
}

Awaitable<Result<FlagsByUid>> load_flags_before(Ledger& ledger, const FolderPair& pair) {
    GODWIT_CO_TRY(facts, co_await ledger.facts(pair, FactKind::flags_before));
    FlagsByUid flags;
    for (const auto& fact : facts)
        flags[fact.uid] = fact.value.empty() ? std::vector<std::string>{} : parts_of(fact.value);
    co_return flags;
}

Awaitable<Result<void>> keep_flags_before(Ledger& ledger, const FolderPair& pair, const FlagsByUid& flags) {
    std::vector<LedgerFact> facts;
    for (const auto& [uid, some] : flags) facts.push_back({uid, joined(some)});
    co_return co_await ledger.keep_facts(pair, FactKind::flags_before, facts, true);
}

Awaitable<Result<std::map<std::uint32_t, std::string>>> load_moved_from(Ledger& ledger, const FolderPair& pair) {
    GODWIT_CO_TRY(facts, co_await ledger.facts(pair, FactKind::moved_from));
    std::map<std::uint32_t, std::string> folders;
    for (auto& fact : facts) folders[fact.uid] = std::move(fact.value);
    co_return folders;
}

Awaitable<Result<void>> carry_facts(Ledger& ledger, const FolderPair& from, const FolderPair& to,
                                    const std::map<std::uint32_t, std::uint32_t>& uids) {
    if (uids.empty()) co_return Result<void>{};
    GODWIT_CO_TRY(flags, co_await ledger.facts(from, FactKind::flags_before));
    GODWIT_CO_TRY(stood, co_await load_moved_from(ledger, from));
    std::vector<LedgerFact> carried, folders;
    for (auto& fact : flags)
        if (const auto now = uids.find(fact.uid); now != uids.end()) carried.push_back({now->second, std::move(fact.value)});
    std::vector<std::uint32_t> old;
    for (const auto& [was, now] : uids) {
        const auto first = stood.find(was);
        folders.push_back({now, first == stood.end() ? from.destination : first->second});
        old.push_back(was);
    }
    GODWIT_CO_CHECK(co_await ledger.keep_facts(to, FactKind::flags_before, carried, true));
    GODWIT_CO_CHECK(co_await ledger.keep_facts(to, FactKind::moved_from, folders, true));
    GODWIT_CO_CHECK(co_await ledger.drop_facts(from, FactKind::flags_before, old));
    co_return co_await ledger.drop_facts(from, FactKind::moved_from, old);
}

Awaitable<Result<void>> note_made(Ledger& ledger, const std::vector<std::string>& folders, Made made) {
    GODWIT_CO_TRY(known, co_await ledger.facts(whole_account, FactKind::made));
    std::vector<LedgerFact> fresh;
    std::uint32_t next = known.empty() ? 0 : known.back().uid + 1;
    for (const auto& folder : folders) {
        auto value = made_value(folder, made);
        if (std::ranges::find(known, value, &LedgerFact::value) == known.end()) fresh.push_back({next++, std::move(value)});
    }
    co_return co_await ledger.keep_facts(whole_account, FactKind::made, fresh);
}

Awaitable<Result<MadeFolders>> load_made(Ledger& ledger) {
    GODWIT_CO_TRY(facts, co_await ledger.facts(whole_account, FactKind::made));
    MadeFolders out;
    for (const auto& fact : facts)
        (fact.value.starts_with(created_mark) ? out.created : out.subscribed).insert(fact.value.substr(1));
    co_return out;
}

Awaitable<Result<void>> forget_made(Ledger& ledger, const std::string& folder, Made made) {
    GODWIT_CO_TRY(facts, co_await ledger.facts(whole_account, FactKind::made));
    for (const auto& fact : facts)
        if (fact.value == made_value(folder, made))
            co_return co_await ledger.drop_facts(whole_account, FactKind::made, std::span(&fact.uid, 1));
    co_return Result<void>{};
}

}  // namespace godwit::sync

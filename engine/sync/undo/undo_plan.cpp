#include "engine/sync/undo/undo_plan.h"

#include <algorithm>
#include <set>

#include "engine/base/text.h"
#include "engine/sync/flag_table.h"

namespace godwit::sync {
namespace {

constexpr FlagBits system_flags = 0x1f;
const std::vector<std::string> deleted_flag{"\\Deleted"};

// Dovecot looks into every message that arrives and sets one of the two.
bool is_set_by_servers(const std::string& flag) {
    return equals_ignoring_case(flag, "$HasAttachment") || equals_ignoring_case(flag, "$HasNoAttachment");
}

UndoStep leave(std::string why) { return {UndoAct::leave, std::move(why)}; }

bool is_keyed(const Standing& there, std::uint64_t key_hash) {
    return key_hash != 0 && std::ranges::find(there.key_hashes, key_hash) != there.key_hashes.end();
}

bool has_headers(const Standing& there) { return std::ranges::any_of(there.key_hashes, [](auto hash) { return hash != 0; }); }

// Why it is not the message of that key; empty: it is.
std::string why_another(const Standing& there, std::uint64_t key_hash) {
    if (is_keyed(there, key_hash)) return {};
    if (!has_headers(there)) return "its headers were not to be had";
    return key_hash == 0 ? "the ledger does not know its headers" : "its headers are not those that were put there";
}

// Marked for removal, by its user or by an undo pass that did not come to its end, it may go.
std::string changes_that_matter(const LedgerEntry& entry, const Standing& there, const UndoRules& rules) {
    const FlagBits deleted = flag_bits(deleted_flag);
    return flag_changes(entry.flags | (flag_bits(there.flags) & deleted), there.flags, rules.storable);
}

}  // namespace

std::string flag_changes(FlagBits synced, const std::vector<std::string>& flags, FlagBits storable) {
    std::string text;
    const auto add = [&](std::string_view sign, const std::string& flag) {
        text += (text.empty() ? "" : " ") + std::string(sign) + flag;
    };
    for (const auto& flag : flags) {
        if (is_set_by_servers(flag)) continue;
        const auto bit = flag_bits({flag});
        if ((synced & bit) == 0) add("", flag);
    }
    for (const std::string flag : {"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"}) {
        const auto bit = flag_bits({flag});
        if ((synced & storable & system_flags & bit) != 0 && std::ranges::find(flags, flag) == flags.end()) add("-", flag);
    }
    return text;
}

UndoStep undo_put(const LedgerEntry& entry, const Standing* there, bool shared, const UndoRules& rules) {
    if (!there) return {UndoAct::forget, {}};
    if (shared) return leave("the destination keeps one copy of equal messages, and others of the source are this one, too");
    if (auto why = why_another(*there, entry.key_hash); !why.empty()) return leave(std::move(why));
    if (const auto changes = changes_that_matter(entry, *there, rules); !changes.empty())
        return leave("its flags were changed since: " + changes);
    if (!rules.why_not.empty()) return leave(rules.why_not);
    return {UndoAct::remove, {}};
}

UndoStep undo_flags(std::span<const LedgerEntry> entries, const Standing* there, const std::vector<std::string>& before,
                    const UndoRules& rules) {
    if (!there || there->flags == before) return {UndoAct::forget, {}};
    std::string changes;
    for (const auto& entry : entries) {
        if (auto why = why_another(*there, entry.key_hash); !why.empty()) return leave(std::move(why));
        // Where flags were only added, those from before stand beside them.
        for (const FlagBits synced : {entry.flags, static_cast<FlagBits>(entry.flags | flag_bits(before))}) {
            changes = flag_changes(synced, there->flags, rules.storable);
            if (changes.empty()) return {UndoAct::restore, {}};
        }
    }
    return leave("its flags were changed since: " + changes);
}

namespace {

// The strays and the unnamed of one key.
struct Alike {
    std::vector<std::size_t> strays, appends, receipts;
};

class StrayPlan {
public:
    StrayPlan(const std::vector<Stray>& strays, const std::vector<Unnamed>& unnamed, const UndoRules& rules)
        : strays_(strays), unnamed_(unnamed), rules_(rules) {
        for (const auto& one : unnamed_) copies_left_.push_back(one.receipt ? 1 : one.copies);
    }

    std::vector<StrayStep> run() {
        std::map<std::uint64_t, Alike> by_key;
        for (std::size_t i = 0; i < unnamed_.size(); ++i) {
            if (unnamed_[i].key_hash == 0) continue;
            auto& alike = by_key[unnamed_[i].key_hash];
            (unnamed_[i].receipt ? alike.receipts : alike.appends).push_back(i);
        }
        for (auto& [key, alike] : by_key) {
            for (std::size_t i = 0; i < strays_.size(); ++i)
                if (!seen_.contains(i) && is_keyed(strays_[i].standing, key)) alike.strays.push_back(i);
            assign(alike);
        }
        suspect_streamed();
        std::ranges::sort(steps_, {}, &StrayStep::stray);
        return std::move(steps_);
    }

private:
    void say(std::size_t stray, std::size_t unnamed, UndoStep step) {
        seen_.insert(stray);
        steps_.push_back({stray, unnamed, std::move(step)});
    }

    bool is_above(std::size_t stray, std::size_t unnamed) const { return strays_[stray].uid > unnamed_[unnamed].watermark; }

    void assign(const Alike& alike) {
        std::uint64_t most = alike.receipts.size();
        for (const auto i : alike.appends) most += unnamed_[i].copies;
        std::vector<std::size_t> strays;
        for (const auto stray : alike.strays)
            if (std::ranges::any_of(alike.appends, [&](auto i) { return is_above(stray, i); }) ||
                std::ranges::any_of(alike.receipts, [&](auto i) { return is_above(stray, i); }))
                strays.push_back(stray);
        const auto any = alike.appends.empty() ? alike.receipts.front() : alike.appends.front();
        for (const auto stray : strays) {
            if (strays.size() > most) {
                say(stray, any, leave("more messages look like one whose append is in doubt than there were appends"));
                continue;
            }
            assign_one(stray, alike, any);
        }
    }

    // Sizes tell copies from other mail with the same key; a receipt knows none.
    void assign_one(std::size_t stray, const Alike& alike, std::size_t any) {
        for (const auto i : alike.appends)
            if (copies_left_[i] > 0 && unnamed_[i].size == strays_[stray].size && is_above(stray, i)) {
                --copies_left_[i];
                const bool can = rules_.why_not.empty();
                return say(stray, i, can ? UndoStep{UndoAct::remove, {}} : leave(rules_.why_not));
            }
        for (const auto i : alike.receipts)
            if (copies_left_[i] > 0 && is_above(stray, i)) {
                --copies_left_[i];
                return say(stray, i, undo_put(*unnamed_[i].receipt, &strays_[stray].standing, false, rules_));
            }
        say(stray, any, leave("it is like a message whose append is in doubt, and has another size"));
    }

    // Of a message that streamed nothing is known but its size: too little to remove anything by.
    void suspect_streamed() {
        for (std::size_t i = 0; i < unnamed_.size(); ++i)
            for (std::size_t stray = 0; unnamed_[i].key_hash == 0 && stray < strays_.size(); ++stray)
                if (!seen_.contains(stray) && strays_[stray].size == unnamed_[i].size && is_above(stray, i))
                    say(stray, i, leave("it has the size of a message whose append is in doubt"));
    }

    const std::vector<Stray>& strays_;
    const std::vector<Unnamed>& unnamed_;
    const UndoRules& rules_;
    std::vector<std::uint64_t> copies_left_;
    std::set<std::size_t> seen_;
    std::vector<StrayStep> steps_;
};

}  // namespace

std::vector<StrayStep> undo_strays(const std::vector<Stray>& strays, const std::vector<Unnamed>& unnamed,
                                   const UndoRules& rules) {
    return StrayPlan(strays, unnamed, rules).run();
}

}  // namespace godwit::sync

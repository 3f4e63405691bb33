// What both sides must look like after a pass, told from nothing but pictures of them: before and after this
// pass and after the one before. Knows none of the engine's code.
//
// Messages are counted by place: a folder, and octets. In every place the copies lie between two bounds:
//   at least as many as the source has there, less the copies that the destination's user took away;
//   never fewer than before, but for copies of messages that moved to another source folder, which may go
//   along; at most one more for each message that is new to the source's folder since the last pass, and none
//   for those that stand there already: what another tool or the user put there counts as the copy.
// Where a rule has to allow for two outcomes, a comment says why.
#pragma once

#include <fmt/format.h>

#include <set>

#include "tools/fakeimap/server.h"

namespace godwit::sync {

using Folders = std::map<std::string, fakeimap::Folder>;

// For people.
inline std::string subject_of(const std::string& octets) {
    constexpr std::string_view field = "Subject: ";
    const auto at = octets.find(field);
    if (at == std::string::npos) return {};
    return octets.substr(at + field.size(), octets.find("\r\n", at) - at - field.size());
}

class HistoryModel {
public:
    // `destination`: what stands there before the first pass.
    explicit HistoryModel(Folders destination) : last_destination_(std::move(destination)) {}
    // The source tells nobody when flags have changed.
    bool flags_may_lag = false;

    // Everything that a pass got wrong. `source` is that of before the pass; with a ledger that was `lost`
    // before it.
    std::vector<std::string> judge(const Folders& source, const Folders& before, const Folders& after,
                                   bool lost) {
        problems_.clear();
        if (lost) forget();
        const Change change{source,
                            before,
                            after,
                            tally(source),
                            tally(before),
                            tally(after),
                            difference(source, last_source_),
                            difference(last_source_, source),
                            difference(before, last_destination_)};
        note_removed(change);
        check_counts(change);
        check_flags(change);
        check_untouched(change);
        remember(source, after);
        return problems_;
    }

private:
    using Place = std::pair<std::string, std::string>;  // folder and octets
    using Tally = std::map<Place, int>;
    struct Change {
        const Folders &source, &before, &after;
        Tally wanted, had, has;
        Tally fresh, gone;  // at the source, since the last pass
        Tally added;        // at the destination, by its user
    };
    using Validities = std::pair<std::uint32_t, std::uint32_t>;

    static int at(const Tally& tally, const Place& place) {
        const auto found = tally.find(place);
        return found == tally.end() ? 0 : found->second;
    }
    static Tally tally(const Folders& folders) {
        Tally out;
        for (const auto& [name, folder] : folders)
            for (const auto& message : folder.messages) ++out[{name, message.octets}];
        return out;
    }
    // What `folders` has and `others` has not; messages are known by their UIDs where these mean the same,
    // else counted.
    static Tally difference(const Folders& folders, const Folders& others) {
        Tally out, elsewhere;
        for (const auto& [name, folder] : folders) {
            const auto other = others.find(name);
            if (other == others.end() || other->second.uidvalidity != folder.uidvalidity) {
                for (const auto& message : folder.messages) ++out[{name, message.octets}];
                if (other == others.end()) continue;
                for (const auto& message : other->second.messages) ++elsewhere[{name, message.octets}];
            } else {
                for (const auto& message : folder.messages)
                    if (!other->second.find(message.uid)) ++out[{name, message.octets}];
            }
        }
        for (auto& [place, count] : out) count = std::max(0, count - at(elsewhere, place));
        return out;
    }
    // The sum over other folders.
    static int elsewhere(const Tally& tally, const Place& place) {
        int sum = 0;
        for (const auto& [other, count] : tally)
            if (other.second == place.second && other.first != place.first) sum += count;
        return sum;
    }

    // Nobody remembers what was removed: all that is missing must be copied again.
    void forget() {
        removed_.clear();
        paired_.clear();
        last_source_.clear();
        last_destination_.clear();
    }

    // Upper bounds: of two equal copies one of which is taken away, it may or may not have been a stranger. A
    // message whose copy was taken away, and that its owner then moves to another folder, may be copied there
    // or not.
    void note_removed(const Change& change) {
        for (const auto& [place, count] : difference(last_destination_, change.before))
            removed_[place] += count;
        Tally carried;
        for (const auto& [place, count] : change.fresh)
            for (const auto& [other, taken] : removed_)
                if (other.second == place.second && other.first != place.first && at(change.gone, other) > 0)
                    carried[place] += std::min(count, taken);
        for (const auto& [place, count] : carried) removed_[place] += count;
    }

    // A ledger is believed where both folders are those of the last pass over them.
    bool is_believed(const Change& change, const std::string& folder) const {
        const auto known = paired_.find(folder);
        return known != paired_.end() && known->second == validities(folder, change.source, change.before);
    }
    static Validities validities(const std::string& name, const Folders& source, const Folders& destination) {
        const auto there = destination.find(name);
        return {source.at(name).uidvalidity, there == destination.end() ? 0 : there->second.uidvalidity};
    }

    int most(const Change& change, const Place& place) const {
        const int wanted = at(change.wanted, place), had = at(change.had, place),
                  fresh = at(change.fresh, place);
        if (!change.source.contains(place.first)) return had;
        // A copy of a message that moved here may come along, also where an equal one stands already.
        const bool may_come = elsewhere(change.gone, place) > 0;
        if (!is_believed(change, place.first)) return may_come ? had + wanted : std::max(had, wanted);
        // A folder that was renamed and is back: what the ledger knows of it may have been given up, or not.
        if (!last_source_.contains(place.first)) return had + wanted;
        // One that comes along may be taken for that of an equal message whose copy was taken away.
        if (may_come) return std::max(had + fresh, wanted);
        // What its user has just put there is the copy; of equal ones that are gone, it may be theirs.
        return had + fresh - std::clamp(at(change.added, place) - at(removed_, place), 0, fresh);
    }
    int least(const Change& change, const Place& place) const {
        // Also a copy whose message has gone earlier: an equal one that comes now may be that one, come back elsewhere.
        const int stray = std::max(at(change.gone, place), at(change.had, place) - at(change.wanted, place));
        const int moved = elsewhere(change.fresh, place) > 0 ? stray : 0;
        return std::max(at(change.had, place) - moved, at(change.wanted, place) - at(removed_, place));
    }

    void check_counts(const Change& change) {
        std::set<Place> places;
        std::map<std::string, std::pair<int, int>> sums;  // by octets, before and after
        for (const auto* tally : {&change.wanted, &change.had, &change.has})
            for (const auto& [place, count] : *tally) places.insert(place);
        for (const auto& place : places) {
            const int has = at(change.has, place), lowest = least(change, place),
                      highest = most(change, place);
            if (has < lowest || has > highest)
                wrong(place, fmt::format("{} copies, {} before, {} at the source: not within {} and {}", has,
                                         at(change.had, place), at(change.wanted, place), lowest, highest));
            sums[place.second].first += at(change.had, place);
            sums[place.second].second += has;
        }
        for (const auto& [octets, sum] : sums)
            if (sum.second < sum.first)
                wrong({"anywhere", octets}, fmt::format("{} copies, {} before", sum.second, sum.first));
        for (const auto* folders : {&change.source, &change.before})
            for (const auto& [name, folder] : *folders)
                if (!change.after.contains(name) && !folder.messages.empty())
                    wrong({name, ""}, "no such folder");
    }

    using FlagSet = std::set<std::string>;
    static FlagSet flags_of(const fakeimap::Message& message) {
        return {message.flags.begin(), message.flags.end()};
    }
    static std::map<Place, std::multiset<FlagSet>> flags_by_place(const Folders& folders) {
        std::map<Place, std::multiset<FlagSet>> out;
        for (const auto& [name, folder] : folders)
            for (const auto& message : folder.messages) out[{name, message.octets}].insert(flags_of(message));
        return out;
    }

    // Each copy that stands has the flags of a message of its own.
    void check_flags(const Change& change) {
        if (flags_may_lag) return;
        auto there = flags_by_place(change.after);
        for (const auto& [place, flags] : flags_by_place(change.source)) {
            std::vector<FlagSet> same;
            std::ranges::set_intersection(flags, there[place], std::back_inserter(same));
            const int least = static_cast<int>(flags.size()) - at(removed_, place);
            if (static_cast<int>(same.size()) < least)
                wrong(place, fmt::format("the flags of {} copies are as at the source, should be of {}",
                                         same.size(), least));
        }
    }

    // Messages keep UID, octets and date; strangers their flags too. A new one has a date that its octets
    // came with.
    void check_untouched(const Change& change) {
        std::map<std::string, std::set<std::string>> dates;
        for (const auto* folders : {&change.source, &change.before})
            for (const auto& [name, folder] : *folders)
                for (const auto& message : folder.messages)
                    dates[message.octets].insert(message.internal_date);
        for (const auto& [name, folder] : change.after) {
            const auto old = change.before.find(name);
            if (old != change.before.end() && old->second.uidvalidity != folder.uidvalidity)
                wrong({name, ""}, "the folder was made anew");
            for (const auto& message : folder.messages) {
                const auto* was = old == change.before.end() ? nullptr : old->second.find(message.uid);
                const Place place{name, message.octets};
                if (!dates[message.octets].contains(message.internal_date))
                    wrong(place, "the date is wrong: " + message.internal_date);
                if (was && (was->octets != message.octets || was->internal_date != message.internal_date))
                    wrong(place, fmt::format("UID {} is another message", message.uid));
                if (was && at(change.wanted, place) == 0 && flags_of(*was) != flags_of(message))
                    wrong(place, "flags changed of a message that is none of the source's");
            }
        }
    }

    void remember(const Folders& source, const Folders& after) {
        for (const auto& [name, folder] : source) paired_[name] = validities(name, source, after);
        last_source_ = source;
        last_destination_ = after;
    }
    void wrong(const Place& place, const std::string& what) {
        problems_.push_back(fmt::format("{} / {}: {}", place.first, subject_of(place.second), what));
    }

    Folders last_source_, last_destination_;
    Tally removed_;  // by the destination's user; upper bounds
    std::map<std::string, Validities>
        paired_;  // folders of the source: UIDVALIDITYs at the last pass over them
    std::vector<std::string> problems_;
};

}  // namespace godwit::sync

#include "tools/fakeimap/selection.h"

#include <charconv>

namespace godwit::fakeimap {
namespace {

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t highest) {
    if (text == "*") return highest;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value == 0) return std::nullopt;
    return value;
}

}  // namespace

std::optional<imap::UidSet> parse_set(std::string_view text, std::uint32_t highest) {
    std::vector<imap::UidSet::Range> ranges;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        const auto part = text.substr(0, comma);
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
        const auto colon = part.find(':');
        const auto first = parse_number(part.substr(0, colon), highest);
        const auto last =
            colon == std::string_view::npos ? first : parse_number(part.substr(colon + 1), highest);
        if (!first || !last) return std::nullopt;
        ranges.push_back({std::min(*first, *last), std::max(*first, *last)});
    }
    return imap::UidSet::of_ranges(std::move(ranges));
}

std::string uid_list(const std::vector<std::uint32_t>& uids) {
    std::string out;
    for (std::size_t i = 0; i < uids.size();) {
        std::size_t end = i + 1;
        while (end < uids.size() && uids[end] == uids[end - 1] + 1) ++end;
        if (i > 0) out += ',';
        out += std::to_string(uids[i]);
        if (end - i > 1) out += ":" + std::to_string(uids[end - 1]);
        i = end;
    }
    return out;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

Selection::Selection(std::string name, const Folder& folder, bool read_only)
    : name_(std::move(name)),
      read_only_(read_only),
      uidvalidity_(folder.uidvalidity),
      seen_below_(folder.uidnext),
      known_modseq_(folder.highest_modseq) {
    uids_.reserve(folder.messages.size());
    for (const auto& message : folder.messages) uids_.push_back(message.uid);
}

std::optional<imap::UidSet> Selection::parse(std::string_view text, bool by_uid) const {
    const auto size = static_cast<std::uint32_t>(uids_.size());
    if (by_uid) return parse_set(text, uids_.empty() ? 0 : uids_.back());
    auto set = parse_set(text, size);
    if (set && !set->empty() && set->ranges().back().last > size) return std::nullopt;
    return set;
}

std::vector<std::uint32_t> Selection::indices(const imap::UidSet& set, bool by_uid) const {
    std::vector<std::uint32_t> found;
    for (const auto range : set.ranges()) {
        const auto begin =
            by_uid ? std::ranges::lower_bound(uids_, range.first) - uids_.begin() : range.first - 1;
        const auto end = by_uid ? std::ranges::upper_bound(uids_, range.last) - uids_.begin() : range.last;
        for (auto index = begin; index < end; ++index) found.push_back(static_cast<std::uint32_t>(index));
    }
    return found;
}

void Selection::report(const Folder& folder, Telling telling, std::string& out) {
    if (folder.changed_modseq > known_modseq_) report_flags(folder, telling.modseq, out);
    known_modseq_ = folder.highest_modseq;
    const auto before = uids_.size();
    const auto fresh = std::ranges::lower_bound(folder.messages, seen_below_, {}, &Message::uid);
    for (auto message = fresh; message != folder.messages.end(); ++message) uids_.push_back(message->uid);
    seen_below_ = folder.uidnext;
    const bool grown = uids_.size() > before;
    if (telling.expunges && uids_.size() != folder.messages.size())
        report_expunged(folder, telling.vanished, out);
    if (grown) out += fmt::format("* {} EXISTS\r\n", uids_.size());
}

void Selection::report_flags(const Folder& folder, bool modseq, std::string& out) {
    for (std::size_t i = 0; i < uids_.size(); ++i) {
        const Message* message = folder.find(uids_[i]);
        if (!message || message->modseq <= known_modseq_) continue;
        out += fmt::format("* {} FETCH (UID {} FLAGS ({})", i + 1, message->uid, joined(message->flags));
        if (modseq) out += fmt::format(" MODSEQ ({})", message->modseq);
        out += ")\r\n";
    }
}

// From the last one on, so that no number changes under the next.
void Selection::report_expunged(const Folder& folder, bool vanished, std::string& out) {
    std::vector<std::uint32_t> gone;
    for (std::size_t i = uids_.size(); i > 0; --i)
        if (!folder.find(uids_[i - 1])) {
            if (!vanished) out += fmt::format("* {} EXPUNGE\r\n", i);
            gone.push_back(uids_[i - 1]);
        }
    std::ranges::reverse(gone);
    if (vanished && !gone.empty()) out += fmt::format("* VANISHED {}\r\n", uid_list(gone));
    std::erase_if(uids_, [&](std::uint32_t uid) { return !folder.find(uid); });
}

}  // namespace godwit::fakeimap

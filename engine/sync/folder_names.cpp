#include "engine/sync/folder_names.h"

#include <openssl/evp.h>
#include <utf8proc.h>

#include <array>

#include "engine/base/text.h"
#include "engine/base/utf8.h"
#include "engine/imap/folder_name.h"
#include "engine/sync/fold_case.h"

namespace godwit::sync {
namespace {

constexpr std::size_t longest_level = 200, longest_name = 240, shortest_tail = 20;

bool has_real_shift(std::string_view raw) {
    for (auto at = raw.find('&'); at != std::string_view::npos; at = raw.find('&', at + 1))
        if (!raw.substr(at).starts_with("&-")) return true;
    return false;
}

bool is_refused_anywhere(utf8proc_int32_t c, char delimiter) {
    constexpr std::string_view refused = "\"\\%*(){}^|/!;<>`";
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c > 0xffff) return true;  // below 0: not UTF-8
    return c < 0x80 && (refused.contains(static_cast<char>(c)) || c == delimiter);
}

// UTF-8 of which every character may stand in the middle of a level.
std::string cleaned(std::string_view text, char delimiter) {
    std::string out;
    while (!text.empty()) {
        utf8proc_int32_t c = -1;
        const auto length =
            std::max<utf8proc_ssize_t>(1, utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                                           static_cast<utf8proc_ssize_t>(text.size()), &c));
        if (is_refused_anywhere(c, delimiter))
            out += '_';
        else
            out += text.substr(0, static_cast<std::size_t>(length));
        text.remove_prefix(static_cast<std::size_t>(length));
    }
    return out;
}

void clean_ends(std::string& level) {
    const auto first = std::min(level.find_first_not_of(" .~#"), level.size());
    level.replace(0, first, first, '_');
    const auto last = level.find_last_not_of(' ');
    if (last != std::string::npos) level.replace(last + 1, std::string::npos, level.size() - last - 1, '_');
}

std::string encoded(std::string_view utf8) { return imap::encode_modified_utf7(utf8).value_or("_"); }

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

// The longest beginning of `utf8` that takes at most `room` octets when encoded.
std::string cut(std::string_view utf8, std::size_t room) {
    std::string longest;
    for (std::size_t end = 1; end < utf8.size(); ++end) {
        if (!begins_character(utf8[end])) continue;
        auto beginning = encoded(utf8.substr(0, end));
        if (beginning.size() > room) break;
        longest = std::move(beginning);
    }
    return longest;
}

std::string joined(const std::vector<std::string>& levels, char delimiter) {
    std::string out;
    for (const auto& level : levels) out += (&level == &levels.front() ? "" : std::string(1, delimiter)) + level;
    return out;
}

std::string acceptable_level(const std::string& raw, char delimiter) {
    std::string level = cleaned(imap::decode_modified_utf7(raw).value_or(raw), delimiter);
    clean_ends(level);
    if (level.empty() || level == "cur" || level == "new" || level == "tmp") level += '_';
    auto out = encoded(level);
    if (out.size() <= longest_level) return out;
    const auto suffix = name_suffix(raw);
    return cut(level, longest_level - suffix.size()) + suffix;
}

}  // namespace

std::string raw_name_of(std::string_view written) {
    if (has_real_shift(written) && imap::decode_modified_utf7(written)) return std::string(written);
    return imap::encode_modified_utf7(written).value_or(std::string(written));
}

std::optional<std::string> text_of(std::string_view raw) {
    if (auto decoded = imap::decode_modified_utf7(raw)) return std::move(*decoded);
    if (is_utf8(raw)) return std::string(raw);
    return std::nullopt;
}

std::string case_key(std::string_view raw) {
    if (const auto decoded = imap::decode_modified_utf7(raw)) return case_folded(*decoded);
    return '\0' + lower_case(raw);  // apart from the names that decode to these octets
}

std::string name_suffix(std::string_view raw, unsigned attempt) {
    std::string text(raw);
    if (attempt > 0) text += fmt::format("\n{}", attempt);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return fmt::format("_{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
}

std::string acceptable_name(std::string_view raw, const FolderTree& destination) {
    if (imap::is_inbox(raw)) return std::string(raw);
    const auto rest = without_prefix(destination, raw);
    std::string name(raw.substr(0, raw.size() - rest.size()));
    const char delimiter = destination.delimiter.value_or('/');
    std::vector<std::string> levels;
    std::size_t size = name.size();
    for (const auto& level : imap::split_levels(rest, destination.delimiter)) {
        levels.push_back(acceptable_level(level, delimiter));
        const bool may_be_inbox = levels.size() == 1 && name.empty();
        if (imap::is_inbox(levels.back()) && !may_be_inbox) levels.back() += '_';
        size += levels.back().size() + (levels.size() > 1 ? 1 : 0);
    }
    const std::size_t limit = std::max(longest_name, name.size() + shortest_tail);
    if (size <= limit) return name + joined(levels, delimiter);
    // The levels that fit, and one of what is left.
    const auto room = [&] { return limit - name.size(); };
    auto next = levels.begin();
    for (; next != levels.end() && next->size() + 1 + shortest_tail <= room(); ++next) name += *next + delimiter;
    const auto suffix = name_suffix(rest);
    const auto tail_room = std::min(longest_level, room()) - suffix.size();
    const auto tail = imap::decode_modified_utf7(joined({next, levels.end()}, '_')).value_or("_");
    return name + cut(tail, tail_room) + suffix;
}

}  // namespace godwit::sync

#include "engine/base/utf8.h"

#include <algorithm>
#include <cstdint>

namespace godwit {
namespace {

// Octets of the sequence that `lead` starts; 0 if none can start so.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) return 3;
    return lead < 0xf5 ? 4 : 0;
}

// The smallest and largest second octet after `lead`.
bool second_fits(unsigned char lead, unsigned char second) {
    switch (lead) {
        case 0xe0: return second >= 0xa0 && second <= 0xbf;
        case 0xed: return second >= 0x80 && second <= 0x9f;
        case 0xf0: return second >= 0x90 && second <= 0xbf;
        case 0xf4: return second >= 0x80 && second <= 0x8f;
        default: return (second & 0xc0) == 0x80;
    }
}

// How many octets of the text are UTF-8.
std::size_t utf8_size(std::string_view text) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = at + text.size();
    while (at != end) {
        const std::size_t length = sequence_length(*at);
        bool good = length != 0 && static_cast<std::size_t>(end - at) >= length;
        good = good && (length == 1 || second_fits(at[0], at[1]));
        for (std::size_t i = 2; good && i < length; ++i) good = (at[i] & 0xc0) == 0x80;
        if (!good) break;
        at += length;
    }
    return text.size() - static_cast<std::size_t>(end - at);
}

}  // namespace

bool is_utf8(std::string_view text) { return utf8_size(text) == text.size(); }

std::size_t line_of_odd_text(std::string_view text) {
    const auto is_odd = [](unsigned char c) {
        return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
    };
    const auto good = text.substr(0, utf8_size(text));
    const auto odd = std::ranges::find_if(good, is_odd);
    if (odd == good.end() && good.size() == text.size()) return 0;
    return 1 + static_cast<std::size_t>(std::count(good.begin(), odd, '\n'));
}

}  // namespace godwit

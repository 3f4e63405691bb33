#include "tools/fakeimap/generated.h"

#include <charconv>

#include "engine/imap/parser.h"

namespace godwit::fakeimap {
namespace {

constexpr std::string_view opening = "Message-ID: <";
constexpr std::int64_t first_second = 1420070400;  // 2015-01-01
constexpr std::uint64_t seconds_used = 10ull * 365 * 86400;
constexpr std::size_t line_length = 78;  // with CRLF
constexpr std::string_view words =
    "the quick brown fox jumps over the lazy dog while five boxing wizards move on and a jolly "
    "vicar quietly packs twelve dozen liquor jugs for the waltz of the bad nymphs near big q ";

// splitmix64: neighbours in, strangers out.
std::uint64_t mixed(const Generated& which) {
    std::uint64_t value = (std::uint64_t{which.seed} << 32 | which.number) + 0x9e3779b97f4a7c15;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

// `size` octets of lines; the last one is complete.
std::string body(std::uint64_t hash, std::size_t size) {
    std::string text;
    text.reserve(size + line_length);
    for (std::size_t line = 0; text.size() < size; ++line) {
        const auto begin = (hash + line * 37) % (words.size() - line_length);
        text.append(words.substr(begin, line_length - 2)).append("\r\n");
    }
    text.resize(size);
    if (size >= 2) text.replace(size - 2, 2, "\r\n");
    if (size >= 3 && text[size - 3] == '\r') text[size - 3] = '.';
    return text;
}

}  // namespace

std::string generated_date(const Generated& which) {
    const auto second = first_second + static_cast<std::int64_t>(mixed(which) % seconds_used);
    return imap::format_internal_date({second, 0});
}

std::vector<std::string> generated_flags(const Generated& which) {
    std::vector<std::string> flags;
    const auto hash = mixed(which) >> 32;
    if (hash % 20 == 1) flags.emplace_back("\\Flagged");
    if (hash % 10 < 7) flags.emplace_back("\\Seen");
    if (hash % 33 == 2) flags.emplace_back("$Forwarded");
    flags.shrink_to_fit();
    return flags;
}

std::string generated_header(const Generated& which) {
    const auto hash = mixed(which);
    std::string date = generated_date(which);
    date[2] = date[6] = ' ';  // as RFC 5322 writes it
    return fmt::format(
        "{}{}.{}.{}@generated.example>\r\nDate: {}\r\nFrom: Sender {} <sender{}@example.org>\r\n"
        "To: Reader <reader@example.net>\r\nSubject: Message {}, {:x}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n",
        opening, which.seed, which.number, which.size, date, hash % 97, hash % 97, which.number, hash >> 40);
}

std::string generated_octets(const Generated& which) {
    auto octets = generated_header(which);
    const auto left = which.size - std::min<std::size_t>(which.size, octets.size());
    return octets += body(mixed(which), left);
}

std::optional<Generated> recognise(std::string_view octets) {
    if (!octets.starts_with(opening)) return std::nullopt;
    Generated which;
    const char* at = octets.data() + opening.size();
    const char* const end = octets.data() + octets.size();
    for (auto* number : {&which.seed, &which.number, &which.size}) {
        const auto [next, error] = std::from_chars(at, end, *number);
        if (error != std::errc() || next == end) return std::nullopt;
        at = next + 1;
    }
    if (which.size != octets.size() || generated_octets(which) != octets) return std::nullopt;
    return which;
}

}  // namespace godwit::fakeimap

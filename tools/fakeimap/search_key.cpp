#include "tools/fakeimap/search_key.h"

#include <charconv>

#include "engine/base/text.h"
#include "engine/imap/parser.h"
#include "tools/fakeimap/header.h"

namespace godwit::fakeimap {
namespace {

constexpr std::int64_t seconds_a_day = 86400;

// "1-Feb-2024", or the date part of an INTERNALDATE, as days; time and zone do not matter to SEARCH.
std::optional<std::int64_t> day_of(std::string_view date) {
    const auto end = date.find(' ', std::min(date.find_first_not_of(' '), date.size()));
    const auto parsed = imap::parse_internal_date(std::string(date.substr(0, end)) + " 00:00:00 +0000");
    if (!parsed) return std::nullopt;
    return parsed->seconds / seconds_a_day - (parsed->seconds % seconds_a_day < 0 ? 1 : 0);
}

bool holds(std::string_view text, std::string_view wanted) {
    return lower_case(text).find(lower_case(wanted)) != std::string::npos;
}

SearchKey flag_key(std::string flag, bool present) {
    return [flag = std::move(flag), present](const Message& message, std::uint32_t) {
        return message.has_flag(flag) == present;
    };
}

SearchKey header_key(std::string name, std::string wanted) {
    return [name = std::move(name), wanted = std::move(wanted)](const Message& message, std::uint32_t) {
        std::string made;
        for (const auto& field : fields_of(header_of(message, made)))
            if (equals_ignoring_case(field.name, name) && holds(value_of(field), wanted)) return true;
        return false;
    };
}

SearchKey text_key(std::string wanted, bool with_header) {
    return [wanted = std::move(wanted), with_header](const Message& message, std::uint32_t) {
        std::string made;
        const auto octets = octets_of(message, made);
        return holds(with_header ? octets : octets.substr(header_part(octets).size()), wanted);
    };
}

// A recursive descent over the words; `failed` once something is wrong.
class Reader {
public:
    Reader(std::span<const Word> words, const Selection& selection) : words_(words), selection_(selection) {}

    SearchKey all() {
        std::vector<SearchKey> keys;
        while (!failed && at_ < words_.size() && !words_[at_].is(')')) keys.push_back(one());
        failed |= keys.empty();
        return [keys = std::move(keys)](const Message& message, std::uint32_t sequence) {
            return std::ranges::all_of(keys, [&](const auto& key) { return key(message, sequence); });
        };
    }
    bool finished() const { return at_ == words_.size(); }
    bool failed = false;

private:
    std::string next() {
        if (at_ == words_.size()) failed = true;
        return failed ? std::string() : words_[at_++].text;
    }
    std::uint64_t number() {
        const auto digits = next();
        std::uint64_t value = 0;
        failed |= std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc();
        return value;
    }
    SearchKey one();
    SearchKey group();
    SearchKey set(const std::string& text, bool by_uid);
    SearchKey day(const std::string& key);
    SearchKey either();
    std::optional<SearchKey> flag(const std::string& key);
    std::optional<SearchKey> size(const std::string& key);
    std::optional<SearchKey> text(const std::string& key);

    std::span<const Word> words_;
    const Selection& selection_;
    std::size_t at_ = 0;
};

SearchKey Reader::group() {
    auto key = all();
    failed |= at_ == words_.size();
    ++at_;
    return key;
}

SearchKey Reader::set(const std::string& text, bool by_uid) {
    auto numbers = selection_.parse(text, by_uid);
    failed |= !numbers;
    return
        [numbers = numbers.value_or(imap::UidSet()), by_uid](const Message& message, std::uint32_t sequence) {
            return numbers.contains(by_uid ? message.uid : sequence);
        };
}

SearchKey Reader::day(const std::string& key) {
    const auto wanted = day_of(next());
    failed |= !wanted;
    return [key, wanted = wanted.value_or(0)](const Message& message, std::uint32_t) {
        const auto day = day_of(date_of(message)).value_or(0);
        return key == "BEFORE" ? day < wanted : key == "ON" ? day == wanted : day >= wanted;
    };
}

std::optional<SearchKey> Reader::flag(const std::string& key) {
    if (key == "KEYWORD" || key == "UNKEYWORD") return flag_key(next(), key == "KEYWORD");
    const bool present = !key.starts_with("UN");
    const auto name = std::string_view(key).substr(present ? 0 : 2);
    for (const std::string_view known : {"ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN"})
        if (name == known) return flag_key("\\" + std::string(known), present);
    return std::nullopt;
}

std::optional<SearchKey> Reader::size(const std::string& key) {
    if (key == "LARGER")
        return [least = number()](const Message& message, std::uint32_t) { return size_of(message) > least; };
    if (key == "SMALLER")
        return [most = number()](const Message& message, std::uint32_t) { return size_of(message) < most; };
    if (key == "MODSEQ")
        return [least = number()](const Message& message, std::uint32_t) { return message.modseq >= least; };
    return std::nullopt;
}

std::optional<SearchKey> Reader::text(const std::string& key) {
    if (key == "BODY" || key == "TEXT") return text_key(next(), key == "TEXT");
    for (const std::string_view name : {"SUBJECT", "FROM", "TO", "CC", "BCC"})
        if (key == name) return header_key(key, next());
    if (key != "HEADER") return std::nullopt;
    auto name = next();
    return header_key(std::move(name), next());
}

SearchKey Reader::either() {
    auto first = one();
    auto second = one();
    return [first = std::move(first), second = std::move(second)](const Message& message,
                                                                  std::uint32_t sequence) {
        return first(message, sequence) || second(message, sequence);
    };
}

SearchKey Reader::one() {
    if (at_ < words_.size() && words_[at_].is('(')) {
        ++at_;
        return group();
    }
    const auto word = next();
    const auto key = upper_case(word);
    if (failed || key == "ALL") return [](const Message&, std::uint32_t) { return true; };
    if (auto found = flag(key)) return *found;
    if (auto found = size(key)) return *found;
    if (auto found = text(key)) return *found;
    if (key == "BEFORE" || key == "ON" || key == "SINCE") return day(key);
    if (key == "OR") return either();
    if (key == "NOT")
        return [other = one()](const Message& message, std::uint32_t sequence) {
            return !other(message, sequence);
        };
    if (key == "UID") return set(next(), true);
    return set(word, false);
}

}  // namespace

std::optional<SearchKey> parse_search(std::span<const Word> words, const Selection& selection) {
    Reader reader(words, selection);
    auto key = reader.all();
    if (reader.failed || !reader.finished()) return std::nullopt;
    return key;
}

}  // namespace godwit::fakeimap

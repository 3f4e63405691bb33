#include "engine/sync/header_date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

#include "engine/base/text.h"

namespace godwit::sync {
namespace {

constexpr std::size_t most_bytes = 1000;
constexpr std::int64_t earliest = -2208988800, latest = 253402300799;  // the years 1900 to 9999
constexpr std::int64_t noon = 12 * 3600;  // where no time is given: the same day everywhere

constexpr std::array<std::string_view, 12> months = {"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};

// Those of RFC 5322 and others that are not ambiguous in mail, in quarters of an hour. Single letters are UTC, since
// RFC 822 had their signs wrong; so is what is not listed.
struct NamedZone {
    std::string_view name;
    int quarters;
};
constexpr NamedZone zones[] = {
    {"EST", -20}, {"EDT", -16}, {"CST", -24}, {"CDT", -20}, {"MST", -28}, {"MDT", -24},  {"PST", -32},
    {"PDT", -28}, {"AST", -16}, {"ADT", -12}, {"NST", -14}, {"NDT", -10}, {"AKST", -36}, {"AKDT", -32},
    {"HST", -40}, {"WEST", 4},  {"BST", 4},   {"CET", 4},   {"MET", 4},   {"CEST", 8},   {"MEST", 8},
    {"EET", 8},   {"EEST", 12}, {"MSK", 12},  {"MSD", 16},  {"SGT", 32},  {"HKT", 32},   {"JST", 36},
    {"KST", 36},  {"AEST", 40}, {"AEDT", 44}, {"NZST", 48}, {"NZDT", 52},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c < 0; }

// Comments become blanks; one that is not closed reaches to the end.
std::string without_comments(std::string_view value) {
    std::string out;
    int depth = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (depth > 0 && value[i] == '\\') {
            ++i;
        } else if (value[i] == '(') {
            ++depth;
        } else if (value[i] == ')' && depth > 0) {
            --depth;
            out += ' ';
        } else if (depth == 0) {
            out += value[i];
        }
    }
    return out;
}

// Numbers, words and single other characters; blanks only separate.
std::vector<std::string_view> tokens_of(std::string_view text) {
    std::vector<std::string_view> tokens;
    while (!text.empty()) {
        const char first = text.front();
        const auto end = is_digit(first)  ? std::ranges::find_if_not(text, is_digit)
                         : is_word(first) ? std::ranges::find_if_not(text, is_word)
                                          : text.begin() + 1;
        const auto token = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        if (token.find_first_of(" \t\r\n\f\v") == std::string_view::npos) tokens.push_back(token);
        text.remove_prefix(token.size());
    }
    return tokens;
}

int month_of(std::string_view word) {
    for (std::size_t i = 0; i < months.size() && word.size() >= 3; ++i)
        if (equals_ignoring_case(word, months[i].substr(0, word.size()))) return static_cast<int>(i + 1);
    return 0;
}

// Takes what it understands where it stands, since the order differs so much in real mail.
class DateReader {
public:
    explicit DateReader(std::string_view text) : tokens_(tokens_of(text)) {}

    std::optional<imap::InternalDate> read() {
        while (at_ < tokens_.size() && good_) {
            const auto token = tokens_[at_];
            if (is_digit(token[0])) {
                number();
            } else if (is_word(token[0])) {
                word(token);
                ++at_;
            } else if ((token == "+" || token == "-") && time_ && !zone_ && is_number(at_ + 1)) {
                numeric_zone(token == "-" ? -1 : 1);
            } else {
                if (token == "=" && !has_date()) good_ = false;   // an encoded word, whose letters and digits mean nothing
                ++at_;
            }
        }
        return good_ ? outcome() : std::nullopt;
    }

private:
    bool is(std::size_t at, std::string_view token) const { return at < tokens_.size() && tokens_[at] == token; }
    bool is_number(std::size_t at) const { return at < tokens_.size() && is_digit(tokens_[at][0]); }
    std::size_t digits(std::size_t at) const { return tokens_[at].size(); }
    int value(std::size_t at) {
        int number = 0;
        if (digits(at) > 4)
            good_ = false;
        else
            std::from_chars(tokens_[at].data(), tokens_[at].data() + digits(at), number);
        return number;
    }
    bool has_date() const { return day_ && month_ && year_; }
    bool are_three(std::string_view separator) const {
        return is(at_ + 1, separator) && is_number(at_ + 2) && is(at_ + 3, separator) && is_number(at_ + 4);
    }

    void number() {
        if (is(at_ + 1, ":") && is_number(at_ + 2) && !time_) return time(":");
        if (is(at_ + 1, ".") && is_number(at_ + 2) && has_date() && !time_) return time(".");
        if (!day_ && !year_ && are_three("/")) return digits(at_) > 2 ? three(0, 2, 4) : american();
        if (!day_ && !year_ && are_three("-") && digits(at_) == 4) return three(0, 2, 4);
        if (!day_ && !year_ && are_three(".") && digits(at_ + 4) == 4) return three(4, 2, 0);
        if (is(at_ + 1, ".") && is_number(at_ + 2) && !has_date()) good_ = false;
        const std::size_t size = digits(at_);
        if (size <= 2 && !day_) {
            day_ = value(at_);
        } else if (size >= 2 && !year_) {
            set_year(at_);
        }
        ++at_;
    }
    void three(std::size_t year, std::size_t month, std::size_t day) {
        set_year(at_ + year);
        month_ = value(at_ + month);
        day_ = value(at_ + day);
        at_ += 5;
    }
    // mm/dd/yy; dd/mm/yy where that alone makes sense.
    void american() {
        if (value(at_) > 12) return three(4, 2, 0);
        three(4, 0, 2);
    }
    // Two and three digits as in RFC 5322 section 4.3.
    void set_year(std::size_t at) {
        const int number = value(at);
        year_ = digits(at) == 2 ? number + (number < 50 ? 2000 : 1900) : digits(at) == 3 ? number + 1900 : number;
    }

    void time(std::string_view separator) {
        const int hour = value(at_), minute = value(at_ + 2);
        int second = 0;
        at_ += 3;
        if (is(at_, separator) && is_number(at_ + 1)) {
            second = value(at_ + 1);
            at_ += 2;
            if (is(at_, ".") && is_number(at_ + 1)) at_ += 2;  // a fraction
        }
        if (hour > 23 || minute > 59 || second > 60) good_ = false;
        time_ = hour * 3600 + minute * 60 + second;
    }
    void numeric_zone(int sign) {
        const std::size_t size = digits(at_ + 1);
        const int number = size <= 4 ? value(at_ + 1) : 9999;
        const int hours = size <= 2 ? number : number / 100;
        int minutes = size <= 2 ? 0 : number % 100;
        at_ += 2;
        if (size <= 2 && is(at_, ":") && is_number(at_ + 1) && digits(at_ + 1) == 2) {
            minutes = value(at_ + 1);
            at_ += 2;
        }
        const bool known = hours <= 23 && minutes <= 59;
        zone_ = known ? sign * (hours * 60 + minutes) : 0;
    }

    void word(std::string_view word) {
        if (const int month = month_of(word); month && !month_) {
            month_ = month;
        } else if (time_ && !half_known_ && (equals_ignoring_case(word, "AM") || equals_ignoring_case(word, "PM"))) {
            const bool afternoon = lower_case(word) == "pm";
            const std::int64_t hour = *time_ / 3600;
            half_known_ = true;
            if (afternoon && hour < 12) *time_ += noon;
            if (!afternoon && hour == 12) *time_ -= noon;
        } else if (time_ && !zone_) {
            const auto known =
                std::ranges::find_if(zones, [&](auto zone) { return equals_ignoring_case(zone.name, word); });
            if (known != std::end(zones)) zone_ = known->quarters * 15;
        }
    }

    std::optional<imap::InternalDate> outcome() const {
        using namespace std::chrono;
        if (!has_date() || *year_ < 1900) return std::nullopt;
        const auto date = year(*year_) / month(static_cast<unsigned>(*month_)) / day(static_cast<unsigned>(*day_));
        if (!date.ok()) return std::nullopt;
        imap::InternalDate out;
        out.zone_minutes = zone_.value_or(0);
        out.seconds =
            sys_days(date).time_since_epoch().count() * 86400LL + time_.value_or(noon) - out.zone_minutes * 60;
        if (out.seconds < earliest || out.seconds > latest) return std::nullopt;
        return out;
    }

    std::vector<std::string_view> tokens_;
    std::size_t at_ = 0;
    bool good_ = true, half_known_ = false;
    std::optional<int> day_, month_, year_, zone_;
    std::optional<std::int64_t> time_;
};

}  // namespace

std::optional<imap::InternalDate> parse_header_date(std::string_view value) {
    if (value.size() > most_bytes) return std::nullopt;
    const std::string text = without_comments(value);
    return DateReader(text).read();
}

}  // namespace godwit::sync

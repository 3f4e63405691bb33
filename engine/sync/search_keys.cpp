#include "engine/sync/search_keys.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace godwit::sync {
namespace {

constexpr std::size_t most_search_bytes = 4000;
constexpr std::int64_t day_seconds = 86400;
constexpr std::int64_t earliest = -2208988800, latest = 253402300799;  // the years 1900 to 9999

std::unexpected<Error> bad_keys(std::string cause) {
    return fail(ErrorKind::invalid_argument, Reach::account, std::move(cause), "--search");
}

// To after the closing quote.
Result<void> skip_quoted(std::string_view& rest) {
    for (rest.remove_prefix(1); !rest.empty(); rest.remove_prefix(1)) {
        if (rest.front() == '"') return {};
        if (rest.front() != '\\') continue;
        rest.remove_prefix(1);
        if (!rest.starts_with('"') && !rest.starts_with('\\'))
            return bad_keys("a backslash between quotes is before a quote or a backslash only");
    }
    return bad_keys("a quote is not closed");
}

// An instant that many days ago; of numbers that are none, now.
std::int64_t days_ago(double days, WallTime now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    const double ago = std::isnan(days) ? 0 : days * day_seconds;
    const double instant = std::floor(static_cast<double>(seconds) - ago);
    return static_cast<std::int64_t>(std::clamp(instant, static_cast<double>(earliest), static_cast<double>(latest)));
}

std::string search_date(std::int64_t instant) {
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    using namespace std::chrono;
    const year_month_day date(floor<days>(sys_seconds(seconds(instant))));
    return fmt::format("{:02}-{}-{:04}", unsigned(date.day()), months[unsigned(date.month()) - 1], int(date.year()));
}

}  // namespace

Result<void> check_search_keys(std::string_view keys) {
    if (keys.size() > most_search_bytes) return bad_keys("longer than 4000 bytes");
    if (keys.find_first_not_of(' ') == std::string_view::npos) return bad_keys("none are given");
    if (std::ranges::any_of(keys, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
        return bad_keys("they are one line without control characters");
    int open = 0;
    for (; !keys.empty(); keys.remove_prefix(1)) {
        switch (keys.front()) {
            case '"': GODWIT_CHECK(skip_quoted(keys)); break;
            case '{': return bad_keys("literals and braces outside of quotes are not allowed");
            case '(': ++open; break;
            case ')':
                if (--open < 0) return bad_keys("a parenthesis is closed that is not open");
                break;
            default: break;
        }
    }
    if (open > 0) return bad_keys("a parenthesis is not closed");
    return {};
}

std::string age_search(std::optional<double> maxage, std::optional<double> minage, WallTime now) {
    const std::string since = maxage ? "SENTSINCE " + search_date(days_ago(*maxage, now)) : "";
    const std::string before = minage ? "SENTBEFORE " + search_date(days_ago(*minage, now)) : "";
    if (!maxage || !minage) return since + before;
    return (*minage > *maxage ? "OR " : "") + since + ' ' + before;
}

bool is_of_age(std::int64_t seconds, std::optional<double> maxage, std::optional<double> minage, WallTime now) {
    const bool young = maxage && seconds >= days_ago(*maxage, now);
    const bool old = minage && seconds <= days_ago(*minage, now);
    if (maxage && minage) return *minage > *maxage ? young || old : young && old;
    return young || old || (!maxage && !minage);
}

}  // namespace godwit::sync

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "engine/imap/ascii.h"
#include "engine/imap/parser.h"

namespace godwit::imap {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The first three octets in upper case as one number.
constexpr std::uint32_t packed(std::string_view text) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 3; ++i) value = value << 8 | static_cast<unsigned char>(ascii_upper(text[i]));
    return value;
}
constexpr auto packed_months = [] {
    std::array<std::uint32_t, 12> all{};
    std::ranges::transform(months, all.begin(), packed);
    return all;
}();

// First and last second of the years 1900 to 9999, a day wider for zones.
constexpr std::int64_t earliest = -2208988800 - 86400;
constexpr std::int64_t latest = 253402300799 + 86400;

struct Cursor {
    std::string_view left;

    void skip_spaces() { left.remove_prefix(std::min(left.find_first_not_of(' '), left.size())); }
    bool accept(char c) {
        if (!left.starts_with(c)) return false;
        left.remove_prefix(1);
        return true;
    }
    // `least` to `most` digits.
    bool number(int& value, std::size_t least, std::size_t most) {
        std::size_t digits = 0;
        while (digits < left.size() && is_digit(left[digits])) ++digits;
        if (digits < least || digits > most) return false;
        std::from_chars(left.data(), left.data() + digits, value);
        left.remove_prefix(digits);
        return true;
    }
    bool month(unsigned& value) {
        if (left.size() < 3) return false;
        const auto found = std::ranges::find(packed_months, packed(left));
        if (found == packed_months.end()) return false;
        left.remove_prefix(3);
        value = static_cast<unsigned>(found - packed_months.begin() + 1);
        return true;
    }
};

bool read_date(Cursor& in, std::chrono::year_month_day& date) {
    int day = 0;
    int year = 0;
    unsigned month = 0;
    in.skip_spaces();
    if (!in.number(day, 1, 2) || !in.accept('-') || !in.month(month) || !in.accept('-') ||
        !in.number(year, 4, 4))
        return false;
    date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(static_cast<unsigned>(day));
    return year >= 1900 && date.ok();
}

bool read_time(Cursor& in, std::int64_t& seconds) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    in.skip_spaces();
    if (!in.number(hour, 1, 2) || !in.accept(':') || !in.number(minute, 2, 2) || !in.accept(':') ||
        !in.number(second, 2, 2))
        return false;
    seconds = hour * 3600 + minute * 60 + second;
    return hour <= 23 && minute <= 59 && second <= 60;
}

bool read_zone(Cursor& in, int& minutes) {
    in.skip_spaces();
    const bool west = in.accept('-');
    int zone = 0;
    if ((!west && !in.accept('+')) || !in.number(zone, 4, 4) || zone % 100 > 59 || zone / 100 > 23)
        return false;
    minutes = (zone / 100 * 60 + zone % 100) * (west ? -1 : 1);
    return true;
}

void append_digits(std::string& out, std::int64_t value, std::size_t width) {
    const std::string digits = std::to_string(value);
    out.append(width - std::min(width, digits.size()), '0');
    out += digits;
}

}  // namespace

Result<InternalDate> parse_internal_date(std::string_view text) {
    Cursor in{text};
    std::chrono::year_month_day date;
    std::int64_t time = 0;
    InternalDate out;
    bool good = read_date(in, date) && read_time(in, time) && read_zone(in, out.zone_minutes);
    in.skip_spaces();
    good = good && in.left.empty();
    if (!good)
        return fail(ErrorKind::protocol_error, Reach::message, "bad internal date: " + printable(text, 60));
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    out.seconds = days * 86400 + time - out.zone_minutes * 60;
    return out;
}

std::string format_internal_date(InternalDate date) {
    using namespace std::chrono;
    const std::int64_t local = std::clamp(date.seconds, earliest, latest) + date.zone_minutes * 60;
    const sys_seconds instant{seconds(local)};
    const sys_days day = floor<days>(instant);
    const year_month_day ymd(day);
    const std::int64_t time = (instant - day).count();
    std::string out;
    append_digits(out, unsigned(ymd.day()), 2);
    out += '-';
    out += months[unsigned(ymd.month()) - 1];
    out += '-';
    append_digits(out, int(ymd.year()), 4);
    out += ' ';
    append_digits(out, time / 3600, 2);
    out += ':';
    append_digits(out, time / 60 % 60, 2);
    out += ':';
    append_digits(out, time % 60, 2);
    out += date.zone_minutes < 0 ? " -" : " +";
    const int zone = std::abs(date.zone_minutes);
    append_digits(out, zone / 60 * 100 + zone % 60, 4);
    return out;
}

}  // namespace godwit::imap

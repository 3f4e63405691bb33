// A date is within 1900 to 9999 and can be written as an INTERNALDATE; comments and folding before it change nothing, and
// every date that is written as RFC 5322 wants it is read as that.

#include "engine/sync/header_date.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace godwit::fuzz;
using godwit::imap::InternalDate;
using godwit::sync::parse_header_date;

constexpr std::int64_t earliest = -2208988800, latest = 253402300799;

bool same(const std::optional<InternalDate>& a, const std::optional<InternalDate>& b) {
    return a.has_value() == b.has_value() && (!a || (a->seconds == b->seconds && a->zone_minutes == b->zone_minutes));
}

void check_text(std::string_view text) {
    const auto date = parse_header_date(text);
    if (text.size() <= 900) require(same(date, parse_header_date("(a (comment) \\) )\r\n\t" + std::string(text))));
    if (!date) return;
    require(date->seconds >= earliest && date->seconds <= latest);
    const auto written = godwit::imap::parse_internal_date(godwit::imap::format_internal_date(*date));
    if (written) require(same(*written, date));
}

// "24-Aug-2010 16:00:00 +0200" with other separators is RFC 5322's form.
void check_written(Input input) {
    std::uint64_t number = 0;
    for (int i = 0; i < 6; ++i) number = number << 8 | input.byte();
    const auto span = static_cast<std::uint64_t>(latest - earliest - 2 * 86400);
    const InternalDate date{earliest + 86400 + static_cast<std::int64_t>(number % span),
                            static_cast<int>(input.byte()) * 11 - 1400};
    std::string text = godwit::imap::format_internal_date(date);
    require(same(parse_header_date(text), date));
    text[2] = text[6] = ' ';
    require(same(parse_header_date(text), date));
    require(same(parse_header_date("Mon, " + text + " (EST)"), date));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_text(text_of(data, size));
    check_written(Input(data, size));
    return 0;
}

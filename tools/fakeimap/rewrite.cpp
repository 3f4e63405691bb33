#include "tools/fakeimap/rewrite.h"

#include "engine/base/text.h"
#include "engine/imap/parser.h"
#include "tools/fakeimap/header.h"

namespace godwit::fakeimap {
namespace {

constexpr std::size_t line_limit = 78;  // RFC 5322 section 2.1.1

// The message with each field of its header replaced by what `change` makes of it.
template <class Change>
std::string with_fields(std::string_view octets, Change change) {
    const auto header = header_part(octets);
    std::string out;
    std::size_t read = 0;
    for (const auto& field : fields_of(header)) {
        out += change(field);
        read += field.text.size();
    }
    return out.append(octets.substr(read));
}

// Line ends go in before blanks, so that the unfolded value stays the same.
std::string folded(const HeaderField& field) {
    std::string flat(field.text);
    std::erase_if(flat, [](char c) { return c == '\r' || c == '\n'; });
    std::string out;
    std::size_t begin = 0;
    while (flat.size() - begin > line_limit) {
        auto blank = flat.find_last_of(" \t", begin + line_limit);
        if (blank == std::string::npos || blank <= begin) blank = flat.find_first_of(" \t", begin + 1);
        if (blank == std::string::npos || blank + 1 == flat.size()) break;
        out.append(flat, begin, blank - begin).append("\r\n");
        begin = blank;
    }
    return out.append(flat, begin).append("\r\n");
}

}  // namespace

void rewrite_header(Message& message) {
    message.octets = with_fields(message.octets, [](const HeaderField& field) -> std::string {
        const auto value = value_of(field);
        if (equals_ignoring_case(field.name, "Message-ID"))
            return fmt::format("Message-ID: <{:016x}@rewriting.example>\r\n",
                               std::hash<std::string>()(value));
        if (equals_ignoring_case(field.name, "Subject")) return "Subject: [EXTERNAL] " + value + "\r\n";
        if (equals_ignoring_case(field.name, "Date")) return "Date: " + value + " (as received)\r\n";
        return std::string(field.text);
    });
}

void refold_header(Message& message) {
    auto octets = with_fields(message.octets, folded);
    for (char& c : std::span(octets).first(header_part(octets).size()))
        if (static_cast<unsigned char>(c) > 127) c = 'X';
    message.octets =
        "Received: from client.example (client.example [192.0.2.1])\r\n\tby refolding.example with IMAP; " +
        message.internal_date + "\r\n" + octets;
}

void take_date_of_header(Message& message) {
    // "Thu, 1 Feb 2024 10:00:00 +0100 (CET)"
    auto date = header_value(header_part(message.octets), "Date").value_or("");
    date.resize(std::min(date.find(" ("), date.size()));
    const auto comma = date.find(',');
    if (comma != std::string::npos)
        date.erase(0, std::min(date.find_first_not_of(' ', comma + 1), date.size()));
    for (int dashes = 0; dashes < 2; ++dashes)
        if (const auto blank = date.find(' '); blank != std::string::npos) date[blank] = '-';
    const auto parsed = imap::parse_internal_date(date);
    message.internal_date = parsed ? imap::format_internal_date(*parsed) : internal_date_now();
}

std::string internal_date_now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return imap::format_internal_date({std::chrono::duration_cast<std::chrono::seconds>(since).count(), 0});
}

}  // namespace godwit::fakeimap

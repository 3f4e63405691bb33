// The parser takes anything: streams through the Fragmenter, responses whose literals were never framed, and
// the texts that are parsed alone. What it understands can be written and read again.
#include <cstdint>

#include "engine/imap/parser.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/imap_events.h"

namespace {

using namespace godwit::imap;
using godwit::fuzz::require;

void check_fetch(const FetchData& fetch, std::size_t room) {
    std::size_t total = 0;
    for (const auto& section : fetch.sections) {
        if (!section.bytes) continue;
        require(!section.streamed && section.size == section.bytes->size());
        total += section.bytes->size();
    }
    require(total <= room);
    if (fetch.uid) require(fetch.uid->value != 0);
}

void check_set(const UidSet& set) {
    std::uint64_t previous = 0;
    for (const auto& range : set.ranges()) {
        require(range.first <= range.last && (previous == 0 ? range.first > 0 : range.first > previous + 1));
        previous = range.last;
    }
    if (set.empty()) return;
    const auto again = parse_uid_set(set.to_string(), 1u << 20);
    require(again && *again == set);
}

void check_response(RawResponse raw) {
    const std::size_t room = raw.text.size();
    const auto parsed = parse_response(std::move(raw));
    if (!parsed) {
        require(parsed.error().kind == godwit::ErrorKind::protocol_error);
        return;
    }
    if (const auto* fetch = std::get_if<FetchData>(&*parsed)) check_fetch(*fetch, room);
    if (const auto* vanished = std::get_if<VanishedData>(&*parsed)) check_set(vanished->uids);
    if (const auto* search = std::get_if<EsearchData>(&*parsed); search && search->all)
        check_set(*search->all);
}

void check_alone(std::string_view text) {
    (void)parse_append_uid(text, 1000);
    if (const auto list = parse_uid_list(text, 1000)) require(!list->empty() && list->size() <= 1000);
    if (const auto set = parse_uid_set(text, 1000)) check_set(*set);
    if (const auto date = parse_internal_date(text)) {
        const auto again = parse_internal_date(format_internal_date(*date));
        require(again && again->seconds == date->seconds && again->zone_minutes == date->zone_minutes);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view stream(reinterpret_cast<const char*>(data), size);
    testing::EventLog log({.inline_literal_bytes = 64});
    log.feed(stream);
    for (auto& response : log.responses()) check_response(std::move(response));
    check_response({std::string(stream), {}});
    check_alone(stream);
    return 0;
}

// The Fragmenter says the same however the stream is cut, holds no more than its limits, and what it gives
// out adds up. Input: two octets that choose limits and cuts, then the stream.
#include <cstdint>

#include "tests/fuzz/fuzz_input.h"
#include "tests/support/imap_events.h"

namespace {

using namespace godwit::imap;
using godwit::fuzz::require;

WireLimits small_limits(std::uint8_t choice) {
    WireLimits limits;
    if (choice & 1) limits.line_bytes = 40;
    if (choice & 2) limits.response_bytes = 100;
    if (choice & 4) limits.inline_literal_bytes = 8;
    if (choice & 8) limits.literals = 2;
    if (choice & 16) limits.literal_bytes = 1000;
    return limits;
}

void check_response(const RawResponse& response, const WireLimits& limits) {
    require(response.text.size() <= limits.response_bytes);
    require(response.literals.size() <= limits.literals);
    std::size_t end = 0;
    for (const auto& literal : response.literals) {
        require(literal.offset >= end + 5 && literal.offset <= response.text.size());
        require(response.text.compare(literal.offset - 3, 3, "}\r\n") == 0);
        require(literal.streamed == (literal.size > limits.inline_literal_bytes));
        end = literal.offset + (literal.streamed ? 0 : literal.size);
        require(end <= response.text.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const WireLimits limits = small_limits(data[0]);
    const bool streaming = (data[0] & 32) != 0;
    const std::string_view stream(reinterpret_cast<const char*>(data + 2), size - 2);

    testing::EventLog whole(limits, streaming);
    whole.feed(stream);
    for (const auto& response : whole.responses()) check_response(response, limits);
    require(whole.lines() == testing::events_split(stream, data[1] % (stream.size() + 1), limits, streaming));
    require(whole.lines() == testing::events_bytewise(stream, limits, streaming));
    require(whole.fragmenter().prefix().size() <= 512);
    return 0;
}

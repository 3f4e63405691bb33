// Fragmenter: cuts the byte stream of a server into responses and large literals. No I/O, no allocation beyond limits.
//
// Frame first, parse second: lines end at CRLF (a bare LF is accepted), a line that ends in {n} (or ~{n}, RFC 3516) is
// followed by n octets and goes on after them (RFC 9051 section 4.3). It can be fed any split of the stream, and stays in
// step after a response that is oversized or makes no sense.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/imap/limits.h"

namespace godwit::imap {

// One complete response. `text` is the lines with the octets of kept literals in place (each after its "{n}\r\n"); octets of
// streamed literals are not in it. The final CRLF is removed.
struct RawResponse {
    struct Literal {
        std::size_t offset;   // in `text`, of the first octet
        std::uint64_t size;
        bool streamed;
    };
    std::string text;
    std::vector<Literal> literals;
};

class Fragmenter {
public:
    enum class Event {
        need_more,       // all input consumed
        response,        // take_response() has it
        literal_begin,   // a literal above inline_literal_bytes starts: literal_size(), prefix()
        literal_data,    // Step::data: next octets of it, a view into the input
        literal_end,
        oversized,       // a response crossed a limit and was dropped; prefix() is how it began
        broken,          // the stream cannot be followed any more (literal too large, bad size): error()
    };
    struct Step {
        Event event = Event::need_more;
        std::size_t consumed = 0;  // of the input given
        std::string_view data;
    };

    explicit Fragmenter(WireLimits limits = {});

    // Consumes a prefix of `input`. Call again with the rest until need_more.
    Step next(std::string_view input);

    RawResponse take_response();
    std::uint64_t literal_size() const;
    std::string_view prefix() const;  // the response so far, at most 512 bytes: enough for "* 12 FETCH (UID 7 BODY[] {"…
    const Error& error() const;
    // True between responses: nothing is half read.
    bool idle() const;
    // Drops everything held (STARTTLS: plaintext that was buffered must not be read as if it came over TLS).
    void reset();
    // While `on` is false literals above inline_literal_bytes make the response `oversized` instead of streaming.
    // (Streaming is wanted only while a FETCH of bodies is in flight.)
    void allow_streaming(bool on);

private:
    // The owner of this file fills in the state.
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace godwit::imap

// Fragmenter: cuts the byte stream of a server into responses and large literals. No I/O, no allocation
// beyond limits.
//
// Frame first, parse second: lines end at CRLF (a bare LF is accepted), a line that ends in {n} (or ~{n}, RFC
// 3516) is followed by n octets and goes on after them (RFC 9051 section 4.3). It can be fed any split of the
// stream, and stays in step after a response that is oversized or makes no sense.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/imap/limits.h"

namespace godwit::imap {

// One complete response. `text` is the lines with the octets of kept literals in place (each after its
// "{n}\r\n"); octets of streamed literals are not in it. The final CRLF is removed. A line that a bare LF
// ended before a literal has CRLF here.
struct RawResponse {
    struct Literal {
        std::size_t offset;  // in `text`, of the first octet
        std::uint64_t size;
        bool streamed;
    };
    std::string text;
    std::vector<Literal> literals;
};

// Status responses and continuations are one line each, however their text ends: `* OK see {12}` announces
// nothing.
//
// What counts against the limits: line_bytes a line without its CRLF; response_bytes all of
// RawResponse::text; both may be reached, not crossed. Beyond them only the first 512 octets are held.
class Fragmenter {
public:
    enum class Event {
        need_more,      // all input consumed
        response,       // take_response() has it
        literal_begin,  // a literal above inline_literal_bytes starts: literal_size(), prefix()
        literal_data,   // Step::data: next octets of it, a view into the input
        literal_end,
        oversized,  // a response crossed a limit and was dropped; prefix() is how it began. It may come after
                    // streamed literals of the same response
        broken,  // the stream cannot be followed any more (literal too large, bad size): error(); ever after
    };
    struct Step {
        Event event = Event::need_more;
        std::size_t consumed = 0;  // of the input given
        std::string_view data;
    };

    explicit Fragmenter(WireLimits limits = {});

    // Consumes a prefix of `input`. Call again with the rest, even if that is empty, until need_more.
    Step next(std::string_view input);

    // After Event::response, before the next next(). What the caller does not move away is used for the next
    // one.
    RawResponse&& take_response() { return std::move(response_); }
    std::uint64_t literal_size() const { return literal_size_; }
    // The response so far, at most 512 octets: enough for "* 12 FETCH (UID 7 BODY[] {"… Valid until the next
    // call.
    std::string_view prefix() const;
    // After literal_begin: all of it so far, the announcement of the literal at its end.
    std::string_view begun() const { return response_.text; }
    // A limit was crossed: the rest of the response is only read to find its end, which may never come.
    bool dropping() const { return dropping_ && !finished_; }
    const Error& error() const { return error_; }
    // True between responses: nothing is half read.
    bool idle() const;
    // Drops everything held (STARTTLS: plaintext that was buffered must not be read as if it came over TLS).
    void reset();
    // While `on` is false (the default) literals above inline_literal_bytes make the response `oversized`
    // instead of streaming. (Streaming is wanted only while a FETCH of bodies is in flight.) Holds for
    // literals that begin later.
    void allow_streaming(bool on) { streaming_ = on; }

private:
    enum class Mode { line, keep, stream, skip, broken };

    void begin_response();
    void begin_line();
    void add_to_line(std::string_view octets);
    std::size_t line_budget() const;
    std::string_view line_end() const;
    void drop();
    void strip_cr();
    Event end_line();
    Event end_response();
    Event begin_literal(std::uint64_t size);
    Event break_off(ErrorKind kind, std::string cause);
    Step read_line(std::string_view input);
    Step pass_literal(std::string_view input);

    WireLimits limits_;
    bool streaming_ = false;

    Mode mode_ = Mode::line;
    RawResponse response_;
    bool first_line_ = true;
    bool dropping_ = false;        // a limit was crossed: response_.text is only the prefix
    bool finished_ = false;        // an event about the response is out; the next octet starts another
    std::size_t line_start_ = 0;   // in response_.text
    std::size_t line_length_ = 0;  // a CR at its end included
    std::string tail_;             // while dropping: the end of the line, where a literal may be announced
    std::uint64_t literal_size_ = 0;
    std::uint64_t literal_left_ = 0;
    Error error_;
};

}  // namespace godwit::imap

// CommandBuilder: one client command as the pieces that go out, in order. Pure.
//
// Chooses between quoted strings and literals, and between synchronising and non-synchronising literals
// (LITERAL+ and LITERAL-, RFC 7888). The tag is the session's business: the first piece starts with the
// command's name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/imap/sequence_set.h"

namespace godwit::imap {

// `bytes` are sent; then, if `wait`, a continuation is awaited; then, if `external` > 0, that many octets
// come from the caller (a message too large to hold).
struct CommandPart {
    std::string bytes;
    bool wait = false;
    std::uint64_t external = 0;
};

struct EncoderOptions {
    bool literal_plus = false;   // any size without waiting
    bool literal_minus = false;  // up to 4096 octets without waiting
    bool utf8_accept = false;    // UTF8=ACCEPT or IMAP4rev2 is enabled: quoted strings may hold UTF-8
};

// What may be sent must be checked before: atom() and flags() take no octet that could end the line (an
// assertion), so that nothing a server or a user named can become a command of its own.
class CommandBuilder {
public:
    CommandBuilder(std::string_view name, EncoderOptions options);

    // Each adds one argument, with a space before it (none right after open()).
    CommandBuilder& atom(std::string_view text);  // as is; asserts no CR, LF, NUL
    CommandBuilder& number(std::uint64_t value);
    // Quoted if it can be, else a literal (CR, LF, NUL, 8-bit without utf8_accept, invalid UTF-8, > 1000
    // octets).
    CommandBuilder& string(std::string_view text);
    // An atom if it can be, else string(); "" and "NIL" are quoted.
    CommandBuilder& astring(std::string_view text);
    CommandBuilder& uid_set(const UidSet& set);  // asserts that it is not empty
    // "(\Seen $Forwarded)"; a flag that is no flag is left out.
    CommandBuilder& flags(std::span<const std::string> flags);
    CommandBuilder& open();                                // "("
    CommandBuilder& close();                               // ")"
    CommandBuilder& literal(std::string bytes);            // always a literal
    CommandBuilder& literal8(std::string bytes);           // the same, for octets that may be NUL (RFC 3516)
    CommandBuilder& external_literal(std::uint64_t size);  // the octets come from the caller

    // Adds CRLF. The builder is used up: only finish() and destruction may follow.
    std::vector<CommandPart> finish();

private:
    std::string& tail();
    void space();
    CommandBuilder& add_literal(std::string bytes, std::string_view mark);
    void announce(std::uint64_t size, std::string_view mark = {});

    EncoderOptions options_;
    std::vector<CommandPart> parts_;
    bool needs_space_ = true;
};

// A flag or keyword that may be sent: "\Seen", "$Forwarded"; not "\Recent", nothing with characters that
// break the syntax.
bool is_sendable_flag(std::string_view flag);

}  // namespace godwit::imap

// MessageTransform: what options do to the content of a message on its way. Pure.
//
// In imapsync's order: skipmess, regexmess one after the other, disarmreadreceipts (the first Disposition-Notification-To
// gets an X- before it), addheader, truncmess, and at last the length of lines (maxlinelength, minmaxlinelength). Without
// any of these options messages are copied octet for octet.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/perl_regex.h"
#include "engine/sync/report.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// Larger messages are not changed but refused, since they have to be held whole.
inline constexpr std::uint64_t most_transform_bytes = 64u << 20;

struct Transformed {
    std::string octets;
    std::optional<SkipReason> skipped;   // content, line_length: not to be copied
};

class MessageTransform {
public:
    // invalid_argument names the option and the expression.
    static Result<MessageTransform> make(const SyncOptions& options);

    // Whether any option asks for it; otherwise apply() gives back what it got.
    bool needed() const;
    // `uidvalidity` and `uid` of the source make the Message-ID that addheader puts before a message that has neither a
    // Message-ID nor a Received field, as imapsync does. Errors are of Reach::message: limit_exceeded for one that is too
    // large or an expression that takes too long, message_rejected where nothing is left of it. The length of a line
    // includes its end, as in RFC 5322's limit of 1000.
    Result<Transformed> apply(std::string octets, std::uint64_t uidvalidity, std::uint32_t uid) const;

private:
    std::vector<Regex> skip_;
    std::vector<Substitution> replace_;
    bool disarm_ = false, add_header_ = false;
    std::uint64_t truncate_ = 0, longest_line_ = 0, shortest_line_ = 0;
};

// What addheader makes: "<UID.UIDVALIDITY@godwit.invalid>". Such an id, and imapsync's ("<UID@imapsync>"), says nothing
// about who a message is.
bool is_made_up_message_id(std::string_view id);

}  // namespace godwit::sync

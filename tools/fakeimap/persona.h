// Persona: how the fake server differs from a well-behaved one. Every field is a deviation seen on real
// servers; the defaults are none. Fields of several personas may be combined. personas.h has those with a
// name.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/fakeimap/mailbox.h"

namespace godwit::fakeimap {

// Fields called …_every act on every Nth command or message, counted over all connections; 0: never.
struct Persona {
    // What is offered. A command whose extension is not named here is refused with BAD.
    std::string capabilities = "IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN UIDPLUS NAMESPACE LIST-EXTENDED";
    char delimiter = '/';
    std::string prefix;    // personal namespace; CREATE of a name without it is refused
    bool keywords = true;  // false: PERMANENTFLAGS without "\*", and keywords are refused
    std::vector<std::pair<std::string, std::string>>
        folders;             // each account has them: name and LIST attributes
    std::uint64_t seed = 1;  // of what is random
    bool case_blind = false;                // "trash" is "Trash", where that is there
    std::uint64_t searched_messages = 0;    // SEARCH sees only the first ones of a folder; 0: all

    // APPEND.
    // The connection is cut before the answer, and the messages appear only so much later.
    std::uint64_t late_commit_every = 0;
    std::uint64_t late_commit_least_ms = 50;
    std::uint64_t late_commit_most_ms = 300;
    // OK without APPENDUID; the messages appear with the next command of this session.
    std::uint64_t deferred_append_every = 0;
    // APPENDUID names the UIDs that come next instead of those given.
    std::uint64_t wrong_appenduid_every = 0;
    // This message of an APPEND is refused: NO.
    std::uint64_t refused_every = 0;
    // This message is stored, named by APPENDUID, and gone when the answer goes out.
    std::uint64_t filtered_every = 0;
    // NO [OVERQUOTA] to what would bring an account above that; 0: no limit.
    std::uint64_t quota_messages = 0;
    std::uint64_t quota_bytes = 0;
    // False: what stands before the refused message of a MULTIAPPEND stays stored.
    bool atomic_multiappend = true;
    // The date is taken from Date:, flags are forgotten.
    bool ignores_append_flags = false;
    // A message whose octets the account has is not stored again: in the same folder the UID that is there is
    // named, in another it appears under one X-GM-MSGID. `all_mail` holds everything.
    bool deduplicates = false;
    std::string all_mail;

    // UIDVALIDITY.
    bool reuses_uidvalidity =
        false;  // all folders have the same one, also one that was deleted and made again
    bool renews_uidvalidity =
        false;  // a new one, and new UIDs, for the first session after all others have ended

    // CONDSTORE.
    bool modseq_stands = false;     // HIGHESTMODSEQ is 1 for ever
    bool expunges_quietly = false;  // an expunge does not raise HIGHESTMODSEQ

    // FETCH.
    bool uid_last = false;         // rows name the UID behind the literals
    bool size_lies = false;        // RFC822.SIZE is up to 1,000 off, never right
    bool gone_is_made_up = false;  // a message that was expunged is fetched as "message unavailable"

    // Sessions.
    // NO with a suggested back-off, then the end of the connection; until it is over, the same to every
    // command and sign-in of the account. Counted for each account.
    std::uint64_t throttle_every = 0;
    std::uint64_t throttle_backoff_ms = 500;
    std::uint64_t errors_per_session = 0;   // BYE after so many NO and BAD; 0: no limit
    std::uint64_t selects_per_session = 0;  // BYE to the SELECT or EXAMINE after so many; 0: no limit

    // Asked before a command is carried out; what it returns is the tagged answer ("NO [OVERQUOTA] full"),
    // the command is then not carried out. `arguments` is the command line without literals' octets.
    std::function<std::optional<std::string>(std::string_view name, std::string_view arguments)> refuse;
    // Asked for each message of an APPEND before any is stored; what it returns is the tagged answer.
    std::function<std::optional<std::string>(const Message& message)> refuse_message;
    // May change a message before it is stored, or swallow it (false): OK is answered all the same.
    std::function<bool(Message& message)> on_append;
    // May change what BODY[] answers; nothing: NIL. Not asked for generated messages.
    std::function<std::optional<std::string>(const Message& message)> on_body;
    // True: the message is left out of FETCH answers.
    std::function<bool(const Message& message, bool body)> hide;
    // Asked before the answer to a command goes out; true: the connection is cut instead (what was done stays
    // done).
    std::function<bool(std::string_view name)> cut_before_answer;
};

}  // namespace godwit::fakeimap

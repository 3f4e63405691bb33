// SyncRequest: everything one pass over one pair of accounts needs to know, as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/secret.h"
#include "engine/net/dialer.h"

namespace godwit::sync {

enum class Side { source, destination };
inline std::string_view name_of(Side side) { return side == Side::source ? "source" : "destination"; }

// One login on one host. With `auth_user` set the password is that user's and `user` is the authorization identity
// (RFC 4616): an admin signs in for a user.
struct AccountSpec {
    net::Endpoint endpoint;
    std::string user;
    Secret<std::string> password;
    std::string auth_user;
};

// The kind of pass; the words of the queue, the API and the metrics.
enum class PassKind { preflight, sync, final, verify, undo };
std::string_view name_of(PassKind kind);
std::optional<PassKind> pass_kind_of(std::string_view name);

// What becomes of the flags of messages that are on the destination already.
enum class ResyncFlags {
    exact,      // they are made those of the source
    additive,   // what the source has and has gained is added, nothing is taken away
    off,
};

// What a user chooses. Members have the names of the options (imapsync's where imapsync has the option), as on the command
// line, in import files and in JSON; option_table.h says what each means. Names of folders are UTF-8.
struct SyncOptions {
    // Which folders.
    std::vector<std::string> folder, folderrec, include, exclude, folderfirst, folderlast;
    bool subscribed = false, strictfolders = false, skipemptyfolders = false;
    bool subscribe = true, subscribeall = false;
    bool justfolders = false, justfoldersizes = false;
    // Where they go.
    bool automap = false, fixslash2 = true;
    std::vector<std::string> f1f2, regextrans2;
    std::string subfolder1, subfolder2;
    std::optional<std::string> prefix1, prefix2, sep1, sep2;
    std::optional<bool> mixfolders;   // nothing said: folders are merged only where an option asks for it
    // Which messages.
    std::string search;               // raw keys of IMAP
    std::optional<double> maxage, minage;   // days
    bool abletosearch = true;
    std::uint64_t maxsize = 0, minsize = 0, appendlimit = 0, exitwhenover = 0;   // bytes; 0: no limit of ours
    bool newestfirst = false;
    // What is done to them on the way.
    std::vector<std::string> skipmess, regexmess;
    bool disarmreadreceipts = false, addheader = false;
    std::uint64_t truncmess = 0, maxlinelength = 0, minmaxlinelength = 0;   // bytes
    // How they are recognised.
    std::vector<std::string> useheader, skipheader;
    bool messageidnodomain = false, syncduplicates = true, skipcrossduplicates = false;
    bool restoreremoved = false;      // copy again what was removed at the destination since it was copied
    bool allowmismatch = false;       // go on where much of the destination's mail matches nothing of the source's
    // Flags and dates.
    ResyncFlags resyncflags = ResyncFlags::exact;
    std::vector<std::string> regexflag;
    bool flagscase = true;
    bool syncinternaldates = true, idatefromheader = false;
    // The run.
    bool dry = false;                 // log in, list, plan; change nothing
    double maxmessagespersecond = 0;
    std::uint64_t maxbytespersecond = 0, maxbytesafter = 0;
    // Proof.
    double verifybytes = 0;           // per cent of the messages whose octets a verify pass reads on both sides
    bool notedigests = false;         // note digests while copying, so that verifying need not read the source again

    friend bool operator==(const SyncOptions&, const SyncOptions&) = default;
};

// Limits of the run itself, set by the node.
struct SyncLimits {
    std::chrono::milliseconds connect_timeout{30'000};
    std::chrono::milliseconds command_timeout{300'000};  // without a sign of life of the server (imap/patience.h)
    std::size_t whole_message_bytes = 256u << 10;   // larger messages are streamed alone
    std::size_t buffer_bytes = 8u << 20;        // of message bytes held by one lane of this pass
    std::size_t batch_messages = 500;           // in one APPEND where the destination has MULTIAPPEND
    std::size_t connections = 1;                // to each side, at most; more than one only where they are measured to pay
    std::chrono::milliseconds lane_interval{1000};   // between two looks whether another connection pays
    std::chrono::milliseconds settle{2000};     // at least, between the two listings that settle an append in doubt
};

struct SyncRequest {
    std::string migration_id;                   // for logs and reports
    PassKind kind = PassKind::sync;
    AccountSpec source, destination;
    SyncOptions options;
    SyncLimits limits;
    bool settle_first = false;   // an earlier run ended without a word: appends of it may still arrive
};

}  // namespace godwit::sync

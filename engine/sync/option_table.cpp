#include "engine/sync/option_table.h"

#include "engine/sync/option_values.h"

namespace godwit::sync {

namespace {

using enum ValueKind;

std::unexpected<Error> bad(std::string cause) {
    return fail(ErrorKind::invalid_argument, Reach::account, std::move(cause));
}

template <Side side>
AccountSpec& account(OptionTarget& target) {
    return side == Side::source ? target.source : target.destination;
}

template <Side side>
OptionTarget::TlsWish& tls_wish(OptionTarget& target) {
    return side == Side::source ? target.source_tls : target.destination_tls;
}

template <Side side, std::string AccountSpec::*member>
Result<void> set_account(OptionTarget& target, std::string_view value, bool) {
    if (value.empty()) return bad("needs a value");
    account<side>(target).*member = value;
    return {};
}

template <Side side, std::string net::Endpoint::*member>
Result<void> set_endpoint(OptionTarget& target, std::string_view value, bool) {
    if (value.empty()) return bad("needs a value");
    account<side>(target).endpoint.*member = value;
    return {};
}

template <Side side>
Result<void> set_port(OptionTarget& target, std::string_view value, bool) {
    GODWIT_TRY(port, parse_number(value, 1, 65535));
    account<side>(target).endpoint.port = static_cast<std::uint16_t>(port);
    return {};
}

template <Side side>
Result<void> set_password(OptionTarget& target, std::string_view value, bool) {
    account<side>(target).password = Secret<std::string>(std::string(value));
    return {};
}

template <Side side, std::optional<bool> OptionTarget::TlsWish::*member>
Result<void> set_tls(OptionTarget& target, std::string_view, bool negated) {
    tls_wish<side>(target).*member = !negated;
    return {};
}

template <Side side>
Result<void> set_insecure(OptionTarget& target, std::string_view, bool) {
    account<side>(target).endpoint.verify = false;
    return {};
}

Result<void> set_timeout(OptionTarget& target, std::string_view value, bool) {
    GODWIT_TRY(seconds, parse_number(value, 1, 86'400));
    target.limits.connect_timeout = target.limits.command_timeout = std::chrono::seconds(seconds);
    return {};
}

constexpr auto source = Side::source;
constexpr auto destination = Side::destination;
using Spec = AccountSpec;
using End = net::Endpoint;
using Wish = OptionTarget::TlsWish;
using Options = SyncOptions;

// An option of a login: a member of its own, which only `apply` knows.
constexpr OptionSpec of_login(std::string_view name, ValueKind kind, std::string_view value, std::string_view help,
                              bool in_rows, decltype(OptionSpec::apply) apply) {
    return {name, kind, value, name.ends_with('1') ? "Source" : "Destination", help, in_rows, {}, apply};
}

// An option of the copy: a field of SyncOptions, which a row may set.
constexpr OptionSpec of_copy(std::string_view group, std::string_view name, ValueKind kind, std::string_view value,
                             OptionField field, std::string_view help, std::string_view alias = {}) {
    return {name, kind, value, group, help, true, field, nullptr, {alias}};
}

constexpr std::string_view folders = "Folders", names = "Names of folders", messages = "Messages",
                           content = "Content of messages", identity = "Recognising messages", proof = "Proof",
                           flags = "Flags and dates", run = "Run";

constexpr std::array table{
    of_login("host1", text, "HOST", "name or address of the server", false, set_endpoint<source, &End::host>),
    of_login("port1", number, "N", "port; 993, or 143 with --tls1 or --nossl1", true, set_port<source>),
    of_login("user1", text, "USER", "user", false, set_account<source, &Spec::user>),
    of_login("password1", text, "TEXT", "password; others can see it in the process list, so prefer --passfile1", false,
             set_password<source>),
    of_login("passfile1", text, "FILE", "file whose first line is the password", false, nullptr),
    of_login("authuser1", text, "USER", "sign in as this user, with its password, on behalf of --user1", true,
             set_account<source, &Spec::auth_user>),
    of_login("ssl1", flag, "", "TLS from the first byte (the default); without it STARTTLS is required", true,
             set_tls<source, &Wish::ssl>),
    of_login("tls1", flag, "", "STARTTLS, required; --nossl1 --notls1 together connect in the clear", true,
             set_tls<source, &Wish::tls>),
    of_login("insecure1", none, "", "accept any certificate", true, set_insecure<source>),
    of_login("ca1", text, "FILE", "file of certificate authorities to trust", false, set_endpoint<source, &End::ca_file>),
    of_login("connectto1", text, "HOST:PORT", "connect to this one; --host1 stays the name to verify", false,
             set_endpoint<source, &End::connect_to>),

    of_login("host2", text, "HOST", "name or address of the server", false, set_endpoint<destination, &End::host>),
    of_login("port2", number, "N", "port; 993, or 143 with --tls2 or --nossl2", true, set_port<destination>),
    of_login("user2", text, "USER", "user", false, set_account<destination, &Spec::user>),
    of_login("password2", text, "TEXT", "password; others can see it in the process list, so prefer --passfile2", false,
             set_password<destination>),
    of_login("passfile2", text, "FILE", "file whose first line is the password", false, nullptr),
    of_login("authuser2", text, "USER", "sign in as this user, with its password, on behalf of --user2", true,
             set_account<destination, &Spec::auth_user>),
    of_login("ssl2", flag, "", "TLS from the first byte (the default); without it STARTTLS is required", true,
             set_tls<destination, &Wish::ssl>),
    of_login("tls2", flag, "", "STARTTLS, required; --nossl2 --notls2 together connect in the clear", true,
             set_tls<destination, &Wish::tls>),
    of_login("insecure2", none, "", "accept any certificate", true, set_insecure<destination>),
    of_login("ca2", text, "FILE", "file of certificate authorities to trust", false, set_endpoint<destination, &End::ca_file>),
    of_login("connectto2", text, "HOST:PORT", "connect to this one; --host2 stays the name to verify", false,
             set_endpoint<destination, &End::connect_to>),

    of_copy(folders, "folder", list, "NAME", &Options::folder,
            "copy this folder; may be repeated; all folders where nothing selects any"),
    of_copy(folders, "folderrec", list, "NAME", &Options::folderrec,
            "copy this folder and all below it; may be repeated"),
    of_copy(folders, "subscribed", flag, "", &Options::subscribed,
            "copy the folders that are subscribed at the source"),
    of_copy(folders, "include", list, "REGEX", &Options::include,
            "copy folders whose name matches as well; may be repeated"),
    of_copy(folders, "exclude", list, "REGEX", &Options::exclude,
            "leave out folders whose name matches, whatever selected them; may be repeated"),
    of_copy(folders, "strictfolders", flag, "", &Options::strictfolders,
            "a folder that is named and does not exist is an error, not a warning"),
    of_copy(folders, "folderfirst", list, "NAME", &Options::folderfirst, "take this folder first; may be repeated"),
    of_copy(folders, "folderlast", list, "NAME", &Options::folderlast, "take this folder last; may be repeated"),
    of_copy(folders, "skipemptyfolders", flag, "", &Options::skipemptyfolders,
            "do not make folders of which nothing would be copied"),
    of_copy(folders, "subscribe", flag, "", &Options::subscribe, "subscribe what is subscribed at the source"),
    of_copy(folders, "subscribeall", flag, "", &Options::subscribeall,
            "subscribe every folder that is copied", "subscribe_all"),
    of_copy(folders, "justfolders", flag, "", &Options::justfolders, "make and subscribe folders, copy no message"),
    of_copy(folders, "justfoldersizes", flag, "", &Options::justfoldersizes,
            "count messages and bytes on both sides, change nothing"),

    of_copy(names, "automap", flag, "", &Options::automap,
            "special folders (Sent, Trash, …) go to those of the destination, found by their attributes or names; "
            "folders below them follow"),
    of_copy(names, "f1f2", list, "A=B", &Options::f1f2,
            "folder A goes to B, and nothing else changes its name; may be repeated"),
    of_copy(names, "regextrans2", list, "s/A/B/", &Options::regextrans2,
            "replace in names of the destination, in Perl's form, one after the other; may be repeated"),
    of_copy(names, "subfolder1", text, "NAME", &Options::subfolder1,
            "copy what is below this folder, as if it were the top"),
    of_copy(names, "subfolder2", text, "NAME", &Options::subfolder2, "put everything below this folder"),
    of_copy(names, "prefix1", text, "TEXT", &Options::prefix1,
            "what names of the source begin with, if not what the server says"),
    of_copy(names, "prefix2", text, "TEXT", &Options::prefix2,
            "what names of the destination begin with, if not what the server says"),
    of_copy(names, "sep1", text, "C", &Options::sep1,
            "character between the levels of a name at the source, if not what the server says"),
    of_copy(names, "sep2", text, "C", &Options::sep2, "the same at the destination"),
    of_copy(names, "fixslash2", flag, "", &Options::fixslash2,
            "a / inside a name becomes _ where the source's levels are parted by / and the destination's are not"),
    of_copy(names, "mixfolders", flag, "", &Options::mixfolders,
            "folders that come to the same name are merged; with --nomixfolders they are kept apart; by default they "
            "are merged where an option led there"),

    of_copy(messages, "search", text, "KEYS", &Options::search,
            "copy messages that this IMAP search finds, such as 'SEEN LARGER 1000'", "search1"),
    of_copy(messages, "maxage", days, "DAYS", &Options::maxage, "leave out messages sent longer ago"),
    of_copy(messages, "minage", days, "DAYS", &Options::minage,
            "leave out messages sent later than that; more than --maxage: those in between"),
    of_copy(messages, "abletosearch", flag, "", &Options::abletosearch,
            "ages by the server's search of Date headers; without it, by the date of arrival", "abletosearch1"),
    of_copy(messages, "maxsize", bytes, "BYTES", &Options::maxsize, "leave out larger messages"),
    of_copy(messages, "minsize", bytes, "BYTES", &Options::minsize,
            "leave out messages of this size and smaller ones"),
    of_copy(messages, "appendlimit", bytes, "BYTES", &Options::appendlimit,
            "the largest message the destination takes, if not what the server says"),
    of_copy(messages, "exitwhenover", bytes, "BYTES", &Options::exitwhenover,
            "stop when so much was copied; the next run goes on"),
    of_copy(messages, "newestfirst", flag, "", &Options::newestfirst, "copy the newest messages of a folder first"),

    of_copy(content, "skipmess", list, "m/REGEX/", &Options::skipmess,
            "leave out messages that match; may be repeated"),
    of_copy(content, "regexmess", list, "s/A/B/", &Options::regexmess, "replace in messages; may be repeated; with --ledger where it changes Message-IDs, since a run without "
            "knows messages by them"),
    of_copy(content, "disarmreadreceipts", flag, "", &Options::disarmreadreceipts,
            "rename the header field that asks for a receipt"),
    of_copy(content, "addheader", flag, "", &Options::addheader, "give messages without one a Message-ID"),
    of_copy(content, "truncmess", bytes, "BYTES", &Options::truncmess, "cut messages at this size"),
    of_copy(content, "maxlinelength", bytes, "BYTES", &Options::maxlinelength,
            "leave out messages with a longer line, its end included"),
    of_copy(content, "minmaxlinelength", bytes, "BYTES", &Options::minmaxlinelength,
            "leave out messages whose longest line is not longer"),

    of_copy(identity, "useheader", list, "NAME", &Options::useheader,
            "know messages by this header field instead of Message-ID; ALL: by all; may be repeated"),
    of_copy(identity, "skipheader", list, "REGEX", &Options::skipheader,
            "do not look at header lines that match; may be repeated"),
    of_copy(identity, "messageidnodomain", flag, "", &Options::messageidnodomain,
            "leave out what follows the @ of a Message-ID"),
    of_copy(identity, "syncduplicates", flag, "", &Options::syncduplicates,
            "a message that stands twice in a folder is copied twice; without it, once"),
    of_copy(identity, "skipcrossduplicates", flag, "", &Options::skipcrossduplicates,
            "leave out messages that an earlier folder had already"),
    of_copy(identity, "restoreremoved", flag, "", &Options::restoreremoved,
            "copy again what was removed at the destination since it was copied"),
    of_copy(identity, "allowmismatch", flag, "", &Options::allowmismatch,
            "go on where most of the destination's mail is none of the source's"),

    of_copy(flags, "resyncflags", choice, "MODE", &Options::resyncflags,
            "flags of messages already there: off, additive (nothing is taken away), or exact: those of the source"),
    of_copy(flags, "regexflag", list, "s/A/B/", &Options::regexflag,
            "replace in the flags of a message, which are one text with blanks; may be repeated"),
    of_copy(flags, "flagscase", flag, "", &Options::flagscase, "write system flags as the standard does"),
    of_copy(flags, "syncinternaldates", flag, "", &Options::syncinternaldates, "keep the date of arrival"),
    of_copy(flags, "idatefromheader", flag, "", &Options::idatefromheader,
            "take the date of arrival from the Date header"),

    of_copy(run, "dry", flag, "", &Options::dry, "show what would be done, change nothing"),
    of_copy(run, "maxmessagespersecond", rate, "N", &Options::maxmessagespersecond,
            "copy no more messages a second than this, on average"),
    of_copy(run, "maxbytespersecond", bytes, "BYTES", &Options::maxbytespersecond,
            "copy no more bytes a second than this, on average"),
    of_copy(run, "maxbytesafter", bytes, "BYTES", &Options::maxbytesafter,
            "the first bytes, which no limit of a rate holds back"),
    of_copy(proof, "verifybytes", percent, "PERCENT", &Options::verifybytes,
            "of so many messages a verify pass reads the octets on both sides, and compares their SHA-256; 100: of all"),
    of_copy(proof, "notedigests", flag, "", &Options::notedigests,
            "note the SHA-256 of what is copied, so that a verify pass need not read the source a second time"),
    OptionSpec{"timeout", number, "SECONDS", run, "time without an answer after which a connection is given up", false, {},
               set_timeout},
};

}  // namespace

OptionTarget::OptionTarget() { source.endpoint.port = destination.endpoint.port = 0; }

std::span<const OptionSpec> option_table() { return table; }

}  // namespace godwit::sync

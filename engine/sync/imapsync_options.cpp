#include "engine/sync/imapsync_options.h"

#include <array>
#include <charconv>

#include "engine/base/text.h"
#include "engine/sync/imapsync_names.h"
#include "engine/sync/selection.h"

namespace godwit::sync {

namespace {

using Value = OptionSpec::Value;

std::unexpected<Error> bad(std::string cause, std::string context = {}) {
    return fail(ErrorKind::invalid_argument, Reach::account, std::move(cause), std::move(context));
}

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        return bad(fmt::format("needs a whole number from {} to {}", least, most));
    return value;
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
Result<void> set_account(OptionTarget& target, std::string_view value) {
    if (value.empty()) return bad("needs a value");
    account<side>(target).*member = value;
    return {};
}

template <Side side, std::string net::Endpoint::*member>
Result<void> set_endpoint(OptionTarget& target, std::string_view value) {
    if (value.empty()) return bad("needs a value");
    account<side>(target).endpoint.*member = value;
    return {};
}

template <Side side>
Result<void> set_port(OptionTarget& target, std::string_view value) {
    GODWIT_TRY(port, parse_number(value, 1, 65535));
    account<side>(target).endpoint.port = static_cast<std::uint16_t>(port);
    return {};
}

template <Side side>
Result<void> set_password(OptionTarget& target, std::string_view value) {
    account<side>(target).password = Secret<std::string>(std::string(value));
    return {};
}

template <Side side, std::optional<bool> OptionTarget::TlsWish::*member, bool wish>
Result<void> set_tls(OptionTarget& target, std::string_view) {
    tls_wish<side>(target).*member = wish;
    return {};
}

template <Side side>
Result<void> set_insecure(OptionTarget& target, std::string_view) {
    account<side>(target).endpoint.verify = false;
    return {};
}

template <bool SyncOptions::*member, bool value>
Result<void> set_flag(OptionTarget& target, std::string_view) {
    target.options.*member = value;
    return {};
}

template <ResyncFlags mode>
Result<void> set_resync(OptionTarget& target, std::string_view) {
    target.options.resyncflags = mode;
    return {};
}

template <std::vector<std::string> SyncOptions::*member>
Result<void> add_pattern(OptionTarget& target, std::string_view value) {
    SyncOptions alone;
    (alone.*member).emplace_back(value);
    if (auto made = Selection::make(alone); !made) return bad(std::move(made.error().cause));
    (target.options.*member).emplace_back(value);
    return {};
}

Result<void> add_folder(OptionTarget& target, std::string_view value) {
    if (value.empty()) return bad("needs the name of a folder");
    target.options.folder.emplace_back(value);
    return {};
}

Result<void> set_max_size(OptionTarget& target, std::string_view value) {
    GODWIT_TRY(bytes, parse_number(value, 1, std::uint64_t{1} << 50));
    target.options.maxsize = bytes;
    return {};
}

Result<void> set_timeout(OptionTarget& target, std::string_view value) {
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
constexpr bool in_rows = true;

constexpr std::array options_table{
    OptionSpec{"host1", Value::text, "Source", "name or address of the server", false,
               set_endpoint<source, &End::host>},
    OptionSpec{"port1", Value::number, "Source", "port; 993, or 143 with --tls1 or --nossl1", in_rows,
               set_port<source>},
    OptionSpec{"user1", Value::text, "Source", "user", false, set_account<source, &Spec::user>},
    OptionSpec{"password1", Value::text, "Source",
               "password; others can see it in the process list, so prefer --passfile1", false,
               set_password<source>},
    OptionSpec{"passfile1", Value::text, "Source", "file whose first line is the password", false, nullptr},
    OptionSpec{"authuser1", Value::text, "Source",
               "sign in as this user, with its password, on behalf of --user1", in_rows,
               set_account<source, &Spec::auth_user>},
    OptionSpec{"ssl1", Value::none, "Source", "TLS from the first byte (the default)", in_rows,
               set_tls<source, &Wish::ssl, true>},
    OptionSpec{"nossl1", Value::none, "Source", "no TLS from the first byte; STARTTLS is then required",
               in_rows, set_tls<source, &Wish::ssl, false>},
    OptionSpec{"tls1", Value::none, "Source", "STARTTLS, required", in_rows,
               set_tls<source, &Wish::tls, true>},
    OptionSpec{"notls1", Value::none, "Source", "no STARTTLS; with --nossl1 the connection is in the clear",
               in_rows, set_tls<source, &Wish::tls, false>},
    OptionSpec{"insecure1", Value::none, "Source", "accept any certificate", in_rows, set_insecure<source>},
    OptionSpec{"ca1", Value::text, "Source", "file of certificate authorities to trust", false,
               set_endpoint<source, &End::ca_file>},
    OptionSpec{"connectto1", Value::text, "Source",
               "connect to this host:port; --host1 stays the name to verify", false,
               set_endpoint<source, &End::connect_to>},

    OptionSpec{"host2", Value::text, "Destination", "name or address of the server", false,
               set_endpoint<destination, &End::host>},
    OptionSpec{"port2", Value::number, "Destination", "port; 993, or 143 with --tls2 or --nossl2", in_rows,
               set_port<destination>},
    OptionSpec{"user2", Value::text, "Destination", "user", false, set_account<destination, &Spec::user>},
    OptionSpec{"password2", Value::text, "Destination",
               "password; others can see it in the process list, so prefer --passfile2", false,
               set_password<destination>},
    OptionSpec{"passfile2", Value::text, "Destination", "file whose first line is the password", false,
               nullptr},
    OptionSpec{"authuser2", Value::text, "Destination",
               "sign in as this user, with its password, on behalf of --user2", in_rows,
               set_account<destination, &Spec::auth_user>},
    OptionSpec{"ssl2", Value::none, "Destination", "TLS from the first byte (the default)", in_rows,
               set_tls<destination, &Wish::ssl, true>},
    OptionSpec{"nossl2", Value::none, "Destination", "no TLS from the first byte; STARTTLS is then required",
               in_rows, set_tls<destination, &Wish::ssl, false>},
    OptionSpec{"tls2", Value::none, "Destination", "STARTTLS, required", in_rows,
               set_tls<destination, &Wish::tls, true>},
    OptionSpec{"notls2", Value::none, "Destination",
               "no STARTTLS; with --nossl2 the connection is in the clear", in_rows,
               set_tls<destination, &Wish::tls, false>},
    OptionSpec{"insecure2", Value::none, "Destination", "accept any certificate", in_rows,
               set_insecure<destination>},
    OptionSpec{"ca2", Value::text, "Destination", "file of certificate authorities to trust", false,
               set_endpoint<destination, &End::ca_file>},
    OptionSpec{"connectto2", Value::text, "Destination",
               "connect to this host:port; --host2 stays the name to verify", false,
               set_endpoint<destination, &End::connect_to>},

    OptionSpec{"folder", Value::text, "Folders",
               "copy this folder; may be repeated; all folders if none is named", in_rows, add_folder},
    OptionSpec{"include", Value::text, "Folders",
               "copy folders that match this regular expression; may be repeated", in_rows,
               add_pattern<&Options::include>},
    OptionSpec{
        "exclude", Value::text, "Folders",
        "leave out folders that match this regular expression, whatever else selects them; may be repeated",
        in_rows, add_pattern<&Options::exclude>},
    OptionSpec{"subscribe", Value::none, "Folders",
               "subscribe what is subscribed at the source (the default)", in_rows,
               set_flag<&Options::subscribe, true>},
    OptionSpec{"nosubscribe", Value::none, "Folders", "subscribe nothing", in_rows,
               set_flag<&Options::subscribe, false>},

    OptionSpec{"maxsize", Value::number, "Messages", "leave out messages of more bytes than this", in_rows,
               set_max_size},
    OptionSpec{"resyncflags", Value::none, "Messages",
               "set the flags of messages already there to those of the source (the default)", in_rows,
               set_resync<ResyncFlags::exact>},
    OptionSpec{"noresyncflags", Value::none, "Messages", "leave the flags of messages already there", in_rows,
               set_resync<ResyncFlags::off>},
    OptionSpec{"syncinternaldates", Value::none, "Messages", "keep the dates of arrival (the default)",
               in_rows, set_flag<&Options::syncinternaldates, true>},
    OptionSpec{"nosyncinternaldates", Value::none, "Messages",
               "let messages arrive at the time they are copied", in_rows,
               set_flag<&Options::syncinternaldates, false>},
    OptionSpec{"restoreremoved", Value::none, "Messages",
               "copy again what somebody removed from the destination since it was copied (--ledger knows)", in_rows,
               set_flag<&Options::restoreremoved, true>},
    OptionSpec{"allowmismatch", Value::none, "Messages",
               "go on although much of the mail at the destination matches nothing at the source", in_rows,
               set_flag<&Options::allowmismatch, true>},

    OptionSpec{"dry", Value::none, "Run", "sign in, list and compare, but change nothing", in_rows,
               set_flag<&Options::dry, true>},
    OptionSpec{"nodry", Value::none, "Run", "copy (the default)", in_rows,
               set_flag<&Options::dry, false>},
    OptionSpec{"timeout", Value::number, "Run",
               "seconds without an answer after which a connection is given up", false, set_timeout},
};

// Getopt::Long's spelling: any case, "no-x" for "nox".
std::string canonical(std::string_view name) {
    auto out = lower_case(name);
    if (out.starts_with("no-")) out.erase(2, 1);
    return out;
}

std::unexpected<Error> not_supported(std::string_view name) {
    return bad(fmt::format("--{} is not supported by this version", name));
}

const OptionSpec* exactly(std::string_view name) {
    for (const auto table : {imapsync_options(), ignored_options()})
        for (const auto& option : table)
            if (option.name == name) return &option;
    return nullptr;
}

// A name of imapsync, or the negation of one, that no table has an entry for.
bool is_unsupported(std::string_view name) {
    const auto names = unsupported_options();
    if (std::ranges::find(names, name) != names.end()) return true;
    if (!name.starts_with("no")) return false;
    name.remove_prefix(2);
    return std::ranges::find(names, name) != names.end() || exactly(name) != nullptr;
}

std::vector<std::string_view> names_beginning(std::string_view prefix) {
    std::vector<std::string_view> names;
    const auto add = [&](std::string_view name) {
        if (name.starts_with(prefix)) names.push_back(name);
    };
    for (const auto table : {imapsync_options(), ignored_options()})
        for (const auto& option : table) add(option.name);
    for (const auto name : unsupported_options()) add(name);
    return names;
}

Result<void> settle(std::string_view number, AccountSpec& spec, const OptionTarget::TlsWish& wish) {
    const bool ssl = wish.ssl.value_or(false), tls = wish.tls.value_or(false);
    const bool no_ssl = !wish.ssl.value_or(true), no_tls = !wish.tls.value_or(true);
    auto& endpoint = spec.endpoint;
    if (ssl && tls) return bad(fmt::format("--ssl{0} and --tls{0} exclude each other", number));
    if (ssl) {
        endpoint.tls = net::TlsMode::implicit;
    } else if (no_ssl && no_tls) {
        endpoint.tls = net::TlsMode::none;
    } else if (tls || no_ssl || (endpoint.port == 143 && !no_tls)) {
        endpoint.tls = net::TlsMode::starttls;
    } else if (endpoint.port == 143) {
        return bad(fmt::format(
            "--notls{0} on port 143 leaves the connection in the clear: say so with --nossl{0} as well",
            number));
    } else {
        endpoint.tls = net::TlsMode::implicit;
    }
    if (endpoint.port == 0) endpoint.port = endpoint.tls == net::TlsMode::implicit ? 993 : 143;
    return {};
}

}  // namespace

OptionTarget::OptionTarget() { source.endpoint.port = destination.endpoint.port = 0; }

std::span<const OptionSpec> imapsync_options() { return options_table; }

Result<const OptionSpec*> find_option(std::string_view name) {
    const auto wanted = canonical(name);
    if (const auto* option = exactly(wanted)) return option;
    if (is_unsupported(wanted)) return not_supported(wanted);
    const auto shown = printable(name, 60);
    if (wanted.empty()) return bad("an option has no name");
    const auto candidates = names_beginning(wanted);
    if (candidates.empty()) return bad(fmt::format("--{} is unknown", shown));
    if (candidates.size() > 1)
        return bad(
            fmt::format("--{} is ambiguous: it could be --{} or --{}", shown, candidates[0], candidates[1]));
    if (const auto* option = exactly(candidates[0])) return option;
    return not_supported(candidates[0]);
}

Result<void> apply_option(OptionTarget& target, const OptionSpec& option, std::string_view value) {
    auto context = fmt::format("--{}", option.name);
    if (!option.apply) return bad("is not known here", std::move(context));
    if (option.value == Value::none && !value.empty()) return bad("takes no value", std::move(context));
    auto applied = option.apply(target, value);
    if (!applied) return pass_on(std::move(applied.error()), context);
    return applied;
}

Result<void> settle_endpoints(OptionTarget& target) {
    GODWIT_CHECK(settle("1", target.source, target.source_tls));
    return settle("2", target.destination, target.destination_tls);
}

Result<std::vector<std::string>> split_options(std::string_view text) {
    std::vector<std::string> words;
    std::optional<std::string> word;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote == 0 && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
            if (word) words.push_back(*std::exchange(word, std::nullopt));
            continue;
        }
        if (!word) word.emplace();
        if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (quote != 0 && c == quote) {
            quote = 0;
        } else if (c == '\\' && quote != '\'') {
            if (i + 1 == text.size()) return bad("a backslash ends the options");
            // Inside double quotes a shell takes the backslash away only before these.
            if (const char next = text[++i];
                quote == '"' && next != '"' && next != '\\' && next != '$' && next != '`')
                *word += c;
            *word += text[i];
        } else {
            *word += c;
        }
    }
    if (quote != 0) return bad(fmt::format("a quote ({}) is not closed", quote));
    if (word) words.push_back(std::move(*word));
    return words;
}

Result<void> apply_row_options(OptionTarget& target, std::string_view text) {
    GODWIT_TRY(words, split_options(text));
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        // The word itself is not shown: somebody may have put a password here.
        if (word.size() < 2 || word[0] != '-')
            return bad(fmt::format("word {} of the options is no option", i + 1));
        word.remove_prefix(word.starts_with("--") ? 2 : 1);
        const auto equals = word.find('=');
        GODWIT_TRY(option, find_option(word.substr(0, equals)));
        if (!option->allowed_in_rows)
            return bad(fmt::format("--{} is not allowed in the options of a row", option->name));
        std::string_view value;
        if (equals != std::string_view::npos) {
            value = word.substr(equals + 1);
        } else if (option->value != Value::none) {
            if (i + 1 == words.size()) return bad(fmt::format("--{} needs a value", option->name));
            value = words[++i];
        }
        GODWIT_CHECK(apply_option(target, *option, value));
    }
    return {};
}

}  // namespace godwit::sync

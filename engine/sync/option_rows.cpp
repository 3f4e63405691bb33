// Options of one row, and what all of them mean together.
#include "engine/sync/folder_rules.h"
#include "engine/sync/option_table.h"
#include "engine/sync/pass_rules.h"
#include "engine/sync/search_keys.h"

namespace godwit::sync {

namespace {

std::unexpected<Error> bad(std::string cause, std::string context = {}) {
    return fail(ErrorKind::invalid_argument, Reach::account, std::move(cause), std::move(context));
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

Result<void> check_options(const SyncOptions& options) {
    GODWIT_CHECK(FolderRules::make(options));
    GODWIT_CHECK(PassRules::make(options));
    return options.search.empty() ? Result<void>{} : check_search_keys(options.search);
}

Result<void> settle_options(OptionTarget& target) {
    GODWIT_CHECK(settle("1", target.source, target.source_tls));
    GODWIT_CHECK(settle("2", target.destination, target.destination_tls));
    static const SyncOptions defaults;
    return target.options == defaults ? Result<void>{} : check_options(target.options);
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
        if (!option.spec->allowed_in_rows)
            return bad(fmt::format("--{} is not allowed in the options of a row", option.spec->name));
        std::string_view value;
        if (equals != std::string_view::npos) {
            value = word.substr(equals + 1);
        } else if (takes_value(*option.spec)) {
            if (i + 1 == words.size()) return bad(fmt::format("--{} needs a value", option.spec->name));
            value = words[++i];
        }
        GODWIT_CHECK(apply_option(target, option, value));
    }
    return {};
}

}  // namespace godwit::sync

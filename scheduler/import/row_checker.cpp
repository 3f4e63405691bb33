#include "scheduler/import/row_checker.h"

#include "engine/base/text.h"
#include "engine/base/utf8.h"
#include "scheduler/host.h"
#include "scheduler/import/host_name.h"
#include "scheduler/import/trim.h"

namespace godwit::scheduler {

namespace {

constexpr std::size_t user_bytes = 1024;
constexpr std::size_t external_id_bytes = 256;

bool has_controls(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

constexpr Column side_column(Column of_source, sync::Side side) {
    return static_cast<Column>(index_of(of_source) + (side == sync::Side::source ? 0 : side_columns));
}

struct TlsWord {
    std::string_view word;
    net::TlsMode mode;
};

// The words of this project, and those that people know from mail programs.
constexpr std::array tls_words{
    TlsWord{"implicit", net::TlsMode::implicit}, TlsWord{"ssl", net::TlsMode::implicit},
    TlsWord{"starttls", net::TlsMode::starttls}, TlsWord{"tls", net::TlsMode::starttls},
    TlsWord{"none", net::TlsMode::none},         TlsWord{"plain", net::TlsMode::none},
};

using TlsWish = sync::OptionTarget::TlsWish;

TlsWish wish_for(net::TlsMode mode) {
    switch (mode) {
        case net::TlsMode::implicit: return {.ssl = true, .tls = {}};
        case net::TlsMode::starttls: return {.ssl = {}, .tls = true};
        case net::TlsMode::none: return {.ssl = false, .tls = false};
    }
    return {};
}

// Ports 143 and 993 of one host are one service.
std::string service_of(const net::Endpoint& endpoint) {
    return host_key(endpoint.host, endpoint.port == 143 ? 993 : endpoint.port);
}

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

struct RowChecker::Row {
    std::uint64_t number;
    const RowText& text;
    const ColumnNames& names;
    std::vector<RowError>& errors;
    sync::OptionTarget target{};
    bool good = true;

    std::string_view value(Column column) const { return text[index_of(column)]; }
    void bad(Column column, std::string_view code, std::string detail) {
        good = false;
        errors.push_back({number, names[index_of(column)], std::string(code), std::move(detail)});
    }
    sync::AccountSpec& account(sync::Side side) {
        return side == sync::Side::source ? target.source : target.destination;
    }
    TlsWish& wish(sync::Side side) {
        return side == sync::Side::source ? target.source_tls : target.destination_tls;
    }
};

RowChecker::RowChecker(ImportDefaults defaults) : defaults_(std::move(defaults)) {}

void RowChecker::check(std::uint64_t number, const RowText& text, const ColumnNames& names,
                       std::vector<ImportedRow>& rows, std::vector<RowError>& errors) {
    Row row{number, text, names, errors};
    check_encoding(row);
    if (row.good) {
        check_options(row);
        check_side(row, sync::Side::source);
        check_side(row, sync::Side::destination);
    }
    if (row.good) check_endpoints(row);
    if (row.good) check_accounts(row);
    if (row.good) check_duplicates(row);
    if (!row.good) return;
    rows.push_back({number, std::string(trim(row.value(Column::external_id))), std::move(row.target.source),
                    std::move(row.target.destination), std::move(row.target.options)});
}

void RowChecker::check_encoding(Row& row) const {
    for (std::size_t i = 0; i < column_count; ++i) {
        if (!is_utf8(row.text[i]))
            row.bad(static_cast<Column>(i), "bad_encoding", "is not UTF-8: save the file as UTF-8");
        else if (has_controls(row.text[i]))
            row.bad(static_cast<Column>(i), "bad_encoding", "has a control character or a line break in it");
    }
    if (trim(row.value(Column::external_id)).size() > external_id_bytes)
        row.bad(Column::external_id, "too_long", fmt::format("may have {} bytes at most", external_id_bytes));
}

void RowChecker::check_options(Row& row) const {
    const auto text = trim(row.value(Column::options));
    if (text.empty()) return;
    const auto applied = sync::apply_row_options(row.target, text);
    if (applied) return;
    // An error in a value says of which option.
    const auto& error = applied.error();
    if (error.context.empty()) return row.bad(Column::options, "unknown_option", error.cause);
    row.bad(Column::options, "bad_option", error.context + " " + error.cause);
}

void RowChecker::check_side(Row& row, sync::Side side) const {
    auto& account = row.account(side);
    // Options are applied already; what they say of port and TLS wins over the columns.
    const bool option_port = account.endpoint.port != 0;
    check_host(row, side, option_port);
    const auto port_column = side_column(Column::source_port, side);
    if (const auto text = trim(row.value(port_column)); !text.empty()) {
        const auto port = parse_port(text);
        if (!port) row.bad(port_column, "bad_port", "must be a number from 1 to 65535");
        if (port && !option_port) account.endpoint.port = *port;
    }
    check_tls(row, side);

    const auto user_column = side_column(Column::source_user, side);
    account.user = trim(row.value(user_column));
    if (account.user.empty()) row.bad(user_column, "empty", "needs a user");
    if (account.user.size() > user_bytes)
        row.bad(user_column, "too_long", fmt::format("may have {} bytes at most", user_bytes));

    const auto password_column = side_column(Column::source_password, side);
    account.password = Secret<std::string>(std::string(row.value(password_column)));
    if (account.password.empty()) row.bad(password_column, "empty", "needs a password");

    const auto auth_user_column = side_column(Column::source_auth_user, side);
    if (const auto text = trim(row.value(auth_user_column)); !text.empty()) account.auth_user = text;
    if (account.auth_user.size() > user_bytes)
        row.bad(auth_user_column, "too_long", fmt::format("may have {} bytes at most", user_bytes));
}

void RowChecker::check_host(Row& row, sync::Side side, bool keep_port) const {
    auto& endpoint = row.account(side).endpoint;
    const auto column = side_column(Column::source_host, side);
    auto text = trim(row.value(column));
    if (text.empty()) text = side == sync::Side::source ? defaults_.source_host : defaults_.destination_host;
    if (text.empty()) return row.bad(column, "empty", "needs a host");
    HostAndPort parsed;
    switch (parse_host(text, parsed)) {
        case HostProblem::none: break;
        case HostProblem::bad_host:
            return row.bad(column, "bad_host",
                           is_utf8(text) && std::ranges::any_of(text, [](char c) { return c < 0; })
                               ? "is no name of a host: write it in its xn-- form"
                               : "is no name of a host and no address");
        case HostProblem::bad_port: return row.bad(column, "bad_port", "must be a number from 1 to 65535");
    }
    endpoint.host = std::move(parsed.host);
    if (!keep_port && parsed.port != 0) endpoint.port = parsed.port;
}

void RowChecker::check_tls(Row& row, sync::Side side) const {
    auto& wish = row.wish(side);
    auto& endpoint = row.account(side).endpoint;
    const bool of_source = side == sync::Side::source;
    const auto column = side_column(Column::source_tls, side);
    const auto word = trim(row.value(column));
    const auto* known = std::ranges::find_if(
        tls_words, [&](const TlsWord& entry) { return equals_ignoring_case(entry.word, word); });
    if (!word.empty() && known == tls_words.end())
        return row.bad(column, "bad_tls", "must be implicit, starttls or none");
    if (wish.ssl || wish.tls) return;
    if (!word.empty()) {
        wish = wish_for(known->mode);
        return;
    }
    const auto default_port = of_source ? defaults_.source_port : defaults_.destination_port;
    const auto default_tls = of_source ? defaults_.source_tls : defaults_.destination_tls;
    if (endpoint.port == 0) endpoint.port = default_port;
    if (default_tls) wish = wish_for(*default_tls);
}

void RowChecker::check_endpoints(Row& row) const {
    if (const auto settled = sync::settle_options(row.target); !settled)
        row.bad(Column::options, "bad_option", settled.error().cause);
}

void RowChecker::check_accounts(Row& row) const {
    const auto& [source, destination] = std::tie(row.target.source, row.target.destination);
    if (service_of(source.endpoint) == service_of(destination.endpoint) &&
        equals_ignoring_case(source.user, destination.user))
        row.bad(Column::destination_user, "same_source_and_destination",
                "is the account that is copied from: name another user or host");
}

void RowChecker::check_duplicates(Row& row) {
    const auto& [source, destination] = std::tie(row.target.source, row.target.destination);
    // Zero octets part the values: none of them can hold one.
    std::string key = host_key(source.endpoint.host, source.endpoint.port);
    key.append(1, '\0').append(source.user).append(1, '\0');
    key += host_key(destination.endpoint.host, destination.endpoint.port);
    key.append(1, '\0').append(destination.user);
    const auto external_id = trim(row.value(Column::external_id));
    if (!external_id.empty() && !external_ids_.insert(hash_of(external_id)))
        row.bad(Column::external_id, "duplicate_in_file", "is the same as in an earlier row");
    else if (!pairs_.insert(hash_of(key)))
        row.bad(Column::source_user, "duplicate_in_file",
                "is copied to this destination by an earlier row already");
}

}  // namespace godwit::scheduler

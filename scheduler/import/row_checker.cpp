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
    sync::OptionTarget target;
    bool good = true;

    std::string_view value(Column column) const { return text.values[index_of(column)]; }
    void bad(std::string_view column, std::string_view code, std::string detail) {
        good = false;
        errors.push_back({number, std::string(column), std::string(code), std::move(detail)});
    }
    void bad(Column column, std::string_view code, std::string detail) {
        bad(names[index_of(column)], code, std::move(detail));
    }
    sync::AccountSpec& account(sync::Side side) {
        return side == sync::Side::source ? target.source : target.destination;
    }
    TlsWish& wish(sync::Side side) {
        return side == sync::Side::source ? target.source_tls : target.destination_tls;
    }
};

std::string sentence_of(const Error& error) {
    if (error.context.empty()) return error.cause;
    return error.context + (error.context.starts_with("--") && !error.context.ends_with('"') ? " " : ": ") + error.cause;
}

std::optional<net::TlsMode> tls_mode_in(std::string_view text) {
    const auto* known = std::ranges::find_if(
        tls_words, [&](const TlsWord& entry) { return equals_ignoring_case(entry.word, text); });
    return known == tls_words.end() ? std::nullopt : std::optional(known->mode);
}

RowChecker::RowChecker(const ImportDefaults& defaults) : beginning_(defaults.options) {
    source_ = side_defaults(beginning_.source, beginning_.source_tls, defaults.source_host,
                            defaults.source_port, defaults.source_tls);
    destination_ =
        side_defaults(beginning_.destination, beginning_.destination_tls, defaults.destination_host,
                      defaults.destination_port, defaults.destination_tls);
}

// Takes port and wish out of the default options, which would win over the columns of a row otherwise.
RowChecker::SideDefaults RowChecker::side_defaults(sync::AccountSpec& spec, TlsWish& wish,
                                                   const std::string& host, std::uint16_t port,
                                                   std::optional<net::TlsMode> tls) {
    SideDefaults out{host, std::exchange(spec.endpoint.port, 0), std::exchange(wish, {})};
    if (out.port == 0) out.port = port;
    if (!out.wish.ssl && !out.wish.tls && tls) out.wish = wish_for(*tls);
    return out;
}

void RowChecker::check(std::uint64_t number, const RowText& text, const ColumnNames& names,
                       std::vector<ImportedRow>& rows, std::vector<RowError>& errors) {
    Row row{number, text, names, errors, beginning_};
    check_encoding(row);
    if (row.good) {
        check_options(row);
        check_cells(row);
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
    const auto check = [&](std::string_view value, std::string_view name) {
        if (!is_utf8(value))
            row.bad(name, "bad_encoding", "is not UTF-8: save the file as UTF-8");
        else if (has_controls(value))
            row.bad(name, "bad_encoding", "has a control character or a line break in it");
    };
    for (std::size_t i = 0; i < column_count; ++i) check(row.text.values[i], row.names[i]);
    for (const auto& cell : row.text.options) check(cell.value, cell.name);
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
    row.bad(Column::options, "bad_option", sentence_of(error));
}

void RowChecker::check_cells(Row& row) const {
    for (const auto& cell : row.text.options)
        if (const auto applied = sync::apply_cell(row.target, *cell.option, cell.value); !applied)
            row.bad(cell.name, "bad_option", applied.error().cause);
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
    if (text.empty()) text = defaults(side).host;
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
    const auto column = side_column(Column::source_tls, side);
    const auto word = trim(row.value(column));
    const auto mode = tls_mode_in(word);
    if (!word.empty() && !mode) return row.bad(column, "bad_tls", "must be implicit, starttls or none");
    if (wish.ssl || wish.tls) return;
    if (!word.empty()) {
        wish = wish_for(*mode);
        return;
    }
    if (endpoint.port == 0) endpoint.port = defaults(side).port;
    wish = defaults(side).wish;
}

void RowChecker::check_endpoints(Row& row) const {
    const auto settled = sync::settle_options(row.target);
    if (settled) return;
    // An expression that is wrong may stand in a column of its own.
    for (const auto& cell : row.text.options) {
        sync::OptionTarget alone;
        if (!sync::apply_cell(alone, *cell.option, cell.value)) continue;
        if (const auto checked = sync::check_options(alone.options); !checked)
            return row.bad(cell.name, "bad_option", checked.error().cause);
    }
    row.bad(Column::options, "bad_option", sentence_of(settled.error()));
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

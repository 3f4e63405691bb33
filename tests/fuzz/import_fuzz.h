// What the fuzz targets of the importers share: the same comes out wherever the file is cut, and what comes
// out is fit to be stored.
#pragma once

#include <cstdint>

#include <fmt/format.h>

#include "engine/base/utf8.h"
#include "scheduler/import/importer.h"
#include "tests/fuzz/fuzz_input.h"

namespace godwit::scheduler::fuzz {

using godwit::fuzz::require;

inline void check_account(const sync::AccountSpec& account) {
    require(!account.endpoint.host.empty() && account.endpoint.host.size() <= 253);
    require(account.endpoint.port != 0);
    require(account.endpoint.connect_to.empty() && account.endpoint.ca_file.empty());
    require(!account.user.empty() && account.user.size() <= 1024 && is_utf8(account.user));
    require(!account.password.empty());
    for (const unsigned char c : account.user + account.password.reveal()) require(c >= 0x20 && c != 0x7f);
}

inline std::string to_text(const sync::AccountSpec& account) {
    return fmt::format("{}:{}:{}:{}:{}:{}:{}", account.endpoint.host, account.endpoint.port,
                       static_cast<int>(account.endpoint.tls), account.endpoint.verify, account.user,
                       account.password.reveal(), account.auth_user);
}

// Everything that came out, in the order in which it came.
inline std::string import_in_pieces(ImportFormat format, std::string_view file, std::size_t piece) {
    const auto importer = make_importer(format, {.source_host = "default.example"},
                                        {.row_bytes = 200, .field_bytes = 40, .rows = 50});
    std::string rows, errors;
    const auto take = [&] {
        for (const auto& row : importer->take_rows()) {
            check_account(row.source);
            check_account(row.destination);
            rows += fmt::format("{} {} {} {}\n", row.row, row.external_id, to_text(row.source),
                                to_text(row.destination));
        }
        for (const auto& error : importer->take_errors()) {
            require(error.row > 0 && !error.code.empty() && is_utf8(error.column + error.detail));
            errors += fmt::format("{} {} {} {}\n", error.row, error.column, error.code, error.detail);
        }
    };
    Result<void> outcome;
    for (std::size_t at = 0; outcome && at < file.size(); at += piece) {
        outcome = importer->feed(file.substr(at, piece));
        take();
    }
    for (bool more = true; outcome && more; more = importer->has_more()) {
        outcome = importer->end();
        take();
    }
    return rows + errors + std::to_string(importer->rows_seen()) +
           (outcome ? "" : outcome.error().to_string());
}

// The first octet says how the second reading is cut.
inline void check_import(ImportFormat format, const std::uint8_t* data, std::size_t size) {
    if (size == 0) return;
    const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = import_in_pieces(format, file, file.size() + 1);
    require(import_in_pieces(format, file, 1 + data[0] % 16) == whole);
}

}  // namespace godwit::scheduler::fuzz

// What the tests of the importers share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scheduler/import/importer.h"

namespace godwit::scheduler::test {

struct Imported {
    std::vector<ImportedRow> rows;
    std::vector<RowError> errors;
    std::uint64_t rows_seen = 0;
    std::string failure;  // why the whole file was refused
};

// Feeds `piece` bytes at a time.
inline Imported import_in_pieces(Importer& importer, std::string_view file, std::size_t piece) {
    Imported out;
    auto outcome = Result<void>();
    const auto take = [&] {
        for (auto& row : importer.take_rows()) out.rows.push_back(std::move(row));
        for (auto& error : importer.take_errors()) out.errors.push_back(std::move(error));
    };
    for (std::size_t at = 0; outcome && at < file.size(); at += piece) {
        outcome = importer.feed(file.substr(at, piece));
        take();
    }
    for (bool more = true; outcome && more; more = importer.has_more()) {
        outcome = importer.end();
        take();
    }
    out.rows_seen = importer.rows_seen();
    if (!outcome) out.failure = outcome.error().to_string();
    return out;
}

inline Imported import_file(ImportFormat format, std::string_view file, const ImportDefaults& defaults = {},
                            ImportLimits limits = {}) {
    const auto importer = make_importer(format, defaults, limits);
    return import_in_pieces(*importer, file, file.size() + 1);
}

inline std::string to_text(const net::Endpoint& endpoint) {
    constexpr const char* modes[] = {"none", "starttls", "implicit"};
    return fmt::format("{}:{}/{}{}", endpoint.host, endpoint.port, modes[static_cast<int>(endpoint.tls)],
                       endpoint.verify ? "" : "/insecure");
}

inline std::string to_text(const sync::AccountSpec& account) {
    return fmt::format("{}|{}|{}|{}", to_text(account.endpoint), account.user, account.password.reveal(),
                       account.auth_user);
}

// Everything that came out, as one text to compare.
inline std::string to_text(const Imported& imported) {
    std::string out = fmt::format("seen {} failure {}\n", imported.rows_seen, imported.failure);
    for (const auto& row : imported.rows)
        out += fmt::format("{} {} {} -> {} dry={}\n", row.row, row.external_id, to_text(row.source),
                           to_text(row.destination), row.options.dry);
    for (const auto& error : imported.errors)
        out += fmt::format("{} {} {} {}\n", error.row, error.column, error.code, error.detail);
    return out;
}

// "2 host1 bad_host" for each error.
inline std::vector<std::string> codes(const Imported& imported) {
    std::vector<std::string> out;
    for (const auto& error : imported.errors)
        out.push_back(fmt::format("{} {} {}", error.row, error.column, error.code));
    return out;
}

// The same comes out wherever the file is cut: at every byte, and in pieces of every small size.
inline void expect_same_at_every_cut(ImportFormat format, std::string_view file, ImportLimits limits = {}) {
    const auto whole = to_text(import_file(format, file, {}, limits));
    for (std::size_t piece = 1; piece <= 16 && piece < file.size(); ++piece) {
        const auto importer = make_importer(format, {}, limits);
        EXPECT_EQ(to_text(import_in_pieces(*importer, file, piece)), whole) << "pieces of " << piece;
    }
    for (std::size_t cut = 1; cut < file.size(); ++cut) {
        const auto importer = make_importer(format, {}, limits);
        Imported out;
        if (importer->feed(file.substr(0, cut))) {
            out = import_in_pieces(*importer, file.substr(cut), file.size());
        } else {
            continue;  // refused early: what comes later cannot change that
        }
        EXPECT_EQ(to_text(out), whole) << "cut at " << cut;
    }
}

}  // namespace godwit::scheduler::test

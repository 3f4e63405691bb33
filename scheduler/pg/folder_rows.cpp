#include "scheduler/pg/folder_rows.h"

#include <boost/json.hpp>

namespace godwit::scheduler::pg {

namespace json = boost::json;

namespace {

constexpr std::size_t name_bytes = 1000;

json::object row_of(const sync::FolderReport& folder, std::size_t position) {
    json::object row{{"position", position},
                     {"source_name", printable(folder.source_name, name_bytes)},
                     {"destination_name", printable(folder.destination_name, name_bytes)},
                     {"rule", printable(folder.rule)},
                     {"why", printable(folder.why)},
                     {"skipped", json::parse(skipped_json(folder.skipped))}};
    for (const auto& field : sync::counter_fields()) row[field.name] = folder.counters.*field.member;
    const ErrorParameters error(folder.error);
    if (folder.error) {
        row["error_kind"] = *error.kind;
        row["error_reach"] = *error.reach;
        row["error_cause"] = *error.cause;
        row["error_context"] = *error.context;
    }
    return row;
}

}  // namespace

std::string folder_rows_json(const std::vector<sync::FolderReport>& folders) {
    json::array rows;
    for (const auto& folder : folders) {
        if (rows.size() == Store::folders_kept) break;
        rows.push_back(row_of(folder, rows.size() + 1));
    }
    return json::serialize(rows);
}

FolderView folder_of(const pqxx::row& row, const MigrationId& migration) {
    FolderView view{migration, PassId(row[1].c_str()), {}};
    auto& report = view.report;
    report.source_name = row[2].c_str();
    report.destination_name = row[3].c_str();
    report.rule = row[4].c_str();
    report.why = row[5].c_str();
    report.skipped = skipped_from_json(row[6].c_str());
    report.error = error_of(row, 7);
    report.counters = counters_of(row, 11);
    return view;
}

}  // namespace godwit::scheduler::pg

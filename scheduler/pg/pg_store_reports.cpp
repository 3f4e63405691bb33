// What passes have left behind: folders, findings, and the keys of reports.
#include "engine/sync/option_values.h"
#include "scheduler/pg/folder_rows.h"
#include "scheduler/pg/migration_rows.h"
#include "scheduler/pg/pg_store.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

Page<FolderView> folder_page(pqxx::work& tx, const TenantId& tenant, const MigrationId& id, const PageRequest& page,
                             bool reported) {
    load_migration(tx, tenant.value, id.value);
    Page<FolderView> out;
    const auto found = exec(tx, "list_folder_reports", tenant.value, id.value, number_cursor(page.cursor, 0),
                            page.limit + 1, reported);
    for (const auto& row : found) out.items.push_back(folder_of(row, id));
    if (out.items.size() > page.limit) {
        out.items.pop_back();
        out.next_cursor = found[static_cast<int>(page.limit) - 1][0].c_str();
    }
    return out;
}

FindingView finding_of(const pqxx::row& row, const MigrationId& migration) {
    FindingView view{migration, PassId(row[1].c_str()), {}};
    auto& finding = view.finding;
    finding.kind = sync::finding_kind_of(row[2].c_str()).value_or(sync::FindingKind::unreadable);
    finding.folder = row[3].c_str();
    finding.destination_folder = row[4].c_str();
    finding.source_uid = row[5].as<std::uint32_t>();
    finding.destination_uid = row[6].as<std::uint32_t>();
    finding.size = row[7].as<std::uint64_t>();
    finding.detail = row[8].c_str();
    return view;
}

}  // namespace

Awaitable<Result<Page<FolderView>>> PgStore::folders(TenantId tenant, MigrationId id, PageRequest page) {
    co_return co_await executor_.run<Page<FolderView>>(
        Lane::api, [=](pqxx::work& tx) { return folder_page(tx, tenant, id, page, false); });
}

Awaitable<Result<Page<FolderView>>> PgStore::reported_folders(TenantId tenant, MigrationId id, PageRequest page) {
    co_return co_await executor_.run<Page<FolderView>>(
        Lane::api, [=](pqxx::work& tx) { return folder_page(tx, tenant, id, page, true); });
}

Awaitable<Result<std::optional<ReportedPass>>> PgStore::reported_pass(TenantId tenant, MigrationId id) {
    co_return co_await executor_.run<std::optional<ReportedPass>>(Lane::api, [=](pqxx::work& tx) {
        load_migration(tx, tenant.value, id.value);
        std::optional<ReportedPass> out;
        const auto found = exec(tx, "reported_pass", tenant.value, id.value);
        if (!found.empty()) out = ReportedPass{pass_of(found[0], id), sync::options_from_json(found[0][17].c_str())};
        return out;
    });
}

Awaitable<Result<Page<FindingView>>> PgStore::findings(TenantId tenant, MigrationId id,
                                                       std::optional<sync::FindingKind> kind, PageRequest page) {
    co_return co_await executor_.run<Page<FindingView>>(Lane::api, [=](pqxx::work& tx) {
        load_migration(tx, tenant.value, id.value);
        Page<FindingView> out;
        const auto pass = exec(tx, "reported_pass", tenant.value, id.value);
        if (pass.empty()) return out;
        const auto found = exec(tx, "list_findings", tenant.value, id.value, number_cursor(page.cursor, 0),
                                std::string(kind ? sync::name_of(*kind) : ""), pass[0][0].as<std::int64_t>(),
                                page.limit + 1);
        for (const auto& row : found) out.items.push_back(finding_of(row, id));
        if (out.items.size() > page.limit) {
            out.items.pop_back();
            out.next_cursor = found[static_cast<int>(page.limit) - 1][0].c_str();
        }
        return out;
    });
}

Awaitable<Result<void>> PgStore::add_report_key(ReportKey key) {
    co_return co_await executor_.run<void>(Lane::api, [=](pqxx::work& tx) {
        exec(tx, "add_report_key", key.fingerprint, bytea(key.public_key), key.host_name, key.node.value);
    });
}

Awaitable<Result<Page<ReportKey>>> PgStore::report_keys(PageRequest page) {
    co_return co_await executor_.run<Page<ReportKey>>(Lane::api, [=](pqxx::work& tx) {
        Page<ReportKey> out;
        for (const auto& row : exec(tx, "list_report_keys", require_text(page.cursor, "the cursor"), page.limit + 1))
            out.items.push_back({row[0].c_str(), bytes_of(row[1]), row[2].c_str(), NodeId(row[3].c_str()),
                                 time_of(row[4]), time_of(row[5])});
        if (out.items.size() > page.limit) {
            out.items.pop_back();
            out.next_cursor = out.items.back().fingerprint;
        }
        return out;
    });
}

}  // namespace godwit::scheduler::pg

// Migrations: import and views.
#include "engine/sync/option_values.h"
#include "scheduler/pg/migration_rows.h"
#include "scheduler/pg/pg_store.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

// Copies the rows into the temporary table of this transaction.
void stage(pqxx::work& tx, const std::string& tenant, const std::string& batch,
           const std::vector<MigrationSpec>& specs) {
    exec(tx, "stage_migrations");
    pqxx::stream_to copy(tx, "staged");
    for (const auto& spec : specs) {
        const auto& from = spec.source;
        const auto& to = spec.destination;
        const std::string pair = fmt::format("{}\n{}\n{}\n{}", host_key(from.host, from.port), from.user,
                                             host_key(to.host, to.port), to.user);
        copy << std::make_tuple(tenant, spec.id.value, batch,
                                spec.external_id.empty() ? std::optional<std::string>() : spec.external_id,
                                spec.row, uuid_digest(pair), host_key(from.host, from.port), from.host,
                                from.port, std::string(net::name_of(from.tls)), from.verify, from.user,
                                from.auth_user, from.password.key_id, bytea(from.password.bytes),
                                host_key(to.host, to.port), to.host, to.port, std::string(net::name_of(to.tls)),
                                to.verify, to.user, to.auth_user, to.password.key_id,
                                bytea(to.password.bytes), sync::options_json(spec.options), new_pass_id().value);
    }
    copy.complete();
}

// Hosts, slots and lanes that the staged rows need.
void prepare_lanes(pqxx::work& tx, const std::string& tenant, const std::string& batch) {
    if (!exec(tx, "staged_hosts").empty()) {
        exec(tx, "lock_hosts");
        for (const auto& row : exec(tx, "staged_hosts"))
            exec(tx, "add_host", new_id<HostGroupId>("hst").value, std::string(row[0].c_str()));
        exec(tx, "add_slots");
    }
    for (const auto& row : exec(tx, "staged_lanes"))
        exec(tx, "add_lane", new_id<LaneId>("lan").value, tenant, batch, std::string(row[0].c_str()),
             std::string(row[1].c_str()));
}

}  // namespace

Awaitable<Result<ImportOutcome>> PgStore::add_migrations(TenantId tenant, BatchId batch,
                                                         std::vector<MigrationSpec> specs) {
    auto shared = std::make_shared<const std::vector<MigrationSpec>>(std::move(specs));
    co_return co_await executor_.run<ImportOutcome>(Lane::import, [=](pqxx::work& tx) {
        if (exec(tx, "get_batch", tenant.value, batch.value).empty())
            throw refusal(ErrorKind::not_found, "no batch " + printable(batch.value, 60));
        stage(tx, tenant.value, batch.value, *shared);
        prepare_lanes(tx, tenant.value, batch.value);
        ImportOutcome outcome;
        outcome.stored = exec(tx, "store_staged").size();
        if (outcome.stored < shared->size())
            for (const auto& row : exec(tx, "staged_duplicates"))
                outcome.duplicate_rows.push_back(row[0].as<std::uint64_t>());
        exec(tx, "wake");
        return outcome;
    });
}

Awaitable<Result<MigrationView>> PgStore::migration(TenantId tenant, MigrationId id) {
    co_return co_await executor_.run<MigrationView>(
        Lane::api, [=](pqxx::work& tx) { return load_migration(tx, tenant.value, id.value); });
}

Awaitable<Result<Page<MigrationView>>> PgStore::migrations(TenantId tenant, MigrationFilter filter,
                                                           PageRequest page) {
    co_return co_await executor_.run<Page<MigrationView>>(Lane::api, [=](pqxx::work& tx) {
        Page<MigrationView> out;
        const auto found = exec(tx, "list_migrations", tenant.value, require_text(page.cursor, "the cursor"),
                                filter.batch ? filter.batch->value : std::string(),
                                std::string(filter.state ? name_of(*filter.state) : ""), filter.error_code,
                                require_text(filter.text, "the search"), page.limit + 1);
        for (const auto& row : found) out.items.push_back(migration_of(row));
        if (out.items.size() > page.limit) {
            out.items.pop_back();
            out.next_cursor = out.items.back().id.value;
        }
        return out;
    });
}

Awaitable<Result<Page<PassView>>> PgStore::passes(TenantId tenant, MigrationId id, PageRequest page) {
    co_return co_await executor_.run<Page<PassView>>(Lane::api, [=](pqxx::work& tx) {
        load_migration(tx, tenant.value, id.value);
        Page<PassView> out;
        std::vector<std::uint64_t> generations;
        for (const auto& row : exec(tx, "list_passes", tenant.value, id.value,
                                    number_cursor(page.cursor, INT64_MAX), page.limit + 1)) {
            generations.push_back(row[0].as<std::uint64_t>());
            out.items.push_back(pass_of(row, id));
        }
        if (out.items.size() > page.limit) {
            out.items.pop_back();
            out.next_cursor = std::to_string(generations[page.limit - 1]);
        }
        return out;
    });
}

Awaitable<Result<Page<IssueView>>> PgStore::issues(TenantId tenant, MigrationId id, PageRequest page) {
    co_return co_await executor_.run<Page<IssueView>>(Lane::api, [=](pqxx::work& tx) {
        load_migration(tx, tenant.value, id.value);
        Page<IssueView> out;
        std::uint64_t last = 0;
        for (const auto& row :
             exec(tx, "list_issues", tenant.value, id.value, number_cursor(page.cursor, 0), page.limit + 1)) {
            if (out.items.size() == page.limit) {
                out.next_cursor = std::to_string(last);
                break;
            }
            last = row[0].as<std::uint64_t>();
            IssueView view{id, PassId(row[1].c_str()), {}};
            view.issue.kind = error_kind_of(row[2].c_str()).value_or(ErrorKind::internal);
            view.issue.reach = row[3].c_str() == name_of(Reach::folder) ? Reach::folder : Reach::message;
            view.issue.folder = row[4].c_str();
            view.issue.uid = row[5].as<std::uint32_t>();
            view.issue.size = row[6].as<std::uint64_t>();
            view.issue.detail = row[7].c_str();
            out.items.push_back(std::move(view));
        }
        return out;
    });
}

}  // namespace godwit::scheduler::pg

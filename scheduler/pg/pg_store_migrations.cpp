// Migrations: import, views, and what operators do to them.
#include "engine/sync/option_values.h"
#include "scheduler/pg/folder_rows.h"
#include "scheduler/pg/pg_store.h"
#include "scheduler/pg/sql.h"
#include "scheduler/state_machine.h"

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

MigrationView migration_of(const pqxx::row& row) {
    MigrationView view;
    view.id = MigrationId(row[0].c_str());
    view.batch = BatchId(row[1].c_str());
    view.external_id = row[2].c_str();
    view.row = row[3].as<std::uint64_t>();
    view.source = account_of(row, 4);
    view.destination = account_of(row, 10);
    view.phase = phase_of(row[16].c_str()).value_or(Phase::presync);
    view.state = state_of(row[17].c_str()).value_or(State::waiting);
    view.attempts = row[18].as<int>();
    view.error = error_of(row, 19);
    view.next_attempt_at = optional_time_of(row[23]);
    view.created_at = time_of(row[24]);
    view.updated_at = time_of(row[25]);
    view.folder = row[26].c_str();
    view.progress = counters_of(row, 27);
    const int preflight = 27 + static_cast<int>(sync::counter_fields().size());
    if (!row[preflight].is_null()) view.preflight = {row[preflight].c_str(), error_of(row, preflight + 1)};
    return view;
}

MigrationView load(pqxx::work& tx, const std::string& tenant, const std::string& id) {
    const auto found = exec(tx, "get_migration", tenant, id);
    if (found.empty()) throw refusal(ErrorKind::not_found, "no migration " + printable(id, 60));
    return migration_of(found[0]);
}

// Moves `ids` to `states` and puts passes into the queue, or takes them out.
void move(pqxx::work& tx, const std::string& tenant, const std::vector<std::string>& ids,
          const std::vector<std::string>& states) {
    exec(tx, "set_states", tenant, text_array(ids), text_array(states));
    std::vector<std::string> queued, passes, unqueued;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (states[i] != name_of(State::ready)) {
            unqueued.push_back(ids[i]);
            continue;
        }
        queued.push_back(ids[i]);
        passes.push_back(new_pass_id().value);
    }
    if (!unqueued.empty()) exec(tx, "unqueue_passes", tenant, text_array(unqueued));
    if (!queued.empty()) exec(tx, "queue_passes", tenant, text_array(queued), text_array(passes));
    exec(tx, "wake");
}

// How many of `ids` have a preflight in the queue now.
std::size_t queue_preflights(pqxx::work& tx, const std::string& tenant, const std::vector<std::string>& ids) {
    std::vector<std::string> passes;
    for (std::size_t i = 0; i < ids.size(); ++i) passes.push_back(new_pass_id().value);
    const auto queued = exec(tx, "queue_preflights", tenant, text_array(ids), text_array(passes));
    exec(tx, "wake");
    return queued.size();
}

// A batch is moved in several transactions, each short enough for those who wait for its rows.
struct Moved {
    std::size_t count = 0;
    std::string last;   // id of the last one
    bool full = false;  // there may be more
};

Moved move_some(pqxx::work& tx, const std::string& tenant, const std::string& batch, Action action,
                const std::string& after) {
    constexpr std::size_t at_once = 5000;
    std::vector<std::string> from, ids, states;
    for (const State state : states_allowing(action)) from.emplace_back(name_of(state));
    for (const auto& row :
         exec(tx, "lock_batch_migrations", tenant, batch, text_array(from), after, at_once)) {
        ids.emplace_back(row[0].c_str());
        states.emplace_back(name_of(*next_state(*state_of(row[1].c_str()), action)));
    }
    if (ids.empty()) return {0, after, false};
    std::size_t count = ids.size();
    if (action == Action::preflight)
        count = queue_preflights(tx, tenant, ids);
    else
        move(tx, tenant, ids, states);
    return {count, ids.back(), ids.size() == at_once};
}

std::uint64_t number_cursor(const std::string& cursor, std::uint64_t at_start) {
    std::uint64_t value = 0;
    if (cursor.empty()) return at_start;
    for (const char c : cursor) {
        if (c < '0' || c > '9' || value > UINT64_MAX / 20)
            throw refusal(ErrorKind::invalid_argument, "no cursor of ours");
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
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
        Lane::api, [=](pqxx::work& tx) { return load(tx, tenant.value, id.value); });
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
        load(tx, tenant.value, id.value);
        Page<PassView> out;
        std::vector<std::uint64_t> generations;
        for (const auto& row : exec(tx, "list_passes", tenant.value, id.value,
                                    number_cursor(page.cursor, INT64_MAX), page.limit + 1)) {
            PassView view;
            generations.push_back(row[0].as<std::uint64_t>());
            view.id = PassId(row[1].c_str());
            view.migration = id;
            view.kind = sync::pass_kind_of(row[2].c_str()).value_or(sync::PassKind::sync);
            view.attempt = row[3].as<int>();
            view.result = row[4].c_str();
            view.error = error_of(row, 5);
            view.started_at = time_of(row[9]);
            view.finished_at = optional_time_of(row[10]);
            if (!row[11].is_null()) view.counters = counters_from_json(row[11].c_str());
            if (!row[12].is_null()) view.skipped = skipped_from_json(row[12].c_str());
            out.items.push_back(std::move(view));
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
        load(tx, tenant.value, id.value);
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

Awaitable<Result<Page<FolderView>>> PgStore::folders(TenantId tenant, MigrationId id, PageRequest page) {
    co_return co_await executor_.run<Page<FolderView>>(Lane::api, [=](pqxx::work& tx) {
        load(tx, tenant.value, id.value);
        Page<FolderView> out;
        const auto found = exec(tx, "list_folder_reports", tenant.value, id.value,
                                number_cursor(page.cursor, 0), page.limit + 1);
        for (const auto& row : found) out.items.push_back(folder_of(row, id));
        if (out.items.size() > page.limit) {
            out.items.pop_back();
            out.next_cursor = found[static_cast<int>(page.limit) - 1][0].c_str();
        }
        return out;
    });
}

Awaitable<Result<MigrationView>> PgStore::act(TenantId tenant, MigrationId id, Action action) {
    co_return co_await executor_.run<MigrationView>(Lane::api, [=](pqxx::work& tx) {
        const auto found = exec(tx, "lock_migration", tenant.value, id.value);
        if (found.empty()) throw refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
        const State state = state_of(found[0][0].c_str()).value_or(State::waiting);
        const auto next = next_state(state, action);
        if (!next) {
            std::string allowed;
            for (const Action one : allowed_actions(state))
                allowed += (allowed.empty() ? "" : ", ") + std::string(name_of(one));
            throw refusal(ErrorKind::conflict, fmt::format("a {} migration allows: {}", name_of(state),
                                                           allowed.empty() ? "nothing" : allowed));
        }
        if (action != Action::preflight)
            move(tx, tenant.value, {id.value}, {std::string(name_of(*next))});
        else if (queue_preflights(tx, tenant.value, {id.value}) == 0)
            throw refusal(ErrorKind::conflict, "a pass of this migration has not ended yet");
        return load(tx, tenant.value, id.value);
    });
}

Awaitable<Result<std::uint64_t>> PgStore::act(TenantId tenant, BatchId id, Action action) {
    GODWIT_CO_CHECK(co_await executor_.run<void>(Lane::import, [=](pqxx::work& tx) {
        if (exec(tx, "get_batch", tenant.value, id.value).empty())
            throw refusal(ErrorKind::not_found, "no batch " + printable(id.value, 60));
        if (action == Action::pause || action == Action::resume)
            exec(tx, "set_batch_paused", tenant.value, id.value, action == Action::pause);
    }));
    std::uint64_t count = 0;
    for (Moved moved{.full = true}; moved.full; count += moved.count) {
        GODWIT_CO_TRY(next, co_await executor_.run<Moved>(Lane::import, [=](pqxx::work& tx) {
            return move_some(tx, tenant.value, id.value, action, moved.last);
        }));
        moved = std::move(next);
    }
    co_return count;
}

}  // namespace godwit::scheduler::pg

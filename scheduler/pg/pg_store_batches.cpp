// Batches, hosts, idempotency keys and the cluster's switches.
#include "scheduler/pg/pg_store.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

Batch batch_of(const pqxx::row& row) {
    return {BatchId(row[0].c_str()), row[1].c_str(), row[2].as<int>(), row[3].as<bool>(), time_of(row[4])};
}

// Fills in the counts of `found`, a few statements for all of them.
std::vector<BatchSummary> summarise(pqxx::work& tx, const std::string& tenant, const pqxx::result& found) {
    std::vector<BatchSummary> out;
    std::vector<std::string> ids;
    std::map<std::string, std::size_t> place;
    for (const auto& row : found) {
        place[row[0].c_str()] = out.size();
        ids.emplace_back(row[0].c_str());
        out.push_back({.batch = batch_of(row)});
    }
    for (const auto& row : exec(tx, "batch_states", tenant, text_array(ids))) {
        auto& summary = out[place[row[0].c_str()]];
        const auto count = row[2].as<std::uint64_t>();
        summary.states[state_of(row[1].c_str()).value_or(State::waiting)] += count;
        summary.migrations += count;
    }
    for (const auto& row : exec(tx, "batch_passes_beside", tenant, text_array(ids)))
        if (const auto kind = sync::pass_kind_of(row[1].c_str()))
            out[place[row[0].c_str()]].beside[*kind] = row[2].as<std::uint64_t>();
    for (const auto& row : exec(tx, "batch_progress", tenant, text_array(ids)))
        out[place[row[0].c_str()]].progress = counters_of(row, 1);
    return out;
}

HostView host_of(const pqxx::row& row) {
    HostView host;
    host.id = HostGroupId(row[0].c_str());
    host.name = row[1].c_str();
    std::string_view names = row[2].c_str();
    while (!names.empty()) {
        const auto end = std::min(names.find(' '), names.size());
        host.names.emplace_back(names.substr(0, end));
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    host.limits = {row[3].as<std::uint32_t>(), row[4].as<std::uint32_t>()};
    host.effective_as_source = row[5].as<std::uint32_t>();
    host.effective_as_destination = row[6].as<std::uint32_t>();
    host.used_as_source = row[7].as<std::uint32_t>();
    host.used_as_destination = row[8].as<std::uint32_t>();
    return host;
}

}  // namespace

Awaitable<Result<Batch>> PgStore::create_batch(TenantId tenant, Batch batch) {
    co_return co_await executor_.run<Batch>(Lane::api, [=](pqxx::work& tx) {
        exec(tx, "create_batch", tenant.value, batch.id.value, batch.name, batch.priority);
        const auto stored = exec(tx, "get_batch", tenant.value, batch.id.value);
        if (stored.empty())
            throw refusal(ErrorKind::conflict, "there is a batch named \"" + printable(batch.name) + "\"");
        return batch_of(stored[0]);
    });
}

Awaitable<Result<BatchSummary>> PgStore::batch(TenantId tenant, BatchId id) {
    co_return co_await executor_.run<BatchSummary>(Lane::api, [=](pqxx::work& tx) {
        const auto found = exec(tx, "get_batch", tenant.value, id.value);
        if (found.empty()) throw refusal(ErrorKind::not_found, "no batch " + printable(id.value, 60));
        return summarise(tx, tenant.value, found).front();
    });
}

Awaitable<Result<Page<BatchSummary>>> PgStore::batches(TenantId tenant, PageRequest page) {
    co_return co_await executor_.run<Page<BatchSummary>>(Lane::api, [=](pqxx::work& tx) {
        const auto found =
            exec(tx, "list_batches", tenant.value, require_text(page.cursor, "the cursor"), page.limit + 1);
        Page<BatchSummary> out{summarise(tx, tenant.value, found), {}};
        if (out.items.size() > page.limit) {
            out.items.pop_back();
            out.next_cursor = out.items.back().batch.id.value;
        }
        return out;
    });
}

Awaitable<Result<std::vector<StateCount>>> PgStore::state_counts() {
    co_return co_await executor_.run<std::vector<StateCount>>(Lane::api, [](pqxx::work& tx) {
        std::vector<StateCount> counts;
        for (const auto& row : exec(tx, "state_counts"))
            counts.push_back({phase_of(row[0].c_str()).value_or(Phase::presync),
                              state_of(row[1].c_str()).value_or(State::waiting), row[2].as<std::uint64_t>()});
        return counts;
    });
}

Awaitable<Result<void>> PgStore::set_paused(bool paused) {
    co_return co_await executor_.run<void>(Lane::api, [=](pqxx::work& tx) {
        exec(tx, "set_paused", paused);
        exec(tx, "wake");
    });
}

Awaitable<Result<bool>> PgStore::paused() {
    co_return co_await executor_.run<bool>(
        Lane::api, [](pqxx::work& tx) { return exec(tx, "get_paused")[0][0].as<bool>(); });
}

Awaitable<Result<Page<HostView>>> PgStore::hosts(PageRequest page) {
    co_return co_await executor_.run<Page<HostView>>(Lane::api, [=](pqxx::work& tx) {
        Page<HostView> out;
        for (const auto& row :
             exec(tx, "list_hosts", require_text(page.cursor, "the cursor"), std::string(), page.limit + 1))
            out.items.push_back(host_of(row));
        if (out.items.size() > page.limit) {
            out.items.pop_back();
            out.next_cursor = out.items.back().id.value;
        }
        return out;
    });
}

Awaitable<Result<HostView>> PgStore::set_limits(HostGroupId id, HostLimits limits) {
    co_return co_await executor_.run<HostView>(Lane::api, [=](pqxx::work& tx) {
        exec(tx, "set_limits", id.value, limits.connections_as_source, limits.connections_as_destination);
        exec(tx, "add_slots");
        exec(tx, "drop_surplus_slots");
        exec(tx, "wake");
        const auto found = exec(tx, "list_hosts", std::string(), id.value, 1);
        if (found.empty()) throw refusal(ErrorKind::not_found, "no host " + printable(id.value, 60));
        return host_of(found[0]);
    });
}

Awaitable<Result<void>> PgStore::set_default_limits(HostLimits limits) {
    co_return co_await executor_.run<void>(Lane::api, [=](pqxx::work& tx) {
        exec(tx, "set_default_limits", limits.connections_as_source, limits.connections_as_destination);
        exec(tx, "add_slots");
        exec(tx, "drop_surplus_slots");
        exec(tx, "wake");
    });
}

Awaitable<Result<std::optional<Store::StoredAnswer>>> PgStore::begin_idempotent(TenantId tenant,
                                                                                std::string key,
                                                                                std::string fingerprint) {
    co_return co_await executor_.run<std::optional<StoredAnswer>>(Lane::api, [=](pqxx::work& tx) {
        exec(tx, "drop_old_key", tenant.value, require_text(key, "the Idempotency-Key"));
        std::optional<StoredAnswer> answer;
        if (exec(tx, "begin_key", tenant.value, key, fingerprint).affected_rows() == 1) return answer;
        const auto known = exec(tx, "get_key", tenant.value, key)[0];
        if (known[0].c_str() != fingerprint)
            throw refusal(ErrorKind::conflict, "this Idempotency-Key was used for another request");
        if (known[1].is_null())
            throw refusal(ErrorKind::conflict, "the first request with this Idempotency-Key is running");
        answer = StoredAnswer{known[1].as<unsigned>(), known[2].as<std::string>("")};
        return answer;
    });
}

Awaitable<Result<void>> PgStore::end_idempotent(TenantId tenant, std::string key, StoredAnswer answer) {
    co_return co_await executor_.run<void>(Lane::api, [=](pqxx::work& tx) {
        exec(tx, "end_key", tenant.value, key, answer.status, answer.body);
    });
}

}  // namespace godwit::scheduler::pg

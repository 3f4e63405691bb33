// What operators do to migrations.
#include "scheduler/pg/migration_rows.h"
#include "scheduler/pg/pg_store.h"
#include "scheduler/pg/sql.h"
#include "scheduler/state_machine.h"

namespace godwit::scheduler::pg {
namespace {

bool queues_sync(Action action) {
    return action == Action::start || action == Action::resume || action == Action::retry;
}

std::string why_not(sync::PassKind kind) {
    if (kind != sync::PassKind::undo) return "a pass of this migration has not ended yet";
    return "an undo needs that no pass is queued or runs, that cutover is to come, and, unless it is dry, that the last pass "
           "was a dry undo that succeeded";
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

// How many of `ids` have such a pass in the queue now.
std::size_t queue_beside(pqxx::work& tx, const std::string& tenant, const std::vector<std::string>& ids,
                         sync::PassKind kind, const PassParameters& parameters) {
    std::vector<std::string> passes, phases;
    for (std::size_t i = 0; i < ids.size(); ++i) passes.push_back(new_pass_id().value);
    for (const Phase phase : phases_allowing_undo()) phases.emplace_back(name_of(phase));
    const auto queued = exec(tx, "queue_beside", tenant, text_array(ids), text_array(passes), std::string(name_of(kind)),
                             parameters_json(parameters), text_array(phases));
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
                const PassParameters& parameters, const std::string& after) {
    constexpr std::size_t at_once = 5000;
    std::vector<std::string> from, ids, states;
    for (const State state : states_allowing(action)) from.emplace_back(name_of(state));
    for (const auto& row :
         exec(tx, "lock_batch_migrations", tenant, batch, text_array(from), after, at_once, queues_sync(action))) {
        ids.emplace_back(row[0].c_str());
        states.emplace_back(name_of(*next_state(*state_of(row[1].c_str()), action)));
    }
    if (ids.empty()) return {0, after, false};
    std::size_t count = ids.size();
    if (const auto kind = pass_beside(action))
        count = queue_beside(tx, tenant, ids, *kind, parameters);
    else
        move(tx, tenant, ids, states);
    return {count, ids.back(), ids.size() == at_once};
}

}  // namespace

Awaitable<Result<MigrationView>> PgStore::act(TenantId tenant, MigrationId id, Action action, PassParameters given) {
    const auto parameters = parameters_of(action, given);
    co_return co_await executor_.run<MigrationView>(Lane::api, [=](pqxx::work& tx) {
        const auto found = exec(tx, "lock_migration", tenant.value, id.value);
        if (found.empty()) throw refusal(ErrorKind::not_found, "no migration " + printable(id.value, 60));
        const State state = state_of(found[0][0].c_str()).value_or(State::waiting);
        const auto next = next_state(state, action);
        if (!next) {
            std::string allowed;
            for (const Action one : allowed_actions(state, load_migration(tx, tenant.value, id.value).phase))
                allowed += (allowed.empty() ? "" : ", ") + std::string(name_of(one));
            throw refusal(ErrorKind::conflict, fmt::format("a {} migration allows: {}", name_of(state),
                                                           allowed.empty() ? "nothing" : allowed));
        }
        if (queues_sync(action) && !exec(tx, "undo_runs", tenant.value, id.value).empty())
            throw refusal(ErrorKind::conflict, "the migration is being undone");
        const auto kind = pass_beside(action);
        if (!kind)
            move(tx, tenant.value, {id.value}, {std::string(name_of(*next))});
        else if (queue_beside(tx, tenant.value, {id.value}, *kind, parameters) == 0)
            throw refusal(ErrorKind::conflict, why_not(*kind));
        return load_migration(tx, tenant.value, id.value);
    });
}

Awaitable<Result<std::uint64_t>> PgStore::act(TenantId tenant, BatchId id, Action action, PassParameters given) {
    const auto parameters = parameters_of(action, given);
    GODWIT_CO_CHECK(co_await executor_.run<void>(Lane::import, [=](pqxx::work& tx) {
        if (exec(tx, "get_batch", tenant.value, id.value).empty())
            throw refusal(ErrorKind::not_found, "no batch " + printable(id.value, 60));
        if (action == Action::pause || action == Action::resume)
            exec(tx, "set_batch_paused", tenant.value, id.value, action == Action::pause);
    }));
    std::uint64_t count = 0;
    for (Moved moved{.full = true}; moved.full; count += moved.count) {
        GODWIT_CO_TRY(next, co_await executor_.run<Moved>(Lane::import, [=](pqxx::work& tx) {
            return move_some(tx, tenant.value, id.value, action, parameters, moved.last);
        }));
        moved = std::move(next);
    }
    co_return count;
}

}  // namespace godwit::scheduler::pg

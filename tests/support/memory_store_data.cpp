#include "tests/support/memory_store_data.h"

#include "engine/base/text.h"

namespace godwit::test {

using namespace scheduler;

HostGroupId MemoryStore::Data::host_of(const Account& account) {
    const auto name = host_key(account.host, account.port);
    for (const auto& [id, host] : hosts)
        if (host.name == name) return id;
    const auto id = new_id<HostGroupId>("hst");
    hosts[id] = {name, {}};
    return id;
}

LaneId MemoryStore::Data::lane_of(const TenantId& tenant, const BatchId& batch, const MigrationSpec& spec) {
    const Lane wanted{tenant, batch, host_of(spec.source), host_of(spec.destination)};
    for (const auto& [id, lane] : lanes)
        if (std::tie(lane.tenant, lane.batch, lane.source, lane.destination) ==
            std::tie(wanted.tenant, wanted.batch, wanted.source, wanted.destination))
            return id;
    const auto id = new_id<LaneId>("lan");
    lanes[id] = wanted;
    return id;
}

BatchSummary MemoryStore::Data::summary_of(const TenantId& tenant, const Batch& batch) const {
    BatchSummary summary{.batch = batch};
    for (const auto& [key, migration] : migrations) {
        if (migration.tenant != tenant || migration.view.batch != batch.id) continue;
        ++summary.states[migration.view.state];
        ++summary.migrations;
        if (migration.has_beside()) ++summary.beside[migration.pass->kind];
        summary.progress += migration.view.progress;
    }
    return summary;
}

MemoryStore::Data::Use MemoryStore::Data::use_of(const HostGroupId& host) const {
    Use use;
    for (const auto& [key, migration] : migrations) {
        if (!migration.is_held()) continue;
        const auto& lane = lanes.at(migration.lane);
        use.as_source += lane.source == host;
        use.as_destination += lane.destination == host;
    }
    return use;
}

HostLimits MemoryStore::Data::effective(const Host& host) const {
    const auto& set = host.limits;
    return {set.connections_as_source != 0 ? set.connections_as_source : default_limits.connections_as_source,
            set.connections_as_destination != 0 ? set.connections_as_destination
                                                : default_limits.connections_as_destination};
}

HostView MemoryStore::Data::view_of(const HostGroupId& id) const {
    const auto& host = hosts.at(id);
    const auto limits = effective(host);
    const auto use = use_of(id);
    return {id,
            host.name,
            {host.name},
            host.limits,
            limits.connections_as_source,
            limits.connections_as_destination,
            use.as_source,
            use.as_destination};
}

HostRoom MemoryStore::Data::room_of(const HostGroupId& id) const {
    const auto limits = effective(hosts.at(id));
    const auto use = use_of(id);
    const auto left = [](std::uint32_t limit, std::uint32_t used) { return limit > used ? limit - used : 0; };
    return {id, left(limits.connections_as_source, use.as_source),
            left(limits.connections_as_destination, use.as_destination)};
}

void MemoryStore::Data::move(Migration& migration, State to, const Clock& clock) {
    auto& view = migration.view;
    view.state = to;
    view.updated_at = clock.wall();
    view.next_attempt_at.reset();
    if (to != State::ready) {
        if (!migration.is_held()) migration.pass.reset();
        return;
    }
    view.attempts = 0;
    view.error.reset();
    if (migration.is_held()) return;
    if (!migration.pass || migration.has_beside()) migration.pass.emplace().id = new_pass_id();
    migration.pass->attempt = 1;
    migration.pass->ready_at = clock.now();
}

void MemoryStore::Data::end_beside(Migration& migration, const PassOutcome& outcome, const Clock& clock) {
    using enum PassOutcome::Result;
    auto& pass = *migration.pass;
    auto& view = migration.view;
    pass.node.reset();
    pass.ready_at = clock.now();
    if (outcome.result == interrupted || outcome.result == retried) {
        if (outcome.result == retried) pass.ready_at += outcome.delay;
        if (outcome.result == retried && outcome.costs_attempt) ++pass.attempt;
        return;
    }
    if (pass.kind == sync::PassKind::undo && outcome.result == succeeded && !pass.parameters.dry.value_or(true)) {
        move(migration, State::waiting, clock);
        view.phase = Phase::presync;
        view.attempts = 0;
        view.error.reset();
        view.progress = {};
        view.folder.clear();
        return migration.pass.reset();
    }
    if (view.state != State::ready && view.state != State::retrying) return migration.pass.reset();
    pass.kind = sync::PassKind::sync;
    pass.parameters = {};
    pass.id = new_pass_id();
    pass.attempt = view.attempts == 0 ? 1 : pass.next_attempt;
    pass.next_attempt = 1;
    if (view.next_attempt_at)
        pass.ready_at +=
            std::chrono::duration_cast<SteadyTime::duration>(*view.next_attempt_at - clock.wall());
}

bool MemoryStore::Data::is_claimable(const Migration& migration, const Clock& clock) const {
    if (!migration.pass || migration.pass->node || migration.pass->ready_at > clock.now()) return false;
    return migration.has_beside() || !batches.at({migration.tenant, migration.view.batch}).paused;
}

MigrationView MemoryStore::Data::Migration::shown() const {
    auto out = view;
    if (has_beside()) {
        out.beside = {pass->kind, is_held() ? "running" : "queued", {}, pass->parameters};
    } else if (!attempts.empty() && stands_beside(attempts.back().view.kind)) {
        const auto& last = attempts.back().view;
        out.beside = {last.kind, last.result, last.error, last.parameters, last.findings};
    }
    return out;
}

bool MemoryStore::Data::is_locked(const HostGroupId& host, const std::string& account) const {
    return std::ranges::any_of(migrations, [&](const auto& entry) {
        const auto& migration = entry.second;
        return migration.is_held() && lanes.at(migration.lane).destination == host &&
               equals_ignoring_case(migration.spec.destination.user, account);
    });
}

void MemoryStore::Data::give_back(Migration& migration, const Clock& clock) {
    auto& pass = *migration.pass;
    PassView view{.id = pass.id,
                  .migration = migration.spec.id,
                  .kind = pass.kind,
                  .attempt = pass.attempt,
                  .result = "interrupted",
                  .started_at = pass.claimed_at,
                  .finished_at = clock.wall(),
                  .parameters = pass.parameters};
    migration.attempts.push_back({pass.generation, std::move(view)});
    const auto state = migration.view.state;
    if (!migration.has_beside() && (state == State::paused || state == State::cancelled)) {
        migration.pass.reset();
        return;
    }
    pass.node.reset();
    pass.ready_at = clock.now();
    if (state == State::running) migration.view.state = State::ready;
    migration.view.updated_at = clock.wall();
}

MemoryStore::Data::Migration* MemoryStore::Data::owned(const NodeId& node, const TenantId& tenant,
                                                       const MigrationId& id, std::int64_t generation) {
    const auto found = migrations.find({tenant, id});
    if (found == migrations.end() || !found->second.is_held()) return nullptr;
    const auto& pass = *found->second.pass;
    return pass.node == node && pass.generation == generation ? &found->second : nullptr;
}

bool MemoryStore::Data::is_alive(const NodeId& node, const Clock& clock) const {
    const auto lease = leases.find(node);
    return lease != leases.end() && lease->second > clock.now();
}

}  // namespace godwit::test

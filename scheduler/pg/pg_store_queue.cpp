// The queue: nodes, lanes, claims.
#include "engine/sync/option_values.h"
#include "scheduler/pg/pg_ledger.h"
#include "scheduler/pg/pg_store.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

double seconds(std::chrono::milliseconds time) { return std::chrono::duration<double>(time).count(); }

LaneView lane_of(const pqxx::row& row) {
    LaneView lane;
    lane.id = LaneId(row[0].c_str());
    lane.tenant = TenantId(row[1].c_str());
    lane.batch = BatchId(row[2].c_str());
    lane.source = HostGroupId(row[3].c_str());
    lane.destination = HostGroupId(row[4].c_str());
    lane.priority = row[5].as<int>();
    lane.ready = row[6].as<std::uint64_t>();
    if (!row[7].is_null())
        lane.last_claim = std::chrono::steady_clock::now() -
                          std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                              std::chrono::duration<double>(row[7].as<double>()));
    return lane;
}

Account account_with_secret(const pqxx::row& row, int first) {
    Account account = account_of(row, first);
    account.password = {row[first + 6].c_str(), bytes_of(row[first + 7])};
    return account;
}

ClaimedPass claimed_of(const pqxx::row& row) {
    ClaimedPass pass;
    pass.tenant = TenantId(row[0].c_str());
    pass.id = PassId(row[1].c_str());
    pass.migration = MigrationId(row[2].c_str());
    pass.batch = BatchId(row[3].c_str());
    pass.kind = sync::pass_kind_of(row[4].c_str()).value_or(sync::PassKind::sync);
    pass.generation = row[5].as<std::int64_t>();
    pass.attempt = row[6].as<int>();
    pass.source = account_with_secret(row, 7);
    pass.destination = account_with_secret(row, 15);
    pass.options = sync::options_from_json(row[23].c_str());
    return pass;
}

std::vector<std::string> first_column(const pqxx::result& found) {
    std::vector<std::string> out;
    for (const auto& row : found) out.emplace_back(row[0].c_str());
    return out;
}

// Gives `passes` the first of `slots`.
void take_slots(pqxx::work& tx, const std::string& group, std::string_view side, const pqxx::result& slots,
                const std::vector<std::string>& passes) {
    std::vector<int> numbers;
    for (std::size_t i = 0; i < passes.size(); ++i)
        numbers.push_back(slots[static_cast<int>(i)][0].as<int>());
    exec(tx, "take_slots", group, std::string(side), number_array(numbers, std::identity{}),
         text_array(passes));
}

// As many passes of one lane as have a slot at both hosts and their destination account to themselves.
void claim_lane(pqxx::work& tx, const std::string& node, const ClaimRequest& request,
                std::vector<ClaimedPass>& claimed) {
    const auto lane = exec(tx, "claim_lane", request.lane.value);
    if (lane.empty()) return;
    const std::string tenant = lane[0][0].c_str(), source = lane[0][1].c_str(),
                      destination = lane[0][2].c_str();
    const auto source_slots = exec(tx, "claim_slots", source, std::string("source"), request.count);
    const auto destination_slots =
        exec(tx, "claim_slots", destination, std::string("destination"), request.count);
    const auto room = std::min(source_slots.size(), destination_slots.size());
    if (room == 0) return;
    std::vector<std::string> passes, accounts;
    const bool paused = lane[0][3].as<bool>();
    for (const auto& row : exec(tx, "claim_candidates", request.lane.value, destination, room, paused)) {
        passes.emplace_back(row[0].c_str());
        accounts.emplace_back(row[1].c_str());
    }
    if (passes.empty()) return;
    passes = first_column(exec(tx, "claim_locks", destination, text_array(accounts), text_array(passes)));
    if (passes.empty()) return;
    take_slots(tx, source, "source", source_slots, passes);
    take_slots(tx, destination, "destination", destination_slots, passes);
    for (const auto& row : exec(tx, "take_passes", node, text_array(passes), tenant))
        claimed.push_back(claimed_of(row));
    exec(tx, "lane_served", request.lane.value);
}

void release(pqxx::work& tx, const std::vector<std::string>& passes) {
    if (passes.empty()) return;
    const std::string ids = text_array(passes);
    exec(tx, "release_passes", ids);
    exec(tx, "free_slots", ids);
    exec(tx, "free_locks", ids);
    exec(tx, "wake");
}

}  // namespace

Awaitable<Result<std::chrono::milliseconds>> PgStore::join(NodeId node, std::string host_name,
                                                           std::chrono::milliseconds lease) {
    using std::chrono::milliseconds;
    co_return co_await executor_.run<milliseconds>(Lane::queue, [=](pqxx::work& tx) {
        exec(tx, "join_node", node.value, host_name, seconds(lease));
        const std::chrono::duration<double> wait(
            exec(tx, "earlier_leases", seconds(lease))[0][0].as<double>());
        return std::chrono::ceil<milliseconds>(wait);
    });
}

Awaitable<Result<QueueView>> PgStore::queue() {
    co_return co_await executor_.run<QueueView>(Lane::queue, [](pqxx::work& tx) {
        QueueView view;
        view.paused = exec(tx, "get_paused")[0][0].as<bool>();
        if (view.paused) return view;
        std::set<std::string> groups;
        for (const auto& row : exec(tx, "queue_lanes")) {
            view.lanes.push_back(lane_of(row));
            groups.insert(view.lanes.back().source.value);
            groups.insert(view.lanes.back().destination.value);
        }
        if (groups.empty()) return view;
        for (const auto& row : exec(tx, "host_room", text_array({groups.begin(), groups.end()})))
            view.hosts.push_back({HostGroupId(row[0].c_str()),
                                  static_cast<std::uint32_t>(std::max(0, row[1].as<int>())),
                                  static_cast<std::uint32_t>(std::max(0, row[2].as<int>()))});
        return view;
    });
}

Awaitable<Result<std::vector<ClaimedPass>>> PgStore::claim(NodeId node, std::vector<ClaimRequest> lanes) {
    co_return co_await executor_.run<std::vector<ClaimedPass>>(Lane::queue, [=](pqxx::work& tx) {
        if (exec(tx, "node_is_alive", node.value).empty())
            throw refusal(ErrorKind::lease_lost, "the lease of this node has ended");
        std::vector<ClaimedPass> claimed;
        if (lanes.empty()) return claimed;
        std::vector<std::string> ids;
        for (const auto& request : lanes) ids.push_back(request.lane.value);
        exec(tx, "claim_groups", text_array(ids));
        for (const auto& request : lanes) claim_lane(tx, node.value, request, claimed);
        return claimed;
    });
}

Awaitable<Result<void>> PgStore::save_progress(NodeId node, std::vector<ProgressUpdate> updates) {
    if (updates.empty()) co_return Result<void>{};
    co_return co_await executor_.run<void>(Lane::queue, [=](pqxx::work& tx) {
        std::vector<std::string> ids, folders;
        for (const auto& update : updates) {
            ids.push_back(update.migration.value);
            folders.push_back(update.folder);
        }
        const auto column = [&](std::uint64_t sync::Counters::* member) {
            return number_array(updates, [member](const auto& update) { return update.counters.*member; });
        };
        using C = sync::Counters;
        exec(tx, "save_progress", node.value, text_array(ids),
             number_array(updates, &ProgressUpdate::generation), text_array(folders),
             column(&C::folders_total), column(&C::folders_done), column(&C::folders_created),
             column(&C::messages_total), column(&C::bytes_total), column(&C::messages_matched),
             column(&C::messages_copied), column(&C::bytes_copied), column(&C::messages_failed),
             column(&C::messages_skipped), column(&C::flags_updated), column(&C::messages_foreign),
             column(&C::messages_filtered), column(&C::messages_moved), column(&C::messages_verified),
             column(&C::messages_removed));
    });
}

Awaitable<Result<std::uint64_t>> PgStore::reclaim() {
    co_return co_await executor_.run<std::uint64_t>(Lane::queue, [](pqxx::work& tx) {
        const auto expired = first_column(exec(tx, "expired_passes"));
        release(tx, expired);
        exec(tx, "drop_dead_nodes");
        exec(tx, "drop_old_keys");
        return std::uint64_t{expired.size()};
    });
}

Awaitable<Result<std::uint64_t>> PgStore::release_others(NodeId node, std::vector<PassId> running) {
    co_return co_await executor_.run<std::uint64_t>(Lane::queue, [=](pqxx::work& tx) {
        std::vector<std::string> ids;
        for (const auto& pass : running) ids.push_back(pass.value);
        const auto others = first_column(exec(tx, "passes_of_node", node.value, text_array(ids)));
        release(tx, others);
        return std::uint64_t{others.size()};
    });
}

Awaitable<Result<void>> PgStore::leave(NodeId node) {
    co_return co_await executor_.run<void>(Lane::queue, [=](pqxx::work& tx) {
        release(tx, first_column(exec(tx, "passes_of_node", node.value, text_array({}))));
        exec(tx, "leave_node", node.value);
    });
}

std::unique_ptr<sync::Ledger> PgStore::ledger(NodeId node, const ClaimedPass& pass) {
    return std::make_unique<PgLedger>(executor_, std::move(node), pass);
}

}  // namespace godwit::scheduler::pg

#include "scheduler/pg/pg_heartbeat.h"

#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {

PgHeartbeat::PgHeartbeat(ExecutorOptions options) : options_(std::move(options)) {
    options_.connect_timeout = std::chrono::seconds(3);
    options_.statement_timeout = std::chrono::seconds(3);
    options_.lock_timeout = std::chrono::seconds(2);
}

namespace {

std::unexpected<Error> lost(pqxx::work& tx, const NodeId& node) {
    const auto found = exec(tx, "lease_of_other_timeline", node.value);
    const bool promoted = !found.empty() && found[0][0].as<bool>();
    return fail(ErrorKind::lease_lost, Reach::node,
                promoted ? "the database has a new timeline: a standby was promoted, or a backup restored"
                         : "the lease of this node has ended",
                "heartbeat");
}

}  // namespace

Result<Heartbeat> PgHeartbeat::beat(const NodeId& node, std::chrono::milliseconds lease) {
    try {
        if (!connection_) connection_ = open_connection(options_, "heartbeat");
        pqxx::work tx(*connection_);
        const double seconds = std::chrono::duration<double>(lease).count();
        if (exec(tx, "renew_node", node.value, seconds).affected_rows() == 0) return lost(tx, node);
        Heartbeat heard;
        heard.paused = exec(tx, "get_paused")[0][0].as<bool>();
        for (const auto& row : exec(tx, "passes_to_stop", node.value))
            heard.stop.emplace_back(row[0].c_str());
        tx.commit();
        return heard;
    } catch (const std::exception& exception) {
        connection_.reset();
        return std::unexpected(database_error(exception));
    }
}

}  // namespace godwit::scheduler::pg

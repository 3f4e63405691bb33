// PgHeartbeat: the node's heartbeat on a connection of its own. Blocking; used by one thread.
#pragma once

#include "scheduler/pg/executor.h"
#include "scheduler/store.h"

namespace godwit::scheduler::pg {

class PgHeartbeat final : public HeartbeatChannel {
public:
    // Timeouts far below the lease, so that a stuck database is found out in time.
    explicit PgHeartbeat(ExecutorOptions options);
    Result<Heartbeat> beat(const NodeId& node, std::chrono::milliseconds lease) override;

private:
    ExecutorOptions options_;
    std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace godwit::scheduler::pg

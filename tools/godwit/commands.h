// The subcommands. Each returns the exit code, or the Failure that main shows.
#pragma once

#include "tools/godwit/api_client.h"
#include "tools/godwit/console.h"
#include "tools/godwit/options.h"
#include "tools/godwit/problem.h"

namespace godwit::cli {

// What a subcommand that talks to the daemon works with.
struct Session {
    ApiClient& api;
    const Console& console;
    const RunContext& context;
    bool json = false;
};

using Ending = Awaitable<Outcome<ExitCode>>;

Ending run(Session& session, const BatchCreate& command);
Ending run(Session& session, const BatchList& command);
Ending run(Session& session, const BatchShow& command);
Ending run(Session& session, const Import& command);
Ending run(Session& session, const Status& command);
Ending run(Session& session, const Watch& command);
Ending run(Session& session, const Issues& command);
Ending run(Session& session, const Folders& command);
Ending run(Session& session, const Verify& command);
Ending run(Session& session, const Undo& command);
Ending run(Session& session, const Findings& command);
Ending run(Session& session, const ReportShow& command);
Ending run(Session& session, const ReportVerify& command);
Ending run(Session& session, const Act& command);

// `report verify` without a daemon.
Outcome<ExitCode> verify_report(const Console& console, bool json, const ReportVerify& command);

// "/migrations/mig_01…" or "/batches/bat_01…", of an id of either or of a batch's name.
Awaitable<Outcome<std::string>> find_target(ApiClient& api, const std::string& name_or_id);
// A batch by id or by name; refused when there is none, or several have the name.
Awaitable<Outcome<std::string>> find_batch(ApiClient& api, const std::string& name_or_id);

// Allows every address: whoever runs the program decides where it connects, it is no service that others ask
// to.
net::AddressPolicy open_policy();

// `godwit sync`, as far as it needs no daemon. Blocks.
ExitCode run_sync(const Console& console, std::vector<std::string> arguments, const Environment& environment);

}  // namespace godwit::cli

// Values of the scheduler as JSON. No view has a password in it.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "scheduler/host.h"
#include "scheduler/migration.h"
#include "scheduler/store.h"

namespace godwit::api {

boost::json::object to_json(const sync::Counters& counters);
boost::json::object to_json(const sync::SkipCounts& skipped);   // only reasons that there were
boost::json::object to_json(const sync::FindingCounts& counts);   // likewise
boost::json::object to_json(const scheduler::PassParameters& parameters);
boost::json::value to_json(const std::optional<Error>& error);
boost::json::object to_json(const std::map<scheduler::State, std::uint64_t>& states);   // all states, also those at 0
boost::json::object to_json(const scheduler::Batch& batch);
boost::json::object to_json(const scheduler::BatchSummary& batch);
boost::json::object to_json(const scheduler::MigrationView& migration);
boost::json::object to_json(const scheduler::PassView& pass);
boost::json::object to_json(const scheduler::FindingView& finding);
boost::json::object to_json(const scheduler::ReportKey& key);
boost::json::object to_json(const scheduler::IssueView& issue);
boost::json::object to_json(const scheduler::FolderView& folder);
boost::json::object to_json(const scheduler::HostView& host);

}  // namespace godwit::api

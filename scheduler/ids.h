// Ids are made by the client that creates a thing (so that a repeated request is the same request): a typed prefix and a
// ULID, which sorts by time: "bat_01JD2V7Q8E3M4N5P6R7S8T9V0W".
#pragma once

#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/strong_type.h"

namespace godwit::scheduler {

using TenantId = StrongType<struct TenantTag, std::string>;
using BatchId = StrongType<struct BatchTag, std::string>;
using MigrationId = StrongType<struct MigrationTag, std::string>;
using PassId = StrongType<struct PassTag, std::string>;
using HostGroupId = StrongType<struct HostGroupTag, std::string>;
using ImportId = StrongType<struct ImportTag, std::string>;
using NodeId = StrongType<struct NodeTag, std::string>;
using LaneId = StrongType<struct LaneTag, std::string>;

// The only tenant until tenants exist; in every key from the first day.
inline const TenantId default_tenant{"default"};

// 26 characters of Crockford base 32: 48 bits of milliseconds, 80 random bits. Thread-safe.
std::string new_ulid(WallTime now = std::chrono::system_clock::now());
template <class Id>
Id new_id(std::string_view prefix) {
    return Id{std::string(prefix) + "_" + new_ulid()};
}
inline BatchId new_batch_id() { return new_id<BatchId>("bat"); }
inline MigrationId new_migration_id() { return new_id<MigrationId>("mig"); }
inline PassId new_pass_id() { return new_id<PassId>("pas"); }
inline ImportId new_import_id() { return new_id<ImportId>("imp"); }
inline NodeId new_node_id() { return new_id<NodeId>("nod"); }

// "bat_" and 26 characters of the alphabet; anything else is no id of ours.
bool is_id(std::string_view text, std::string_view prefix);

}  // namespace godwit::scheduler

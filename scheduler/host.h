// Hosts: what operators limit. A host group is one service under all its names; limits belong to it, a side each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/sync/request.h"
#include "scheduler/ids.h"

namespace godwit::scheduler {

// 0 means "the default of the configuration".
struct HostLimits {
    std::uint32_t connections_as_source = 0;
    std::uint32_t connections_as_destination = 0;
    friend bool operator==(const HostLimits&, const HostLimits&) = default;
};

struct HostView {
    HostGroupId id;
    std::string name;                        // the first name it was seen under, "imap.example.org:993"
    std::vector<std::string> names;
    HostLimits limits;                       // as set by an operator
    std::uint32_t effective_as_source = 0;   // what holds now
    std::uint32_t effective_as_destination = 0;
    std::uint32_t used_as_source = 0;
    std::uint32_t used_as_destination = 0;
};

// "imap.example.org:993", lower case: names one host. (IPv6 in brackets.)
std::string host_key(std::string_view host, std::uint16_t port);

}  // namespace godwit::scheduler

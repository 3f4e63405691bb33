// Gauges that are read rather than counted: the cluster's as last told, and the process's as /proc has them now.
#pragma once

#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "scheduler/host.h"
#include "scheduler/store.h"

namespace godwit::api {

prometheus::MetricFamily migrations_family(const std::vector<scheduler::StateCount>& counts);
// Slots and used slots. At most 200 hosts have series of their own; those with the most in use come first, the rest adds
// up as "other".
std::vector<prometheus::MetricFamily> host_families(std::vector<scheduler::HostView> hosts);
std::vector<prometheus::MetricFamily> process_families();

}  // namespace godwit::api

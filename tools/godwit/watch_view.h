// What `godwit watch` shows of a batch, from the API's JSON. Pure.
#pragma once

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "tools/godwit/progress.h"

namespace godwit::cli {

// "12 running, 3 ready, 980 done, 5 parked"; states at 0 are left out. `states` is that of a batch or of the
// status.
std::string states_text(const boost::json::value& states);

// Whether something may still happen by itself: a migration is waiting, ready, running or retrying
// (of a paused batch: running), or has a preflight.
bool is_going_on(const boost::json::value& batch);
bool all_done(const boost::json::value& batch);
// All done, and no message was refused on the way.
bool all_there(const boost::json::value& batch);
// 0 to 1: migrations that ended, and how far the running ones are.
double batch_fraction(const boost::json::value& batch, const boost::json::array& running);

// "spring: [####....]  42 %  1,000 migrations: 12 running, …  copied 1,234 messages, 1.2 GiB  3.1 MiB/s  2 h
// 03 min left"
std::string batch_line(const boost::json::value& batch, double fraction, const Pace& pace);
// One line for each running migration, at most `rows`, and the batch below, in three lines.
std::string watch_text(const boost::json::value& batch, const boost::json::array& running, const Pace& pace,
                       std::size_t rows);

}  // namespace godwit::cli

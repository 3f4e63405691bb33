// The table of settings: their names, types and ranges, and where their values go.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.h"

namespace godwit::daemon {

// What is wrong with a value, or nothing.
using Complaint = std::string;

struct Setting {
    std::string_view name;
    bool live;                                                   // taken over by SIGHUP
    std::function<Complaint(const std::string&, Config&)> read;  // called for every item of a list
    std::function<bool(const Config&, const Config&)> same;
    std::function<std::string(const Config&)> show;
    bool list = false;
};

const std::vector<Setting>& all_settings();
const Setting* find_setting(std::string_view name);  // null: there is none

}  // namespace godwit::daemon

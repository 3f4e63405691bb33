// The configuration of godwitd: a YAML file in which every setting may be left out.
//
// Values only; what uses them is in daemon/app. deploy/godwit.example.yaml names and explains every setting.
#pragma once

#include <expected>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "daemon/config_values.h"
#include "engine/base/log.h"
#include "engine/base/secret.h"
#include "engine/sync/request.h"
#include "scheduler/host.h"
#include "scheduler/retry_policy.h"

namespace godwit::daemon {

// automatic: text on a terminal, JSON otherwise.
enum class LogStyle { automatic, text, json };
// transaction: a pooler such as PgBouncer stands before the database, and sessions last for one transaction.
enum class Pooler { none, transaction };

struct Config {
    std::filesystem::path state_dir = "/var/lib/godwit";
    ListenAddress listen{"127.0.0.1", 8420};
    std::size_t api_connections = 256;
    std::uint64_t api_import_bytes = 2ull << 30;

    Secret<std::string> database_url;  // empty: a private PostgreSQL in state_dir
    Pooler database_pooler = Pooler::none;
    std::string database_user = "postgres";  // runs the private PostgreSQL when we are root
    std::string database_binaries = "/usr/lib/postgresql/15/bin";

    LogStyle log_style = LogStyle::automatic;
    LogLevel log_level = LogLevel::info;

    std::string ca_file;   // empty: the system's
    std::string key_file;  // empty: state_dir/secret.key

    std::vector<std::string> network_allow, network_deny;
    std::vector<std::uint16_t> network_ports;  // empty: every port

    std::uint32_t passes = 200;
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds poll{1'000};
    std::chrono::milliseconds drain{8'000};
    scheduler::HostLimits host_limits{20, 20};
    scheduler::RetryLimits retry;
    sync::SyncLimits sync;
    std::uint64_t buffer_of_all_passes = 128u << 20;

    std::set<std::string, std::less<>> given;  // the settings that the file holds
};

struct ConfigError {
    std::string file;
    unsigned line = 0;    // counted from 1; 0: the file as a whole
    std::string setting;  // "limits.passes"; may be empty
    std::string message;  // never a value that may be secret

    std::string to_string() const;
};

using ConfigResult = std::expected<Config, std::vector<ConfigError>>;

// Pure. Every error of the file at once, by line.
ConfigResult parse_config(std::string_view text, std::string file_name);
ConfigResult load_config(const std::filesystem::path& file);

// Every setting, and those whose values differ and which a running daemon cannot take over.
std::vector<std::string_view> setting_names();
std::vector<std::string_view> restart_needed(const Config& running, const Config& wanted);
// As in the file; empty for secrets and lists.
std::string default_text(std::string_view setting);

}  // namespace godwit::daemon

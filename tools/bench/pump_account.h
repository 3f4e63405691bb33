#pragma once

#include <cstdint>
#include <string>

#include "tools/bench/pump_link.h"

namespace godwit::bench {

struct PumpOptions {
    Endpoint source, destination;
    std::string password;
    bool tls = false;
    bool list = true;                      // or INBOX only
    std::uint64_t batch_bytes = 16 << 20;  // in one APPEND; both found best on Dovecot
    unsigned batch_messages = 1000;
    bool list_status = false;  // for look_at_account()
};

struct PumpCounts {
    std::uint64_t folders = 0, messages = 0, bytes = 0;
    unsigned refused = 0;  // commands not answered OK
};

/// Copies every message of every folder; std::runtime_error where it cannot go on.
PumpCounts copy_account(const PumpOptions& options, const std::string& user,
                        const std::string& destination_user);

/// LIST, and STATUS of every folder, on both sides; counts what is at the source.
PumpCounts look_at_account(const PumpOptions& options, const std::string& user,
                           const std::string& destination_user);

}  // namespace godwit::bench

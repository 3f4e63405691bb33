// What `godwit` ends with. Numbers follow sysexits.h, and imapsync where it has one of its own.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace godwit::cli {

enum class ExitCode : int {
    ok = 0,
    incomplete = 1,
    refused = 2,
    tls = 12,
    no_folder = 21,
    usage = 64,
    altered = 65,
    no_input = 66,
    unavailable = 69,
    internal = 70,
    busy = 75,
    not_authorised = 77,
    source_unreachable = 101,
    destination_unreachable = 102,
    errors = 111,
    over_quota = 113,
    append = 114,
    fetch = 115,
    create = 116,
    select = 117,
    byte_limit = 118,
    virus = 119,
    interrupted = 130,
    source_sign_in = 161,
    destination_sign_in = 162,
};

struct ExitMeaning {
    ExitCode code;
    std::string_view meaning;
};

// Every code, in ascending order.
std::span<const ExitMeaning> exit_meanings();
// The table as the help shows it.
std::string exit_code_help();

}  // namespace godwit::cli

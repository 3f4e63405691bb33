// The configuration parser: never crashes, and every error names the file.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed =
        godwit::daemon::parse_config({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
    if (parsed) return 0;
    if (parsed.error().empty()) std::abort();
    for (const auto& error : parsed.error())
        if (error.message.empty() || !error.to_string().starts_with("fuzz.yaml")) std::abort();
    return 0;
}

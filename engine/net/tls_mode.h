// The words for TlsMode, the same in SQL, JSON, import files and options.
#pragma once

#include <optional>
#include <string_view>

#include "engine/net/dialer.h"

namespace godwit::net {

constexpr std::string_view name_of(TlsMode mode) {
    switch (mode) {
        case TlsMode::none: return "none";
        case TlsMode::starttls: return "starttls";
        case TlsMode::implicit: return "implicit";
    }
    return "implicit";
}

constexpr std::optional<TlsMode> tls_mode_of(std::string_view name) {
    for (const auto mode : {TlsMode::none, TlsMode::starttls, TlsMode::implicit})
        if (name_of(mode) == name) return mode;
    return std::nullopt;
}

}  // namespace godwit::net

// Which messages have their octets compared. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace godwit::sync {

// Whether the message is among those `percent` of all. It depends on the folder's raw name and the UID alone, so that
// every pass takes the same ones, and a larger share holds the smaller ones.
inline bool is_in_sample(std::string_view folder, std::uint32_t uid, double percent) {
    if (percent <= 0) return false;
    if (percent >= 100) return true;
    std::uint64_t hash = 0xCBF29CE484222325;   // FNV-1a, stirred: its high bits alone are poor
    const auto add = [&](unsigned char octet) { hash = (hash ^ octet) * 0x100000001B3; };
    for (const char c : folder) add(static_cast<unsigned char>(c));
    for (int shift = 0; shift < 32; shift += 8) add(static_cast<unsigned char>(uid >> shift));
    hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
    hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
    hash ^= hash >> 31;
    return static_cast<double>(hash >> 11) < percent / 100 * static_cast<double>(std::uint64_t{1} << 53);
}

}  // namespace godwit::sync

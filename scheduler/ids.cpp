#include "scheduler/ids.h"

#include <openssl/rand.h>

#include <array>
#include <random>

namespace godwit::scheduler {

namespace {

constexpr std::string_view crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t ulid_characters = 26;
constexpr std::size_t time_characters = 10;

std::array<unsigned char, 10> random_octets() {
    std::array<unsigned char, 10> octets;
    if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) == 1) return octets;
    // OpenSSL's generator refuses when it cannot seed itself; ids need to differ, not to be secret.
    std::random_device device;
    for (auto& octet : octets) octet = static_cast<unsigned char>(device());
    return octets;
}

}  // namespace

std::string new_ulid(WallTime now) {
    const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    auto milliseconds = static_cast<std::uint64_t>(since_epoch.count()) & 0xFFFF'FFFF'FFFFu;
    std::string out(ulid_characters, '0');
    for (std::size_t i = time_characters; i-- > 0; milliseconds >>= 5) out[i] = crockford[milliseconds & 31];

    const auto octets = random_octets();
    unsigned held = 0, bits = 0;
    std::size_t next = 0;
    for (std::size_t i = time_characters; i < ulid_characters; ++i) {
        if (bits < 5) {
            held = (held << 8 | octets[next++]) & 0xFFFF;
            bits += 8;
        }
        bits -= 5;
        out[i] = crockford[held >> bits & 31];
    }
    return out;
}

bool is_id(std::string_view text, std::string_view prefix) {
    if (text.size() != prefix.size() + 1 + ulid_characters || !text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    // 26 characters hold 130 bits, of which a ULID has 128: the first is at most 7.
    return text[0] == '_' && text[1] <= '7' && text.find_first_not_of(crockford, 1) == std::string_view::npos;
}

}  // namespace godwit::scheduler

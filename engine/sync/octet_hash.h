// OctetHash: SHA-256 of octets that come in pieces.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace godwit::sync {

using OctetDigest = std::array<unsigned char, 32>;

class OctetHash {
public:
    OctetHash();
    ~OctetHash();
    OctetHash(const OctetHash&) = delete;

    void add(std::string_view octets);
    // Of what was added since the last call.
    OctetDigest finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

OctetDigest digest_of(std::string_view octets);
std::string to_hex(const OctetDigest& digest);

}  // namespace godwit::sync

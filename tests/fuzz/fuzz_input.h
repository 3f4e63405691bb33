// What the fuzz targets share: the input read piece by piece, and the check that no run may fail.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace godwit::fuzz {

inline void require(bool good) {
    if (!good) std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Zero and empty where the input has ended.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(text_of(data, size)) {}

    bool empty() const { return rest_.empty(); }
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    // Its length comes first, as one byte.
    std::string_view text() { return take(byte()); }
    std::string_view take(std::size_t length) {
        const std::string_view taken = rest_.substr(0, length);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

}  // namespace godwit::fuzz

// StrongType<Tag, T>: an integer or string that does not mix with others of the same representation.
#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace godwit {

template <class Tag, class T>
struct StrongType {
    using value_type = T;
    T value{};

    constexpr StrongType() = default;
    constexpr explicit StrongType(T v) : value(std::move(v)) {}
    friend constexpr auto operator<=>(const StrongType&, const StrongType&) = default;
};

}  // namespace godwit

template <class Tag, class T>
struct std::hash<godwit::StrongType<Tag, T>> {
    std::size_t operator()(const godwit::StrongType<Tag, T>& v) const { return std::hash<T>{}(v.value); }
};

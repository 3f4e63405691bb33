// Secret<T>: a value that never prints and is wiped when it dies.
//
// There is no operator<<, no formatter and no conversion: the only way to the value is `reveal()`, so that
// a search for that word finds every place where a password is used.
#pragma once

#include <string>
#include <utility>

namespace godwit {

void wipe(std::string& text) noexcept;

template <class T = std::string>
class Secret {
public:
    Secret() = default;
    explicit Secret(T value) : value_(std::move(value)) { wipe(value); }
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }
    Secret& operator=(const Secret& other) {
        if (this != &other) {
            wipe(value_);
            value_ = other.value_;
        }
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            wipe(value_);
            value_ = std::move(other.value_);
            wipe(other.value_);
        }
        return *this;
    }
    ~Secret() { wipe(value_); }

    const T& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

private:
    T value_;
};

}  // namespace godwit

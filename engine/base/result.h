// Result<T>: a value or an Error. (libstdc++ 12 has std::expected without its monadic members.)
#pragma once

#include <expected>
#include <utility>

#include "engine/base/error.h"

namespace godwit {

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, Reach reach, std::string cause, std::string context = {}) {
    return std::unexpected(Error{kind, reach, std::move(cause), std::move(context)});
}

// Passes an error on, adding what was being done if nobody said so yet.
inline std::unexpected<Error> pass_on(Error error, std::string_view context = {}) {
    if (error.context.empty()) error.context = context;
    return std::unexpected(std::move(error));
}

}  // namespace godwit

// GODWIT_TRY(name, expression): declares `name` as the value, or returns the error.
// GODWIT_CHECK(expression): the same for Result<void>. The CO_ forms are for coroutines.
#define GODWIT_TRY_WITH(keyword, name, ...)                                   \
    auto name##_result = __VA_ARGS__;                                         \
    if (!name##_result) keyword std::unexpected(std::move(name##_result).error()); \
    auto name = std::move(*name##_result)
#define GODWIT_TRY(name, ...) GODWIT_TRY_WITH(return, name, __VA_ARGS__)
#define GODWIT_CO_TRY(name, ...) GODWIT_TRY_WITH(co_return, name, __VA_ARGS__)
#define GODWIT_CHECK(...) \
    if (auto check_result = __VA_ARGS__; !check_result) return std::unexpected(std::move(check_result).error())
#define GODWIT_CO_CHECK(...) \
    if (auto check_result = __VA_ARGS__; !check_result) co_return std::unexpected(std::move(check_result).error())

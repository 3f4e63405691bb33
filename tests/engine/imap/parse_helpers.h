// One response, as the wire has it, through the Fragmenter to a value.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/imap/parser.h"
#include "tests/support/imap_events.h"

namespace godwit::imap::testing {

inline Result<Response> parse(std::string_view stream, WireLimits limits = {}) {
    EventLog log(limits);
    log.feed(std::string(stream) + "\r\n");
    if (log.responses().size() != 1 || !log.fragmenter().idle())
        return fail(ErrorKind::internal, Reach::node, "not one response: " + std::string(stream));
    return parse_response(std::move(log.responses()[0]), limits);
}

template <class T>
T parse_as(std::string_view stream, WireLimits limits = {}) {
    auto response = parse(stream, limits);
    if (!response) {
        ADD_FAILURE() << stream << ": " << response.error().to_string();
        return {};
    }
    if (T* value = std::get_if<T>(&*response)) return std::move(*value);
    ADD_FAILURE() << stream << ": parsed as alternative " << response->index();
    return {};
}

inline void expect_error(std::string_view stream, WireLimits limits = {}) {
    const auto response = parse(stream, limits);
    ASSERT_FALSE(response) << stream << ": parsed as alternative " << response->index();
    EXPECT_EQ(response.error().kind, ErrorKind::protocol_error) << response.error().to_string();
    EXPECT_EQ(response.error().reach, Reach::account);
}

}  // namespace godwit::imap::testing

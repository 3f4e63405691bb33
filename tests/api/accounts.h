// Accounts to import, for the tests of several resources.
#pragma once

#include <gtest/gtest.h>

#include "tests/api/api_fixture.h"

namespace godwit::api::test {

inline constexpr std::string_view canary = "pa$$-canary-";
inline constexpr std::string_view header = "source_host,source_user,source_password,destination_host,destination_user,"
                                           "destination_password\n";
inline const std::string csv_type = "Content-Type: text/csv\r\n";

inline std::string row(int number) {
    return fmt::format("imap.old.example,u{0},{1}{0},imap.new.example,u{0}@new.example,{1}{0}\n", number, canary);
}

inline std::string rows(int first, int count) {
    std::string out;
    for (int i = first; i < first + count; ++i) out += row(i);
    return out;
}

// A batch of this name; its id.
inline Awaitable<std::string> new_batch(Client& client, std::string name) {
    const auto reply = co_await client.ask("POST", "/api/v1/batches", "{\"name\":\"" + name + "\"}");
    EXPECT_TRUE(reply && reply->status == 201);
    co_return reply ? text_at(object_of(*reply), "id") : "";
}

}  // namespace godwit::api::test

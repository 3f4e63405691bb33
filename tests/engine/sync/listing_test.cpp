#include "engine/sync/listing.h"

#include <gtest/gtest.h>

#include "tests/engine/imap/conversation.h"

namespace godwit::sync {
namespace {

using imap::testing::converse;
using imap::testing::greeting;
using test::ScriptedServer;

std::string row(int uid, const std::string& flags = "\\Seen") {
    return fmt::format(
        "* {0} FETCH (UID {0} FLAGS ({1}) RFC822.SIZE 5 INTERNALDATE \"01-Feb-2024 10:00:00 +0000\")\r\n",
        uid, flags);
}

// One listing, of what the script says between the command and its answer.
template <class Check>
void list(std::string said, Check check) {
    converse(
        [&](ScriptedServer& server) -> Awaitable<void> {
            co_await server.say(std::string(greeting));
            std::string tag;
            co_await server.command(tag);
            co_await server.say(said + tag + " OK\r\n");
        },
        [&](imap::Session& session) -> Awaitable<void> { check(co_await list_folder(session, 1, std::nullopt)); });
}

TEST(Listing, SortsAndCountsOnce) {
    list("* 3 EXISTS\r\n" + row(7) + row(3) + row(7) +
             "* 5 FETCH (FLAGS (\\Draft))\r\n* 5 FETCH (UID 5 FLAGS ())\r\n",
         [](const Result<FolderListing>& listing) {
             ASSERT_TRUE(listing) << test::text_of(listing);
             ASSERT_EQ(listing->messages.size(), 2u);
             EXPECT_EQ(listing->messages[0].uid, 3u);
             EXPECT_EQ(listing->messages[1].uid, 7u);
         });
}

TEST(Listing, FarMoreRowsThanMessagesAreRefused) {
    std::string rows = "* 10 EXISTS\r\n";
    for (int uid = 1; uid <= 5000; ++uid) rows += row(uid);
    list(rows, [](const Result<FolderListing>& listing) {
        ASSERT_FALSE(listing);
        EXPECT_EQ(listing.error().kind, ErrorKind::limit_exceeded);
        EXPECT_EQ(listing.error().reach, Reach::folder);
    });
}

TEST(Listing, SetsOfFlagsWithoutEndAreRefused) {
    std::string rows = "* 100 EXISTS\r\n";
    for (int uid = 1; uid <= 40; ++uid) rows += row(uid, std::to_string(uid) + std::string(900'000, 'x'));
    list(rows, [](const Result<FolderListing>& listing) {
        ASSERT_FALSE(listing);
        EXPECT_EQ(listing.error().kind, ErrorKind::limit_exceeded);
        EXPECT_EQ(listing.error().reach, Reach::folder);
    });
}

}  // namespace
}  // namespace godwit::sync

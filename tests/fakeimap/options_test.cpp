// The command line of the program, and the accounts it makes.
#include "tools/fakeimap/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::fakeimap {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST(FakeOptions, EveryOption) {
    const auto options = parse_options({"--listen", "[::1]:1143", "--set", "late_commit_every=2",
                                        "--persona=late_commit", "--accounts", "7", "--folders=3",
                                        "--messages", "5", "--size", "900", "--password=a=b", "--seed", "9"});
    ASSERT_TRUE(options) << options.error();
    EXPECT_EQ(options->address, "::1");
    EXPECT_EQ(options->port, 1143);
    EXPECT_EQ(options->persona.late_commit_every, 2u);  // settings count, wherever they stand
    EXPECT_EQ(options->persona.seed, 9u);
    EXPECT_EQ(options->accounts, 7u);
    EXPECT_EQ(options->folders, 3u);
    EXPECT_EQ(options->messages, 5u);
    EXPECT_EQ(options->size, 900u);
    EXPECT_EQ(options->password, "a=b");
    EXPECT_TRUE(parse_options({"extra", "--help"}).has_value() == false);
    EXPECT_TRUE(parse_options({"--help", "extra"})->help);
    for (const std::string part : {"--listen", "deduplicating", "throttle_every"})
        EXPECT_THAT(help_text(), HasSubstr(part));
}

TEST(FakeOptions, Mistakes) {
    const std::vector<std::vector<std::string>> mistakes{{"x"},
                                                         {"--colour=red"},
                                                         {"--seed"},
                                                         {"--seed", "x"},
                                                         {"--folders", "0"},
                                                         {"--listen", "1143"},
                                                         {"--listen", ":1"},
                                                         {"--persona", "nobody"},
                                                         {"--set", "prefix"},
                                                         {"--set", "colour=red"},
                                                         {"--size", "4000000000"}};
    for (const auto& words : mistakes) EXPECT_FALSE(parse_options(words)) << words.back();
}

TEST(FakeOptions, AccountsFollowFromNameAndSeed) {
    auto options =
        parse_options({"--accounts", "2", "--folders", "2", "--messages", "4", "--set", "prefix=INBOX."})
            .value();
    const auto one = make_account(options, "user1"), again = make_account(options, "user1"),
               two = make_account(options, "user2");
    ASSERT_TRUE(one && again && two);
    EXPECT_EQ(one->password, "fake");
    ASSERT_THAT(one->folders, SizeIs(2));
    const auto& messages = one->folders.at("INBOX.Folder 2").messages;
    ASSERT_THAT(messages, SizeIs(4));
    const auto octets = generated_octets(messages[3].generated);
    EXPECT_EQ(octets, generated_octets(again->folders.at("INBOX.Folder 2").messages[3].generated));
    EXPECT_NE(octets, generated_octets(one->folders.at("INBOX").messages[3].generated));
    EXPECT_NE(octets, generated_octets(two->folders.at("INBOX.Folder 2").messages[3].generated));
    for (const std::string user : {"user0", "user3", "user", "user1x", "other", ""})
        EXPECT_FALSE(make_account(options, user)) << user;
    options.accounts = 0;
    EXPECT_TRUE(make_account(options, "other"));
}

}  // namespace
}  // namespace godwit::fakeimap

#include "engine/sync/key_rule.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

KeyRule rule(SyncOptions options) {
    auto made = KeyRule::make(options);
    EXPECT_TRUE(made) << (made ? "" : made.error().to_string());
    return made ? *made : KeyRule();
}

constexpr std::string_view header =
    "Message-ID: <a@x>\r\nDate: d\r\nFrom: f\r\nTo: t\r\nSubject: s\r\nX-Mark: one\r\n two\r\nReceived: by b\r\nReceived: by c\r\n\r\n";

std::string with(std::string_view from, std::string_view to) {
    std::string text(header);
    return text.replace(text.find(from), from.size(), to);
}

TEST(KeyRule, WithoutOptionsItIsTheMessageKey) {
    for (KeyRung rung = 0; rung <= lowest_rung; ++rung)
        EXPECT_EQ(rule({}).key(header, rung), message_key(header, rung));
    EXPECT_EQ(rule({}).fetch_item(), "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM TO SUBJECT)]");
}

TEST(KeyRule, NamedFieldsTakeTheFirstRung) {
    const auto by_mark = rule({.useheader = {"x-mark"}});
    EXPECT_EQ(by_mark.key(header, 0), by_mark.key(with("<a@x>", "<b@x>"), 0));
    EXPECT_EQ(by_mark.key(header, 0), by_mark.key(with("one\r\n two", "one two"), 0)) << "folding does not count";
    EXPECT_NE(by_mark.key(header, 0), by_mark.key(with("one", "three"), 0));
    EXPECT_EQ(by_mark.key(header, 1), message_key(header, 1));
    EXPECT_TRUE(by_mark.fetch_item().ends_with(" x-mark)]"));
}

TEST(KeyRule, EveryLineOfANamedFieldCountsInAnyOrder) {
    const auto received = rule({.useheader = {"Message-Id", "Received"}});
    EXPECT_EQ(received.key(header, 0), received.key(with("Received: by b\r\nReceived: by c", "Received: by c\r\nReceived: by b"), 0));
    EXPECT_NE(received.key(header, 0), received.key(with("by c", "by d"), 0));
}

TEST(KeyRule, WithoutANamedFieldTheNextRungCounts) {
    const auto other = rule({.useheader = {"X-Other"}});
    EXPECT_EQ(other.key(header, 0), message_key(header, 1));
}

TEST(KeyRule, AllFields) {
    const auto all = rule({.useheader = {"ALL"}});
    EXPECT_EQ(all.fetch_item(), "BODY.PEEK[HEADER]");
    EXPECT_NE(all.key(header, 0), all.key(with("by b", "by x"), 0));
    EXPECT_EQ(all.key(header, 0), all.key(std::string(header) + "body", 0));
}

TEST(KeyRule, SkippedLinesAreNotLookedAt) {
    const auto skip = rule({.skipheader = {"^message-id"}});
    EXPECT_EQ(skip.key(header, 0), skip.key(with("<a@x>", "<b@x>"), 0));
    const auto both = rule({.useheader = {"ALL"}, .skipheader = {"^Received: by b"}});
    EXPECT_EQ(both.key(header, 0), both.key(with("Received: by b\r\n", ""), 0));
    EXPECT_NE(both.key(header, 0), both.key(with("by c", "by d"), 0));
}

TEST(KeyRule, WithoutDomains) {
    const auto no_domain = rule({.messageidnodomain = true});
    EXPECT_EQ(no_domain.key(header, 0), no_domain.key(with("<a@x>", "<a@y>"), 0));
    EXPECT_NE(no_domain.key(header, 0), no_domain.key(with("<a@x>", "<b@x>"), 0));
}

TEST(KeyRule, BadOptionsAreNamed) {
    EXPECT_EQ(KeyRule::make({.useheader = {"a b"}}).error().context, "--useheader");
    EXPECT_EQ(KeyRule::make({.useheader = {"a\r\nX"}}).error().kind, ErrorKind::invalid_argument);
    EXPECT_EQ(KeyRule::make({.skipheader = {"("}}).error().context, "--skipheader");
}

}  // namespace
}  // namespace godwit::sync

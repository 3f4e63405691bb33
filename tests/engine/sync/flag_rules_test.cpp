#include "engine/sync/flag_rules.h"

#include <gtest/gtest.h>

namespace godwit::sync {
namespace {

using Flags = std::vector<std::string>;

Flags applied(const SyncOptions& options, Flags flags) {
    const auto rules = FlagRules::make(options);
    EXPECT_TRUE(rules) << rules.error().to_string();
    return rules->apply(std::move(flags));
}

TEST(FlagRules, RecentAndUnknownSystemFlagsGo) {
    EXPECT_EQ(applied({}, {}), Flags{});
    EXPECT_EQ(applied({}, {"\\Recent"}), Flags{});
    EXPECT_EQ(applied({}, {"\\Seen", "\\RECENT", "$Label1", "NonJunk"}), (Flags{"$Label1", "NonJunk", "\\Seen"}));
    EXPECT_EQ(applied({}, {"\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen"}),
              (Flags{"\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen"}));
    EXPECT_EQ(applied({}, {"\\RECEIPTCHECKED", "\\JUNK", "\\Indexed", "\\X-EON-HAS-ATTACHMENT", "\\UNSEEN",
                           "\\ATTACHED", "\\X-HAS-ATTACH", "\\FORWARDED", "\\$FORWARDED", "\\PRIORITY", "\\READRCPT",
                           "\\*", "\\", "\\Seenx", "\\\\Seen"}),
              Flags{});
}

TEST(FlagRules, CaseOfSystemFlags) {
    EXPECT_EQ(applied({}, {"\\SEEN", "\\draft", "LALA", "lala"}), (Flags{"LALA", "\\Draft", "\\Seen", "lala"}));
    EXPECT_EQ(applied({.flagscase = false}, {"\\SEEN", "\\draft"}), (Flags{"\\SEEN", "\\draft"}));
}

TEST(FlagRules, EachOnceAndSorted) {
    EXPECT_EQ(applied({}, {"b", "\\Seen", "a", "b", "\\SEEN"}), (Flags{"\\Seen", "a", "b"}));
}

TEST(FlagRules, RegexflagSeesOneText) {
    const struct {
        Flags rules, flags, expected;
    } table[] = {
        {{"s/NonJunk//g"}, {"\\Seen", "NonJunk", "$Spam"}, {"$Spam", "\\Seen"}},
        {{"s/\\$Spam//g"}, {"\\Seen", "NonJunk", "$Spam"}, {"NonJunk", "\\Seen"}},
        {{"s/\\\\Seen//g"}, {"\\Seen", "NonJunk"}, {"NonJunk"}},
        {{"s/\\\\(Seen)//g"}, {"\\Seen", "\\Draft"}, {"\\Draft"}},
        {{"s/.*/\\\\Seen/"}, {"a", "b"}, {"\\Seen"}},
        {{"s/.*/\\\\Seen/"}, {}, {"\\Seen"}},
        {{"s/.*/PasGlop \\\\PasGlopRe/"}, {"a"}, {"PasGlop"}},
        {{"s,,\\\\Seen ,"}, {"a"}, {"\\Seen", "a"}},
        {{"s/(\\s|^)[^\\\\]\\w+//g"}, {"\\Seen", "NonJunk", "\\Draft", "$Spam"}, {"\\Draft", "\\Seen"}},
        {{"s/.*?(Keep1|Keep2|Keep3)/$1 /g", "s/(Keep1|Keep2|Keep3) (?!(Keep1|Keep2|Keep3)).*/$1 /g"},
         {"REM", "Keep1", "REM", "Keep2", "REM"},
         {"Keep1", "Keep2"}},
        {{"s/(.*)/$1 jrdH8u/"}, {"REM"}, {"REM", "jrdH8u"}},
        {{"s/[^\\s]*(\\$|\\\\)?(?:Junk|NonJunk)//gi"}, {"\\Seen", "$NonJunk", "junk", "\\Junk"}, {"\\Seen"}},
        {{"s/\\\\Answered/\\$Forwarded/g"}, {"\\Answered"}, {"$Forwarded"}},
        {{"s/\\\\Junk/\\$Junk/gi"}, {"\\JUNK"}, {"$Junk"}},
        {{"s/\\\\(?=Junk)//"}, {"\\Junk"}, {"Junk"}},
        {{"s/\\$label(\\d)/Label\\1/g"}, {"$label1", "$label2"}, {"Label1", "Label2"}},
        {{"s/Recent/Seen/"}, {"\\Recent"}, {}},
        {{"s/a/\\\\Recent/"}, {"a", "b"}, {"b"}},
        {{"s/a/x\\ty\\nz/"}, {"a"}, {"x", "y", "z"}},
        {{"tr/a-z/A-Z/"}, {"\\Seen", "foo"}, {"FOO", "\\Seen"}},
    };
    for (const auto& [rules, flags, expected] : table)
        EXPECT_EQ(applied({.regexflag = rules}, flags), expected) << rules[0];
}

TEST(FlagRules, WhatIsNoFlagIsDropped) {
    for (const char* flag : {"a(b", "a)b", "a{b", "a%b", "a*b", "a\"b", "a\\b", "a]b",
                             "a\x01"
                             "b",
                             "a\x7f", "gr\xc3\xbc\xc3\x9f", "\xff", "()", "{5}", "\\Seen)", "NIL(", "\""})
        EXPECT_EQ(applied({}, {flag, "good"}), Flags{"good"}) << flag;
    EXPECT_EQ(applied({}, {"a b", "c\r\nd"}), (Flags{"a", "b", "c", "d"})) << "blanks separate";
    EXPECT_EQ(applied({.regexflag = {"s/good/a) X (/"}}, {"good"}), (Flags{"X"}));
    EXPECT_EQ(applied({.regexflag = {"s/\\xfc/ue/"}}, {"Gr\xfcn"}), Flags{"Gruen"}) << "rules come first";
}

TEST(FlagRules, ARuleThatTakesTooLongChangesNothing) {
    EXPECT_EQ(applied({.regexflag = {"s/(a+)+$/x/", "s/c/d/"}}, {std::string(40, 'a') + "b", "c"}),
              (Flags{std::string(40, 'a') + "b", "d"}));
}

TEST(FlagRules, BadExpressionsNameTheOption) {
    const auto rules = FlagRules::make({.regexflag = {"s/.*?(?:(\\\\(?:Seen)\\s?)|$)/defined($1)?$1:q()/eg"}});
    ASSERT_FALSE(rules);
    EXPECT_TRUE(rules.error().context.starts_with("--regexflag, expression \"s/")) << rules.error().context;
    EXPECT_EQ(rules.error().kind, ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace godwit::sync

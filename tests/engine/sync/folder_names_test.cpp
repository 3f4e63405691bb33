#include "engine/sync/folder_names.h"

#include <gtest/gtest.h>

#include "engine/base/utf8.h"
#include "engine/imap/folder_name.h"
#include "tests/engine/sync/folder_trees.h"

namespace godwit::sync {
namespace {

std::string raw(std::string_view utf8) { return *imap::encode_modified_utf7(utf8); }

TEST(FolderNames, WhatUsersWrite) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"Sent", "Sent"},
        {"Entwürfe", "Entw&APw-rfe"},
        {"Entw&APw-rfe", "Entw&APw-rfe"},  // modified UTF-7 already
        {"R&D", "R&-D"},
        {"R&-D", "R&--D"},  // "&-" alone proves nothing
        {"R&-D &APw-", "R&-D &APw-"},
        {"&AGE-", "&-AGE-"},  // not canonical: letters
        {"ü &APw-", "&APw- &-APw-"},
        {"\xff", "\xff"},
        {"", ""},
    };
    for (const auto& [written, expected] : rows) EXPECT_EQ(raw_name_of(written), expected) << written;
}

TEST(FolderNames, TextForPatterns) {
    EXPECT_EQ(text_of("Entw&APw-rfe"), "Entwürfe");
    EXPECT_EQ(text_of("a&b"), "a&b");
    EXPECT_EQ(text_of("Entwürfe"), "Entwürfe");
    EXPECT_EQ(text_of("\xff"), std::nullopt);
}

TEST(FolderNames, CaseKeys) {
    EXPECT_EQ(case_key("Trash"), case_key("tRASH"));
    EXPECT_EQ(case_key(raw("ÄRZTE")), case_key(raw("ärzte")));
    EXPECT_NE(case_key("a&-b"), case_key("a&b"));  // not the same folder on any server
    EXPECT_NE(case_key("a"), case_key("b"));
}

TEST(FolderNames, SuffixesAreStable) {
    EXPECT_EQ(name_suffix("Trash"), "_c560122a");  // as long as somebody has folders of that name
    EXPECT_NE(name_suffix("Trash"), name_suffix("trash"));
    EXPECT_NE(name_suffix("Trash"), name_suffix("Trash", 1));
}

struct Refusal {
    std::string refused, acceptable;
};

void expect_acceptable(const FolderTree& destination, const std::vector<Refusal>& rows) {
    for (const auto& [refused, acceptable] : rows) {
        EXPECT_EQ(acceptable_name(refused, destination), acceptable) << refused;
        EXPECT_EQ(acceptable_name(acceptable, destination), acceptable) << refused;
    }
}

TEST(AcceptableName, WhatCyrusRefuses) {
    expect_acceptable(folder_tree('.', "INBOX.", {}), {{"INBOX.say \"hi\"", "INBOX.say _hi_"},
                                                       {"INBOX.a\\b", "INBOX.a_b"},
                                                       {"INBOX.100%", "INBOX.100_"},
                                                       {"INBOX.a/b.c/d", "INBOX.a_b.c_d"},
                                                       {"INBOX.(a) {b}", "INBOX._a_ _b_"},
                                                       {"INBOX.a^b|c*", "INBOX.a_b_c_"},
                                                       {"INBOX.tab\there", "INBOX.tab_here"},
                                                       {"INBOX.Entwürfe", "INBOX.Entw&APw-rfe"},
                                                       {"INBOX.\xff\xfe", "INBOX.__"},
                                                       {"INBOX.a&b", "INBOX.a&-b"},
                                                       {"INBOX.&AGE-", "INBOX.&-AGE-"},
                                                       {"INBOX..x", "INBOX._.x"},
                                                       {"INBOX.a!b;c<d>e`", "INBOX.a_b_c_d_e_"},
                                                       {"INBOX.INBOX", "INBOX.INBOX_"},
                                                       {"INBOX.a.inbox", "INBOX.a.inbox_"}});
    expect_acceptable(folder_tree('/', "", {}), {{"INBOX/INBOX", "INBOX/INBOX_"}, {"Inbox/x", "Inbox/x"}});
}

TEST(AcceptableName, WhatCourierRefuses) {
    expect_acceptable(folder_tree('.', "INBOX.", {}), {{"INBOX.a/b", "INBOX.a_b"},
                                                       {"INBOX." + raw("party 🎉 2020"), "INBOX.party _ 2020"},
                                                       {"INBOX.&", "INBOX.&-"},
                                                       {"INBOX", "INBOX"}});
}

TEST(AcceptableName, WhatDovecotRefuses) {
    expect_acceptable(folder_tree('/', "", {}), {{"~bob", "_bob"},
                                                 {"..", "__"},
                                                 {".hidden/..x", "_hidden/__x"},
                                                 {"#news", "_news"},
                                                 {". ~a", "___a"},
                                                 {"a/../b", "a/__/b"},
                                                 {"cur", "cur_"},
                                                 {"a/new/tmp", "a/new_/tmp_"},
                                                 {"currency", "currency"},
                                                 {"del\x7f", "del_"},
                                                 {raw("c1\u0085"), "c1_"},
                                                 {" a b ", "_a b_"},
                                                 {"   ", "___"},
                                                 {"a//b/", "a/_/b/_"},
                                                 {"", "_"},
                                                 {"v1.2", "v1.2"}});
}

TEST(AcceptableName, WhatIsFineStays) {
    for (const std::string name : {"INBOX", "inbox", "Sent Items", "a/b/c", "R&-D", "it's [x], y = $", "a.b", "a-b+c,d"})
        EXPECT_EQ(acceptable_name(name, folder_tree('/', "", {})), name);
    for (const auto text : {"Entwürfe", "日本語/下書き", "e\u0301"})
        EXPECT_EQ(acceptable_name(raw(text), folder_tree('/', "", {})), raw(text));
}

TEST(AcceptableName, LongLevelsAreCutBetweenCharacters) {
    const auto destination = folder_tree('/', "", {});
    const std::string at_limit(200, 'a'), too_long(201, 'a');
    EXPECT_EQ(acceptable_name(at_limit, destination), at_limit);
    EXPECT_EQ(acceptable_name("x/" + too_long, destination), "x/" + std::string(191, 'a') + name_suffix(too_long));
    std::string text;
    for (int i = 0; i < 100; ++i) text += "日ü ";
    for (const auto& level : {text, text + "x", std::string(255, '%')}) {
        const auto name = acceptable_name(raw(level), destination);
        EXPECT_LE(name.size(), 200u);
        EXPECT_TRUE(imap::decode_modified_utf7(name)) << name;
        EXPECT_TRUE(name.ends_with(name_suffix(raw(level))));
        EXPECT_EQ(acceptable_name(name, destination), name);
    }
    EXPECT_NE(acceptable_name(raw(text), destination), acceptable_name(raw(text + "x"), destination));
    // A child goes below its parent still.
    EXPECT_TRUE(acceptable_name(too_long + "/b", destination).starts_with(acceptable_name(too_long, destination) + "/"));
}

TEST(AcceptableName, LongNamesOfManyLevels) {
    const auto destination = folder_tree('.', "INBOX.", {});
    const std::string level(50, 'a'), parent = "INBOX." + level + '.' + level + '.' + level;
    EXPECT_EQ(acceptable_name(parent + "." + level, destination), parent + "." + level);  // 210 octets
    const std::string deep = parent + "." + level + "." + raw("Ärzte") + "." + level;
    const auto name = acceptable_name(deep, destination);
    EXPECT_EQ(name.size(), 240u);
    EXPECT_TRUE(name.starts_with(parent + "." + level + "." + raw("Ärzte") + "."));
    EXPECT_TRUE(name.ends_with(name_suffix(deep.substr(6))));
    EXPECT_EQ(acceptable_name(name, destination), name);
    EXPECT_NE(acceptable_name(deep + "x", destination), name);
    const auto wide = acceptable_name("INBOX." + std::string(300, 'b') + "." + std::string(300, 'c'), destination);
    EXPECT_LE(wide.size(), 240u);
    EXPECT_EQ(imap::split_levels(wide, '.').size(), 3u);
}

TEST(AcceptableName, FlatDestination) { EXPECT_EQ(acceptable_name("a/b%", folder_tree(std::nullopt, "", {})), "a_b_"); }

}  // namespace
}  // namespace godwit::sync

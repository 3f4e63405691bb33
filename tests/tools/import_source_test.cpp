#include "tools/godwit/import_source.h"

#include <gtest/gtest.h>

#include "tests/support/local_server.h"

namespace godwit::cli {

TEST(ImportSource, FormByTheFirstLine) {
    for (const auto* native :
         {"source_host,source_user,source_password\n", "host1;user1;password1;host2;user2;password2\n",
          "\xef\xbb\xbf"
          "\"Source-Host\",\"source-user\"\r\n",
          "external_id\tdest_user\tsrc_user\n", "\n\nuser1,user2\n", "external_id,options,USER1",
          "host1;user1;automap;exclude;exclude;maxsize;maxage;sep1;sep2", "a,b,c\n", "",
          "# only a comment\n"})
        EXPECT_EQ(guess_form(native), "native") << native;
    for (const auto* list :
         {"imap.a;ann;pw;imap.b;ann;pw;\n", "imap.a;ann;pw;imap.b;ann;pw\n",
          "# host1;user1;password1;host2;user2;password2\r\n\r\nimap.a;ann;p,w;imap.b;ann;pw;--dry;\r\n",
          "imap.a;user;password;imap.b;user;password;", "imap.a;user1;pw;imap.b;user2;pw;--dry;"})
        EXPECT_EQ(guess_form(list), "imapsync") << list;
    for (const auto* yaml : {"migrations:\n- {user1: a}\n", "# mine\n---\n", "defaults: {a;b;c;d;e;f}\n",
                             "{\"migrations\": []}"})
        EXPECT_EQ(guess_form(yaml), "yaml") << yaml;
}

TEST(ImportSource, YamlByItsName) {
    for (const auto* name : {"a.yaml", "/b/c.YML"}) EXPECT_TRUE(is_yaml_name(name)) << name;
    for (const auto* name : {"a.csv", "-", "yaml", "a.yaml.csv", ""})
        EXPECT_FALSE(is_yaml_name(name)) << name;
}

TEST(ImportSource, PeekingTakesNothingAway) {
    const std::string content = "first line\n" + std::string(200'000, 'x') + "end";
    const test::TemporaryFile file(content);
    auto source = ImportSource::open(file.path());
    ASSERT_TRUE(source);
    const auto beginning = (*source)->peek();
    ASSERT_TRUE(beginning);
    EXPECT_TRUE(beginning->starts_with("first line\n"));
    EXPECT_LE(beginning->size(), 64u << 10);
    std::string all;
    std::vector<char> buffer(1000);
    for (std::size_t size = 1; size > 0;) {
        const auto got = (*source)->read(buffer);
        ASSERT_TRUE(got);
        size = *got;
        all.append(buffer.data(), size);
    }
    EXPECT_EQ(all, content);
    EXPECT_FALSE((*source)->failure());
}

TEST(ImportSource, AnEmptyFile) {
    const test::TemporaryFile file("");
    auto source = ImportSource::open(file.path());
    ASSERT_TRUE(source);
    EXPECT_EQ((*source)->peek().value(), "");
    std::vector<char> buffer(10);
    EXPECT_EQ((*source)->read(buffer).value(), 0u);
}

TEST(ImportSource, FilesThatCannotBeRead) {
    const auto missing = ImportSource::open("/nowhere/list.csv");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
    EXPECT_TRUE(missing.error().cause.contains("/nowhere/list.csv"));
    auto directory = ImportSource::open("/tmp");
    ASSERT_TRUE(directory);
    EXPECT_FALSE((*directory)->peek());
    ASSERT_TRUE((*directory)->failure());
    EXPECT_TRUE((*directory)->failure()->cause.contains("/tmp"));
}

}  // namespace godwit::cli

#include "tests/scheduler/import/import_test_support.h"

namespace godwit::scheduler::test {
namespace {

constexpr auto imapsync = ImportFormat::imapsync;
using Codes = std::vector<std::string>;

Imported import_list(std::string_view file, const ImportDefaults& defaults = {}, ImportLimits limits = {}) {
    return import_file(imapsync, file, defaults, limits);
}

TEST(ImapsyncList, SixToEightColumns) {
    const auto out = import_list(
        "a.example;u1;p1;b.example;u2;p2\n"
        "a.example;u3;p3;b.example;u4;p4;\n"
        "a.example;u5;p5;b.example;u6;p6;--dry\n"
        "a.example;u7;p7;b.example;u8;p8;--dry; \r\n");
    EXPECT_EQ(to_text(out),
              "seen 4 failure \n"
              "1  a.example:993/implicit|u1|p1| -> b.example:993/implicit|u2|p2| dry=false\n"
              "2  a.example:993/implicit|u3|p3| -> b.example:993/implicit|u4|p4| dry=false\n"
              "3  a.example:993/implicit|u5|p5| -> b.example:993/implicit|u6|p6| dry=true\n"
              "4  a.example:993/implicit|u7|p7| -> b.example:993/implicit|u8|p8| dry=true\n");
}

TEST(ImapsyncList, OtherNumbersOfColumns) {
    const auto out = import_list("a;u1;p1;b;u2\na;u1;p1;b;u2;p;2;--dry;\na;u1;p1;b;u2;p2;;;\nuser\n;;;;;\n");
    EXPECT_EQ(codes(out), (Codes{"1  column_count", "2  column_count", "3  column_count", "4  column_count",
                                 "5 host1 empty", "5 user1 empty", "5 password1 empty", "5 host2 empty",
                                 "5 user2 empty", "5 password2 empty"}));
    EXPECT_NE(out.errors[1].detail.find("native"), std::string::npos);
}

TEST(ImapsyncList, CommentsBlankLinesAndTheByteOrderMark) {
    const auto out = import_list("\xEF\xBB\xBF# a;b\n\n  \t\r\n  # indented\r\na;u1;p1;b;u2;p2");
    EXPECT_EQ(to_text(out), "seen 1 failure \n5  a:993/implicit|u1|p1| -> b:993/implicit|u2|p2| dry=false\n");
    EXPECT_EQ(import_list("\xEF\xBB\xBF"
                          "a;u1;p1;b;u2;p2")
                  .rows.size(),
              1u);
    EXPECT_EQ(to_text(import_list("")), "seen 0 failure \n");
}

TEST(ImapsyncList, QuotesAndBackslashesStandForThemselves) {
    const auto out = import_list(R"(a;u1;"p'\1 ;b;u2;#p2;)");
    ASSERT_EQ(out.rows.size(), 1u) << to_text(out);
    EXPECT_EQ(out.rows[0].source.password.reveal(), R"("p'\1 )");
    EXPECT_EQ(out.rows[0].destination.password.reveal(), "#p2");
}

TEST(ImapsyncList, HostsWithPorts) {
    const auto out = import_list(
        "a:143;u1;p1;[2001:db8::1]:1993;u2;p2;\n[::1];u1;p1;b;u2;p2;--port1 143 --nossl1 --notls1\n");
    ASSERT_EQ(out.rows.size(), 2u) << to_text(out);
    EXPECT_EQ(to_text(out.rows[0].source.endpoint), "a:143/starttls");
    EXPECT_EQ(to_text(out.rows[0].destination.endpoint), "2001:db8::1:1993/implicit");
    EXPECT_EQ(to_text(out.rows[1].source.endpoint), "::1:143/none");
}

TEST(ImapsyncList, DefaultsForEmptyHosts) {
    const auto out = import_list(";u1;p1;;u2;p2;", {.source_host = "a", .destination_host = "b"});
    EXPECT_EQ(to_text(out), "seen 1 failure \n1  a:993/implicit|u1|p1| -> b:993/implicit|u2|p2| dry=false\n");
}

TEST(ImapsyncList, Errors) {
    const auto out = import_list(
        "a;u1;;b;u2;p2;\na "
        "b;u1;p1;b;u2;p2;\na:0;u1;p1;b;u2;p2;\na;u1;p1;b;u2;p2;--delete2\na;u1;p1;b;u2;p2;--maxsize x\n"
        "a;u\xFF;p1;b;u2;p2;\na;u1;p1;a;u1;p1;\na;u1;p1;b;u2;p2;\na;u1;p1;b;u2;p2;\na;u1;p1;b;u2;p2;--"
        "logfile x\n");
    EXPECT_EQ(codes(out),
              (Codes{"1 password1 empty", "2 host1 bad_host", "3 host1 bad_port", "4 options unknown_option",
                     "5 options bad_option", "6 user1 bad_encoding", "7 user2 same_source_and_destination",
                     "9 user1 duplicate_in_file", "10 options unknown_option"}));
    EXPECT_EQ(out.rows.size(), 1u);
    EXPECT_EQ(out.rows_seen, 10u);
}

TEST(ImapsyncList, Lengths) {
    const ImportLimits limits{.row_bytes = 40, .field_bytes = 10, .rows = 4};
    const std::string file = "a;u1;1234567890;b;u2;p2;\na;u3;12345678901;b;u2;p2;\na;u4;p;b;u5;p;" +
                             std::string(40, ' ') + "\na;u6;p6;b;u7;p7;\n";
    const auto out = import_list(file, {}, limits);
    EXPECT_EQ(codes(out), (Codes{"2 password1 too_long", "3  too_long"}));
    EXPECT_EQ(out.rows.size(), 2u);
    EXPECT_TRUE(out.failure.empty());
    expect_same_at_every_cut(imapsync, file, limits);
    EXPECT_NE(import_list(file + "a;u8;p8;b;u9;p9;\n", {}, limits).failure.find("limit_exceeded"),
              std::string::npos);
}

TEST(ImapsyncList, TheSameWhereverTheFileIsCut) {
    expect_same_at_every_cut(
        imapsync,
        "\xEF\xBB\xBF# x\r\na;\xC3\xBC;p1;b;u2;p2;--dry\r\n\r\n;a;b\n[::1]:143;u3;p;c:99;u4;p;\r\n\n"
        "a;\xFF;p;b;c;p\na;u5;p;b;u6;p");
}

TEST(ImapsyncList, Names) {
    EXPECT_EQ(import_format_of("imapsync"), ImportFormat::imapsync);
    EXPECT_EQ(import_format_of("native"), ImportFormat::native);
    EXPECT_FALSE(import_format_of("csv"));
}

TEST(ImapsyncList, DefaultOptions) {
    ImportDefaults defaults;
    defaults.options = default_options("--automap --exclude '^Junk'").value();
    const auto out = import_list("a;u1;p1;b;u2;p2;--exclude ^Spam;\na;u3;p3;b;u4;p4\n", defaults);
    ASSERT_EQ(out.rows.size(), 2u) << to_text(out);
    EXPECT_EQ(out.rows[0].options.exclude, (std::vector<std::string>{"^Junk", "^Spam"}));
    EXPECT_TRUE(out.rows[1].options.automap);
    EXPECT_EQ(out.rows[1].options.exclude, std::vector<std::string>{"^Junk"});
}

TEST(ImapsyncList, AHundredThousandRows) {
    std::string file;
    for (int i = 0; i < 100'000; ++i)
        file += fmt::format(
            "imap.old.example;user{0}@old.example;pass{0};imap.new.example;user{0}@new.example;p{0};\n", i);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(import_list(file).rows.size(), 100'000u);
    const auto took = std::chrono::steady_clock::now() - begin;
    RecordProperty("milliseconds",
                   static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
    EXPECT_LT(took, std::chrono::seconds(20));
}

}  // namespace
}  // namespace godwit::scheduler::test

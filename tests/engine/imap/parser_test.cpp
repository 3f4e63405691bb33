#include "engine/imap/parser.h"

#include <gtest/gtest.h>

#include "tests/engine/imap/parse_helpers.h"

namespace godwit::imap {
namespace {

using Strings = std::vector<std::string>;
using Numbers = std::vector<std::uint32_t>;

using testing::expect_error;
using testing::parse_as;

void expect_status(std::string_view line, std::string_view tag, Status status, std::string_view code,
                   std::string_view arguments, std::string_view text) {
    const auto response = parse_as<StatusResponse>(line);
    EXPECT_EQ(response.tag, tag) << line;
    EXPECT_EQ(response.status, status) << line;
    EXPECT_EQ(response.code.has_value(), !code.empty()) << line;
    if (response.code) {
        EXPECT_EQ(response.code->name, code) << line;
        EXPECT_EQ(response.code->arguments, arguments) << line;
    }
    EXPECT_EQ(response.text, text) << line;
}

TEST(Status, TaggedAndUntagged) {
    expect_status("* OK IMAP4rev1", "", Status::ok, "", "", "IMAP4rev1");
    expect_status("a002 NO [ALERT] try  later ", "a002", Status::no, "ALERT", "", "try  later");
    expect_status("A1 bad syntax", "A1", Status::bad, "", "", "syntax");
    expect_status("* BYE", "", Status::bye, "", "", "");
    expect_status("* PREAUTH hi", "", Status::preauth, "", "", "hi");
    expect_status("*  Ok   [unseen 12]x", "", Status::ok, "UNSEEN", "12", "x");
    expect_status("A1  OK", "A1", Status::ok, "", "", "");
    expect_status("A1 OK [READ-ONLY]", "A1", Status::ok, "READ-ONLY", "", "");
    expect_status("* OK[ALERT] close", "", Status::ok, "ALERT", "", "close");
}

TEST(Status, CodesKeepTheirArguments) {
    expect_status("* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] Limited", "", Status::ok, "PERMANENTFLAGS",
                  "(\\Deleted \\Seen \\*)", "Limited");
    expect_status("A003 OK [APPENDUID 38505 3955] done", "A003", Status::ok, "APPENDUID", "38505 3955",
                  "done");
    expect_status("A003 OK [COPYUID 38505 304,319:320 3956:3958] Done", "A003", Status::ok, "COPYUID",
                  "38505 304,319:320 3956:3958", "Done");
    expect_status("A1 NO [BADCHARSET (US-ASCII \"a]b\")] no", "A1", Status::no, "BADCHARSET",
                  "(US-ASCII \"a]b\")", "no");
    expect_status("A1 NO [REFERRAL imap://u;AUTH=*@[::1]/x] there", "A1", Status::no, "REFERRAL",
                  "imap://u;AUTH=*@[::1]/x", "there");
    // Cyrus lets keywords have brackets.
    expect_status("* OK [PERMANENTFLAGS (\\Seen a]b x[ \\*)] ok", "", Status::ok, "PERMANENTFLAGS",
                  "(\\Seen a]b x[ \\*)", "ok");
    expect_status("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi", "", Status::ok, "CAPABILITY",
                  "IMAP4rev1 AUTH=PLAIN", "hi");
    expect_status("* OK [HIGHESTMODSEQ 715194045007]", "", Status::ok, "HIGHESTMODSEQ", "715194045007", "");
    expect_status("* OK [X don\"t (] care", "", Status::ok, "X", "don\"t (", "care");
}

TEST(Status, BracketsThatAreText) {
    expect_status("* OK [no end", "", Status::ok, "", "", "[no end");
    expect_status("* OK [] x", "", Status::ok, "", "", "[] x");
    expect_status("* OK [", "", Status::ok, "", "", "[");
    expect_status("A1 NO APPEND [TRYCREATE] failed", "A1", Status::no, "", "", "APPEND [TRYCREATE] failed");
}

TEST(Status, RealServers) {
    expect_status(
        "a NO [LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=3)",
        "a", Status::no, "LIMIT", "",
        "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=3)");
    expect_status(
        "a NO Client tried to access nonexistent namespace. (Mailbox name should probably be prefixed with: "
        "INBOX.)",
        "a", Status::no, "", "",
        "Client tried to access nonexistent namespace. (Mailbox name should probably be prefixed with: "
        "INBOX.)");
    expect_status("* BYE IMAP session state is inconsistent, please relogin.", "", Status::bye, "", "",
                  "IMAP session state is inconsistent, please relogin.");
    const auto greeting = parse_as<StatusResponse>(
        "* OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN ACL ACL2=UNION STARTTLS ENABLE UTF8=ACCEPT] "
        "Courier-IMAP ready.");
    EXPECT_EQ(greeting.code->name, "CAPABILITY");
    EXPECT_EQ(greeting.text, "Courier-IMAP ready.");
}

TEST(Status, ContinuationsAndLinesOfNoKind) {
    EXPECT_EQ(parse_as<Continuation>("+ Ready for literal data").text, "Ready for literal data");
    EXPECT_EQ(parse_as<Continuation>("+ ").text, "");
    EXPECT_EQ(parse_as<Continuation>("+").text, "");
    EXPECT_EQ(parse_as<Continuation>("+ dXNlcg==").text, "dXNlcg==");
    EXPECT_EQ(parse_as<UnknownData>("").text, "");
    EXPECT_EQ(parse_as<UnknownData>("* XSTRANGE \x01 (a").text, "* XSTRANGE   (a");
    EXPECT_EQ(parse_as<UnknownData>("* 2 EXPUNGED").text, "* 2 EXPUNGED");
    EXPECT_EQ(parse_as<UnknownData>("* X" + std::string(1000, 'y')).text.size(), 300u);
    EXPECT_EQ(parse_as<UnknownData>("* X {3}\r\na)b").text, "* X {3}  a)b");
    EXPECT_EQ(parse_as<UnknownData>("* ").text, "*");
    for (const char* line :
         {"Subject: out of its frame", "A1", "*", "*OK", " OK", "A1 FETCH", "A1 ", "x y z", "\xff"})
        expect_error(line);
}

TEST(Data, Capabilities) {
    EXPECT_EQ(parse_as<CapabilityData>("* CAPABILITY IMAP4rev1 auth=PLAIN  STARTTLS ").names,
              (Strings{"IMAP4REV1", "AUTH=PLAIN", "STARTTLS"}));
    EXPECT_EQ(parse_as<EnabledData>("* ENABLED CONDSTORE qresync").names, (Strings{"CONDSTORE", "QRESYNC"}));
    EXPECT_EQ(parse_as<EnabledData>("* ENABLED").names, Strings{});
}

void expect_list(std::string_view line, const Strings& attributes, std::optional<char> delimiter,
                 std::string_view name) {
    const auto list = parse_as<ListData>(line);
    EXPECT_EQ(list.attributes, attributes) << line;
    EXPECT_EQ(list.delimiter, delimiter) << line;
    EXPECT_EQ(list.name, name) << line;
}

TEST(List, Names) {
    expect_list("* LIST (\\Noselect) \"/\" ~/Mail/foo", {"\\Noselect"}, '/', "~/Mail/foo");
    expect_list("* LIST () \".\" INBOX", {}, '.', "INBOX");
    expect_list("* LIST (\\NoInferiors) NIL INBOX", {"\\NoInferiors"}, std::nullopt, "INBOX");
    expect_list("* LIST () \"/\" \"a \\\"b\\\\c\"", {}, '/', "a \"b\\c");
    expect_list("* LIST () \"\\\\\" {5}\r\na\r\nb)", {}, '\\', "a\r\nb)");
    expect_list("* LIST () \"/\" \"\"", {}, '/', "");
    expect_list("* LIST (\\HasNoChildren \\Sent) \"/\" \"Entw\xc3\xbcrfe\"", {"\\HasNoChildren", "\\Sent"},
                '/', "Entw\xc3\xbcrfe");
}

TEST(List, SloppyServers) {
    expect_list("* LIST () \"/\" My old mail ", {}, '/', "My old mail");
    expect_list("* LIST () \"/\" Old (2019) mail", {}, '/', "Old (2019) mail");
    expect_list("* LIST () \"/\" \"say \"hi\" there\"", {}, '/', "say \"hi\" there");
    expect_list("* LIST () \"/\" \"ends\\\"", {}, '/', "ends\\");
    expect_list("* LIST () \"/\" \"C:\\mail\"", {}, '/', "C:\\mail");
    expect_list("* LIST () \"\\\" a", {}, '\\', "a");
    expect_list("* LIST () \"\" INBOX", {}, std::nullopt, "INBOX");
    expect_list("* LIST () / INBOX", {}, '/', "INBOX");
    expect_list("* list(\\Marked)nil  x", {"\\Marked"}, std::nullopt, "x");
    expect_list("* XLIST (\\HasNoChildren \\Inbox) \"/\" \"Posteingang\"", {"\\HasNoChildren", "\\Inbox"},
                '/', "Posteingang");
}

TEST(List, ExtendedDataIsSkipped) {
    expect_list("* LIST () \"/\" \"Foo\" (\"CHILDINFO\" (\"SUBSCRIBED\"))", {}, '/', "Foo");
    expect_list("* LIST () \"/\" Foo (OLDNAME (\"Bar\"))", {}, '/', "Foo");
    expect_list("* LIST () \"/\" {3}\r\nFoo (\"X\" {1}\r\ny)", {}, '/', "Foo");
    expect_list("* LIST (\\NonExistent) \"/\" \"Foo\" (\"CHILDINFO\" (\"SUBSCRIBED\") X (1 (2)))",
                {"\\NonExistent"}, '/', "Foo");
}

TEST(List, KindsAndErrors) {
    EXPECT_FALSE(parse_as<ListData>("* LIST () \"/\" a").lsub);
    EXPECT_TRUE(parse_as<ListData>("* LSUB () \"/\" a").lsub);
    for (const char* line :
         {"* LIST", "* LIST ()", "* LIST () \"/\"", "* LIST () \"ab\" x", "* LIST (\\A \"/\" x",
          "* LIST () \"/\" \"open", "* LIST \"/\" x", "* LIST () \"/\" \"a\" (b"})
        expect_error(line);
}

TEST(Data, Namespaces) {
    const auto cyrus =
        parse_as<NamespaceData>("* NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) ((\"\" \".\"))");
    ASSERT_EQ(cyrus.personal.size(), 1u);
    EXPECT_EQ(cyrus.personal[0].prefix, "INBOX.");
    EXPECT_EQ(cyrus.personal[0].delimiter, '.');
    EXPECT_EQ(cyrus.other_users.at(0).prefix, "user.");
    EXPECT_EQ(cyrus.shared.at(0).prefix, "");
    // RFC 2342 section 5, example 5.
    const auto many = parse_as<NamespaceData>(
        "* NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\" \"X-PARAM\" (\"FLAG1\" \"FLAG2\"))) NIL ((\"#shared\" nil) "
        "(\"b\" \"/\"))");
    ASSERT_EQ(many.personal.size(), 2u);
    EXPECT_EQ(many.personal[1].prefix, "#mh/");
    EXPECT_TRUE(many.other_users.empty());
    ASSERT_EQ(many.shared.size(), 2u);
    EXPECT_FALSE(many.shared[0].delimiter);
    EXPECT_TRUE(parse_as<NamespaceData>("* NAMESPACE NIL NIL NIL").personal.empty());
    EXPECT_EQ(parse_as<NamespaceData>("* NAMESPACE ((\"\" \"/\"))").personal.size(), 1u);
    for (const char* line : {"* NAMESPACE ((\"\"))", "* NAMESPACE ((\"\" \"/\") NIL", "* NAMESPACE x"})
        expect_error(line);
}

TEST(Data, StatusOfFolders) {
    const auto status = parse_as<StatusData>("* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)");
    EXPECT_EQ(status.name, "blurdybloop");
    EXPECT_EQ(status.items, (std::map<std::string, std::uint64_t>{{"MESSAGES", 231}, {"UIDNEXT", 44292}}));
    const auto odd = parse_as<StatusData>(
        "* STATUS {5}\r\na (b) ( uidvalidity 5000000000 SIZE NIL MAILBOXID (F1 (x)) X \"y\" HIGHESTMODSEQ "
        "1152921504606846976)");
    EXPECT_EQ(odd.name, "a (b)");
    EXPECT_EQ(odd.items, (std::map<std::string, std::uint64_t>{{"UIDVALIDITY", 5'000'000'000},
                                                               {"HIGHESTMODSEQ", 1152921504606846976}}));
    EXPECT_EQ(parse_as<StatusData>("* STATUS Two words (MESSAGES 1)").name, "Two words");
    EXPECT_EQ(parse_as<StatusData>("* STATUS \"q (x\" ()").name, "q (x");
    const auto bare = parse_as<StatusData>("* STATUS a (b) (c (MESSAGES 7 MAILBOXID (F1 (x)))");
    EXPECT_EQ(bare.name, "a (b) (c");
    EXPECT_EQ(bare.items.at("MESSAGES"), 7u);
    for (const char* line :
         {"* STATUS", "* STATUS a", "* STATUS a (MESSAGES)", "* STATUS a (MESSAGES 1", "* STATUS (A 1)"})
        expect_error(line);
}

TEST(Data, Searches) {
    EXPECT_EQ(parse_as<SearchData>("* SEARCH 2 84 882").numbers, (Numbers{2, 84, 882}));
    EXPECT_EQ(parse_as<SearchData>("* SEARCH").numbers, Numbers{});
    EXPECT_EQ(parse_as<SearchData>("* SEARCH  ").numbers, Numbers{});
    const auto modified = parse_as<SearchData>("* SEARCH 2 5 6 7 11 12 18 19 20 23 (MODSEQ 917162500)");
    EXPECT_EQ(modified.numbers.size(), 10u);
    EXPECT_EQ(modified.modseq, ModSeq{917162500});
    for (const char* line :
         {"* SEARCH x", "* SEARCH 4294967296", "* SEARCH 1 -2", "* SEARCH 1 (MODSEQ)", "* SEARCH 1,2"})
        expect_error(line);
}

TEST(Data, ExtendedSearches) {
    // RFC 4731 section 3.1 and RFC 7162 section 3.1.5.
    const auto found = parse_as<EsearchData>("* ESEARCH (TAG \"A283\") ALL 2,10:11");
    EXPECT_EQ(found.tag, "A283");
    EXPECT_FALSE(found.uid);
    EXPECT_EQ(found.all->to_string(), "2,10:11");
    const auto full = parse_as<EsearchData>(
        "* ESEARCH (TAG \"a\") UID COUNT 17 MIN 4 MAX 9 PARTIAL (1:10 2,4) ALL 4:18,21,28 MODSEQ 1236");
    EXPECT_TRUE(full.uid);
    EXPECT_EQ(full.count, 17u);
    EXPECT_EQ(full.min, 4u);
    EXPECT_EQ(full.max, 9u);
    EXPECT_EQ(full.all->to_string(), "4:18,21,28");
    EXPECT_EQ(full.modseq, ModSeq{1236});
    const auto none = parse_as<EsearchData>("* ESEARCH (TAG \"A285\")");
    EXPECT_FALSE(none.all || none.count || none.min);
    EXPECT_EQ(parse_as<EsearchData>("* ESEARCH COUNT 23").count, 23u);
    for (const char* line :
         {"* ESEARCH (TAG \"a\") ALL", "* ESEARCH ALL 1:*", "* ESEARCH MIN x", "* ESEARCH (TAG \"a\" UID"})
        expect_error(line);
}

TEST(Data, CountsAndVanished) {
    EXPECT_EQ(parse_as<ExistsData>("* 5 EXISTS").count, 5u);
    EXPECT_EQ(parse_as<RecentData>("* 4 recent ").count, 4u);
    EXPECT_EQ(parse_as<ExpungeData>("* 4294967295 EXPUNGE").sequence, 4294967295u);
    expect_error("* 4294967296 EXISTS");
    expect_error("* 99999999999999999999999 EXISTS");
    expect_error("* 5 EXISTS x");
    const auto earlier = parse_as<VanishedData>("* VANISHED (EARLIER) 41,43:116,118,120:211,214:540");
    EXPECT_TRUE(earlier.earlier);
    EXPECT_EQ(earlier.uids.to_string(), "41,43:116,118,120:211,214:540");
    EXPECT_FALSE(parse_as<VanishedData>("* VANISHED 405,407,410,425").earlier);
    expect_error("* VANISHED");
    expect_error("* VANISHED (EARLIER) 0");
    EXPECT_EQ(parse_as<FlagsData>("* FLAGS (\\Answered \\Seen $x)").flags,
              (Strings{"\\Answered", "\\Seen", "$x"}));
    expect_error("* FLAGS \\Seen");
}

TEST(Data, IdAndQuota) {
    const auto id = parse_as<IdData>("* ID (\"name\" \"Cyrus\" \"version\" NIL os {5}\r\nLinux)");
    EXPECT_EQ(id.fields, (std::vector<std::pair<std::string, std::string>>{
                             {"name", "Cyrus"}, {"version", ""}, {"os", "Linux"}}));
    EXPECT_TRUE(parse_as<IdData>("* ID NIL").fields.empty());
    expect_error("* ID (\"name\")");
    const auto quota = parse_as<QuotaData>("* QUOTA \"\" (STORAGE 10 512 MESSAGE 3 9)");
    EXPECT_EQ(quota.root, "");
    ASSERT_EQ(quota.resources.size(), 2u);
    EXPECT_EQ(quota.resources[1].name, "MESSAGE");
    EXPECT_EQ(quota.resources[1].usage, 3u);
    EXPECT_EQ(quota.resources[1].limit, 9u);
    EXPECT_TRUE(parse_as<QuotaData>("* QUOTA x ()").resources.empty());
    const auto roots = parse_as<QuotaRootData>("* QUOTAROOT INBOX \"\" \"User quota\"");
    EXPECT_EQ(roots.name, "INBOX");
    EXPECT_EQ(roots.roots, (Strings{"", "User quota"}));
}

TEST(Data, Limits) {
    constexpr WireLimits three{.list_items = 3};
    EXPECT_EQ(parse_as<FlagsData>("* FLAGS (a b c)", three).flags.size(), 3u);
    expect_error("* FLAGS (a b c d)", three);
    EXPECT_EQ(parse_as<SearchData>("* SEARCH 1 2 3", three).numbers.size(), 3u);
    expect_error("* SEARCH 1 2 3 4", three);
    EXPECT_EQ(parse_as<VanishedData>("* VANISHED 1,3,5:900", three).uids.size(), 898u);
    expect_error("* VANISHED 1,3,5,7", three);
    expect_error("* ESEARCH ALL 1,3,5,7", three);
    expect_error("* CAPABILITY a b c d", three);
    constexpr WireLimits shallow{.nesting = 3};
    parse_as<ListData>("* LIST () \"/\" \"a\" (((x)))", shallow);
    expect_error("* LIST () \"/\" \"a\" ((((x))))", shallow);
}

TEST(AppendUid, Arguments) {
    // RFC 4315 section 3.
    const auto one = parse_append_uid("38505 3955");
    ASSERT_TRUE(one);
    EXPECT_EQ(one->uidvalidity, UidValidity{38505});
    EXPECT_EQ(one->uids, Numbers{3955});
    EXPECT_EQ(parse_append_uid("8589934593 1")->uidvalidity, UidValidity{8589934593}) << "seen in the wild";
    EXPECT_EQ(parse_append_uid(" 1  7,3:5 ")->uids, (Numbers{7, 3, 4, 5}));
    EXPECT_EQ(parse_append_uid("1 1:3", 3)->uids.size(), 3u);
    EXPECT_FALSE(parse_append_uid("1 1:4", 3));
    for (const char* text : {"", "1", "1 ", "x 1", "1 x", "1 1:*", "1 0", "18446744073709551616 1", "1 1 2", "-1 1"})
        EXPECT_FALSE(parse_append_uid(text)) << text;
}

}  // namespace
}  // namespace godwit::imap

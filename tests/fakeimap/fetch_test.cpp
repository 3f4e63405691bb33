// FETCH and SEARCH.
#include "tests/fakeimap/talk.h"
#include "tools/fakeimap/fetch_item.h"

namespace godwit::fakeimap {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string header = "Message-ID: <1@x>\r\nSubject: long\r\n  and folded\r\nTo: a@b\r\n\r\n";
const std::string text = "first line\r\nsecond line\r\n";

Message letter() { return {0, {"\\Flagged"}, "01-Feb-2024 10:00:00 +0100", header + text}; }

std::string literal(std::string_view octets) { return fmt::format("{{{}}}\r\n{}", octets.size(), octets); }

// Asks for items of the only message, and says what the row holds.
void expect_row(std::string items, std::string row) {
    talk(complete(), [&](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(letter());
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("FETCH 1 " + items), "* 1 FETCH (" + row + ")\r\nOK done\r\n")
            << items;
    });
}

TEST(FakeFetch, EveryItem) {
    expect_row("UID", "UID 1");
    expect_row("(FLAGS INTERNALDATE)", "FLAGS (\\Flagged) INTERNALDATE \"01-Feb-2024 10:00:00 +0100\"");
    expect_row("rfc822.size", fmt::format("RFC822.SIZE {}", header.size() + text.size()));
    expect_row("fast",
               fmt::format("FLAGS (\\Flagged) INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" RFC822.SIZE {}",
                           header.size() + text.size()));
    expect_row("(MODSEQ)", "MODSEQ (2)");
    expect_row("BODY.PEEK[]", "BODY[] " + literal(header + text));
    expect_row("BODY.PEEK[HEADER]", "BODY[HEADER] " + literal(header));
    expect_row("BODY.PEEK[TEXT]", "BODY[TEXT] " + literal(text));
    expect_row("BODY.PEEK[HEADER.FIELDS (SUBJECT date)]",
               "BODY[HEADER.FIELDS (SUBJECT date)] " + literal("Subject: long\r\n  and folded\r\n\r\n"));
    expect_row("BODY.PEEK[HEADER.FIELDS.NOT (subject)]",
               "BODY[HEADER.FIELDS.NOT (subject)] " + literal("Message-ID: <1@x>\r\nTo: a@b\r\n\r\n"));
    expect_row("RFC822.HEADER", "RFC822.HEADER " + literal(header));
}

TEST(FakeFetch, Partials) {
    const std::string octets = header + text;
    expect_row("BODY.PEEK[]<0.10>", "BODY[]<0> " + literal(octets.substr(0, 10)));
    expect_row("BODY.PEEK[]<10.100000>", "BODY[]<10> " + literal(octets.substr(10)));
    expect_row("BODY.PEEK[]<100000.1>", "BODY[]<100000> " + literal(""));
    expect_row("(UID BODY.PEEK[TEXT]<6.4>)", "UID 1 BODY[TEXT]<6> " + literal("line"));
}

TEST(FakeFetch, WithoutPeekTheMessageIsSeen) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(letter());
        Client* client = co_await talk.sign_in();
        co_await client->ask("EXAMINE INBOX");
        EXPECT_THAT(co_await client->ask("FETCH 1 BODY[TEXT]"), Not(HasSubstr("\\Seen")));
        co_await client->ask("SELECT INBOX");
        EXPECT_EQ(co_await client->ask("FETCH 1 BODY[TEXT]"),
                  "* 1 FETCH (BODY[TEXT] " + literal(text) + " FLAGS (\\Flagged \\Seen))\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("NOOP"), "OK done\r\n");
        EXPECT_TRUE(talk.inbox().messages[0].has_flag("\\seen"));
    });
}

TEST(FakeFetch, Sets) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        for (int i = 1; i <= 6; ++i) talk.inbox().append(mail(i));
        talk.inbox().erase({1, 3});  // sequence 1:4 is UIDs 2, 4, 5, 6
        Client* client = co_await talk.select();
        const auto uids = [&](std::string command) -> Awaitable<std::string> {
            std::string found;
            std::string answer = co_await client->ask(command);
            for (auto at = answer.find("UID "); at != std::string::npos; at = answer.find("UID ", at + 1))
                found += answer[at + 4];
            co_return answer.ends_with("OK done\r\n") ? found : "refused";
        };
        EXPECT_EQ(co_await uids("UID FETCH 1:* FLAGS"), "2456");
        EXPECT_EQ(co_await uids("UID FETCH 5:4,2,4 FLAGS"), "245");
        EXPECT_EQ(co_await uids("UID FETCH 3 FLAGS"), "");
        EXPECT_EQ(co_await uids("UID FETCH 100:* FLAGS"), "6");
        EXPECT_EQ(co_await uids("FETCH 2:3 UID"), "45");
        EXPECT_EQ(co_await uids("FETCH *:2 UID"), "456");
        EXPECT_EQ(co_await uids("FETCH 5 UID"), "refused");
        for (const std::string set : {"0", "x", "1:", ",1", ""})
            EXPECT_EQ(co_await uids("UID FETCH " + set + " UID"), "refused") << set;
        for (const std::string items :
             {"", "()", "COLOUR", "BODY.PEEK[", "BODY.PEEK[1.MIME]", "BODY.PEEK[]<1>", "(FLAGS"})
            EXPECT_EQ(co_await uids("UID FETCH 2 " + items), "refused") << items;
    });
}

TEST(FakeFetch, AnEmptyFolder) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("UID FETCH 1:* (FLAGS)"), "OK done\r\n");
        EXPECT_EQ(co_await client->ask("UID SEARCH ALL"), "* SEARCH\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID SEARCH RETURN (MIN MAX COUNT ALL) ALL"),
                  "* ESEARCH (TAG \"a5\") UID COUNT 0\r\nOK done\r\n");
    });
}

TEST(FakeFetch, ChangedSince) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        for (int i = 1; i <= 3; ++i) talk.inbox().append(mail(i));  // MODSEQ 2, 3, 4
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3)"),
                  "* 3 FETCH (UID 3 FLAGS () MODSEQ (4))\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID STORE 1 +FLAGS.SILENT (\\Seen)"),
                  "* 1 FETCH (UID 1 MODSEQ (5))\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID FETCH 1:* (UID) (CHANGEDSINCE 4)"),
                  "* 1 FETCH (UID 1 MODSEQ (5))\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID SEARCH MODSEQ 4"), "* SEARCH 1 3\r\nOK done\r\n");
    });
}

TEST(FakeFetch, OthersMayRemoveWhatIsBeingFetched) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        for (int i = 1; i <= 40; ++i) talk.inbox().append(mail(i, {}, std::string(50'000, 'x')));
        auto& folders = talk.server.accounts["u"].folders;
        Client* client = co_await talk.select();
        co_await client->send("x UID FETCH 1:* (BODY.PEEK[])\r\n");
        EXPECT_THAT(co_await client->line(), StartsWith("* 1 FETCH"));
        folders.erase("INBOX");
        EXPECT_THAT(co_await client->answer("x"), HasSubstr("* BYE"));
    });
}

TEST(FakeSearch, Keys) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1, {"\\Seen"}));
        talk.inbox().append({0,
                             {"work"},
                             "02-Feb-2024 23:59:59 -0100",
                             "Message-ID: <two@x>\r\nSubject: Tea\r\n time\r\n\r\nbiscuits"});
        talk.inbox().append({0,
                             {"\\Deleted"},
                             " 3-Feb-2024 00:00:00 +0000",
                             "Message-ID: <3@x>\r\nFrom: Ann\r\n\r\n" + std::string(999, 'x')});
        Client* client = co_await talk.select();
        const std::pair<const char*, const char*> cases[] = {{"ALL", "1 2 3"},
                                                             {"UID 2:3", "2 3"},
                                                             {"UID 3,1 SEEN", "1"},
                                                             {"2:*", "2 3"},
                                                             {"SEEN", "1"},
                                                             {"UNSEEN", "2 3"},
                                                             {"DELETED", "3"},
                                                             {"UNDELETED UNSEEN", "2"},
                                                             {"KEYWORD Work", "2"},
                                                             {"UNKEYWORD work", "1 3"},
                                                             {"HEADER Message-ID <two@x>", "2"},
                                                             {"HEADER message-id \"@X\"", "1 2 3"},
                                                             {"HEADER From \"\"", "3"},
                                                             {"SUBJECT \"tea time\"", "2"},
                                                             {"FROM ann", "3"},
                                                             {"TEXT BISCUITS", "2"},
                                                             {"BODY tea", ""},
                                                             {"LARGER 500", "3"},
                                                             {"SMALLER 500", "1 2"},
                                                             {"NOT SEEN", "2 3"},
                                                             {"OR SEEN DELETED", "1 3"},
                                                             {"(SEEN) UID 1", "1"},
                                                             {"NOT (OR SEEN DELETED)", "2"},
                                                             {"ON 2-Feb-2024", "2"},
                                                             {"SINCE 2-Feb-2024", "2 3"},
                                                             {"BEFORE 2-Feb-2024", "1"},
                                                             {"CHARSET UTF-8 SUBJECT {3+}\r\nTea", "2"}};
        for (const auto& [program, found] : cases)
            EXPECT_EQ(co_await client->ask(fmt::format("UID SEARCH {}", program)),
                      fmt::format("* SEARCH{}{}\r\nOK done\r\n", *found ? " " : "", found))
                << program;
        for (const std::string program :
             {"", "COLOUR", "UID", "HEADER From", "LARGER x", "NOT", "OR SEEN", "(SEEN", "SEEN)", "ON x"})
            EXPECT_THAT(co_await client->ask("UID SEARCH " + program), StartsWith("BAD")) << program;
    });
}

TEST(FakeSearch, ExtendedAnswers) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        for (int i = 1; i <= 6; ++i) talk.inbox().append(mail(i));
        talk.inbox().erase({2});
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("UID SEARCH RETURN (ALL COUNT MIN MAX) ALL"),
                  "* ESEARCH (TAG \"a3\") UID MIN 1 MAX 6 COUNT 5 ALL 1,3:6\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("SEARCH RETURN () UID 3:6"),
                  "* ESEARCH (TAG \"a4\") ALL 2:5\r\nOK done\r\n");
    });
}

TEST(FakeGenerated, AFolderOfThem) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().generate(7, 200, 3000);
        std::uint64_t sum = 0;
        std::set<std::string> different;
        for (const auto& message : talk.inbox().messages) {
            std::string made;
            const std::string octets(octets_of(message, made));
            EXPECT_EQ(octets.size(), size_of(message));
            EXPECT_TRUE(octets.ends_with("\r\n"));
            for (std::size_t i = 0; i < octets.size(); ++i) {
                EXPECT_EQ(octets[i] == '\r', i + 1 < octets.size() && octets[i + 1] == '\n');
            }
            EXPECT_EQ(recognise(octets).value_or(Generated()).number, message.generated.number);
            EXPECT_TRUE(octets.starts_with(header_of(message, made)));
            sum += octets.size();
            different.insert(octets.substr(octets.size() / 2));
        }
        EXPECT_NEAR(static_cast<double>(sum) / 200, 3000, 200);
        EXPECT_EQ(different.size(), 200u);
        Client* client = co_await talk.select();
        const Message& first = talk.inbox().messages[0];
        EXPECT_EQ(co_await client->ask("UID FETCH 1 (RFC822.SIZE INTERNALDATE BODY.PEEK[])"),
                  fmt::format("* 1 FETCH (UID 1 RFC822.SIZE {} INTERNALDATE \"{}\" BODY[] {})\r\nOK done\r\n",
                              size_of(first), date_of(first), literal(generated_octets(first.generated))));
        EXPECT_EQ(co_await client->ask(fmt::format("UID SEARCH HEADER Message-ID <7.9.")),
                  "* SEARCH 9\r\nOK done\r\n");
    });
}

TEST(FakeGenerated, AnAppendedOneKeepsItsNumbersOnly) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        const Generated which{3, 4, 700};
        const auto octets = generated_octets(which);
        auto changed = octets;
        changed[650] = changed[650] == 'x' ? 'y' : 'x';
        Client* client = co_await talk.select();
        co_await client->ask("APPEND INBOX (\\Seen) \"" + generated_date(which) + "\" " + literal_of(octets) +
                             " " + literal_of(changed));
        CO_ASSERT(talk.inbox().messages.size() == 2);
        for (const auto* text : {&talk.inbox().messages[0].octets, &talk.inbox().messages[0].internal_date}) {
            EXPECT_TRUE(text->empty());
            EXPECT_EQ(text->capacity(), std::string().capacity());
        }
        EXPECT_EQ(talk.inbox().messages[1].octets, changed);
        EXPECT_THAT(co_await client->ask("FETCH 1 (BODY.PEEK[] INTERNALDATE)"),
                    HasSubstr(octets + " INTERNALDATE \"" + generated_date(which)));
    });
}

}  // namespace
}  // namespace godwit::fakeimap

// Every persona with a name does what its comment says, and otherwise works.
#include "tools/fakeimap/personas.h"

#include "tests/fakeimap/talk.h"

namespace godwit::fakeimap {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const std::string small = "A: b\r\n\r\n";

std::string one(std::string octets = small) { return "APPEND INBOX " + literal_of(octets); }
std::string batch(int count) {
    std::string command = "APPEND INBOX";
    for (int i = 0; i < count; ++i) command += " " + literal_of(fmt::format("A: {}\r\n\r\n", i));
    return command;
}
Persona named(std::string_view name) { return persona_named(name).value(); }

TEST(Personas, AllCopyAMessage) {
    for (const auto name : persona_names()) {
        talk(named(name), [name](Talk& talk) -> Awaitable<void> {
            Client* client = co_await talk.select();
            co_await client->send("x APPEND INBOX (\\Seen) {20}\r\n");
            EXPECT_EQ(co_await client->line(), "+ go ahead\r\n") << name;
            co_await client->send("Subject: hello\r\n\r\nyo\r\n");
            EXPECT_THAT(co_await client->answer("x"), HasSubstr("OK")) << name;
            EXPECT_THAT(co_await client->ask("UID FETCH 1 (BODY.PEEK[TEXT])"), HasSubstr("yo")) << name;
            EXPECT_EQ(talk.inbox().messages.size(), 1u) << name;
        });
    }
    EXPECT_FALSE(persona_named("unheard of"));
}

TEST(Personas, FieldsAreSetByName) {
    Persona persona;
    EXPECT_TRUE(set_field(persona, "prefix", "INBOX."));
    EXPECT_TRUE(set_field(persona, "delimiter", "."));
    EXPECT_TRUE(set_field(persona, "keywords", "false"));
    EXPECT_TRUE(set_field(persona, "quota_bytes", "5000000000"));
    EXPECT_EQ(persona.prefix, "INBOX.");
    EXPECT_EQ(persona.delimiter, '.');
    EXPECT_FALSE(persona.keywords);
    EXPECT_EQ(persona.quota_bytes, 5'000'000'000u);
    for (const auto& [name, value] : std::map<std::string, std::string>{{"colour", "red"},
                                                                        {"delimiter", "::"},
                                                                        {"keywords", "maybe"},
                                                                        {"seed", "1x"},
                                                                        {"quota_messages", ""}})
        EXPECT_FALSE(set_field(persona, name, value)) << name;
    EXPECT_THAT(field_names(), testing::Contains("late_commit_every"));
}

TEST(Personas, LateCommit) {
    auto persona = named("late_commit");
    persona.late_commit_every = 2;
    persona.late_commit_least_ms = persona.late_commit_most_ms = 60;
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask(one()), HasSubstr("[APPENDUID 1 1]"));
        EXPECT_EQ(co_await client->ask(batch(3)), hung_up);
        client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("UID SEARCH ALL"), "* SEARCH 1\r\nOK done\r\n");
        for (const auto end = after(5s); talk.inbox().messages.size() < 4 && after(0s) < end;)
            co_await client->ask("NOOP");
        EXPECT_EQ(co_await client->ask("UID SEARCH ALL"), "* SEARCH 1 2 3 4\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask(one()), "* 5 EXISTS\r\nOK [APPENDUID 1 5] appended\r\n");
    });
}

TEST(Personas, LateCommitsArriveInTheOrderOfTheirDelays) {
    auto persona = named("late_commit");
    persona.late_commit_every = 1;
    talk(persona, [&](Talk& talk) -> Awaitable<void> {
        for (int i = 0; i < 8; ++i) {
            Client* client = co_await talk.sign_in();
            EXPECT_EQ(co_await client->ask(one(fmt::format("A: {}", i))), hung_up);
        }
        talk.server.commit_due();
        std::vector<std::string> order;
        for (const auto& message : talk.inbox().messages) order.push_back(message.octets);
        EXPECT_THAT(order, SizeIs(8));
        EXPECT_FALSE(std::ranges::is_sorted(order));  // of this seed
    });
}

TEST(Personas, NoUidplus) {
    talk(named("no_uidplus"), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask(batch(2)), "* 2 EXISTS\r\nOK appended\r\n");
        EXPECT_EQ(co_await client->ask("UID COPY 1 INBOX"), "* 3 EXISTS\r\nOK copied\r\n");
        EXPECT_THAT(co_await client->ask("UID EXPUNGE 1"), StartsWith("BAD"));
    });
}

TEST(Personas, NoExtensions) {
    talk(named("no_extensions"), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask("CAPABILITY"), StartsWith("* CAPABILITY IMAP4rev1\r\n"));
        EXPECT_THAT(co_await client->ask("NAMESPACE"), StartsWith("BAD"));
    });
}

TEST(Personas, Rewriting) {
    talk(named("rewriting"), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        const std::string octets =
            "Message-ID: <1@x>\r\nFrom: a\r\nDate: Thu, 1 Feb 2024 10:00:00 +0100\r\nSubject: "
            "s\r\n\r\nbody\r\n";
        co_await client->ask(one(octets));
        co_await client->ask(one(octets));
        const auto& stored = talk.inbox().messages[0].octets;
        EXPECT_THAT(stored, Not(HasSubstr("<1@x>")));
        EXPECT_THAT(stored, StartsWith("Message-ID: <"));
        EXPECT_THAT(stored, HasSubstr("From: a\r\nDate: Thu, 1 Feb 2024 10:00:00 +0100 (as received)\r\n"
                                      "Subject: [EXTERNAL] s\r\n\r\nbody\r\n"));
        EXPECT_EQ(talk.inbox().messages[1].octets, stored);
    });
}

TEST(Personas, Refolding) {
    talk(named("refolding"), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        const std::string words =
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
        co_await client->ask(one("Subject: " + words + " \xe4\r\nTo:\r\n a\r\nX-Long: " +
                                 std::string(100, 'x') + "\r\n\r\nbody \xe4\r\n"));
        const auto& stored = talk.inbox().messages[0].octets;
        EXPECT_THAT(stored, StartsWith("Received: from client.example"));
        EXPECT_THAT(stored, HasSubstr("\r\nSubject: one two three four five six seven eight nine ten eleven "
                                      "twelve\r\n thirteen fourteen X\r\n"
                                      "To: a\r\nX-Long:\r\n " +
                                      std::string(100, 'x') + "\r\n\r\nbody \xe4\r\n"));
    });
}

TEST(Personas, Deduplicating) {
    talk(named("deduplicating"), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.select();
        EXPECT_THAT(co_await client->ask("LIST \"\" \"[Gmail]*\""),
                    HasSubstr("* LIST (\\Noselect \\HasChildren) \"/\" \"[Gmail]\"\r\n"));
        EXPECT_THAT(co_await client->ask(one()), HasSubstr("[APPENDUID 1 1]"));
        EXPECT_THAT(co_await client->ask(one("C: d\r\n\r\n")), HasSubstr("[APPENDUID 1 2]"));
        EXPECT_EQ(co_await client->ask(one()), "OK [APPENDUID 1 1] appended\r\n");
        co_await client->ask("CREATE work");
        EXPECT_THAT(co_await client->ask("APPEND work " + literal_of(small)), StartsWith("OK [APPENDUID"));
        EXPECT_THAT(talk.server.accounts["u"].folders["[Gmail]/All Mail"].messages, SizeIs(2));
        const auto here = co_await client->ask("UID FETCH 1 (X-GM-MSGID X-GM-LABELS)");
        EXPECT_THAT(here, HasSubstr("X-GM-LABELS (\"work\")"));
        co_await client->ask("SELECT work");
        const auto there = co_await client->ask("UID FETCH 1 (X-GM-MSGID X-GM-LABELS)");
        EXPECT_THAT(there, HasSubstr("X-GM-LABELS (\"\\\\Inbox\")"));
        const auto id = [](const std::string& row) {
            return row.substr(row.find("MSGID"), row.find(" X-GM-LABELS") - row.find("MSGID"));
        };
        EXPECT_EQ(id(here), id(there));
        // What was expunged everywhere is stored again, under a new UID.
        for (const std::string folder : {"INBOX", "work", "[Gmail]/All Mail"}) {
            co_await client->ask("SELECT \"" + folder + "\"");
            co_await client->ask("STORE 1 +FLAGS.SILENT (\\Deleted)");
            co_await client->ask("EXPUNGE");
        }
        EXPECT_THAT(co_await client->ask(one()), HasSubstr("[APPENDUID 1 3]"));
    });
}

TEST(Personas, BackingOff) {
    auto persona = named("backing_off");
    persona.throttle_every = 4;
    persona.throttle_backoff_ms = 150;
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        for (int i = 0; i < 3; ++i) EXPECT_EQ(co_await client->ask("NOOP"), "OK done\r\n");
        EXPECT_EQ(co_await client->ask("NOOP"),
                  "NO Request is throttled. Suggested Backoff Time: 150 milliseconds\r\n");
        EXPECT_EQ(co_await client->line(), hung_up);
        const auto throttled_at = after(0ms);
        std::string answer;
        int refused = 0;
        for (; !answer.starts_with("OK"); ++refused) {
            client = co_await talk.connect();
            answer = co_await client->ask("LOGIN u pw");
            if (!answer.starts_with("OK"))
                EXPECT_THAT(answer, StartsWith("NO Request is throttled. Suggested Backoff Time: "));
        }
        EXPECT_GT(refused, 1);
        EXPECT_GE(after(0ms) - throttled_at, 140ms);
        EXPECT_EQ(co_await client->ask("NOOP"), "OK done\r\n");
    });
}

TEST(Personas, BackingOffLiesAboutSizes) {
    auto persona = named("backing_off");
    persona.throttle_every = 0;
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        for (int i = 0; i < 50; ++i) talk.inbox().append(mail(i, {}, std::string(1500, 'x')));
        Client* client = co_await talk.select();
        const auto truth = size_of(talk.inbox().messages[0]);
        const auto rows = co_await client->ask("UID FETCH 1:50 (RFC822.SIZE)");
        int smaller = 0, larger = 0;
        for (auto at = rows.find("SIZE "); at != std::string::npos; at = rows.find("SIZE ", at + 1)) {
            const auto size = std::stoul(rows.substr(at + 5));
            if (size < truth) ++smaller;
            if (size > truth) ++larger;
            EXPECT_LE(size, truth + 1000);
            EXPECT_GE(size + 1000, truth);
        }
        EXPECT_EQ(smaller + larger, 50);
        EXPECT_GT(smaller, 5);
        EXPECT_GT(larger, 5);
        EXPECT_EQ(co_await client->ask("UID FETCH 1:50 (RFC822.SIZE)"), rows);
        for (int i = 0; i < 9; ++i) EXPECT_THAT(co_await client->ask("XYZZY"), StartsWith("BAD"));
        EXPECT_THAT(co_await client->ask("SELECT Missing"), StartsWith("NO"));
        EXPECT_EQ(co_await client->line(), "* BYE Connection closed\r\n");
        EXPECT_EQ(co_await client->line(), hung_up);
    });
}

TEST(Personas, Filtering) {
    auto persona = named("filtering");
    persona.filtered_every = 3;
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask(batch(4)), "* 3 EXISTS\r\nOK [APPENDUID 1 1:4] appended\r\n");
        EXPECT_EQ(co_await client->ask("UID SEARCH ALL"), "* SEARCH 1 2 4\r\nOK done\r\n");
    });
}

TEST(Personas, ReusedUidvalidity) {
    talk(named("reused_uidvalidity"), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        for (int i = 0; i < 2; ++i) {
            co_await client->ask("CREATE x");
            EXPECT_THAT(co_await client->ask("APPEND x " + literal_of(small)), HasSubstr("[APPENDUID 1 1]"));
            co_await client->ask("DELETE x");
        }
    });
}

TEST(Personas, NewUidvalidity) {
    talk(named("new_uidvalidity"), [](Talk& talk) -> Awaitable<void> {
        for (int i = 1; i <= 3; ++i) talk.inbox().append(mail(i));
        talk.inbox().erase({2});
        Client* one = co_await talk.sign_in();
        EXPECT_THAT(co_await one->ask("SELECT INBOX"), HasSubstr("UIDVALIDITY 1]"));
        Client* two = co_await talk.sign_in();  // beside another session nothing changes
        EXPECT_THAT(co_await two->ask("SELECT INBOX"), HasSubstr("UIDVALIDITY 1]"));
        co_await one->ask("LOGOUT");
        co_await two->ask("LOGOUT");
        EXPECT_EQ(co_await one->line(), hung_up);
        EXPECT_EQ(co_await two->line(), hung_up);
        co_await test::let_others_run();
        Client* three = co_await talk.sign_in();
        EXPECT_THAT(co_await three->ask("SELECT INBOX"),
                    HasSubstr("UIDVALIDITY 1001] valid\r\n* OK [UIDNEXT 3]"));
        EXPECT_EQ(co_await three->ask("UID SEARCH ALL"), "* SEARCH 1 2\r\nOK done\r\n");
    });
}

TEST(Personas, DeferredAppenduid) {
    auto persona = named("deferred_appenduid");
    persona.deferred_append_every = 2;
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.select();
        Client* other = co_await talk.select();
        EXPECT_THAT(co_await client->ask(one()), HasSubstr("[APPENDUID 1 1]"));
        EXPECT_EQ(co_await client->ask(batch(2)), "OK accepted\r\n");
        EXPECT_EQ(co_await other->ask("NOOP"), "* 1 EXISTS\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("NOOP"), "* 3 EXISTS\r\nOK done\r\n");
        EXPECT_EQ(co_await other->ask("NOOP"), "* 3 EXISTS\r\nOK done\r\n");
        co_await client->ask(one());
        EXPECT_EQ(co_await client->ask(one()), "OK accepted\r\n");
        client->hang_up();  // nothing is lost with the session
        for (int i = 0; i < 5; ++i) co_await test::let_others_run();
        EXPECT_EQ(co_await other->ask("NOOP"), "* 5 EXISTS\r\nOK done\r\n");
    });
}

TEST(Personas, WrongAppenduid) {
    auto persona = named("wrong_appenduid");
    persona.wrong_appenduid_every = 2;
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask(one()), HasSubstr("[APPENDUID 1 1]"));
        EXPECT_THAT(co_await client->ask(batch(2)), HasSubstr("[APPENDUID 1 4:5]"));
        EXPECT_THAT(co_await client->ask(one()), HasSubstr("[APPENDUID 1 4]"));
    });
}

TEST(Personas, FillingUp) {
    auto persona = named("filling_up");
    persona.quota_messages = 3;
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.select();
        co_await client->ask(one());
        EXPECT_THAT(co_await client->ask(batch(4)), StartsWith("* 3 EXISTS\r\nNO [OVERQUOTA]"));
        EXPECT_THAT(co_await client->ask(one()), StartsWith("NO [OVERQUOTA]"));
        EXPECT_THAT(co_await client->ask("UID COPY 1 INBOX"), StartsWith("NO [OVERQUOTA]"));
        co_await client->ask("UID STORE 1 +FLAGS.SILENT (\\Deleted)");
        co_await client->ask("EXPUNGE");
        EXPECT_THAT(co_await client->ask(one()), HasSubstr("OK"));
    });
    persona.quota_messages = 0;
    persona.quota_bytes = 25;
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask(batch(9)), StartsWith("NO [OVERQUOTA]"));
        EXPECT_THAT(talk.inbox().messages, SizeIs(3));
    });
}

TEST(Personas, NonAtomicMultiappend) {
    auto persona = named("non_atomic_multiappend");
    persona.refused_every = 5;
    talk(persona, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask(batch(3)), HasSubstr("[APPENDUID 1 1:3]"));
        EXPECT_THAT(co_await client->ask(batch(3)), StartsWith("NO"));
        EXPECT_THAT(talk.inbox().messages, SizeIs(4));
        EXPECT_THAT(co_await client->ask(batch(3)), HasSubstr("[APPENDUID 1 5:7]"));
    });
}

TEST(Personas, ThousandSelects) {
    talk(named("thousand_selects"), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        for (int i = 0; i < 500; ++i) {
            EXPECT_THAT(co_await client->ask("SELECT INBOX"), EndsWith("selected\r\n"));
            EXPECT_THAT(co_await client->ask("EXAMINE INBOX"), EndsWith("selected\r\n"));
        }
        EXPECT_EQ(co_await client->ask("EXAMINE INBOX"),
                  "* BYE Too many EXAMINE commands issued, please reconnect.\r\n<end>");
        client = co_await talk.select();
    });
}

TEST(Personas, CourierGone) {
    talk(named("courier_gone"), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1));
        talk.inbox().append(mail(2));
        Client* client = co_await talk.select();
        talk.inbox().erase({1});
        EXPECT_EQ(co_await client->ask("UID FETCH 1 (BODY.PEEK[])"),
                  "* 1 FETCH (UID 1 BODY[] {94}\r\nFrom: <>\r\nSubject: message unavailable\r\n\r\n"
                  "This message is no longer available on the server.\r\n)\r\n* 1 EXPUNGE\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID FETCH 1 (BODY.PEEK[])"), "OK done\r\n");
    });
}

TEST(Personas, IgnoresAppendFlags) {
    talk(named("ignores_append_flags"), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask("SELECT INBOX"), Not(HasSubstr("\\*")));
        const auto append = [&](std::string date) {
            return "APPEND INBOX (\\Seen) \"05-May-2005 05:05:05 +0000\" " +
                   literal_of("Date: " + date + "\r\n\r\n");
        };
        EXPECT_THAT(co_await client->ask(append("Thu, 1 Feb 2024 10:00:00 +0100")),
                    EndsWith("OK appended\r\n"));
        EXPECT_THAT(co_await client->ask(append("2 Mar 2024 10:00:00 -0500 (EST)")),
                    EndsWith("OK appended\r\n"));
        EXPECT_THAT(co_await client->ask(append("some day")), EndsWith("OK appended\r\n"));
        EXPECT_THAT(co_await client->ask("APPEND INBOX (work) " + literal_of(small)), StartsWith("BAD"));
        std::vector<std::string> dates;
        for (const auto& message : talk.inbox().messages) {
            EXPECT_THAT(message.flags, IsEmpty());
            dates.push_back(message.internal_date);
        }
        EXPECT_THAT(dates, ElementsAre("01-Feb-2024 10:00:00 +0100", "02-Mar-2024 10:00:00 -0500",
                                       Not("05-May-2005 05:05:05 +0000")));
        EXPECT_EQ(co_await client->ask("STORE 1 FLAGS (\\Seen)"),
                  "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\nOK done\r\n");
    });
}

}  // namespace
}  // namespace godwit::fakeimap

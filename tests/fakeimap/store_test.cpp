// APPEND, STORE, EXPUNGE, COPY and MOVE.
#include "tests/fakeimap/talk.h"

namespace godwit::fakeimap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const std::string small = "A: b\r\n\r\n";

TEST(FakeAppend, OneMessage) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("APPEND INBOX (\\Seen work) \" 1-Feb-2024 10:00:00 +0100\" " +
                                       literal_of(small)),
                  "* 1 EXISTS\r\nOK [APPENDUID 1 1] appended\r\n");
        EXPECT_EQ(co_await client->ask("APPEND INBOX " + literal_of(small)),
                  "* 2 EXISTS\r\nOK [APPENDUID 1 2] appended\r\n");
        const auto& messages = talk.inbox().messages;
        CO_ASSERT(messages.size() == 2);
        EXPECT_THAT(messages[0].flags, ElementsAre("\\Seen", "work"));
        EXPECT_EQ(messages[0].internal_date, " 1-Feb-2024 10:00:00 +0100");
        EXPECT_EQ(messages[0].octets, small);
        EXPECT_THAT(messages[1].flags, IsEmpty());
        EXPECT_THAT(messages[1].internal_date, SizeIs(26));
    });
}

TEST(FakeAppend, Refusals) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask("APPEND Missing " + literal_of(small)),
                    StartsWith("NO [TRYCREATE]"));
        EXPECT_THAT(co_await client->ask("APPEND INBOX (\\Recent) " + literal_of(small)), StartsWith("BAD"));
        EXPECT_THAT(co_await client->ask("APPEND INBOX \"yesterday\" " + literal_of(small)),
                    StartsWith("BAD"));
        EXPECT_THAT(co_await client->ask("APPEND INBOX " + literal_of("")), StartsWith("NO"));
        EXPECT_THAT(co_await client->ask("APPEND INBOX"), StartsWith("BAD"));
        EXPECT_THAT(co_await client->ask("APPEND INBOX " + literal_of(small) + " (\\Seen)"),
                    StartsWith("BAD"));
        EXPECT_THAT(talk.inbox().messages, IsEmpty());
    });
    talk({.capabilities = "IMAP4rev1 LITERAL+ UIDPLUS"}, [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        EXPECT_THAT(co_await client->ask("APPEND INBOX " + literal_of(small) + " " + literal_of(small)),
                    StartsWith("BAD"));
        EXPECT_THAT(talk.inbox().messages, IsEmpty());
    });
}

TEST(FakeAppend, ManyAtOnce) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        Client* client = co_await talk.sign_in();
        const std::string command = "APPEND INBOX (\\Seen) " + literal_of(small) +
                                    " \"01-Feb-2024 10:00:00 +0100\" " + literal_of("C: d\r\n\r\n") + " " +
                                    literal_of("E: f\r\n\r\n");
        EXPECT_EQ(co_await client->ask(command), "OK [APPENDUID 1 1:3] appended\r\n");
        const auto& messages = talk.inbox().messages;
        CO_ASSERT(messages.size() == 3);
        EXPECT_THAT(messages[0].flags, ElementsAre("\\Seen"));
        EXPECT_THAT(messages[1].flags, IsEmpty());
        EXPECT_EQ(messages[1].internal_date, "01-Feb-2024 10:00:00 +0100");
        EXPECT_EQ(messages[2].octets, "E: f\r\n\r\n");
        co_await client->send("x APPEND INBOX {8}\r\n");
        EXPECT_EQ(co_await client->line(), "+ go ahead\r\n");
        co_await client->send(small + " {8}\r\n");
        EXPECT_EQ(co_await client->line(), "+ go ahead\r\n");
        co_await client->send(small + "\r\n");
        EXPECT_EQ(co_await client->line(), "x OK [APPENDUID 1 4:5] appended\r\n");
    });
}

TEST(FakeAppend, ManyAreStoredAllOrNone) {
    Persona persona = complete();
    persona.refuse_message = [](const Message& message) -> std::optional<std::string> {
        return message.octets.starts_with("Bad") ? std::optional<std::string>("NO [TOOBIG] no")
                                                 : std::nullopt;
    };
    const std::string command =
        "APPEND INBOX " + literal_of(small) + " " + literal_of("Bad: x") + " " + literal_of(small);
    for (const bool atomic : {true, false}) {
        persona.atomic_multiappend = atomic;
        talk(persona, [&](Talk& talk) -> Awaitable<void> {
            Client* client = co_await talk.sign_in();
            EXPECT_EQ(co_await client->ask(command), "NO [TOOBIG] no\r\n");
            EXPECT_THAT(talk.inbox().messages, SizeIs(atomic ? 0 : 1));
        });
    }
}

TEST(FakeStore, EveryOperation) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1, {"\\Seen", "old"}));
        talk.inbox().append(mail(2));
        talk.inbox().erase({1});
        talk.inbox().append(mail(3, {"\\Seen"}));
        Client* client = co_await talk.select();
        const auto& flags = talk.inbox().messages[0].flags;
        EXPECT_EQ(co_await client->ask("STORE 1 FLAGS (\\Seen work)"),
                  "* 1 FETCH (UID 2 FLAGS (\\Seen work))\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID STORE 2 +FLAGS (WORK \\Flagged)"),
                  "* 1 FETCH (UID 2 FLAGS (\\Seen work \\Flagged))\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID STORE 1:* -FLAGS.SILENT (\\seen)"), "OK done\r\n");
        EXPECT_THAT(flags, ElementsAre("work", "\\Flagged"));
        EXPECT_THAT(talk.inbox().messages[1].flags, IsEmpty());
        EXPECT_EQ(co_await client->ask("UID STORE 2 FLAGS.SILENT \\Draft"), "OK done\r\n");
        EXPECT_THAT(flags, ElementsAre("\\Draft"));
        EXPECT_EQ(co_await client->ask("UID STORE 2 FLAGS.SILENT ()"), "OK done\r\n");
        EXPECT_THAT(flags, IsEmpty());
        EXPECT_EQ(co_await client->ask("UID STORE 9 FLAGS (\\Seen)"), "OK done\r\n");
        for (const std::string wrong : {"UID STORE 2 FLAGS (\\Foo)", "UID STORE 2 COLOUR (\\Seen)",
                                        "UID STORE x FLAGS ()", "STORE 3 FLAGS ()"})
            EXPECT_THAT(co_await client->ask(wrong), StartsWith("BAD")) << wrong;
        co_await client->ask("EXAMINE INBOX");
        EXPECT_THAT(co_await client->ask("UID STORE 2 FLAGS (\\Seen)"), StartsWith("NO [READ-ONLY]"));
    });
}

TEST(FakeStore, UnchangedSince) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1));
        talk.inbox().append(mail(2));  // MODSEQ 3
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("UID STORE 1:2 (UNCHANGEDSINCE 2) +FLAGS (\\Seen)"),
                  "* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (4))\r\nOK [MODIFIED 2] some had changed\r\n");
    });
}

TEST(FakeExpunge, AllAndSome) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        for (int i = 1; i <= 5; ++i) talk.inbox().append(mail(i, {"\\Deleted"}));
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("UID EXPUNGE 2:3"), "* 3 EXPUNGE\r\n* 2 EXPUNGE\r\nOK done\r\n");
        co_await client->ask("UID STORE 4 FLAGS.SILENT ()");
        EXPECT_EQ(co_await client->ask("EXPUNGE"), "* 3 EXPUNGE\r\n* 1 EXPUNGE\r\nOK done\r\n");
        EXPECT_EQ(talk.inbox().messages.size(), 1u);
        EXPECT_EQ(co_await client->ask("APPEND INBOX " + literal_of(small)),
                  "* 2 EXISTS\r\nOK [APPENDUID 1 6] appended\r\n");
        EXPECT_THAT(co_await client->ask("UID EXPUNGE x"), StartsWith("BAD"));
    });
}

TEST(FakeExpunge, CloseExpungesSilently) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        talk.inbox().append(mail(1, {"\\Deleted"}));
        Client* client = co_await talk.sign_in();
        co_await client->ask("EXAMINE INBOX");
        EXPECT_THAT(co_await client->ask("EXPUNGE"), StartsWith("NO [READ-ONLY]"));
        EXPECT_EQ(co_await client->ask("CLOSE"), "OK done\r\n");
        EXPECT_THAT(talk.inbox().messages, SizeIs(1));
        co_await client->ask("SELECT INBOX");
        EXPECT_EQ(co_await client->ask("CLOSE"), "OK done\r\n");
        EXPECT_THAT(talk.inbox().messages, IsEmpty());
    });
}

TEST(FakeExpunge, ManyOfAFolder) {
    Folder folder;
    std::vector<std::uint32_t> odd;
    for (int i = 1; i <= 100; ++i) {
        folder.append(mail(i));
        if (i % 2) odd.push_back(static_cast<std::uint32_t>(i));
    }
    folder.erase(odd);
    EXPECT_THAT(folder.messages, SizeIs(50));
    EXPECT_EQ(folder.find(51), nullptr);
    ASSERT_NE(folder.find(52), nullptr);
    EXPECT_EQ(folder.find(52)->uid, 52u);
    EXPECT_EQ(folder.find(101), nullptr);
}

TEST(FakeCopy, CopyAndMove) {
    talk(complete(), [](Talk& talk) -> Awaitable<void> {
        for (int i = 1; i <= 4; ++i) talk.inbox().append(mail(i, {"\\Seen"}));
        auto& other = talk.server.accounts["u"].folders["other"];
        Client* client = co_await talk.select();
        EXPECT_EQ(co_await client->ask("UID COPY 2:3 other"), "OK [COPYUID 1 2:3 1:2] copied\r\n");
        EXPECT_THAT(other.messages[1].flags, ElementsAre("\\Seen"));
        EXPECT_EQ(other.messages[1].octets, mail(3).octets);
        EXPECT_EQ(co_await client->ask("COPY 1 INBOX"), "* 5 EXISTS\r\nOK [COPYUID 1 1 5] copied\r\n");
        EXPECT_EQ(co_await client->ask("UID MOVE 1,4 other"),
                  "* OK [COPYUID 1 1,4 3:4] moved\r\n* 4 EXPUNGE\r\n* 1 EXPUNGE\r\nOK done\r\n");
        EXPECT_EQ(talk.inbox().messages.size(), 3u);
        EXPECT_EQ(co_await client->ask("MOVE 1 other"),
                  "* OK [COPYUID 1 2 5] moved\r\n* 1 EXPUNGE\r\nOK done\r\n");
        EXPECT_EQ(co_await client->ask("UID COPY 99 other"), "OK copied\r\n");
        EXPECT_THAT(co_await client->ask("UID COPY 3 Missing"), StartsWith("NO [TRYCREATE]"));
        EXPECT_THAT(co_await client->ask("UID MOVE 3 INBOX"), StartsWith("NO"));
        EXPECT_THAT(co_await client->ask("UID COPY 3"), StartsWith("BAD"));
        co_await client->ask("EXAMINE INBOX");
        EXPECT_THAT(co_await client->ask("UID MOVE 3 other"), StartsWith("NO [READ-ONLY]"));
    });
}

}  // namespace
}  // namespace godwit::fakeimap

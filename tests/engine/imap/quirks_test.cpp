#include "engine/imap/quirks.h"

#include <gtest/gtest.h>

namespace godwit::imap {
namespace {

struct Case {
    std::string command;
    Status status;
    std::string code;
    std::string text;
    ErrorKind kind;
    Reach reach;
};

// Texts recorded from real servers.
const Case cases[] = {
    {"LOGIN", Status::no, "AUTHENTICATIONFAILED", "Authentication failed.", ErrorKind::auth_failed, Reach::account},
    {"LOGIN", Status::no, "", "Login failed.", ErrorKind::auth_failed, Reach::account},  // Courier
    {"LOGIN", Status::no, "LIMIT", "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=3)",
     ErrorKind::too_many_connections, Reach::host},  // Dovecot
    {"LOGIN", Status::no, "", "Too many open connections (3 of 3 for u1)", ErrorKind::too_many_connections, Reach::host},
    {"APPEND", Status::no, "OVERQUOTA", "Quota exceeded (mailbox for user is full)", ErrorKind::over_quota, Reach::account},
    {"APPEND", Status::no, "", "Over quota", ErrorKind::over_quota, Reach::account},                     // Cyrus
    {"APPEND", Status::no, "ALERT", "You exceeded your mail quota.", ErrorKind::over_quota, Reach::account},  // Courier
    {"APPEND", Status::no, "TOOBIG", "Message size exceeds fixed limit", ErrorKind::message_too_big, Reach::message},
    {"APPEND", Status::no, "LIMIT", "Mail size is larger than the maximum size allowed by server configuration",
     ErrorKind::message_too_big, Reach::message},
    {"APPEND", Status::no, "TRYCREATE", "Mailbox doesn't exist", ErrorKind::folder_missing, Reach::folder},
    {"APPEND", Status::no, "", "Message contains bare newlines", ErrorKind::message_rejected, Reach::message},  // Cyrus
    {"APPEND", Status::bad, "", "Invalid date-time", ErrorKind::message_rejected, Reach::message},              // Cyrus
    {"SELECT", Status::no, "", "Mailbox does not exist", ErrorKind::folder_select, Reach::folder},
    {"CREATE", Status::no, "", "Invalid mailbox name.", ErrorKind::folder_create, Reach::folder},
    {"UID FETCH", Status::bad, "", "Command Error. 11", ErrorKind::protocol_error, Reach::account},
    {"UID FETCH", Status::no, "UNAVAILABLE", "Try later", ErrorKind::throttled, Reach::host},
};

TEST(Quirks, AnswersOfRealServers) {
    for (const auto& one : cases) {
        StatusResponse answer{"a1", one.status, {}, one.text};
        if (!one.code.empty()) answer.code = ResponseCode{one.code, ""};
        const Error error = classify(answer, one.command);
        EXPECT_EQ(name_of(error.kind), name_of(one.kind)) << one.command << ": " << one.text;
        EXPECT_EQ(name_of(error.reach), name_of(one.reach)) << one.command << ": " << one.text;
        EXPECT_NE(error.cause.find(one.text.substr(0, 40)), std::string::npos);
    }
}

TEST(Quirks, ServerTextIsMadePrintable) {
    const Error error = classify({"a", Status::no, {}, std::string("bad\x1b[31m\r\n\xff") + std::string(5000, 'x')}, "NOOP");
    EXPECT_LE(error.cause.size(), 300u);
    for (const unsigned char c : error.cause) EXPECT_GE(c, 0x20);
}

TEST(Quirks, ByeTexts) {
    EXPECT_EQ(classify_bye("Account exceeded command or bandwidth limits").kind, ErrorKind::throttled);
    EXPECT_EQ(classify_bye("Autologout; idle for too long").kind, ErrorKind::server_bye);
}

TEST(Quirks, WordsAreUpperCased) {
    EXPECT_EQ(split_words(" imap4rev1  Idle "), (std::vector<std::string>{"IMAP4REV1", "IDLE"}));
}

}  // namespace
}  // namespace godwit::imap

#include "tools/godwit/settings.h"

#include <map>

#include "tests/support/coro_test.h"
#include "tests/support/local_server.h"

namespace godwit::cli {

namespace {

Environment environment_of(std::map<std::string, std::string> variables) {
    return [variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

std::string token_of(const Result<Secret<std::string>>& token) {
    return token ? token->reveal() : "error: " + std::string(name_of(token.error().kind));
}

}  // namespace

TEST(Settings, ServerLookupOrder) {
    GlobalOptions options;
    EXPECT_EQ(server_url(options, environment_of({})), "http://127.0.0.1:8420");
    EXPECT_EQ(server_url(options, environment_of({{"GODWIT_SERVER", ""}})), "http://127.0.0.1:8420");
    EXPECT_EQ(server_url(options, environment_of({{"GODWIT_SERVER", "http://e"}})), "http://e");
    options.server = "http://o";
    EXPECT_EQ(server_url(options, environment_of({{"GODWIT_SERVER", "http://e"}})), "http://o");
}

TEST(Settings, TokenLookupOrder) {
    const test::TemporaryFile one("from-option\nsecond line\n"), two("from-file\r\n");
    GlobalOptions options;
    const auto both = environment_of({{"GODWIT_TOKEN", "from-variable"}, {"GODWIT_TOKEN_FILE", two.path()}});
    EXPECT_EQ(token_of(find_token(options, environment_of({{"GODWIT_TOKEN_FILE", two.path()}}))),
              "from-file");
    EXPECT_EQ(token_of(find_token(options, both)), "from-variable");
    options.token_file = one.path();
    EXPECT_EQ(token_of(find_token(options, both)), "from-option");
}

TEST(Settings, TokensThatAreNone) {
    GlobalOptions options;
    options.token_file = "/nowhere/token";
    EXPECT_EQ(token_of(find_token(options, environment_of({}))), "error: not_found");
    const test::TemporaryFile empty("\ntoken\n"), words("two words\n"), binary(std::string("\0\1\2", 3)),
        huge(std::string(70'000, 'x'));
    for (const auto* file : {&empty, &words, &binary, &huge}) {
        options.token_file = file->path();
        const auto token = find_token(options, environment_of({}));
        EXPECT_EQ(token_of(token), "error: secret_unreadable");
        EXPECT_TRUE(!token && token.error().cause.contains(file->path()));
    }
    options.token_file = "/";
    EXPECT_EQ(token_of(find_token(options, environment_of({}))), "error: secret_unreadable");
    const auto broken = find_token({}, environment_of({{"GODWIT_TOKEN", "a\nb"}}));
    EXPECT_EQ(token_of(broken), "error: secret_unreadable");
    EXPECT_FALSE(!broken && broken.error().to_string().contains("a\nb"));
}

TEST(Settings, FirstLine) {
    const test::TemporaryFile plain("pass word \nnext"), bare("no end"), empty("");
    EXPECT_EQ(token_of(first_line_of(plain.path())), "pass word ");
    EXPECT_EQ(token_of(first_line_of(bare.path())), "no end");
    EXPECT_EQ(token_of(first_line_of(empty.path())), "");
}

TEST(Settings, TokensInTheClear) {
    for (const auto* url : {"http://127.0.0.1:8420", "http://localhost", "http://[::1]:1/x",
                            "https://godwit.example", "HTTP://LOCALHOST:1", "http://127.9.9.9"})
        EXPECT_FALSE(sends_token_in_the_clear(url)) << url;
    for (const auto* url :
         {"http://godwit.example:8420", "http://10.0.0.1", "http://[2001:db8::1]:8420", "HTTP://a"})
        EXPECT_TRUE(sends_token_in_the_clear(url)) << url;
}

}  // namespace godwit::cli

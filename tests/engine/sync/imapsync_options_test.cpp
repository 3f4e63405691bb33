#include "engine/sync/imapsync_options.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/sync/imapsync_names.h"

namespace godwit::sync {
namespace {

// The target after a row's options, endpoints settled; the error's text otherwise.
std::string error_of(std::string_view text) {
    OptionTarget target;
    if (auto applied = apply_row_options(target, text); !applied) return applied.error().to_string();
    auto settled = settle_endpoints(target);
    return settled ? "" : settled.error().to_string();
}

OptionTarget after_options(std::string_view text) {
    OptionTarget target;
    EXPECT_TRUE(apply_row_options(target, text)) << text;
    EXPECT_TRUE(settle_endpoints(target)) << text;
    return target;
}

// As a command line would: every option allowed.
Result<void> give(OptionTarget& target, std::string_view name, std::string_view value = {}) {
    GODWIT_TRY(option, find_option(name));
    return apply_option(target, *option, value);
}

TEST(ImapsyncOptions, NamesAreUniqueOverAllTables) {
    std::set<std::string_view> names;
    for (const auto table : {imapsync_options(), ignored_options()})
        for (const auto& option : table) EXPECT_TRUE(names.insert(option.name).second) << option.name;
    for (const auto name : unsupported_options()) EXPECT_TRUE(names.insert(name).second) << name;
}

TEST(ImapsyncOptions, EveryEntryIsFoundByItsName) {
    for (const auto table : {imapsync_options(), ignored_options()})
        for (const auto& option : table) {
            const auto found = find_option(option.name);
            ASSERT_TRUE(found) << option.name;
            EXPECT_EQ(*found, &option);
        }
}

TEST(ImapsyncOptions, EveryEntryHasHelpAndAGroup) {
    for (const auto& option : imapsync_options()) {
        EXPECT_FALSE(option.help.empty()) << option.name;
        EXPECT_FALSE(option.group.empty()) << option.name;
        EXPECT_EQ(option.apply == nullptr, option.name.starts_with("passfile")) << option.name;
    }
}

TEST(ImapsyncOptions, NothingThatReadsFilesOrSetsCredentialsIsAllowedInRows) {
    for (const char* name : {"host1", "user1", "password1", "passfile1", "ca1", "connectto1", "host2",
                             "user2", "password2", "passfile2", "ca2", "connectto2", "timeout"})
        EXPECT_FALSE((*find_option(name))->allowed_in_rows) << name;
}

TEST(ImapsyncOptions, NamesInAnyCaseAndDashedNegations) {
    EXPECT_EQ((*find_option("MaxSize"))->name, "maxsize");
    EXPECT_EQ((*find_option("no-subscribe"))->name, "nosubscribe");
    EXPECT_EQ((*find_option("noSSL1"))->name, "nossl1");
}

TEST(ImapsyncOptions, UnambiguousPrefixes) {
    for (const auto& [prefix, name] :
         {std::pair{"inc", "include"}, {"maxsi", "maxsize"}, {"nosubscribe", "nosubscribe"}}) {
        const auto found = find_option(prefix);
        ASSERT_TRUE(found) << prefix;
        EXPECT_EQ((*found)->name, name);
    }
}

TEST(ImapsyncOptions, PrefixesThatCouldBeSeveralAreRefused) {
    const auto found = find_option("password");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::invalid_argument);
    EXPECT_EQ(found.error().cause, "--password is ambiguous: it could be --password1 or --password2");
    EXPECT_NE(find_option("maxs").error().cause.find("ambiguous"), std::string::npos);
}

TEST(ImapsyncOptions, WhatImapsyncHasAndGodwitHasNotIsRefusedByName) {
    for (const auto name : unsupported_options()) {
        const auto found = find_option(name);
        ASSERT_FALSE(found) << name;
        EXPECT_EQ(found.error().cause, fmt::format("--{} is not supported by this version", name));
    }
    EXPECT_EQ(find_option("automap").error().cause, "--automap is not supported by this version");
    EXPECT_EQ(find_option("regextr").error().cause, "--regextrans2 is not supported by this version");
    EXPECT_EQ(find_option("noskipsize").error().cause, "--noskipsize is not supported by this version");
    EXPECT_EQ(find_option("nosyncduplicates").error().cause,
              "--nosyncduplicates is not supported by this version");
    EXPECT_EQ(find_option("noexpungeaftereach").error().cause,
              "--noexpungeaftereach is not supported by this version");
}

TEST(ImapsyncOptions, UnknownNamesAreRefused) {
    EXPECT_EQ(find_option("frobnicate").error().cause, "--frobnicate is unknown");
    EXPECT_FALSE(find_option(""));
    EXPECT_FALSE(find_option("\x01\xff"));
}

TEST(ImapsyncOptions, EveryOptionOfTheCommandLineLandsWhereItBelongs) {
    OptionTarget target;
    for (const auto& [name, value] :
         std::vector<std::pair<const char*, const char*>>{{"host1", "a.example"},
                                                          {"port1", "1143"},
                                                          {"user1", "u1"},
                                                          {"password1", "p1"},
                                                          {"authuser1", "admin1"},
                                                          {"ca1", "/ca1"},
                                                          {"connectto1", "[::1]:1"},
                                                          {"host2", "b.example"},
                                                          {"port2", "2143"},
                                                          {"user2", "u2"},
                                                          {"password2", "p2"},
                                                          {"authuser2", "admin2"},
                                                          {"ca2", "/ca2"},
                                                          {"connectto2", "127.0.0.1"},
                                                          {"timeout", "7"}})
        EXPECT_TRUE(give(target, name, value)) << name;
    EXPECT_TRUE(give(target, "insecure2"));
    EXPECT_EQ(target.source.endpoint.host, "a.example");
    EXPECT_EQ(target.source.endpoint.port, 1143);
    EXPECT_EQ(target.source.user, "u1");
    EXPECT_EQ(target.source.password.reveal(), "p1");
    EXPECT_EQ(target.source.auth_user, "admin1");
    EXPECT_EQ(target.source.endpoint.ca_file, "/ca1");
    EXPECT_EQ(target.source.endpoint.connect_to, "[::1]:1");
    EXPECT_TRUE(target.source.endpoint.verify);
    EXPECT_EQ(target.destination.endpoint.host, "b.example");
    EXPECT_EQ(target.destination.endpoint.port, 2143);
    EXPECT_EQ(target.destination.user, "u2");
    EXPECT_EQ(target.destination.password.reveal(), "p2");
    EXPECT_EQ(target.destination.auth_user, "admin2");
    EXPECT_EQ(target.destination.endpoint.ca_file, "/ca2");
    EXPECT_EQ(target.destination.endpoint.connect_to, "127.0.0.1");
    EXPECT_FALSE(target.destination.endpoint.verify);
    EXPECT_EQ(target.limits.connect_timeout, std::chrono::seconds(7));
    EXPECT_EQ(target.limits.command_timeout, std::chrono::seconds(7));
}

TEST(ImapsyncOptions, EveryOptionOfARowLandsWhereItBelongs) {
    const auto target = after_options(
        "--folder INBOX --folder='Sent Items' --include ^A --exclude \"(?i)junk\" --exclude=^B --nosubscribe "
        "--noresyncflags --nosyncinternaldates --dry --maxsize 1000 --authuser1 admin --insecure1");
    EXPECT_EQ(target.options.folder, (std::vector<std::string>{"INBOX", "Sent Items"}));
    EXPECT_EQ(target.options.include, (std::vector<std::string>{"^A"}));
    EXPECT_EQ(target.options.exclude, (std::vector<std::string>{"(?i)junk", "^B"}));
    EXPECT_FALSE(target.options.subscribe);
    EXPECT_EQ(target.options.resyncflags, ResyncFlags::off);
    EXPECT_FALSE(target.options.syncinternaldates);
    EXPECT_TRUE(target.options.dry);
    EXPECT_EQ(target.options.maxsize, 1000u);
    EXPECT_EQ(target.source.auth_user, "admin");
    EXPECT_FALSE(target.source.endpoint.verify);
    EXPECT_TRUE(target.destination.endpoint.verify);
}

TEST(ImapsyncOptions, TheLastOfTwoOppositesWins) {
    EXPECT_EQ(after_options("--nosubscribe --noresyncflags --nosyncinternaldates --dry "
                            "--subscribe --resyncflags --syncinternaldates --nodry")
                  .options,
              SyncOptions{});
}

TEST(ImapsyncOptions, WhatDoesNothingChangesNothing) {
    EXPECT_EQ(after_options("--nolog --noreleasecheck --buffersize 8192 --nofoldersizes --no-id -nofastio1")
                  .options,
              SyncOptions{});
}

struct Connection {
    const char* options;
    net::TlsMode tls;
    std::uint16_t port;
};

TEST(ImapsyncOptions, PortAndTlsOfASide) {
    using enum net::TlsMode;
    for (const auto& [options, tls, port] : std::initializer_list<Connection>{
             {"", implicit, 993},
             {"--port1 143", starttls, 143},
             {"--port1 993", implicit, 993},
             {"--port1 1993", implicit, 1993},
             {"--ssl1", implicit, 993},
             {"--ssl1 --port1 143", implicit, 143},
             {"--ssl1 --notls1", implicit, 993},
             {"--notls1", implicit, 993},
             {"--tls1", starttls, 143},
             {"--tls1 --nossl1", starttls, 143},
             {"--tls1 --port1 1143", starttls, 1143},
             {"--nossl1", starttls, 143},
             {"--nossl1 --notls1", none, 143},
             {"--nossl1 --notls1 --port1 993", none, 993},
         }) {
        const auto target = after_options(options);
        EXPECT_EQ(target.source.endpoint.tls, tls) << options;
        EXPECT_EQ(target.source.endpoint.port, port) << options;
        EXPECT_EQ(target.destination.endpoint.tls, implicit) << options;
        EXPECT_EQ(target.destination.endpoint.port, 993) << options;
    }
    EXPECT_EQ(after_options("--tls2").destination.endpoint.port, 143);
}

TEST(ImapsyncOptions, WishesThatContradictEachOther) {
    EXPECT_EQ(error_of("--ssl1 --tls1"), "--ssl1 and --tls1 exclude each other (invalid_argument)");
    EXPECT_NE(error_of("--notls2 --port2 143").find("--nossl2"), std::string::npos);
}

TEST(ImapsyncOptions, BadValues) {
    EXPECT_NE(error_of("--port1 0").find("--port1: needs a whole number from 1 to 65535"), std::string::npos);
    EXPECT_NE(error_of("--port1 65536"), "");
    EXPECT_NE(error_of("--port1 993x"), "");
    EXPECT_NE(error_of("--port1 -1"), "");
    EXPECT_NE(error_of("--port1 ''"), "");
    EXPECT_NE(error_of("--port1"), "");
    EXPECT_NE(error_of("--maxsize 0"), "");
    EXPECT_NE(error_of("--maxsize 99999999999999999999999"), "");
    EXPECT_NE(error_of("--folder="), "");
    EXPECT_NE(error_of("--dry=1").find("--dry: takes no value"), std::string::npos);
    EXPECT_NE(error_of("--exclude '('").find("--exclude: "), std::string::npos);
}

TEST(ImapsyncOptions, WhatRowsMayNotSay) {
    EXPECT_EQ(error_of("--dry --password1 canary-secret"),
              "--password1 is not allowed in the options of a row (invalid_argument)");
    EXPECT_EQ(error_of("--ca1=/etc/shadow"),
              "--ca1 is not allowed in the options of a row (invalid_argument)");
    EXPECT_EQ(error_of("--automap --dry"), "--automap is not supported by this version (invalid_argument)");
    EXPECT_EQ(error_of("--dry canary-secret"), "word 2 of the options is no option (invalid_argument)");
    EXPECT_EQ(error_of("-"), "word 1 of the options is no option (invalid_argument)");
}

TEST(ImapsyncOptions, WordsSplitAsInAShell) {
    using Words = std::vector<std::string>;
    EXPECT_EQ(*split_options(""), Words{});
    EXPECT_EQ(*split_options("  a\t b \r\n"), (Words{"a", "b"}));
    EXPECT_EQ(*split_options("'a b'\"c d\"e f"), (Words{"a bc de", "f"}));
    EXPECT_EQ(*split_options("'' \"\""), (Words{"", ""}));
    EXPECT_EQ(*split_options(R"(a\ b \' "\"\\\." '\.')"), (Words{"a b", "'", R"("\\.)", R"(\.)"}));
    EXPECT_EQ(*split_options("$HOME * `id` ~"), (Words{"$HOME", "*", "`id`", "~"}));
    EXPECT_FALSE(split_options("'a"));
    EXPECT_FALSE(split_options("\"a"));
    EXPECT_FALSE(split_options("a\\"));
}

}  // namespace
}  // namespace godwit::sync

#include "engine/sync/option_values.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/sync/imapsync_names.h"

namespace godwit::sync {
namespace {

// The target after a row's options, endpoints settled; the error's text otherwise.
std::string error_of(std::string_view text) {
    OptionTarget target;
    if (auto applied = apply_row_options(target, text); !applied) return applied.error().to_string();
    auto settled = settle_options(target);
    return settled ? "" : settled.error().to_string();
}

OptionTarget after_options(std::string_view text) {
    OptionTarget target;
    EXPECT_TRUE(apply_row_options(target, text)) << text;
    EXPECT_TRUE(settle_options(target)) << text;
    return target;
}

// As a command line would: every option allowed.
Result<void> give(OptionTarget& target, std::string_view name, std::string_view value = {}) {
    GODWIT_TRY(option, find_option(name));
    return apply_option(target, option, value);
}

TEST(OptionTable, NamesAreUniqueOverAllTables) {
    std::set<std::string_view> names;
    for (const auto table : {option_table(), ignored_options()})
        for (const auto& option : table) EXPECT_TRUE(names.insert(option.name).second) << option.name;
    for (const auto name : unsupported_options()) EXPECT_TRUE(names.insert(name).second) << name;
}

TEST(OptionTable, EveryEntryIsFoundByItsName) {
    for (const auto table : {option_table(), ignored_options()})
        for (const auto& option : table) {
            const auto found = find_option(option.name);
            ASSERT_TRUE(found) << option.name;
            EXPECT_EQ(found->spec, &option);
            EXPECT_FALSE(found->negated);
        }
}

TEST(OptionTable, EveryEntryHasHelpAndAGroup) {
    for (const auto& option : option_table()) {
        EXPECT_FALSE(option.help.empty()) << option.name;
        EXPECT_FALSE(option.group.empty()) << option.name;
        const bool is_field = !std::holds_alternative<std::monostate>(option.field);
        EXPECT_EQ(is_field || option.apply, !option.name.starts_with("passfile")) << option.name;
        EXPECT_FALSE(is_field && option.apply) << option.name;
        EXPECT_TRUE(!is_field || option.allowed_in_rows) << option.name;
        EXPECT_EQ(option.value.empty(), option.kind == ValueKind::none || option.kind == ValueKind::flag) << option.name;
    }
}

TEST(OptionTable, NothingThatReadsFilesOrSetsCredentialsIsAllowedInRows) {
    for (const char* name : {"host1", "user1", "password1", "passfile1", "ca1", "connectto1", "host2",
                             "user2", "password2", "passfile2", "ca2", "connectto2", "timeout"})
        EXPECT_FALSE(find_option(name)->spec->allowed_in_rows) << name;
}

TEST(OptionTable, NamesInAnyCaseAndDashedNegations) {
    EXPECT_EQ(find_option("MaxSize")->spec->name, "maxsize");
    for (const auto& [given, name] : {std::pair{"no-subscribe", "subscribe"}, {"noSSL1", "ssl1"}, {"noresyncflags", "resyncflags"}}) {
        EXPECT_EQ(find_option(given)->spec->name, name);
        EXPECT_TRUE(find_option(given)->negated);
    }
}

TEST(OptionTable, OptionsOfRowsByWholeNamesHoweverTheyAreWritten) {
    for (const auto* name : {"subscribeall", "subscribe_all", "Subscribe-All", "SUBSCRIBEALL", "--subscribeall"})
        EXPECT_EQ(find_row_option(name), find_option("subscribeall")->spec) << name;
    for (const auto* name : {"", "-", "subscribea", "nosubscribeall", "host1", "passfile1", "timeout", "nolog", "usecache"})
        EXPECT_EQ(find_row_option(name), nullptr) << name;
}

TEST(OptionTable, UnambiguousPrefixes) {
    for (const auto& [prefix, name] :
         {std::pair{"inc", "include"}, {"maxsi", "maxsize"}, {"regextr", "regextrans2"}, {"subscribe_a", "subscribeall"}}) {
        const auto found = find_option(prefix);
        ASSERT_TRUE(found) << prefix;
        EXPECT_EQ(found->spec->name, name);
    }
}

TEST(OptionTable, PrefixesThatCouldBeSeveralAreRefused) {
    const auto found = find_option("password");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::invalid_argument);
    EXPECT_EQ(found.error().cause, "--password is ambiguous: it could be --password1 or --password2");
    EXPECT_NE(find_option("maxs").error().cause.find("ambiguous"), std::string::npos);
}

TEST(OptionTable, WhatImapsyncHasAndGodwitHasNotIsRefusedByName) {
    for (const auto name : unsupported_options()) {
        const auto found = find_option(name);
        ASSERT_FALSE(found) << name;
        EXPECT_EQ(found.error().cause, fmt::format("--{} is not supported by this version", name));
    }
    EXPECT_EQ(find_option("pipem").error().cause.substr(0, 30), "--pipem is ambiguous: it could");
    EXPECT_EQ(find_option("usec").error().cause, "--usecache is not supported by this version");
    EXPECT_EQ(find_option("noskipsize").error().cause, "--noskipsize is not supported by this version");
    EXPECT_EQ(find_option("noexpungeaftereach").error().cause,
              "--noexpungeaftereach is not supported by this version");
}

TEST(OptionTable, UnknownNamesAreRefused) {
    EXPECT_EQ(find_option("frobnicate").error().cause, "--frobnicate is unknown");
    EXPECT_FALSE(find_option(""));
    EXPECT_FALSE(find_option("\x01\xff"));
}

TEST(OptionTable, EveryOptionOfTheCommandLineLandsWhereItBelongs) {
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

TEST(OptionTable, EveryOptionOfARowLandsWhereItBelongs) {
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

TEST(OptionTable, TheLastOfTwoOppositesWins) {
    EXPECT_EQ(after_options("--nosubscribe --noresyncflags --nosyncinternaldates --dry "
                            "--subscribe --resyncflags --syncinternaldates --nodry")
                  .options,
              SyncOptions{});
}

TEST(OptionTable, WhatDoesNothingChangesNothing) {
    EXPECT_EQ(after_options("--nolog --noreleasecheck --buffersize 8192 --nofoldersizes --no-id -nofastio1")
                  .options,
              SyncOptions{});
}

struct Connection {
    const char* options;
    net::TlsMode tls;
    std::uint16_t port;
};

TEST(OptionTable, PortAndTlsOfASide) {
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

TEST(OptionTable, WishesThatContradictEachOther) {
    EXPECT_EQ(error_of("--ssl1 --tls1"), "--ssl1 and --tls1 exclude each other (invalid_argument)");
    EXPECT_NE(error_of("--notls2 --port2 143").find("--nossl2"), std::string::npos);
}

TEST(OptionTable, AliasesAreOptionsOfTheirOwnName) {
    EXPECT_EQ(find_option("search1")->spec, find_option("search")->spec);
    EXPECT_TRUE(after_options("--subscribe_all").options.subscribeall);
    EXPECT_FALSE(after_options("--noabletosearch1").options.abletosearch);
}

TEST(OptionTable, ValuesOfEveryKind) {
    const auto options = after_options("--maxsize 35M --minsize 1k --maxage 1.5 --minage 0 --prefix1 '' --sep2 . --nomixfolders "
                                       "--resyncflags=additive --maxmessagespersecond 2.5 --search 'SEEN (OR 1 2)'")
                             .options;
    EXPECT_EQ(options.maxsize, 35u << 20);
    EXPECT_EQ(options.minsize, 1024u);
    EXPECT_EQ(options.maxage, 1.5);
    EXPECT_EQ(options.minage, 0.0);
    EXPECT_EQ(options.prefix1, "");
    EXPECT_EQ(options.sep2, ".");
    EXPECT_EQ(options.mixfolders, false);
    EXPECT_EQ(options.resyncflags, ResyncFlags::additive);
    EXPECT_EQ(options.maxmessagespersecond, 2.5);
    EXPECT_EQ(options.search, "SEEN (OR 1 2)");
}

TEST(OptionTable, CellsOfATable) {
    const auto cell = [](std::string_view name, std::string_view value) {
        OptionTarget target;
        auto applied = apply_cell(target, *find_option(name)->spec, value);
        return applied ? options_json(target.options) : applied.error().to_string();
    };
    EXPECT_EQ(cell("subscribe", "No"), R"({"subscribe":false})");
    EXPECT_EQ(cell("subscribe", "yes"), "{}");
    EXPECT_EQ(cell("automap", "1"), R"({"automap":true})");
    EXPECT_EQ(cell("resyncflags", "off"), R"({"resyncflags":"off"})");
    EXPECT_EQ(cell("resyncflags", "no"), R"({"resyncflags":"off"})");
    EXPECT_EQ(cell("maxsize", "1000"), R"({"maxsize":1000})");
    EXPECT_EQ(cell("folder", "A b"), R"({"folder":["A b"]})");
    EXPECT_EQ(cell("automap", "perhaps"), "--automap: must be yes or no (invalid_argument)");
    EXPECT_EQ(cell("resyncflags", "some"), "--resyncflags: must be exact, additive or off (invalid_argument)");
    EXPECT_EQ(cell("maxage", "x"), "--maxage: needs a number of days from 0 to 100000 (invalid_argument)");
}

// A value of another kind than the default, for every field.
std::string telling_value(const OptionSpec& option) {
    switch (option.kind) {
        case ValueKind::choice: return "additive";
        case ValueKind::number:
        case ValueKind::bytes: return "7";
        case ValueKind::days:
        case ValueKind::percent:
        case ValueKind::rate: return "7.5";
        default: return option.name == "sep1" || option.name == "sep2" ? "." : "x=y";
    }
}

TEST(OptionTable, EveryFieldSurvivesJson) {
    for (const auto& option : option_table()) {
        if (std::holds_alternative<std::monostate>(option.field)) continue;
        OptionTarget target;
        const bool flag = option.kind == ValueKind::flag;
        const GivenOption given{&option, flag && is_on_by_default(option)};
        ASSERT_TRUE(apply_option(target, given, flag ? "" : telling_value(option))) << option.name;
        EXPECT_NE(target.options, SyncOptions{}) << option.name;
        const auto text = options_json(target.options);
        EXPECT_TRUE(text.starts_with(fmt::format("{{\"{}\":", option.name))) << text;
        EXPECT_EQ(options_from_json(text), target.options) << text;
    }
}

TEST(OptionTable, JsonOfAnotherVersionKeepsDefaults) {
    EXPECT_EQ(options_json({}), "{}");
    for (const auto* text : {"", "[]", "{", R"({"unknown":1})", R"({"maxsize":"x","folder":3,"dry":7,"resyncflags":"some"})"})
        EXPECT_EQ(options_from_json(text), SyncOptions{}) << text;
}

TEST(OptionTable, BadValues) {
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
    EXPECT_TRUE(error_of("--exclude '('").starts_with("--exclude \"(\": "));
    EXPECT_TRUE(error_of("--regextrans2 s/a").starts_with("--regextrans2 \"s/a\": "));
}

TEST(OptionTable, WhatRowsMayNotSay) {
    EXPECT_EQ(error_of("--dry --password1 canary-secret"),
              "--password1 is not allowed in the options of a row (invalid_argument)");
    EXPECT_EQ(error_of("--ca1=/etc/shadow"),
              "--ca1 is not allowed in the options of a row (invalid_argument)");
    EXPECT_EQ(error_of("--usecache --dry"), "--usecache is not supported by this version (invalid_argument)");
    EXPECT_EQ(error_of("--dry canary-secret"), "word 2 of the options is no option (invalid_argument)");
    EXPECT_EQ(error_of("-"), "word 1 of the options is no option (invalid_argument)");
}

TEST(OptionTable, WordsSplitAsInAShell) {
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

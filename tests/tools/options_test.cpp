#include "tools/godwit/options.h"

#include <gtest/gtest.h>

#include "tools/godwit/sync_arguments.h"

namespace godwit::cli {

namespace {

template <class Command>
Command parsed(std::vector<std::string> arguments) {
    auto line = parse_command_line(std::move(arguments));
    if (!line) ADD_FAILURE() << line.error().text;
    if (!line || !std::holds_alternative<Command>(line->command)) {
        ADD_FAILURE() << "another command";
        return {};
    }
    return std::get<Command>(line->command);
}

Advice refused(std::vector<std::string> arguments) {
    auto line = parse_command_line(std::move(arguments));
    if (line) ADD_FAILURE() << "was accepted";
    return line ? Advice{} : line.error();
}

const std::vector<std::vector<std::string>> commands{
    {},         {"batch"},  {"batch", "create"}, {"batch", "list"}, {"batch", "show"}, {"import"},
    {"status"}, {"watch"},  {"issues"},          {"folders"},       {"start"},         {"pause"},
    {"resume"}, {"cancel"}, {"retry"},           {"preflight"},     {"version"},       {"sync"},
    {"verify"}, {"undo"},   {"findings"},        {"report"},        {"report", "show"}, {"report", "verify"}};

}  // namespace

TEST(Options, EveryHelpHasExamplesAndEveryExitCode) {
    for (auto arguments : commands) {
        arguments.push_back("--help");
        std::string help;
        if (arguments.front() == "sync") {
            const auto advice = parse_sync_arguments({"--help"});
            ASSERT_FALSE(advice);
            EXPECT_EQ(advice.error().code, ExitCode::ok);
            help = advice.error().text;
        } else {
            const auto advice = refused(arguments);
            EXPECT_EQ(advice.code, ExitCode::ok);
            help = advice.text;
            EXPECT_TRUE(help.contains("/var/lib/godwit/admin.token")) << help;
            EXPECT_TRUE(help.contains("GODWIT_TOKEN_FILE")) << help;
        }
        EXPECT_TRUE(help.contains("Example")) << help;
        EXPECT_FALSE(help.contains("godwit godwit")) << help;
        for (const auto& [code, meaning] : exit_meanings())
            EXPECT_TRUE(help.contains(fmt::format("{:>5}  {}\n", std::to_underlying(code), meaning))) << help;
    }
}

TEST(Options, Batch) {
    const auto create = parsed<BatchCreate>({"batch", "create", "spring", "--priority", "-5"});
    EXPECT_EQ(create.name, "spring");
    EXPECT_EQ(create.priority, -5);
    parsed<BatchList>({"batch", "list"});
    const auto show = parsed<BatchShow>({"batch", "show", "--state=parked", "spring", "--limit", "0"});
    EXPECT_EQ(show.batch, "spring");
    EXPECT_EQ(show.state, "parked");
    EXPECT_EQ(show.limit, 0u);
    EXPECT_EQ(parsed<BatchShow>({"batch", "show", "spring"}).limit, 100u);
}

TEST(Options, Import) {
    const auto import =
        parsed<Import>({"import", "spring", "-", "--format", "imapsync", "--dry-run", "--source-host", "h",
                        "--source-port", "143", "--destination-tls", "starttls"});
    EXPECT_EQ(import.batch, "spring");
    EXPECT_EQ(import.file, "-");
    EXPECT_EQ(import.format, "imapsync");
    EXPECT_TRUE(import.dry_run);
    EXPECT_EQ(import.source_host, "h");
    EXPECT_EQ(import.source_port, 143);
    EXPECT_EQ(import.destination_tls, "starttls");
    for (const auto& line :
         {std::vector<std::string>{"import", "--options", "--automap --exclude '^Junk'", "spring", "f.csv"},
          {"import", "spring", "f.csv", "--options=--automap --exclude '^Junk'", "--dry-run"}}) {
        EXPECT_EQ(parsed<Import>(line).options, "--automap --exclude '^Junk'");
        EXPECT_EQ(parsed<Import>(line).file, "f.csv");
    }
    EXPECT_EQ(parsed<Import>({"import", "spring", "f.csv", "--options", "--dry-run"}).options, "--dry-run");
    EXPECT_EQ(refused({"import", "spring", "f.csv", "--options"}).code, ExitCode::usage);
    const auto plain = parsed<Import>({"import", "spring", "f.csv"});
    EXPECT_EQ(plain.format, "auto");
    EXPECT_FALSE(plain.dry_run);
    EXPECT_EQ(refused({"import", "spring"}).code, ExitCode::usage);
    EXPECT_EQ(refused({"import", "spring", "f", "--format", "xls"}).code, ExitCode::usage);
    EXPECT_EQ(refused({"import", "spring", "f", "--source-port", "70000"}).code, ExitCode::usage);
}

TEST(Options, Watch) {
    EXPECT_EQ(parsed<Watch>({"watch", "spring"}).interval.count(), 0);
    EXPECT_EQ(parsed<Watch>({"watch", "spring", "--interval", "0.5"}).interval.count(), 500);
    EXPECT_EQ(refused({"watch", "spring", "--interval", "0"}).code, ExitCode::usage);
}

TEST(Options, Actions) {
    for (const auto* action : {"start", "pause", "resume", "cancel", "retry"}) {
        const auto act = parsed<Act>({action, "spring"});
        EXPECT_EQ(act.action, action);
        EXPECT_EQ(act.target, "spring");
        EXPECT_EQ(refused({action}).code, ExitCode::usage);
    }
    for (const auto* action : {"pause", "resume"}) {
        EXPECT_EQ(parsed<Act>({action, "--all"}).target, "");
        EXPECT_TRUE(refused({action}).text.contains("--all"));
        EXPECT_EQ(refused({action, "--all", "spring"}).code, ExitCode::usage);
    }
    for (const auto* action : {"start", "cancel", "retry"})
        EXPECT_EQ(refused({action, "--all"}).code, ExitCode::usage);
}

TEST(Options, GlobalOptionsAnywhere) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"--server", "http://x", "--token-file", "t", "--json", "batch", "list"},
          {"batch", "list", "--server", "http://x", "--token-file", "t", "--json"},
          {"batch", "--server=http://x", "--token-file=t", "list", "--json"}}) {
        const auto line = parse_command_line(arguments);
        ASSERT_TRUE(line) << line.error().text;
        EXPECT_EQ(line->global.server, "http://x");
        EXPECT_EQ(line->global.token_file, "t");
        EXPECT_TRUE(line->global.json);
    }
}

TEST(Options, WhatIsNoCommand) {
    EXPECT_EQ(refused({}).code, ExitCode::usage);
    EXPECT_TRUE(refused({}).text.contains("a command is missing"));
    const auto bogus = refused({"bogus"});
    EXPECT_EQ(bogus.code, ExitCode::usage);
    EXPECT_TRUE(bogus.text.contains("\"bogus\"")) << bogus.text;
    EXPECT_TRUE(bogus.text.contains("godwit --help")) << bogus.text;
    EXPECT_TRUE(refused({"batch", "create"}).text.contains("godwit batch create --help"));
    EXPECT_EQ(refused({"status", "extra"}).code, ExitCode::usage);
    EXPECT_EQ(refused({"--token", "abc", "status"}).code, ExitCode::usage);
}

TEST(Options, SyncAndVersion) {
    EXPECT_EQ(parsed<Sync>({"sync", "--host1", "a", "x"}).arguments,
              (std::vector<std::string>{"--host1", "a", "x"}));
    EXPECT_EQ(refused({"--json", "sync", "--host1", "a"}).code, ExitCode::usage);
    parsed<Version>({"version"});
    parsed<Version>({"--version"});
}

}  // namespace godwit::cli

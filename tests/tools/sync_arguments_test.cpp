#include "tools/godwit/sync_arguments.h"

#include <map>

#include <gtest/gtest.h>

#include "engine/sync/option_table.h"
#include "tests/support/local_server.h"

namespace godwit::cli {

namespace {

const std::vector<std::string> accounts{"--host1", "old.example", "--user1", "ann",
                                        "--host2", "new.example", "--user2", "bob"};

std::expected<SyncArguments, Advice> with(std::vector<std::string> more) {
    auto all = accounts;
    all.insert(all.end(), more.begin(), more.end());
    return parse_sync_arguments(std::move(all));
}

SyncArguments accepted(std::vector<std::string> more) {
    auto parsed = with(std::move(more));
    if (!parsed) ADD_FAILURE() << parsed.error().text;
    return parsed ? std::move(*parsed) : SyncArguments{};
}

std::string refusal(std::vector<std::string> more) {
    const auto parsed = with(std::move(more));
    if (parsed) ADD_FAILURE() << "was accepted";
    EXPECT_TRUE(parsed || parsed.error().code == ExitCode::usage);
    return parsed ? std::string() : parsed.error().text;
}

Environment environment_of(std::map<std::string, std::string> variables) {
    return [variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

Result<Secret<std::string>> nobody_there(const std::string&) {
    return fail(ErrorKind::not_found, Reach::node, "no terminal");
}

// A process' arguments: writable, and one behind the other as they are in memory.
struct Arguments {
    explicit Arguments(std::vector<std::string> words) : texts(std::move(words)) {
        for (auto& text : texts) pointers.push_back(text.data());
    }
    std::vector<std::string> texts;
    std::vector<char*> pointers;
};

}  // namespace

TEST(SyncArguments, DefaultsAreTlsAndEverything) {
    const auto arguments = accepted({});
    const auto& request = arguments.request;
    EXPECT_EQ(request.kind, sync::PassKind::sync);
    EXPECT_EQ(request.source.endpoint.host, "old.example");
    EXPECT_EQ(request.source.endpoint.port, 993);
    EXPECT_EQ(request.source.endpoint.tls, net::TlsMode::implicit);
    EXPECT_TRUE(request.source.endpoint.verify);
    EXPECT_EQ(request.source.user, "ann");
    EXPECT_EQ(request.destination.endpoint.host, "new.example");
    EXPECT_EQ(request.destination.user, "bob");
    EXPECT_EQ(request.options, sync::SyncOptions());
    EXPECT_FALSE(arguments.json);
}

TEST(SyncArguments, NamesAsGetoptTakesThem) {
    const auto arguments =
        accepted({"-port1", "143", "--PORT2=1430", "--tls2", "--excl", "^Junk", "--folder=[Gmail]",
                  "--folder", "-odd", "--nodry", "--dry", "--insecure2", "--no-resyncflags"});
    const auto& request = arguments.request;
    EXPECT_EQ(request.source.endpoint.port, 143);
    EXPECT_EQ(request.source.endpoint.tls, net::TlsMode::starttls);
    EXPECT_EQ(request.destination.endpoint.port, 1430);
    EXPECT_EQ(request.destination.endpoint.tls, net::TlsMode::starttls);
    EXPECT_FALSE(request.destination.endpoint.verify);
    EXPECT_EQ(request.options.exclude, (std::vector<std::string>{"^Junk"}));
    EXPECT_EQ(request.options.folder, (std::vector<std::string>{"[Gmail]", "-odd"}));
    EXPECT_TRUE(request.options.dry);
    EXPECT_EQ(request.options.resyncflags, sync::ResyncFlags::off);
}

TEST(SyncArguments, TheLastOneWins) {
    EXPECT_FALSE(accepted({"--dry", "--nodry"}).request.options.dry);
    EXPECT_EQ(accepted({"--host1", "third.example"}).request.source.endpoint.host, "third.example");
}

TEST(SyncArguments, OwnOptions) {
    const auto arguments = accepted({"--json", "--justlogin", "--ledger", "-odd", "--LEDGER=a=b"});
    EXPECT_TRUE(arguments.json);
    EXPECT_EQ(arguments.request.kind, sync::PassKind::preflight);
    EXPECT_EQ(arguments.ledger, "a=b");
    EXPECT_EQ(accepted({}).ledger, "");
    EXPECT_EQ(accepted({"--statedir", "/s"}).statedir, "/s");
    EXPECT_EQ(accepted({}).statedir, "");
    EXPECT_EQ(accepted({"--settle", "10"}).request.limits.settle, std::chrono::milliseconds(10));
    EXPECT_EQ(accepted({"--settle=600000"}).request.limits.settle, std::chrono::minutes(10));
    EXPECT_EQ(accepted({}).request.limits.settle, std::chrono::seconds(2));
    EXPECT_EQ(accepted({}).request.limits.connections, 3u);
    EXPECT_EQ(accepted({"--connections", "1"}).request.limits.connections, 1u);
    EXPECT_EQ(accepted({"--laneinterval", "5"}).request.limits.lane_interval, std::chrono::milliseconds(5));
}

TEST(SyncArguments, Verify) {
    const auto arguments = accepted({"--verify", "--findings", "f.csv", "--verifybytes", "5"});
    EXPECT_EQ(arguments.request.kind, sync::PassKind::verify);
    EXPECT_EQ(arguments.findings, "f.csv");
    EXPECT_EQ(arguments.request.options.verifybytes, 5);
    EXPECT_EQ(accepted({}).request.kind, sync::PassKind::sync);
    EXPECT_TRUE(refusal({"--findings", "f.csv"}).contains("--findings goes with --verify and --undo"));
    EXPECT_TRUE(refusal({"--verify", "--justlogin"}).contains("--verify does not go with"));
}

TEST(SyncArguments, UndoNeedsTheLedgerAndNotTheSource) {
    auto arguments = accepted({"--undo", "--ledger", "l", "--dry"});
    EXPECT_EQ(arguments.request.kind, sync::PassKind::undo);
    EXPECT_TRUE(arguments.request.options.dry);
    EXPECT_TRUE(refusal({"--undo"}).contains("--undo needs --ledger"));
    EXPECT_TRUE(refusal({"--undo=yes"}).contains("--undo takes no value"));
    for (const auto* other : {"--justlogin", "--justautomap", "--justfolders", "--justfoldersizes"})
        EXPECT_TRUE(refusal({"--undo", "--ledger", "l", other}).contains("--undo stands alone")) << other;
    EXPECT_TRUE(find_passwords(arguments, environment_of({{"GODWIT_PASSWORD2", "two"}}), nobody_there));
}

TEST(SyncArguments, MistakesAreNamed) {
    EXPECT_TRUE(refusal({"--bogus"}).contains("--bogus"));
    EXPECT_TRUE(refusal({"--port1", "abc"}).contains("--port1"));
    EXPECT_TRUE(refusal({"--port1"}).contains("--port1 needs a value"));
    EXPECT_TRUE(refusal({"--delete2"}).contains("--delete2"));
    EXPECT_TRUE(refusal({"--exclude", "("}).contains("--exclude \"(\": "));
    EXPECT_TRUE(refusal({"--regextrans2", "s/a"}).contains("--regextrans2 \"s/a\": "));
    EXPECT_TRUE(refusal({"--f1f2", "AB"}).contains("--f1f2 \"AB\": "));
    EXPECT_TRUE(refusal({"--search", "("}).contains("--search: "));
    EXPECT_TRUE(refusal({"--ssl1", "--tls1"}).contains("--ssl1"));
    EXPECT_TRUE(refusal({"--dry=yes"}).contains("--dry"));
    EXPECT_TRUE(refusal({"--json=yes"}).contains("--json"));
    EXPECT_TRUE(refusal({"--passfile1="}).contains("--passfile1"));
    EXPECT_TRUE(refusal({"--ledger"}).contains("--ledger needs a value"));
    EXPECT_TRUE(refusal({"--ledger="}).contains("--ledger needs a value"));
    EXPECT_TRUE(refusal({"--statedir"}).contains("--statedir needs a value"));
    for (const auto* wrong : {"9", "600001", "5s", "-10", "1e3"})
        EXPECT_TRUE(refusal({"--settle", wrong}).contains("--settle needs a whole number")) << wrong;
    for (const char* wrong : {"0", "21", "two", "-1"})
        EXPECT_TRUE(refusal({"--connections", wrong}).contains("--connections needs a whole number from 1 to 20")) << wrong;
    for (const auto* missing : {"--host1", "--user1", "--host2", "--user2"}) {
        auto some = accounts;
        const auto at = std::ranges::find(some, missing);
        some.erase(at, at + 2);
        const auto parsed = parse_sync_arguments(some);
        ASSERT_FALSE(parsed);
        EXPECT_TRUE(parsed.error().text.contains(std::string(missing) + " is missing"))
            << parsed.error().text;
    }
}

TEST(SyncArguments, MisplacedPasswordsAreNotRepeated) {
    EXPECT_FALSE(refusal({"canary-secret"}).contains("canary-secret"));
    EXPECT_FALSE(refusal({"--password1", "canary-secret", "canary-secret"}).contains("canary"));
    EXPECT_FALSE(refusal({"--password1", "a", "--", "canary-secret"}).contains("canary"));
}

TEST(SyncArguments, PasswordsThatLookLikeOptions) {
    const auto arguments = accepted({"--password1", "--dry", "--password2="});
    EXPECT_EQ(arguments.request.source.password.reveal(), "--dry");
    EXPECT_FALSE(arguments.request.options.dry);
    EXPECT_TRUE(arguments.password1_given);
    EXPECT_TRUE(arguments.password2_given);
}

TEST(SyncArguments, PasswordLookupOrder) {
    const test::TemporaryFile file("from-file\nnot this\n");
    const auto lookup = [&](std::vector<std::string> more, std::map<std::string, std::string> variables) {
        auto arguments = accepted(std::move(more));
        auto found =
            find_passwords(arguments, environment_of(std::move(variables)), [](const std::string& prompt) {
                return Result<Secret<std::string>>(Secret<std::string>("typed for " + prompt));
            });
        EXPECT_TRUE(found);
        return arguments.request.source.password.reveal() + "|" +
               arguments.request.destination.password.reveal();
    };
    EXPECT_EQ(lookup({}, {}), "typed for ann at old.example|typed for bob at new.example");
    EXPECT_EQ(lookup({"--authuser1", "admin"}, {}),
              "typed for admin at old.example|typed for bob at new.example");
    EXPECT_EQ(lookup({"--password1", "p1", "--password2", "p2"}, {}), "p1|p2");
    EXPECT_EQ(lookup({"--password1", "p1"}, {{"IMAPSYNC_PASSWORD1", "i1"}, {"IMAPSYNC_PASSWORD2", "i2"}}),
              "i1|i2");
    EXPECT_EQ(lookup({"--password1", "p1"},
                     {{"GODWIT_PASSWORD1", "g1"}, {"IMAPSYNC_PASSWORD1", "i1"}, {"GODWIT_PASSWORD2", "g2"}}),
              "g1|g2");
    EXPECT_EQ(lookup({"--passfile1", file.path(), "--password1", "p1"},
                     {{"GODWIT_PASSWORD1", "g1"}, {"GODWIT_PASSWORD2", "g2"}}),
              "from-file|g2");
}

TEST(SyncArguments, PasswordsThatAreNowhere) {
    auto arguments = accepted({"--passfile1", "/nowhere/pass"});
    auto found = find_passwords(arguments, environment_of({}), nobody_there);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ExitCode::no_input);
    EXPECT_TRUE(found.error().text.contains("/nowhere/pass"));

    arguments = accepted({"--password1", "x"});
    found = find_passwords(arguments, environment_of({}), nobody_there);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ExitCode::usage);
    EXPECT_TRUE(found.error().text.contains("--passfile2"));

    found =
        find_passwords(arguments, environment_of({}), [](const std::string&) -> Result<Secret<std::string>> {
            return fail(ErrorKind::cancelled, Reach::node, "interrupted");
        });
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ExitCode::interrupted);
}

TEST(SyncArguments, PasswordsAreOverwrittenInTheProcessList) {
    Arguments arguments({"sync", "--password1", "canary-one", "-PASSWORD2=canary-two", "--passfile1", "file",
                         "--user1", "password1", "--password", "kept", "--passw1", "x", "--password1"});
    hide_passwords(static_cast<int>(arguments.pointers.size()), arguments.pointers.data());
    EXPECT_EQ(arguments.texts,
              (std::vector<std::string>{"sync", "--password1", "xxxxxxxxxx", "-PASSWORD2=xxxxxxxxxx",
                                        "--passfile1", "file", "--user1", "password1", "--password", "kept",
                                        "--passw1", "x", "--password1"}));
}

TEST(SyncArguments, TheHelpHasEveryOptionOfTheTable) {
    const auto help = sync_help();
    for (const auto& option : sync::option_table())
        EXPECT_TRUE(help.contains(fmt::format("  --{} ", option.name)) ||
                    help.contains(fmt::format("  --{}\n", option.name)) || help.contains(fmt::format("--[no]{}", option.name)))
            << option.name;
    for (const auto* other : {"--ledger FILE ", "--statedir DIR ", "GODWIT_STATE_DIR", "--json ",
                              "--justlogin ", "--verify ", "--findings FILE ", "--help ", "GODWIT_PASSWORD", "Ctrl-C"})
        EXPECT_TRUE(help.contains(other)) << other;
    EXPECT_FALSE(help.contains("--settle"));
    EXPECT_FALSE(help.contains("--laneinterval"));
}

}  // namespace godwit::cli

// The command line against the real API, over a store in memory.
#include "tests/tools/real_api.h"

namespace godwit::cli {

TEST_F(RealApi, ABatchFromItsCreationToItsEnd) {
    ASSERT_EQ(run({"batch", "create", "spring", "--priority", "7"}), ExitCode::ok) << err();
    EXPECT_TRUE(out().starts_with("bat_")) << out();
    EXPECT_EQ(run({"batch", "create", "spring"}), ExitCode::refused);
    EXPECT_TRUE(err().contains("name_taken")) << err();

    const godwit::test::TemporaryFile list(list_);
    EXPECT_EQ(run({"import", "spring", list.path(), "--dry-run"}), ExitCode::incomplete);
    EXPECT_EQ(out(), "3 rows: 2 good, 2 errors found; nothing was stored\n");
    EXPECT_TRUE(err().contains("row 4, column password1: empty")) << err();
    EXPECT_TRUE(err().contains("--delete2")) << err();
    EXPECT_EQ(run({"import", "spring", list.path(), "--options", "--maxsize many"}), ExitCode::refused);
    EXPECT_TRUE(err().contains("--maxsize needs a number of bytes")) << err();
    EXPECT_EQ(run({"import", "spring", list.path(), "--options", "--automap"}), ExitCode::incomplete);
    EXPECT_TRUE(out().starts_with("3 rows: 2 stored, 2 errors")) << out();
    EXPECT_EQ(run({"import", "spring", list.path()}), ExitCode::incomplete);
    EXPECT_TRUE(out().starts_with("3 rows: 0 stored, 2 in the batch already")) << out();
    EXPECT_FALSE((out() + err()).contains("canary"));

    EXPECT_EQ(run({"batch", "list"}), ExitCode::ok);
    EXPECT_TRUE(out().contains("2 ready")) << out();
    EXPECT_EQ(run({"pause", "spring"}), ExitCode::ok);
    EXPECT_EQ(out(), "2 migrations changed.\n");
    EXPECT_EQ(run({"watch", "spring"}), ExitCode::incomplete);
    EXPECT_TRUE(out().contains("2 paused")) << out();
    EXPECT_EQ(run({"resume", "spring"}), ExitCode::ok);

    work(scheduler::PassOutcome::Result::parked,
         Error{ErrorKind::auth_failed, Reach::account, "NO wrong", "source"});
    EXPECT_EQ(run({"batch", "show", "spring", "--state", "parked"}), ExitCode::ok);
    EXPECT_TRUE(out().contains("auth_failed: NO wrong")) << out();
    EXPECT_EQ(run({"retry", "spring"}), ExitCode::ok);
    work(scheduler::PassOutcome::Result::succeeded);
    EXPECT_EQ(run({"watch", "spring"}), ExitCode::ok) << out() << err();
    EXPECT_TRUE(out().contains("100 %  2 migrations: 2 done  copied 24 messages, 4.0 KiB")) << out();
    EXPECT_EQ(run({"status"}), ExitCode::ok);
    EXPECT_TRUE(out().contains("2 migrations: 2 done\n")) << out();
    EXPECT_TRUE(out().contains("old.example:993")) << out();
}

TEST_F(RealApi, ActionsOnOneMigration) {
    ASSERT_EQ(run({"batch", "create", "one"}), ExitCode::ok);
    const godwit::test::TemporaryFile list("old.example;ann;a;new.example;ann;b;\n");
    ASSERT_EQ(run({"import", "one", list.path()}), ExitCode::ok) << err();
    ASSERT_EQ(run({"batch", "show", "one", "--json"}), ExitCode::ok);
    const auto at = out().find("mig_");
    ASSERT_NE(at, std::string::npos);
    const auto id = out().substr(at, 30);
    EXPECT_EQ(run({"cancel", id}), ExitCode::ok);
    EXPECT_EQ(out(), id + " is cancelled now.\n");
    EXPECT_EQ(run({"pause", id}), ExitCode::refused);
    EXPECT_TRUE(err().contains("allowed now: retry")) << err();
    EXPECT_EQ(run({"cancel", "mig_01JD2V7Q8E3M4N5P6R7S8T9V0W"}), ExitCode::refused);
}

TEST_F(RealApi, APreflightBeforeAnythingIsCopied) {
    ASSERT_EQ(run({"batch", "create", "spring"}), ExitCode::ok);
    ASSERT_EQ(run({"pause", "spring"}), ExitCode::ok);
    const godwit::test::TemporaryFile list("old.example;ann;a;new.example;ann;b;\n");
    ASSERT_EQ(run({"import", "spring", list.path()}), ExitCode::ok) << err();
    EXPECT_EQ(run({"preflight", "spring"}), ExitCode::ok) << err();
    EXPECT_EQ(out(), "A preflight of 1 migration is queued.\n");
    EXPECT_EQ(run({"batch", "show", "spring"}), ExitCode::ok);
    EXPECT_TRUE(out().contains("1 ready, 1 preflight  (the batch is paused)")) << out();
    EXPECT_TRUE(out().contains("ready (preflight queued)")) << out();
    const auto id = out().substr(out().find("mig_"), 30);
    work(scheduler::PassOutcome::Result::failed,
         Error{ErrorKind::auth_failed, Reach::account, "NO wrong", "source"});
    EXPECT_EQ(run({"batch", "show", "spring"}), ExitCode::ok);
    EXPECT_TRUE(out().contains("preflight: auth_failed: NO wrong")) << out();
    EXPECT_EQ(run({"folders", id}), ExitCode::ok);
    EXPECT_EQ(out(), "No folders.\nThe last pass (preflight) failed: auth_failed: NO wrong.\n");
    EXPECT_EQ(run({"preflight", id}), ExitCode::ok);
    EXPECT_EQ(out(), "A preflight is queued; godwit folders " + id + " shows what it found.\n");
    work(scheduler::PassOutcome::Result::succeeded);
    EXPECT_EQ(run({"folders", id}), ExitCode::ok);
    EXPECT_TRUE(out().contains("INBOX   =   inbox")) << out();
    EXPECT_TRUE(out().ends_with("The last pass (preflight) succeeded.\n")) << out();
}

TEST_F(RealApi, EverythingAtOnce) {
    EXPECT_EQ(run({"pause", "--all"}), ExitCode::ok);
    EXPECT_EQ(run({"status"}), ExitCode::ok);
    EXPECT_TRUE(out().contains("Everything is paused")) << out();
    EXPECT_EQ(run({"resume", "--all"}), ExitCode::ok);
    EXPECT_EQ(run({"status"}), ExitCode::ok);
    EXPECT_FALSE(out().contains("paused")) << out();
}

TEST_F(RealApi, FilesThatAreNoLists) {
    ASSERT_EQ(run({"batch", "create", "odd"}), ExitCode::ok);
    const godwit::test::TemporaryFile empty(""), words("hello\nworld\n"), bad("a;b;c;d;e;f;\n;;;;;;\n");
    EXPECT_EQ(run({"import", "odd", empty.path()}), ExitCode::refused);
    EXPECT_EQ(run({"import", "odd", words.path()}), ExitCode::refused);
    EXPECT_EQ(run({"import", "odd", bad.path(), "--source-tls", "starttls"}), ExitCode::incomplete) << err();
    EXPECT_TRUE(out().starts_with("2 rows: 1 stored")) << out();
}

TEST_F(RealApi, Yaml) {
    ASSERT_EQ(run({"batch", "create", "yaml"}), ExitCode::ok);
    const godwit::test::TemporaryFile file(
        "defaults: {host1: old.example, host2: new.example, options: {exclude: [^Junk]}}\n"
        "migrations:\n"
        "- {user1: ann, password1: canary-1, user2: ann, password2: canary-2}\n"
        "- {user1: bob, password1: canary-3, user2: bob, password2: canary-4, options: {maxsize: canary}}\n",
        ".yaml");
    EXPECT_EQ(run({"import", "yaml", file.path(), "--dry-run"}), ExitCode::incomplete);
    EXPECT_EQ(out(), "2 rows: 1 good, 1 error found; nothing was stored\n");
    EXPECT_TRUE(err().contains("row 4, column options.maxsize: bad_option: needs a number")) << err();
    EXPECT_EQ(run({"import", "yaml", file.path()}), ExitCode::incomplete);
    EXPECT_TRUE(out().starts_with("2 rows: 1 stored")) << out();
    EXPECT_FALSE((out() + err()).contains("canary"));
    const godwit::test::TemporaryFile broken("migrations:\n- {user1: *canary}\n", ".yml");
    EXPECT_EQ(run({"import", "yaml", broken.path()}), ExitCode::refused);
    EXPECT_TRUE(err().contains("row 2: bad_yaml")) << err();
}

TEST_F(RealApi, AWrongToken) {
    const godwit::test::TemporaryFile token("gdw_wrong\n");
    EXPECT_EQ(run({"status", "--token-file", token.path()}), ExitCode::not_authorised);
}

}  // namespace godwit::cli

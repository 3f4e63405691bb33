// verify, undo, findings and report, against the real API.
#include <fstream>

#include "tests/support/temp_directory.h"
#include "tests/tools/real_api.h"

namespace godwit::cli {

namespace {

using scheduler::PassOutcome;

class Reports : public RealApi {
protected:
    // A batch "spring" with one migration that was copied; its id.
    std::string copied() {
        EXPECT_EQ(run({"batch", "create", "spring"}), ExitCode::ok);
        const godwit::test::TemporaryFile list("old.example;ann;a;new.example;ann;b;\n");
        EXPECT_EQ(run({"import", "spring", list.path()}), ExitCode::ok) << err();
        work(PassOutcome::Result::succeeded);
        EXPECT_EQ(run({"batch", "show", "spring", "--json"}), ExitCode::ok);
        const auto at = out().find("mig_");
        return at == std::string::npos ? "" : out().substr(at, 30);
    }
    std::string verified(std::vector<sync::Finding> found) {
        const auto id = copied();
        found_ = std::move(found);
        EXPECT_EQ(run({"verify", id}), ExitCode::ok) << err();
        work(PassOutcome::Result::succeeded);
        return id;
    }
    std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

    const godwit::test::TempDirectory folder_;
};

const std::vector<sync::Finding> two{{sync::FindingKind::missing, "INBOX", "INBOX", 7, 0, 2048, ""},
                                     {sync::FindingKind::skipped, "Sent", "Gesendet", 9, 0, 10, "maxsize"}};

}  // namespace

TEST_F(Reports, VerifyAsksAndFindingsShows) {
    const auto id = copied();
    found_ = two;
    EXPECT_EQ(run({"verify", id, "--bytes", "12.5"}), ExitCode::ok) << err();
    EXPECT_TRUE(out().starts_with("A verify pass is queued.\n")) << out();
    EXPECT_TRUE(out().contains("godwit findings " + id)) << out();
    work(PassOutcome::Result::succeeded);
    EXPECT_EQ(run({"findings", id}), ExitCode::ok);
    EXPECT_EQ(out(),
              "KIND     FOLDER  AT THE DESTINATION  UID  UID THERE     SIZE  DETAIL\n"
              "missing  INBOX   =                     7             2.0 KiB\n"
              "skipped  Sent    Gesendet              9                10 B  maxsize\n");
    EXPECT_EQ(run({"findings", id, "--kind", "altered"}), ExitCode::ok);
    EXPECT_EQ(out(), "No findings.\n");
    EXPECT_EQ(run({"batch", "show", "spring"}), ExitCode::ok);
    EXPECT_TRUE(out().contains("done (verify: 1 fault)")) << out();
    EXPECT_EQ(run({"verify", id, "--bytes", "101"}), ExitCode::usage);
    EXPECT_EQ(run({"verify"}), ExitCode::usage);
}

TEST_F(Reports, VerifyWaitsAndSaysHowItEnded) {
    const auto id = verified({});
    const auto work_when_asked = [this] {
        const auto asked = [this] {
            bool queued = false;
            run_coro([](auto& store, bool& out) -> Awaitable<void> { out = !(co_await store.queue())->lanes.empty(); }(
                daemon_.world.store, queued));
            return queued;
        };
        while (!asked()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        work(PassOutcome::Result::succeeded);
    };
    auto worker = std::async(std::launch::async, work_when_asked);
    EXPECT_EQ(run({"verify", "spring", "--wait"}), ExitCode::ok) << out() << err();
    worker.get();
    EXPECT_TRUE(out().ends_with("1 migration: nothing is wrong.\n")) << out();
    found_ = two;
    worker = std::async(std::launch::async, work_when_asked);
    EXPECT_EQ(run({"verify", id, "--wait"}), ExitCode::incomplete) << out() << err();
    worker.get();
    EXPECT_TRUE(out().ends_with("1 migration: 1 fault in 1.\n")) << out();
}

TEST_F(Reports, UndoIsADryRunFirst) {
    const auto id = copied();
    EXPECT_EQ(run({"undo", id, "--for-real"}), ExitCode::refused);
    EXPECT_TRUE(err().contains("dry_run_first")) << err();
    EXPECT_EQ(run({"undo", "spring", "--for-real"}), ExitCode::incomplete);
    EXPECT_TRUE(err().contains("godwit undo spring")) << err();
    EXPECT_EQ(run({"undo", id}), ExitCode::ok) << err();
    EXPECT_EQ(out(), fmt::format("A dry undo is queued.\nNothing will be changed. godwit findings {0} shows what would be removed; "
                                 "then: godwit undo {0} --for-real\n", id));
    work(PassOutcome::Result::succeeded);
    EXPECT_EQ(run({"undo", "spring", "--for-real"}), ExitCode::ok) << err();
    EXPECT_TRUE(out().starts_with("An undo of 1 migration is queued.\n")) << out();
    work(PassOutcome::Result::succeeded);
    EXPECT_EQ(run({"batch", "show", "spring"}), ExitCode::ok);
    EXPECT_TRUE(out().contains("waiting")) << out();
}

TEST_F(Reports, AreFetchedAndChecked) {
    const auto id = copied();
    EXPECT_EQ(run({"report", "show", id}), ExitCode::refused);
    EXPECT_TRUE(err().contains("no_report")) << err();
    found_ = two;
    EXPECT_EQ(run({"verify", id}), ExitCode::ok);
    work(PassOutcome::Result::succeeded);
    for (const auto* name : {"r.json", "r.csv", "r.html"})
        ASSERT_EQ(run({"report", "show", id, "--output", path(name)}), ExitCode::ok) << err();
    EXPECT_TRUE(read(path("r.csv")).starts_with("kind,folder,"));
    EXPECT_TRUE(read(path("r.html")).starts_with("<!DOCTYPE html>"));
    for (const auto* name : {"r.json", "r.html"}) {
        EXPECT_EQ(run({"report", "verify", path(name), "--csv", path("r.csv")}), ExitCode::ok) << err();
        EXPECT_TRUE(out().starts_with("The report is exactly as it was written.\n  ann at old.example -> ann at new.example\n"))
            << out();
        EXPECT_TRUE(out().contains("a key of the daemon")) << out();
        EXPECT_TRUE(out().contains("The CSV file holds its findings.")) << out();
    }
    EXPECT_EQ(run({"report", "verify", path("r.csv")}), ExitCode::no_input);
    EXPECT_EQ(run({"report", "verify", "/nowhere"}), ExitCode::no_input);
    write(path("r.csv"), read(path("r.csv")) + "missing,,,,,0,\r\n");
    EXPECT_EQ(run({"report", "verify", path("r.json"), "--csv", path("r.csv")}), ExitCode::altered);
    for (const auto* name : {"r.json", "r.html"}) {
        auto text = read(path(name));
        text.replace(text.rfind("missing"), 7, "extra");
        write(path("x"), text);
        EXPECT_EQ(run({"report", "verify", path("x")}), ExitCode::altered) << name;
        EXPECT_TRUE(out().empty());
    }
}

TEST_F(Reports, TheKeyCanBeGivenOrUnknown) {
    const auto id = verified(two);
    ASSERT_EQ(run({"report", "show", id, "--output", path("r.json")}), ExitCode::ok);
    const auto& key = daemon_.world.signer->key().public_key();
    write(path("key"), base64(key) + "\n");
    EXPECT_EQ(run({"report", "verify", path("r.json"), "--key", path("key")}), ExitCode::ok) << err();
    EXPECT_TRUE(out().contains("the key that was given")) << out();
    EXPECT_EQ(run({"report", "verify", path("r.json"), "--key", fingerprint_of(key)}), ExitCode::ok) << err();
    EXPECT_EQ(run({"report", "verify", path("r.json"), "--key", std::string(64, 'a')}), ExitCode::altered);
    write(path("key"), "no key");
    EXPECT_EQ(run({"report", "verify", path("r.json"), "--key", path("key")}), ExitCode::no_input);
    // Without a daemon.
    for (const auto* server : {"http://127.0.0.1:1"}) {
        EXPECT_EQ(run({"report", "verify", path("r.json"), "--server", server}), ExitCode::incomplete) << err();
        EXPECT_TRUE(out().contains("is not known")) << out();
        EXPECT_EQ(run({"report", "verify", path("r.json"), "--server", server, "--json"}), ExitCode::incomplete);
        EXPECT_TRUE(out().contains(R"("intact":true,"key_known":false)")) << out();
    }
    EXPECT_EQ(run({"report", "verify", path("r.json"), "--token-file", "/nowhere"}), ExitCode::incomplete) << err();
}

}  // namespace godwit::cli

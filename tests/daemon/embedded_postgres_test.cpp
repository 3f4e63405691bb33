#include "daemon/embedded_postgres.h"

#include <csignal>
#include <fstream>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <pqxx/pqxx>

#include "tests/support/test_postgres.h"
#include "tests/support/temp_directory.h"

namespace godwit::daemon {
namespace {

namespace fs = std::filesystem;

class EmbeddedPostgresTest : public testing::Test {
protected:
    void SetUp() override {
        GODWIT_NEEDS_POSTGRES();
        fs::permissions(root_, fs::perms(0755));
    }

    EmbeddedPostgres::Options options(const fs::path& below = "postgres") const {
        EmbeddedPostgres::Options options;
        options.directory = root_ / below;
        options.durable = false;
        return options;
    }
    EmbeddedPostgres start(const fs::path& below = "postgres") const {
        auto server = EmbeddedPostgres::start(options(below));
        if (!server) throw std::runtime_error(server.error().to_string());
        return std::move(*server);
    }

    const test::TempDirectory directory_;
    const fs::path root_ = directory_.path();
};

void execute(const EmbeddedPostgres& server, const std::string& statement) {
    pqxx::connection connection(server.url());
    pqxx::work transaction(connection);
    transaction.exec(statement);
    transaction.commit();
}

std::string value(const EmbeddedPostgres& server, const std::string& statement) {
    pqxx::connection connection(server.url());
    pqxx::work transaction(connection);
    return transaction.exec1(statement)[0].as<std::string>();
}

// Until the postmaster itself is gone; its children may take longer.
void kill_hard(const EmbeddedPostgres& server) {
    kill(server.pid(), SIGKILL);
    pollfd ended{server.exit_descriptor(), POLLIN, 0};
    ASSERT_EQ(poll(&ended, 1, 10'000), 1);
}

TEST_F(EmbeddedPostgresTest, FirstStartMakesADatabaseAndTheSecondFindsIt) {
    {
        auto server = start();
        execute(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        EXPECT_EQ(value(server, "SHOW data_checksums"), "on");
        EXPECT_EQ(value(server, "SHOW listen_addresses"), "");
        EXPECT_EQ(value(server, "SHOW server_encoding"), "UTF8");
        EXPECT_TRUE(server.stop());
    }
    auto server = start();
    EXPECT_EQ(value(server, "SELECT answer FROM kept"), "42");
}

TEST_F(EmbeddedPostgresTest, NobodyElseMayEnter) {
    auto server = start();
    struct stat status{};
    for (const auto* name : {"postgres", "postgres/data", "postgres/socket"}) {
        ASSERT_EQ(stat((root_ / name).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0700u) << name;
        EXPECT_NE(status.st_uid, 0u) << name;
    }
}

TEST_F(EmbeddedPostgresTest, StoppingIsQuickAlsoWithClients) {
    auto server = start();
    pqxx::connection idle(server.url());
    const auto begin = std::chrono::steady_clock::now();
    auto stopped = server.stop();
    EXPECT_TRUE(stopped) << stopped.error().to_string();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_TRUE(server.stop()) << "twice is fine";
    EXPECT_FALSE(fs::exists(root_ / "postgres/data/postmaster.pid"));
}

TEST_F(EmbeddedPostgresTest, RecoversAfterThePostmasterWasKilled) {
    {
        auto server = start();
        execute(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        pqxx::connection busy(server.url());
        kill_hard(server);
        const auto stopped = server.stop();
        ASSERT_FALSE(stopped);
        EXPECT_EQ(stopped.error().cause, "killed by signal 9");
    }
    ASSERT_TRUE(fs::exists(root_ / "postgres/data/postmaster.pid"));
    auto server = start();
    EXPECT_EQ(value(server, "SELECT answer FROM kept"), "42");
}

// The daemon is a fork of ours here; the next one has to wait for its server to go.
TEST_F(EmbeddedPostgresTest, TheServerOfAKilledDaemonEndsAndTheNextDaemonStarts) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t daemon = fork();
    ASSERT_GE(daemon, 0);
    if (daemon == 0) {
        auto server = EmbeddedPostgres::start(options());
        if (!server) _exit(1);
        execute(*server, "CREATE TABLE kept AS SELECT 42 AS answer");
        const pid_t pid = server->pid();
        [[maybe_unused]] const auto written = write(ready[1], &pid, sizeof pid);
        for (;;) pause();
    }
    pid_t postgres = 0;
    close(ready[1]);
    ASSERT_EQ(read(ready[0], &postgres, sizeof postgres), static_cast<ssize_t>(sizeof postgres));
    close(ready[0]);
    kill(daemon, SIGKILL);
    waitpid(daemon, nullptr, 0);
    auto server = start();
    EXPECT_NE(server.pid(), postgres);
    EXPECT_EQ(value(server, "SELECT answer FROM kept"), "42");
}

TEST_F(EmbeddedPostgresTest, AStalePidThatIsAnotherProgramsNowDoesNotMatter) {
    {
        auto server = start();
    }
    std::ofstream(root_ / "postgres/data/postmaster.pid")
        << getpid() << "\n"
        << (root_ / "postgres/data").string() << "\n1700000000\n5432\n\n\n\n";
    auto server = start();
    EXPECT_EQ(value(server, "SELECT 1"), "1");
}

TEST_F(EmbeddedPostgresTest, SomebodyWhoStandsInTheDirectoryDoesNotMatter) {
    {
        auto server = start();
    }
    const auto before = fs::current_path();
    fs::current_path(root_ / "postgres/data");
    auto server = EmbeddedPostgres::start(options());
    fs::current_path(before);
    ASSERT_TRUE(server) << server.error().to_string();
    EXPECT_EQ(value(*server, "SELECT 1"), "1");
}

TEST_F(EmbeddedPostgresTest, ADirectoryServesOneDaemon) {
    auto server = start();
    auto second = EmbeddedPostgres::start(options());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict) << second.error().to_string();
    EXPECT_EQ(value(server, "SELECT 1"), "1");
}

TEST_F(EmbeddedPostgresTest, ALongPathGetsASocketElsewhere) {
    const fs::path below = fs::path(std::string(60, 'a')) / std::string(60, 'b');
    auto server = start(below);
    EXPECT_EQ(value(server, "SELECT 1"), "1");
    EXPECT_EQ(server.url().find(below.string()), std::string::npos);
}

TEST_F(EmbeddedPostgresTest, AnInterruptedInitialisationIsRepeated) {
    fs::create_directories(root_ / "postgres/data.new/base");
    auto server = start();
    EXPECT_EQ(value(server, "SELECT 1"), "1");
}

TEST_F(EmbeddedPostgresTest, NamesTheParentThatItsUserMayNotPass) {
    if (geteuid() != 0) GTEST_SKIP() << "only root runs it as another user";
    fs::create_directory(root_ / "closed");
    fs::permissions(root_ / "closed", fs::perms(0700));
    auto server = EmbeddedPostgres::start(options("closed/postgres"));
    ASSERT_FALSE(server);
    EXPECT_NE(server.error().cause.find((root_ / "closed").string()), std::string::npos)
        << server.error().to_string();
}

TEST_F(EmbeddedPostgresTest, SaysWhatToInstall) {
    auto without = options();
    without.binaries = "/nonexistent";
    auto server = EmbeddedPostgres::start(without);
    ASSERT_FALSE(server);
    EXPECT_NE(server.error().cause.find("postgresql-15"), std::string::npos);
}

TEST_F(EmbeddedPostgresTest, ReportsWhatPostgresComplainedAbout) {
    {
        auto server = start();
    }
    std::ofstream(root_ / "postgres/data/postgresql.conf", std::ios::app) << "\nno_such_setting = 1\n";
    auto server = EmbeddedPostgres::start(options());
    ASSERT_FALSE(server);
    EXPECT_NE(server.error().cause.find("configuration file"), std::string::npos)
        << server.error().to_string();
}

}  // namespace
}  // namespace godwit::daemon

#include "scheduler/pg/migrator.h"

#include <future>

#include <gtest/gtest.h>

#include "schemas/embedded.h"
#include "tests/support/coro_test.h"
#include "tests/support/test_postgres.h"

namespace godwit::scheduler::pg {
namespace {

class MigratorTest : public testing::Test {
protected:
    void SetUp() override {
        GODWIT_NEEDS_POSTGRES();
        options_.url = test::empty_database();
        for (const auto& file : schemas::files()) current_ += file.name.starts_with("migrations/");
    }
    void execute(const std::string& statement) const {
        auto connection = open_connection(options_, "test");
        pqxx::work transaction(*connection);
        transaction.exec(statement);
        transaction.commit();
    }
    std::string ask(const std::string& statement) const {
        auto connection = open_connection(options_, "test");
        return pqxx::nontransaction(*connection).exec1(statement)[0].as<std::string>("");
    }

    ExecutorOptions options_;
    int current_ = 0;
};

TEST_F(MigratorTest, BringsAnEmptyDatabaseUpToDate) {
    auto version = migrate(options_);
    ASSERT_TRUE(version) << test::text_of(version);
    EXPECT_GT(current_, 0);
    EXPECT_EQ(*version, current_);
    EXPECT_EQ(ask("SELECT count(*) FROM schema_migrations"), std::to_string(current_));
}

TEST_F(MigratorTest, TwiceChangesNothing) {
    ASSERT_TRUE(migrate(options_));
    const auto statement = "SELECT string_agg(version || sha256 || applied_at, ',') FROM schema_migrations";
    const auto before = ask(statement);
    auto version = migrate(options_);
    ASSERT_TRUE(version) << test::text_of(version);
    EXPECT_EQ(*version, current_);
    EXPECT_EQ(ask(statement), before);
}

TEST_F(MigratorTest, ManyNodesMayStartAtOnce) {
    std::vector<std::future<Result<int>>> migrators;
    for (int i = 0; i < 5; ++i) migrators.push_back(std::async(std::launch::async, migrate, options_));
    for (auto& migrator : migrators) {
        auto version = migrator.get();
        EXPECT_TRUE(version) << test::text_of(version);
    }
    EXPECT_EQ(ask("SELECT count(*) FROM schema_migrations"), std::to_string(current_));
}

TEST_F(MigratorTest, WaitsLongerThanALockTimeoutForAnother) {
    options_.lock_timeout = std::chrono::milliseconds(20);
    auto connection = open_connection(options_, "test");
    auto holder = std::make_unique<pqxx::work>(*connection);
    holder->exec("SELECT pg_advisory_xact_lock(4857291036517)");
    auto migrator = std::async(std::launch::async, migrate, options_);
    EXPECT_EQ(migrator.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
    holder.reset();
    auto version = migrator.get();
    EXPECT_TRUE(version) << test::text_of(version);
}

TEST_F(MigratorTest, RefusesANewerSchema) {
    ASSERT_TRUE(migrate(options_));
    execute("INSERT INTO schema_migrations (version, name, sha256) VALUES (" + std::to_string(current_ + 1) +
            ", 'future.sql', 'x')");
    auto version = migrate(options_);
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().kind, ErrorKind::conflict);
    EXPECT_NE(version.error().cause.find("at least as new"), std::string::npos) << version.error().cause;
}

TEST_F(MigratorTest, RefusesAMigrationThatWasAnotherText) {
    ASSERT_TRUE(migrate(options_));
    execute("UPDATE schema_migrations SET sha256 = 'x' WHERE version = 1");
    auto version = migrate(options_);
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().kind, ErrorKind::conflict);
    EXPECT_NE(version.error().cause.find("0001"), std::string::npos) << version.error().cause;
}

TEST_F(MigratorTest, ADatabaseOutOfReachIsAnError) {
    options_.url = "postgresql://127.0.0.1:1/none";
    auto version = migrate(options_);
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().kind, ErrorKind::database);
}

}  // namespace
}  // namespace godwit::scheduler::pg

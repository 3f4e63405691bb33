#include "scheduler/pg/queries.h"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include "scheduler/pg/executor.h"
#include "tests/support/test_postgres.h"

namespace godwit::scheduler::pg {
namespace {

TEST(Queries, ThereAreSomeAndTheyHaveText) {
    EXPECT_GT(all_queries().size(), 4u);
    EXPECT_NE(query("migrator_applied").find("schema_migrations"), std::string::npos);
}

TEST(QueriesDeathTest, AnUnknownNameEndsTheProgram) {
    EXPECT_DEATH(query("no_such_statement"), "no_such_statement");
}

// The server parses and analyses each: a column renamed in a migration only shows here.
TEST(Queries, EachFitsTheSchema) {
    GODWIT_NEEDS_POSTGRES();
    ExecutorOptions options;
    options.url = test::fresh_database();
    auto connection = open_connection(options, "test");
    pqxx::work transaction(*connection);
    for (const auto& [name, text] : all_queries())
        if (text.starts_with("create temporary table")) transaction.exec(text);
    for (const auto& [name, text] : all_queries()) {
        try {
            pqxx::subtransaction apart(transaction);
            connection->prepare(name, text);
            connection->prepare_now(name);
        } catch (const std::exception& exception) {
            ADD_FAILURE() << name << ": " << exception.what();
        }
    }
}

}  // namespace
}  // namespace godwit::scheduler::pg

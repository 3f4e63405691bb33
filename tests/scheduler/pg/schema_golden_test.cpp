// The schema that the migrations make, as one file that can be read and reviewed: schemas/schema.golden.sql.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/test_postgres.h"

namespace godwit::scheduler::pg {
namespace {

const std::string golden_file = std::string(GODWIT_SOURCE_DIR) + "/schemas/schema.golden.sql";

// Without what differs between minor releases of pg_dump: comments, settings, \restrict keys, empty lines.
std::string normalised(const std::string& dump) {
    std::istringstream in(dump);
    std::string out;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.starts_with("--") || line.starts_with("\\") || line.starts_with("SET ") ||
            line.starts_with("SELECT pg_catalog.set_config"))
            continue;
        out += line + "\n";
        if (line.ends_with(';')) out += "\n";
    }
    return out;
}

std::string read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(SchemaGolden, IsWhatTheMigrationsMake) {
    GODWIT_NEEDS_POSTGRES();
    const auto url = test::fresh_database();
    const auto dump =
        test::postgres_program("pg_dump", "--schema-only --no-owner --no-privileges \"" + url + "\"");
    const auto schema = normalised(dump);
    ASSERT_FALSE(schema.empty());
    if (std::getenv("GODWIT_UPDATE_GOLDEN")) std::ofstream(golden_file, std::ios::binary) << schema;
    const auto golden = read(golden_file);
    const auto made = std::ranges::mismatch(schema, golden).in1;
    EXPECT_TRUE(schema == golden)
        << "they part after: "
        << schema.substr(static_cast<std::size_t>(std::max<long>(0, made - schema.begin() - 300)), 400)
        << "\nIf the change is meant, update the file: GODWIT_UPDATE_GOLDEN=1 scheduler_pg_test "
           "--gtest_filter='SchemaGolden.*'";
}

}  // namespace
}  // namespace godwit::scheduler::pg

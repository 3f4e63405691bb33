#include "scheduler/import/batch_schema.h"

#include <boost/json.hpp>
#include <filesystem>

#include "scheduler/import/columns.h"
#include "tests/scheduler/import/import_test_support.h"
#include "tests/support/golden_file.h"

namespace godwit::scheduler::test {
namespace {

TEST(BatchSchema, IsTheFileInSchemas) {
    godwit::test::expect_golden("schemas/batch.schema.json", batch_schema());
}

// Every "$ref" leads somewhere.
void check_references(const boost::json::value& root, const boost::json::value& at) {
    if (const auto* object = at.if_object()) {
        for (const auto& [key, value] : *object) {
            if (key != "$ref") {
                check_references(root, value);
                continue;
            }
            boost::system::error_code error;
            EXPECT_TRUE(root.find_pointer(std::string_view(value.as_string()).substr(1), error)) << value;
        }
    } else if (const auto* array = at.if_array()) {
        for (const auto& value : *array) check_references(root, value);
    }
}

TEST(BatchSchema, IsJsonWhoseReferencesLeadSomewhere) {
    const auto schema = boost::json::parse(batch_schema());
    check_references(schema, schema);
}

TEST(BatchSchema, NamesAreThoseThatTheImporterTakes) {
    const auto schema = boost::json::parse(batch_schema());
    for (const auto& [name, ignored] : schema.at("$defs").at("row").at("properties").as_object())
        EXPECT_TRUE(column_of(name) || sync::find_row_option(name)) << name;
    for (std::size_t i = 0; i < column_count; ++i) {
        const auto names = names_of(static_cast<Column>(i));
        EXPECT_EQ(names.front(), name_of(static_cast<Column>(i)));
        for (const auto& name : names) EXPECT_EQ(column_of(name), static_cast<Column>(i)) << name;
    }
    EXPECT_EQ(names_of(Column::destination_tls),
              (std::vector<std::string>{"destination_tls", "dest_tls", "dst_tls", "destination_ssl",
                                        "dest_ssl", "dst_ssl", "tls2", "ssl2"}));
}

// The same examples are held against the schema by batch_schema_test.py.
TEST(BatchSchema, ItsExamplesAreTakenAndRefusedByTheImporter) {
    const std::filesystem::path folder(std::string(GODWIT_SOURCE_DIR) + "/tests/scheduler/import/examples");
    std::size_t good = 0, wrong = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(entry.path());
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const auto out = import_file(ImportFormat::yaml, text);
        const bool is_good = entry.path().filename().string().starts_with("good");
        EXPECT_EQ(out.errors.empty() && out.failure.empty(), is_good) << entry.path() << to_text(out);
        EXPECT_EQ(is_good && out.rows.empty(), false) << entry.path();
        ++(is_good ? good : wrong);
    }
    EXPECT_GE(good, 3u);
    EXPECT_GE(wrong, 10u);
}

}  // namespace
}  // namespace godwit::scheduler::test

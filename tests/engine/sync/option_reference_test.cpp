#include "engine/sync/option_reference.h"

#include <boost/json.hpp>

#include "engine/sync/imapsync_names.h"
#include "tests/support/golden_file.h"

namespace godwit::sync {
namespace {

TEST(OptionReference, IsTheFileInSchemas) { test::expect_golden("schemas/options.md", option_reference()); }

TEST(OptionReference, NamesEverything) {
    const auto page = option_reference();
    for (const auto table : {option_table(), ignored_options()})
        for (const auto& option : table)
            EXPECT_TRUE(page.contains(fmt::format("{}`", option.name))) << option.name;
    for (const auto name : unsupported_options())
        EXPECT_TRUE(page.contains(fmt::format("`--{}`", name))) << name;
}

TEST(OptionReference, SchemasAreOfWhatRowsMayHave) {
    const auto schemas = option_schemas();
    const auto values = option_value_schemas();
    for (const auto& [name, schema] : schemas) {
        EXPECT_NE(find_row_option(name), nullptr) << name;
        const std::string_view reference = schema.at("$ref").as_string();
        const auto target = reference.substr(std::string_view("#/$defs/").size());
        EXPECT_TRUE(values.contains(target) || schemas.contains(target.substr(target.rfind('/') + 1)))
            << reference;
    }
    for (const auto& option : option_table())
        EXPECT_EQ(schemas.contains(option.name), option.allowed_in_rows) << option.name;
}

}  // namespace
}  // namespace godwit::sync

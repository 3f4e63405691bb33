// The OpenAPI document against the routes. Its layout is fixed (two spaces a level, one key a line down to the third
// level), so that it can be read here by indentation.
#include <fstream>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "api/dispatch.h"
#include "engine/base/text.h"
#include "engine/base/version.h"

namespace godwit::api {
namespace {

struct Line {
    std::string section, second, third;   // the keys it stands under: "paths", "/healthz", "get"
    std::string text;
};

std::vector<Line> document() {
    std::ifstream file(std::string(GODWIT_SOURCE_DIR) + "/schemas/openapi.yaml");
    std::vector<Line> lines;
    Line at;
    for (std::string text; std::getline(file, text);) {
        const auto indent = text.find_first_not_of(' ');
        if (indent == std::string::npos) continue;
        const auto key = text.substr(indent, text.find(": ") == std::string::npos ? text.size() - indent - 1
                                                                                 : text.find(": ") - indent);
        if (indent == 0) at = {key, "", "", ""};
        if (indent == 2) at.second = key, at.third.clear();
        if (indent == 4) at.third = key;
        at.text = text;
        lines.push_back(at);
    }
    EXPECT_GT(lines.size(), 500u);
    return lines;
}

bool is_method(const std::string& key) { return key == "get" || key == "post" || key == "patch"; }

TEST(OpenApi, DescribesEveryRouteAndNoOther) {
    std::set<std::string> served, described;
    const auto router = make_router();
    for (const auto& route : router.routes()) served.insert(lower_case(route.method) + " " + route.pattern);
    for (const auto& line : document())
        if (line.section == "paths" && !line.third.empty() && line.third != "parameters")
            described.insert(line.third + " " + line.second);
    EXPECT_EQ(served, described);
}

TEST(OpenApi, SaysWhichRoutesNeedNoToken) {
    std::set<std::string> open, described;
    const auto router = make_router();
    for (const auto& route : router.routes())
        if (!route.needs_token) open.insert(route.pattern);
    for (const auto& line : document())
        if (line.section == "paths" && line.text == "      security: []") described.insert(line.second);
    EXPECT_EQ(open, described);
}

TEST(OpenApi, RefersOnlyToWhatItHas) {
    std::set<std::string> references, components;
    const std::regex reference("\\$ref: '#/components/([A-Za-z]+)/([A-Za-z]+)'");
    for (const auto& line : document()) {
        if (line.section == "components" && !line.third.empty()) components.insert(line.second + "/" + line.third);
        std::smatch found;
        if (std::regex_search(line.text, found, reference)) references.insert(found.str(1) + "/" + found.str(2));
    }
    EXPECT_GT(references.size(), 20u);
    for (const auto& name : references) EXPECT_TRUE(components.contains(name)) << name;
}

TEST(OpenApi, HasTheVersionOfTheProgramAndDistinctOperationIds) {
    std::set<std::string> ids;
    bool has_version = false;
    for (const auto& line : document()) {
        if (line.text == "  version: " + std::string(version)) has_version = true;
        if (is_method(line.third) && line.text.starts_with("      operationId: "))
            EXPECT_TRUE(ids.insert(line.text).second) << line.text;
    }
    EXPECT_TRUE(has_version);
    EXPECT_EQ(ids.size(), make_router().routes().size());
}

}  // namespace
}  // namespace godwit::api

// Files of the tree that the program itself makes. GODWIT_UPDATE_GOLDEN=1 makes them again.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace godwit::test {

inline void expect_golden(const std::string& path, const std::string& made) {
    const auto file = std::string(GODWIT_SOURCE_DIR) + "/" + path;
    if (std::getenv("GODWIT_UPDATE_GOLDEN")) std::ofstream(file, std::ios::binary) << made;
    std::ifstream in(file, std::ios::binary);
    const std::string golden{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(golden, made) << path << ": if the change is meant, run this test with GODWIT_UPDATE_GOLDEN=1";
}

}  // namespace godwit::test

#include "api/auth.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "engine/base/digest.h"
#include "tests/support/temp_directory.h"

namespace godwit::api {
namespace {

class TokenFile : public testing::Test {
protected:
    void write(std::string_view text, mode_t mode = 0600) {
        std::ofstream(path_) << text;
        ::chmod(path_.c_str(), mode);
    }

    const godwit::test::TempDirectory directory_;
    const std::filesystem::path folder_ = directory_.path(), path_ = folder_ / "admin.token";
};

TEST_F(TokenFile, IsMadeOnceForItsOwnerOnly) {
    const auto made = load_or_create_token(path_);
    ASSERT_TRUE(made);
    EXPECT_THAT(made->reveal(), testing::MatchesRegex("gdw_[0-9a-f]{12}_[0-9a-f]{64}"));
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    const auto loaded = load_or_create_token(path_);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->reveal(), made->reveal());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(TokenFile, IsTheSameForAllWhoStartAtOnce) {
    std::vector<std::string> tokens(8);
    {
        std::vector<std::jthread> threads;
        for (auto& token : tokens)
            threads.emplace_back([&token, this] {
                if (auto loaded = load_or_create_token(path_)) token = loaded->reveal();
            });
    }
    const std::set<std::string> distinct(tokens.begin(), tokens.end());
    EXPECT_EQ(distinct.size(), 1u);
    EXPECT_FALSE(distinct.contains(""));
}

TEST_F(TokenFile, IsRefusedWhenOthersCanReadIt) {
    write(new_token().reveal(), 0640);
    const auto loaded = load_or_create_token(path_);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().kind, ErrorKind::invalid_argument);
}

TEST_F(TokenFile, IsRefusedWhenItHoldsNoToken) {
    const auto token = new_token().reveal();
    for (const auto& text : {std::string(), std::string("secret"), token + "x", "x" + token, token.substr(1)}) {
        write(text);
        const auto loaded = load_or_create_token(path_);
        ASSERT_FALSE(loaded) << text;
        EXPECT_THAT(loaded.error().to_string(), testing::Not(testing::HasSubstr("secret")));
    }
    write(token + "\n");
    EXPECT_TRUE(load_or_create_token(path_));
}

TEST_F(TokenFile, IsNotFollowedThroughLinks) {
    const auto elsewhere = folder_ / "elsewhere";
    std::ofstream(elsewhere) << new_token().reveal();
    ::chmod(elsewhere.c_str(), 0600);
    std::filesystem::create_symlink(elsewhere, path_);
    EXPECT_FALSE(load_or_create_token(path_));
    EXPECT_FALSE(load_or_create_token(folder_ / "no" / "folder"));
}

TEST(Authorization, TakesTheTokenOnly) {
    const auto token = new_token().reveal();
    const auto hash = sha256_hex(token);
    EXPECT_TRUE(authorized("Bearer " + token, hash));
    EXPECT_TRUE(authorized("bearer  " + token, hash));
    EXPECT_FALSE(authorized("Bearer " + token + " ", hash));
    EXPECT_FALSE(authorized("Bearer " + new_token().reveal(), hash));
    EXPECT_FALSE(authorized("Bearer " + hash, hash));
    EXPECT_FALSE(authorized("Basic " + token, hash));
    EXPECT_FALSE(authorized("Bearer ", hash));
    EXPECT_FALSE(authorized("", hash));
    EXPECT_FALSE(authorized("Bearer ", ""));
    EXPECT_FALSE(authorized("", ""));
}

TEST(Sha256, IsSha256) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_TRUE(equal_in_constant_time("ab", "ab"));
    EXPECT_FALSE(equal_in_constant_time("ab", "abc"));
}

}  // namespace
}  // namespace godwit::api

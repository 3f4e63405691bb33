#include "scheduler/credential_box.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <thread>

#include "tests/support/temp_directory.h"

namespace godwit::scheduler {
namespace {

namespace fs = std::filesystem;

class CredentialBoxTest : public ::testing::Test {
protected:
    void write(std::string_view text, mode_t mode = 0600) {
        std::ofstream(path_, std::ios::binary) << text;
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    }
    std::string read() {
        std::ifstream in(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    CredentialBox box() {
        auto opened = CredentialBox::open_file(path_);
        if (!opened) throw std::runtime_error(opened.error().to_string());
        return std::move(*opened);
    }
    std::string refusal() {
        const auto opened = CredentialBox::open_file(path_);
        if (opened) return "opened";
        EXPECT_EQ(opened.error().kind, ErrorKind::secret_unreadable);
        EXPECT_EQ(opened.error().reach, Reach::node);
        return opened.error().cause;
    }
    static std::string key(char digit) { return std::string(64, digit); }

    const test::TempDirectory temp_;
    const fs::path directory_ = temp_.path();
    fs::path path_ = directory_ / "keys";
};

const std::string place = secret_place(default_tenant, MigrationId{"mig_1"}, sync::Side::source);

TEST_F(CredentialBoxTest, WhatIsSealedOpensAgain) {
    const auto box = this->box();
    for (const std::string& text : {std::string(), std::string("p"), std::string("pass w\xC3\xB6rd"),
                                    std::string(5000, 'x'), std::string("\0\1\2", 3)}) {
        const auto sealed = box.seal(Secret<std::string>(text), place);
        EXPECT_FALSE(sealed.empty());
        EXPECT_EQ(sealed.bytes.size(), text.size() + 29);
        EXPECT_EQ(sealed.bytes[0], 1);
        if (text.size() > 3) {
            EXPECT_EQ(sealed.bytes.find(text), std::string::npos);
        }
        const auto opened = box.open(sealed, place);
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->reveal(), text);
    }
}

TEST_F(CredentialBoxTest, TheSameSecretIsNeverSealedTheSameWay) {
    const auto box = this->box();
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(seen.insert(box.seal(Secret<std::string>("p"), place).bytes).second);
}

TEST_F(CredentialBoxTest, OpensInItsPlaceOnly) {
    const auto box = this->box();
    const auto sealed = box.seal(Secret<std::string>("p"), place);
    for (const auto& other :
         {secret_place(default_tenant, MigrationId{"mig_1"}, sync::Side::destination),
          secret_place(default_tenant, MigrationId{"mig_2"}, sync::Side::source),
          secret_place(TenantId{"other"}, MigrationId{"mig_1"}, sync::Side::source), std::string()}) {
        const auto opened = box.open(sealed, other);
        ASSERT_FALSE(opened) << other;
        EXPECT_EQ(opened.error().kind, ErrorKind::secret_unreadable);
        EXPECT_EQ(opened.error().reach, Reach::account);
    }
}

TEST_F(CredentialBoxTest, EveryFlippedBitAndEveryCutIsNoticed) {
    const auto box = this->box();
    const auto sealed = box.seal(Secret<std::string>("canary-secret"), place);
    for (std::size_t bit = 0; bit < sealed.bytes.size() * 8; ++bit) {
        auto damaged = sealed;
        damaged.bytes[bit / 8] = static_cast<char>(damaged.bytes[bit / 8] ^ (1 << bit % 8));
        const auto opened = box.open(damaged, place);
        ASSERT_FALSE(opened) << bit;
        EXPECT_EQ(opened.error().to_string().find("canary-secret"), std::string::npos);
    }
    for (std::size_t size = 0; size < sealed.bytes.size(); ++size)
        EXPECT_FALSE(box.open({sealed.key_id, sealed.bytes.substr(0, size)}, place)) << size;
    EXPECT_FALSE(box.open({sealed.key_id, sealed.bytes + "x"}, place));
}

TEST_F(CredentialBoxTest, AKeyThatIsNotInTheFile) {
    const auto sealed = box().seal(Secret<std::string>("p"), place);
    write("other " + key('a') + "\n");
    const auto opened = box().open(sealed, place);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().cause.find(sealed.key_id), std::string::npos);
    // The right id with the wrong key.
    write(sealed.key_id + " " + key('a') + "\n");
    EXPECT_FALSE(box().open(sealed, place));
}

TEST_F(CredentialBoxTest, TheLastLineSealsAndAllOpen) {
    write("old " + key('1') + "\n");
    const auto before = box().seal(Secret<std::string>("p1"), place);
    EXPECT_EQ(before.key_id, "old");
    write("# rotated\r\n\nold " + key('1') + "\r\nnew " + key('F'));
    const auto both = box();
    const auto after = both.seal(Secret<std::string>("p2"), place);
    EXPECT_EQ(after.key_id, "new");
    EXPECT_EQ(both.open(before, place)->reveal(), "p1");
    EXPECT_EQ(both.open(after, place)->reveal(), "p2");
}

TEST_F(CredentialBoxTest, TheFileIsMadeOnceAndForItsOwnerOnly) {
    ::umask(0);
    const auto sealed = box().seal(Secret<std::string>("p"), place);
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u);
    const auto content = read();
    EXPECT_EQ(box().open(sealed, place)->reveal(), "p");
    EXPECT_EQ(read(), content);
    EXPECT_EQ(std::distance(fs::directory_iterator(directory_), {}), 1);
}

TEST_F(CredentialBoxTest, ProcessesThatStartTogetherGetOneKey) {
    std::vector<std::optional<SealedSecret>> sealed(8);
    {
        std::vector<std::jthread> threads;
        for (auto& one : sealed)
            threads.emplace_back([&] { one = box().seal(Secret<std::string>("p"), place); });
    }
    const auto box = this->box();
    for (const auto& one : sealed) EXPECT_TRUE(box.open(*one, place));
}

TEST_F(CredentialBoxTest, FilesThatAreRefused) {
    for (const mode_t mode : {0640, 0604, 0660, 0610, 0602, 0777}) {
        write("k " + key('1') + "\n", mode);
        EXPECT_NE(refusal().find("mode"), std::string::npos) << mode;
    }
    write("k " + key('1') + "\n", 0400);
    EXPECT_EQ(refusal(), "opened");
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
    for (const std::string& text :
         {std::string(), std::string("# nothing\n"), std::string("k\n"), "k " + key('g') + "\n",
          "k " + key('1') + "1\n", "k " + key('1').substr(1) + "\n", " " + key('1') + "\n",
          "k/1 " + key('1') + "\n", "k  " + key('1') + "\n", "k " + key('1') + " \n",
          "k " + key('1') + "\nk " + key('2') + "\n", std::string(33, 'k') + " " + key('1'),
          "k " + key('1') + "\n" + std::string(70'000, '#')}) {
        write(text);
        const auto cause = refusal();
        EXPECT_NE(cause, "opened") << text.substr(0, 80);
        EXPECT_EQ(cause.find("1111"), std::string::npos) << cause;
    }
}

TEST_F(CredentialBoxTest, PathsThatAreRefused) {
    fs::create_symlink(directory_ / "elsewhere", path_);
    EXPECT_NE(refusal(), "opened");
    fs::remove(path_);
    fs::create_directory(path_);
    EXPECT_EQ(refusal(), "is not a plain file");
    path_ = directory_ / "missing" / "keys";
    EXPECT_NE(refusal().find("cannot be made"), std::string::npos);
}

TEST_F(CredentialBoxTest, FilesOfOtherUsersAreRefused) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    write("k " + key('1') + "\n");
    ASSERT_EQ(::chown(path_.c_str(), 65534, 65534), 0);
    EXPECT_EQ(refusal(), "belongs to another user");
}

}  // namespace
}  // namespace godwit::scheduler

#include "daemon/process.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/arguments.h"
#include "tests/support/temp_directory.h"

namespace godwit::daemon {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(Arguments, AreFew) {
    EXPECT_EQ(parse_arguments({})->task, Arguments::Task::run);
    EXPECT_EQ(parse_arguments({"--config", "a.yaml", "--check"})->task, Arguments::Task::check);
    EXPECT_EQ(parse_arguments({"--config", "a.yaml"})->config, "a.yaml");
    EXPECT_EQ(parse_arguments({"--config=a.yaml"})->config, "a.yaml");
    EXPECT_EQ(parse_arguments({"-c", "a.yaml"})->config, "a.yaml");
    EXPECT_EQ(parse_arguments({"--config", "a.yaml", "--help"})->task, Arguments::Task::help);
    EXPECT_EQ(parse_arguments({"-V"})->task, Arguments::Task::version);
    EXPECT_EQ(parse_arguments({"--config"}).error(), "--config needs a file");
    EXPECT_EQ(parse_arguments({"a.yaml"}).error(), "unknown argument \"a.yaml\"");
}

TEST(Arguments, HelpNamesEveryExitStatus) {
    for (const auto code : {stopped, failed, misused, misconfigured, cut_short})
        EXPECT_THAT(help_text(), HasSubstr("\n  " + std::to_string(code) + "  "));
}

TEST(OpenFiles, LimitThePasses) {
    EXPECT_EQ(passes_within(65536, 200, 256), 200u);
    EXPECT_EQ(passes_within(1024, 200, 256), 88u);
    EXPECT_EQ(passes_within(256, 200, 256), 1u) << "never none";
}

class StateDirectoryTest : public testing::Test {
protected:
    const test::TempDirectory directory_;
    const fs::path root_ = directory_.path();
};

TEST_F(StateDirectoryTest, CanBePassedByTheDatabaseUser) {
    const auto directory = StateDirectory::open(root_ / "a" / "b");
    ASSERT_TRUE(directory) << directory.error().to_string();
    for (const auto& made : {root_ / "a", root_ / "a" / "b"})
        EXPECT_EQ(fs::status(made).permissions(), fs::perms(0711)) << made;
}

TEST_F(StateDirectoryTest, BelongsToOneDaemon) {
    {
        const auto first = StateDirectory::open(root_);
        ASSERT_TRUE(first);
        const auto second = StateDirectory::open(root_);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    }
    EXPECT_TRUE(StateDirectory::open(root_)) << "the lock ends with its owner";
}

TEST_F(StateDirectoryTest, RemembersTheLastNode) {
    const auto directory = StateDirectory::open(root_);
    ASSERT_TRUE(directory);
    EXPECT_FALSE(directory->last_node());
    const auto node = scheduler::new_node_id();
    directory->remember_node(node);
    EXPECT_EQ(directory->last_node(), node);
    std::ofstream(root_ / "node") << "nonsense\n";
    EXPECT_FALSE(directory->last_node());
    directory->forget_node();
    EXPECT_FALSE(directory->last_node());
}

TEST_F(StateDirectoryTest, SaysWhyItCannotBeMade) {
    std::ofstream(root_ / "file") << "x";
    const auto directory = StateDirectory::open(root_ / "file" / "state");
    ASSERT_FALSE(directory);
    EXPECT_THAT(directory.error().to_string(), HasSubstr("Not a directory"));
}

}  // namespace
}  // namespace godwit::daemon

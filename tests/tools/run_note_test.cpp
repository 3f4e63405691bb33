#include "tools/godwit/run_note.h"

#include <csignal>
#include <fstream>
#include <map>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <boost/json.hpp>

#include "tests/support/child.h"
#include "tests/support/temp_directory.h"

namespace godwit::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::in_child;
using test::status_of;
using testing::HasSubstr;

const AccountKey ann{"new.example", 993, "ann"};
const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 8h};

class RunNoteTest : public testing::Test {
protected:
    RunNote take(const AccountKey& account = ann) {
        auto note = RunNote::take(directory_, account, now);
        if (!note) throw std::runtime_error(note.error().to_string());
        return std::move(*note);
    }
    Error refusal(const AccountKey& account = ann) {
        auto note = RunNote::take(directory_, account, now);
        return note ? Error{ErrorKind::internal, Reach::node, "it was taken", {}} : note.error();
    }
    std::vector<fs::path> notes() const {
        std::vector<fs::path> paths;
        for (const auto& file : fs::directory_iterator(directory_)) paths.push_back(file.path());
        return paths;
    }
    boost::json::object content() const {
        std::ifstream file(notes().at(0));
        return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {})).as_object();
    }

    test::TempDirectory temporary_;
    fs::path directory_ = temporary_.path() / "state" / "godwit";
};

mode_t mode_of(const fs::path& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(StateDirectory, LookupOrder) {
    std::map<std::string, std::string> variables;
    const Environment environment = [&](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    EXPECT_EQ(state_directory("", environment), "");
    variables["HOME"] = "/home/ann";
    EXPECT_EQ(state_directory("", environment), "/home/ann/.local/state/godwit");
    variables["XDG_STATE_HOME"] = "relative";
    EXPECT_EQ(state_directory("", environment), "/home/ann/.local/state/godwit");
    variables["XDG_STATE_HOME"] = "/state";
    EXPECT_EQ(state_directory("", environment), "/state/godwit");
    variables["GODWIT_STATE_DIR"] = "own";
    EXPECT_EQ(state_directory("", environment), "own");
    EXPECT_EQ(state_directory("given", environment), "given");
}

TEST_F(RunNoteTest, OnlyItsOwnerMayReadIt) {
    const auto before = ::umask(0);
    const auto note = take();
    ::umask(before);
    EXPECT_EQ(mode_of(directory_.parent_path()), 0700u);
    EXPECT_EQ(mode_of(directory_), 0700u);
    ASSERT_EQ(notes().size(), 1u);
    EXPECT_EQ(mode_of(notes()[0]), 0600u);
    EXPECT_EQ(notes()[0].filename().string().size(), 64u);
}

TEST_F(RunNoteTest, SaysWhoIsAtWork) {
    const auto note = take();
    EXPECT_EQ(content(), (boost::json::object{{"pid", ::getpid()},
                                              {"started", "2026-11-24T08:00:00Z"},
                                              {"destination", "ann at new.example:993"},
                                              {"slowest_append_ms", 0}}));
}

TEST_F(RunNoteTest, ASecondRunIsRefusedWhileTheFirstLives) {
    const auto pid = ::getpid();
    const auto refused = [&] {
        const auto error = refusal();
        return error.kind == ErrorKind::destination_busy &&
                       error.cause.contains(fmt::format("another godwit sync (pid {}) is writing", pid))
                   ? 0
                   : 1;
    };
    {
        auto note = take();
        EXPECT_FALSE(note.was_left_behind());
        EXPECT_EQ(refused(), 0);
        EXPECT_EQ(status_of(in_child(refused)), 0);
        note.remove();
    }
    EXPECT_TRUE(notes().empty());
    EXPECT_FALSE(take().was_left_behind());
}

TEST_F(RunNoteTest, AccountsAreToldApartAsServersDo) {
    const auto note = take();
    EXPECT_EQ(refusal({"new.example", 993, "Ann"}).kind, ErrorKind::destination_busy);
    for (const auto& other : {AccountKey{"new.example", 143, "ann"}, AccountKey{"new.example", 993, "an"},
                              AccountKey{"ew.example", 993, "ann"}})
        EXPECT_EQ(refusal(other).cause, "it was taken") << other.host << other.port << other.user;
}

// What the run before knew stands until somebody says goodbye.
TEST_F(RunNoteTest, ARunThatWasKilledIsNoticed) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = in_child([&] {
        auto note = take();
        note.on_append(1234us);
        note.on_append(700ms);
        return ::write(ends[1], "x", 1) == 1 ? ::pause() : 1;
    });
    char ready = 0;
    ASSERT_EQ(::read(ends[0], &ready, 1), 1);
    EXPECT_THAT(refusal().cause, HasSubstr(fmt::format("(pid {})", child)));
    ::kill(child, SIGKILL);
    status_of(child);
    for (int run = 0; run < 2; ++run) {
        const auto note = take();
        EXPECT_TRUE(note.was_left_behind());
        EXPECT_EQ(note.slowest_append(), 700ms);
    }
    take().remove();
    const auto note = take();
    EXPECT_FALSE(note.was_left_behind());
    EXPECT_EQ(note.slowest_append(), 0ms);
    for (const int end : ends) ::close(end);
}

TEST_F(RunNoteTest, TheSlowestAppendIsNotedWhenItHasDoubled) {
    auto note = take();
    const auto noted = [&] { return content().at("slowest_append_ms").as_int64(); };
    for (const auto& [took, expected] : {std::pair(0us, 0), std::pair(10us, 1), std::pair(1000us, 1),
                                         std::pair(1001us, 2), std::pair(3000us, 2), std::pair(4000us, 4),
                                         std::pair(60'000'000us, 60'000), std::pair(5us, 60'000)}) {
        note.on_append(took);
        EXPECT_EQ(noted(), expected) << took.count();
    }
}

TEST_F(RunNoteTest, ADamagedNoteIsOfARunThatSaidNothing) {
    take();
    for (const auto& [text, slowest] :
         {std::pair(R"({"pid": 5, "slowest_append_ms": 20})", 20ms), std::pair("{\"pid\": 5", 0ms),
          std::pair("\x01", 0ms), std::pair("[]", 0ms), std::pair(R"({"slowest_append_ms": -7})", 0ms),
          std::pair(R"({"slowest_append_ms": "x"})", 0ms),
          std::pair(R"({"slowest_append_ms": 9223372036854775807})", std::chrono::milliseconds(10min))}) {
        std::ofstream(notes().at(0)) << text;
        const auto note = take();
        EXPECT_TRUE(note.was_left_behind()) << text;
        EXPECT_EQ(note.slowest_append(), slowest) << text;
    }
}

TEST_F(RunNoteTest, DirectoriesThatCannotBeUsed) {
    std::ofstream(temporary_.path() / "file") << "x";
    for (const auto& place :
         {temporary_.path() / "file", temporary_.path() / "file" / "below", fs::path("/proc/x")}) {
        directory_ = place;
        EXPECT_NE(refusal().kind, ErrorKind::destination_busy);
        EXPECT_THAT(refusal().to_string(), HasSubstr(place.string()));
    }
}

// A note that is removed between another run's opening and locking it does not let both in.
TEST_F(RunNoteTest, OneAtATimeHoweverTheyCome) {
    const auto claim = temporary_.path() / "claim";
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i)
        children.push_back(in_child([&] {
            for (int taken = 0; taken < 40;) {
                auto note = RunNote::take(directory_, ann, now);
                if (!note && note.error().kind == ErrorKind::destination_busy) continue;
                if (!note || note->was_left_behind()) return 2;
                const int file = ::open(claim.c_str(), O_CREAT | O_EXCL, 0600);
                if (file < 0) return 3;
                ::close(file);
                ::unlink(claim.c_str());
                note->remove();
                ++taken;
            }
            return 0;
        }));
    for (const auto child : children) EXPECT_EQ(status_of(child), 0);
}

}  // namespace
}  // namespace godwit::cli

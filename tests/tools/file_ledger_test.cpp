// What the ledger contract does not show: the file itself, and how it takes kills, damage and strangers.
#include "tools/godwit/file_ledger.h"

#include <csignal>
#include <fstream>
#include <random>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "engine/sync/memory_ledger.h"
#include "tests/support/coro_test.h"
#include "tests/support/child.h"
#include "tests/support/temp_directory.h"

namespace godwit::cli {
namespace {

using namespace sync;
using test::in_child;
using test::run_coro;
using test::status_of;
using testing::ElementsAre;
using testing::HasSubstr;

const FolderPair inbox{"INBOX", "INBOX"};
const FolderCursor cursor{1, 2, 3, 4, 5};
const AccountKey ann{"old.example", 993, "ann"}, bob{"new.example", 993, "bob"};

LedgerEntry entry(std::uint32_t uid, FlagBits flags = 0) {
    return {uid, uid + 7, Provenance::put, flags, uid * 31ull};
}

std::vector<LedgerEntry> entries(std::uint32_t first, std::uint32_t last) {
    std::vector<LedgerEntry> out;
    for (std::uint32_t uid = first; uid <= last; ++uid) out.push_back(entry(uid));
    return out;
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::filesystem::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

class FileLedgerTest : public testing::Test {
protected:
    std::unique_ptr<FileLedger> open(const AccountKey& source = ann) {
        auto ledger = FileLedger::open(path_, source, bob);
        if (!ledger) throw std::runtime_error(ledger.error().to_string());
        return std::move(*ledger);
    }
    Error refusal() {
        auto ledger = FileLedger::open(path_, ann, bob);
        return ledger ? Error{ErrorKind::internal, Reach::node, "it was opened", {}} : ledger.error();
    }
    // As another program would change it.
    void change(const std::string& statement) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }

    test::TempDirectory directory_;
    std::filesystem::path path_ = directory_.path() / "ledger";
};

Awaitable<void> write(Ledger& ledger, std::vector<LedgerEntry> written,
                      std::vector<std::uint32_t> gone = {}) {
    CO_ASSERT_OK(co_await ledger.record(inbox, cursor, written));
    CO_ASSERT_OK(co_await ledger.finish(inbox, cursor, {}, gone));
}

TEST_F(FileLedgerTest, OnlyItsOwnerMayReadIt) {
    const auto before = ::umask(0);
    const auto ledger = open();
    run_coro([](Ledger& ledger) -> Awaitable<void> {
        CO_ASSERT_OK(co_await ledger.record(inbox, cursor, entries(1, 1)));
    }(*ledger));
    ::umask(before);
    for (const auto& file : std::filesystem::directory_iterator(directory_.path()))
        EXPECT_EQ(mode_of(file.path()), 0600u) << file.path();
}

TEST_F(FileLedgerTest, AFileInUseIsRefusedAtOnce) {
    const auto refused = [this] {
        const auto error = refusal();
        return error.kind == ErrorKind::conflict && error.cause.contains("another process") &&
                       error.context.contains(path_.string())
                   ? 0
                   : 1;
    };
    {
        const auto ledger = open();
        EXPECT_EQ(refused(), 0);
        EXPECT_EQ(status_of(in_child(refused)), 0);
        EXPECT_EQ(status_of(in_child(refused)), 0);  // the first one took no lock away
    }
    EXPECT_EQ(refusal().cause, "it was opened");
}

TEST_F(FileLedgerTest, ForeignFilesAreRefusedAndStayAsTheyAre) {
    for (const std::string& text : {std::string("x\n"), std::string(100'000, 'x')}) {
        write_file(path_, text);
        EXPECT_EQ(refusal().kind, ErrorKind::database) << refusal().to_string();
        EXPECT_THAT(refusal().cause, HasSubstr("not a database"));
        EXPECT_TRUE(content_of(path_) == text);
    }
    std::filesystem::remove(path_);
    change("create table mail (a); insert into mail values (1)");
    const auto database = content_of(path_);
    EXPECT_EQ(refusal().kind, ErrorKind::invalid_argument);
    EXPECT_THAT(refusal().cause, HasSubstr("no ledger"));
    EXPECT_TRUE(content_of(path_) == database);
    std::filesystem::remove(path_);
    std::filesystem::create_directory(path_);
    EXPECT_EQ(refusal().kind, ErrorKind::database) << refusal().to_string();
    path_ = directory_.path() / "missing" / "ledger";
    EXPECT_THAT(refusal().to_string(), HasSubstr("No such file"));
}

TEST_F(FileLedgerTest, AnotherFormatIsRefused) {
    open();
    change("pragma user_version = 3");
    EXPECT_EQ(refusal().kind, ErrorKind::invalid_argument);
    EXPECT_THAT(refusal().cause, HasSubstr("it has format 3"));
    change("pragma user_version = 2");
    EXPECT_EQ(refusal().cause, "it was opened");
}

TEST_F(FileLedgerTest, AFileOfFormat1IsTakenOver) {
    run_coro(write(*open(ann), entries(1, 3)));
    change("drop table facts");
    for (const auto* column :
         {"options", "source_messages", "source_bytes", "without_entry", "removed", "destination_messages",
          "destination_uidnext", "destination_highestmodseq", "foreign"})
        change(fmt::format("alter table folders drop column rest_{}", column));
    change("pragma user_version = 1");
    run_coro([](Ledger& ledger) -> Awaitable<void> {
        EXPECT_EQ((co_await ledger.load(inbox))->entries, entries(1, 3));
        EXPECT_EQ((co_await ledger.load(inbox))->cursor.rest, FolderRest{});
        const LedgerFact fact{1, "x"};
        CO_ASSERT_OK(co_await ledger.keep_facts(inbox, FactKind::note, std::span(&fact, 1)));
    }(*open(ann)));
}

// Names that mean something else to SQLite.
TEST_F(FileLedgerTest, EveryNameIsThatOfAFile) {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(directory_.path());
    for (const auto* name : {":memory:", "file:x?mode=memory"}) {
        EXPECT_TRUE(FileLedger::open(name, ann, bob));
        EXPECT_GT(std::filesystem::file_size(directory_.path() / name), 0u) << name;
    }
    std::filesystem::current_path(before);
}

TEST_F(FileLedgerTest, PairsOfAccountsAreKeptApart) {
    const AccountKey cid{"old.example", 993, "cid"};
    run_coro(write(*open(ann), entries(1, 3)));
    run_coro([](Ledger& ledger) -> Awaitable<void> {
        EXPECT_TRUE((co_await ledger.load(inbox))->entries.empty());
        co_await write(ledger, entries(5, 5));
        CO_ASSERT_OK(co_await ledger.forget(inbox));
    }(*open(cid)));
    run_coro([](Ledger& ledger) -> Awaitable<void> {
        EXPECT_EQ((co_await ledger.load(inbox))->entries, entries(1, 3));
    }(*open(key_of({.endpoint = {.host = "OLD.example.", .port = 993}, .user = "ann"}))));
}

// What was said to be written is there, whenever the process dies.
TEST_F(FileLedgerTest, WhatReturnedSurvivesAKill) {
    for (const std::uint32_t wanted : {1u, 7u, 60u}) {
        std::filesystem::remove(path_);
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = in_child([&] {
            ::close(ends[0]);
            const auto ledger = open();
            run_coro([](Ledger& ledger, int done) -> Awaitable<void> {
                for (std::uint32_t uid = 1;; ++uid) {
                    const std::vector intents{LedgerIntent{uid, 1, 1}, LedgerIntent{1'000'000 + uid, 2, 2}};
                    if (!co_await ledger.intend(inbox, intents)) co_return;
                    if (!co_await ledger.record(inbox, {.watermark = uid}, std::vector{entry(uid)}))
                        co_return;
                    if (::write(done, &uid, sizeof uid) != sizeof uid) co_return;
                }
            }(*ledger, ends[1]));
            return 1;
        });
        ::close(ends[1]);
        std::uint32_t done = 0;
        while (done < wanted && ::read(ends[0], &done, sizeof done) == sizeof done) continue;
        ::kill(child, SIGKILL);
        status_of(child);
        while (::read(ends[0], &done, sizeof done) == sizeof done) continue;
        ::close(ends[0]);
        ASSERT_GE(done, wanted);
        run_coro([](Ledger& ledger, std::uint32_t done) -> Awaitable<void> {
            const auto folder = co_await ledger.load(inbox);
            CO_ASSERT_OK(folder);
            EXPECT_THAT(folder->entries.size(), testing::AnyOf(done, done + 1));
            EXPECT_EQ(folder->entries, entries(1, static_cast<std::uint32_t>(folder->entries.size())));
            EXPECT_EQ(folder->cursor.watermark, folder->entries.size());
            EXPECT_GE(folder->intents.size(), done);
        }(*open(), done));
    }
}

TEST_F(FileLedgerTest, WhatIsWrittenInAnyOrderIsWhatMemoryHolds) {
    run_coro([](Ledger& file, Ledger& memory) -> Awaitable<void> {
        std::minstd_rand random(11);
        for (int round = 0; round < 30; ++round) {
            std::vector<LedgerEntry> written;
            std::vector<std::uint32_t> gone;
            std::uint32_t uid = random() % 20'000;
            for (int i = 0; i < 3000; ++i)
                written.push_back(entry(uid += 1 + random() % 4, static_cast<FlagBits>(random())));
            for (int i = 0; i < 100; ++i) gone.push_back(random() % 30'000);
            std::ranges::shuffle(written, random);
            for (auto* ledger : {&file, &memory}) co_await write(*ledger, written, gone);
        }
        const auto expected = co_await memory.load(inbox);
        const auto found = co_await file.load(inbox);
        CO_ASSERT_OK(found);
        EXPECT_GT(expected->entries.size(), 15'000u);
        EXPECT_EQ(found->entries, expected->entries);
    }(*open(), *std::make_unique<MemoryLedger>()));
}

TEST_F(FileLedgerTest, OfEqualUidsInOneCallTheLastCounts) {
    run_coro([](Ledger& ledger) -> Awaitable<void> {
        const std::vector<LedgerIntent> intents{{7, 1, 1}, {7, 2, 2}};
        CO_ASSERT_OK(co_await ledger.intend(inbox, intents));
        EXPECT_THAT((co_await ledger.load(inbox))->intents, ElementsAre(intents[1]));
        CO_ASSERT_OK(co_await ledger.record(inbox, cursor, std::vector{entry(7, 1), entry(6), entry(7, 2)}));
        EXPECT_THAT((co_await ledger.load(inbox))->entries, ElementsAre(entry(6), entry(7, 2)));
    }(*open()));
}

TEST_F(FileLedgerTest, AMessageTakesTwentyBytes) {
    constexpr std::uint32_t messages = 200'000, apart = 1 << 20;
    const auto ledger = open();
    run_coro([](Ledger& ledger) -> Awaitable<void> {
        for (std::uint32_t first = 1; first <= messages; first += 500)
            CO_ASSERT_OK(co_await ledger.record(inbox, cursor, entries(first, first + 499)));
        CO_ASSERT_OK(co_await ledger.finish(inbox, cursor, {}, {}));
        EXPECT_EQ((co_await ledger.load(inbox))->entries, entries(1, messages));
    }(*ledger));
    EXPECT_LT(std::filesystem::file_size(path_), 20 * messages + apart);
}

TEST_F(FileLedgerTest, DamageIsAnErrorNotAnEmptyFolder) {
    run_coro(write(*open(), entries(1, 10)));
    change("update segments set entries = substr(entries, 1, 20)");
    run_coro([](Ledger& ledger) -> Awaitable<void> {
        const auto folder = co_await ledger.load(inbox);
        CO_ASSERT(!folder);
        EXPECT_EQ(folder.error().kind, ErrorKind::database);
    }(*open()));
    auto bytes = content_of(path_);
    std::fill(bytes.begin() + 4096, bytes.end(), '\xff');
    write_file(path_, bytes);
    EXPECT_EQ(refusal().kind, ErrorKind::database) << refusal().to_string();
    EXPECT_THAT(refusal().to_string(), HasSubstr("malformed"));
}

// Nothing of a call that failed is there, and all of those before.
int fill_a_small_disk(const std::filesystem::path& directory) {
    if (::unshare(::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) return 77;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (::mount("small", directory.c_str(), "tmpfs", 0, "size=400k") != 0) return 77;
    auto ledger = FileLedger::open(directory / "ledger", ann, bob);
    if (!ledger) return 2;
    int result = 3;
    run_coro([](Ledger& ledger, int& result) -> Awaitable<void> {
        std::uint32_t first = 1;
        for (; first < 1'000'000; first += 100) {
            const auto written = entries(first, first + 99);
            const auto recorded = co_await ledger.record(inbox, {.watermark = first}, written);
            if (recorded) continue;
            result = recorded.error().kind == ErrorKind::disk_full ? 0 : 4;
            break;
        }
        const auto folder = co_await ledger.load(inbox);
        if (!folder || folder->entries != entries(1, first - 1) || folder->cursor.watermark != first - 100)
            result = 5;
    }(**ledger, result));
    return result;
}

TEST_F(FileLedgerTest, AFullDiskIsSaid) {
    const int status = status_of(in_child([this] { return fill_a_small_disk(directory_.path()); }));
    if (status == 77) GTEST_SKIP() << "no mount namespace of its own";
    EXPECT_EQ(status, 0);
}

TEST_F(FileLedgerTest, EachStatementFitsTheSchema) {
    open();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    const schemas::Statements statements("ledger_file");
    EXPECT_GT(statements.all().size(), 20u);
    for (const auto& [name, text] : statements.all()) {
        if (name == "create" || name == "upgrade") continue;  // done by open()
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(database, text.c_str(), -1, &statement, nullptr), SQLITE_OK)
            << name << ": " << sqlite3_errmsg(database);
        sqlite3_finalize(statement);
    }
    sqlite3_close(database);
}

}  // namespace
}  // namespace godwit::cli

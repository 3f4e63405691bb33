#include "tools/godwit/program.h"

#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/temp_directory.h"
#include "tests/tools/fake_api.h"
#include "tools/godwit/file_ledger.h"
#include "tools/godwit/run_note.h"

namespace godwit::cli {

namespace {

constexpr auto batch_id = "bat_01JD2V7Q8E3M4N5P6R7S8T9V0W";
constexpr auto migration_id = "mig_01JD2V7Q8E3M4N5P6R7S8T9V0W";

std::string batch_json(std::string_view states, std::uint64_t migrations) {
    return fmt::format(R"({{"id": "{}", "name": "spring", "priority": 5, "paused": false, "migrations": {},
                           "states": {{{}}}, "progress": {{"messages_copied": 7, "bytes_copied": 100}}}})",
                       batch_id, migrations, states);
}

std::string page(const std::string& items, const std::string& cursor = "null") {
    return fmt::format(R"({{"data": [{}], "next_cursor": {}, "has_more": false}})", items, cursor);
}

class Program : public testing::Test {
protected:
    ExitCode run(std::vector<std::string> words) {
        out_.str("");
        err_.str("");
        words.insert(words.begin(), "godwit");
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        const Console console{out_, err_};
        return run_program(console, static_cast<int>(arguments.size()), arguments.data(),
                           [this](const std::string& name) -> std::optional<std::string> {
                               const auto found = variables_.find(name);
                               return found == variables_.end() ? std::nullopt : std::optional(found->second);
                           });
    }
    std::string out() const { return out_.str(); }
    std::string err() const { return err_.str(); }

    test::FakeApi api_;
    std::map<std::string, std::string> variables_{{"GODWIT_SERVER", api_.url()},
                                                  {"GODWIT_TOKEN", "canary-token"}};
    std::ostringstream out_, err_;
};

}  // namespace

TEST_F(Program, SendsTheTokenAndFindsBatchesByName) {
    api_.answer("GET /api/v1/batches?limit=1000", 200,
                page(R"({"id": "x", "name": "autumn"})", R"("next one")"));
    api_.answer("GET /api/v1/batches?limit=1000&cursor=next%20one", 200, page(batch_json(R"("done": 3)", 3)));
    api_.answer(fmt::format("POST /api/v1/batches/{}/actions/retry", batch_id), 200,
                R"({"id": "x", "action": "retry", "changed": 2})");
    EXPECT_EQ(run({"retry", "spring"}), ExitCode::ok);
    EXPECT_EQ(out(), "2 migrations changed.\n");
    const auto requests = api_.requests();
    ASSERT_EQ(requests.size(), 3u);
    for (const auto& request : requests)
        EXPECT_TRUE(request.head.contains("authorization: bearer canary-token\r\n"));
    EXPECT_TRUE(requests[2].head.contains("idempotency-key: "));
    EXPECT_EQ(requests[2].body, "{}");
}

TEST_F(Program, CreatesBatches) {
    api_.answer("POST /api/v1/batches", 201, batch_json("", 0));
    EXPECT_EQ(run({"batch", "create", "spring", "--priority", "5"}), ExitCode::ok);
    EXPECT_EQ(out(), std::string(batch_id) + "\n");
    EXPECT_EQ(api_.requests().at(0).body, R"({"name":"spring","priority":5})");
    EXPECT_EQ(run({"batch", "create", "spring", "--json"}), ExitCode::ok);
    EXPECT_TRUE(out().starts_with(R"({"id":"bat_01)")) << out();
}

TEST_F(Program, ListsAndShowsBatches) {
    api_.answer("GET /api/v1/batches?limit=1000", 200, page(batch_json(R"("done": 1, "parked": 1)", 2)));
    EXPECT_EQ(run({"batch", "list"}), ExitCode::ok);
    EXPECT_EQ(out(), fmt::format("NAME    ID                              PRIORITY  MIGRATIONS  STATES\n"
                                 "spring  {}         5           2  1 parked, 1 done\n",
                                 batch_id));
    api_.answer(fmt::format("GET /api/v1/batches/{}", batch_id), 200,
                batch_json(R"("done": 1, "parked": 1)", 2));
    const auto migration = fmt::format(R"({{"id": "{}", "state": "parked", "phase": "presync",
        "source": {{"user": "ann", "host": "old"}}, "destination": {{"user": "bob", "host": "new"}},
        "error": {{"code": "auth_failed", "cause": "NO \u001b[1m"}}, "progress": {{"messages_total": 1234}}}})",
                                       migration_id);
    api_.answer(fmt::format("GET /api/v1/migrations?batch={}&limit=1000&state=parked", batch_id), 200,
                page(migration + "," + migration));
    EXPECT_EQ(run({"batch", "show", "spring", "--state", "parked", "--limit", "1"}), ExitCode::ok);
    EXPECT_TRUE(out().contains("2 migrations: 1 parked, 1 done")) << out();
    EXPECT_TRUE(
        out().contains(fmt::format("{}  ann at old  bob at new  presync  parked     1,234       0       0  "
                                   "auth_failed: NO  [1m\n",
                                   migration_id)))
        << out();
    EXPECT_TRUE(out().contains("The first 1 are shown")) << out();
    EXPECT_FALSE(out().contains('\x1b'));
}

TEST_F(Program, ImportStreamsTheFile) {
    const std::string content = "host1,user1,password1\n" + std::string(300'000, 'x') + "\n";
    const test::TemporaryFile file(content);
    const auto line = fmt::format("POST /api/v1/batches/{}/imports?format=native&dry_run=true", batch_id);
    api_.answer(line, 200, R"({"dry_run": true, "rows": 2, "valid": 1, "errors_total": 1,
                               "errors": [{"row": 2, "column": "user1", "code": "empty", "detail": "No user."}]})");
    EXPECT_EQ(run({"import", batch_id, file.path(), "--dry-run"}), ExitCode::incomplete);
    EXPECT_EQ(out(), "2 rows: 1 good, 1 error found; nothing was stored\n");
    EXPECT_EQ(err(), "row 2, column user1: empty: No user.\n");
    const auto request = api_.requests().at(0);
    EXPECT_EQ(request.body, content);
    EXPECT_TRUE(request.head.contains("content-type: text/csv\r\n"));

    const test::TemporaryFile list("a;b;c;d;e;f;\n");
    api_.answer(fmt::format("POST /api/v1/batches/{}/imports?format=imapsync", batch_id), 201,
                R"({"dry_run": false, "rows": 1, "stored": 1, "errors_total": 0, "errors": []})");
    EXPECT_EQ(run({"import", batch_id, list.path()}), ExitCode::ok);
    EXPECT_EQ(out(), "1 row: 1 stored\n");
    EXPECT_EQ(run({"import", batch_id, "/nowhere"}), ExitCode::no_input);

    const test::TemporaryFile yaml("migrations:\n- {user1: a}\n");
    const test::TemporaryFile named("# nothing\n", ".yaml");
    for (const auto& path : {yaml.path(), named.path()}) {
        api_.answer(fmt::format("POST /api/v1/batches/{}/imports?format=yaml", batch_id), 201,
                    R"({"dry_run": false, "rows": 1, "stored": 1, "errors_total": 0, "errors": []})");
        EXPECT_EQ(run({"import", batch_id, path}), ExitCode::ok);
        EXPECT_TRUE(api_.requests().back().head.contains("content-type: application/yaml\r\n"));
    }
}

TEST_F(Program, WatchEndsWithTheBatch) {
    const auto path = fmt::format("GET /api/v1/batches/{}", batch_id);
    api_.answer(path, 200, batch_json(R"("running": 1, "done": 1)", 2));
    api_.answer(path, 503, R"({"code": "database_unavailable", "status": 503})");
    api_.answer(path, 0, "");
    api_.answer(path, 200, batch_json(R"("done": 2)", 2));
    api_.answer(fmt::format("GET /api/v1/migrations?batch={}&state=running&limit=1000", batch_id), 200,
                page(""));
    EXPECT_EQ(run({"watch", batch_id, "--interval", "0.1"}), ExitCode::ok);
    EXPECT_EQ(
        out(),
        "spring: [##########..........]  50 %  2 migrations: 1 running, 1 done  copied 7 messages, 100 B\n"
        "spring: [####################] 100 %  2 migrations: 2 done  copied 7 messages, 100 B\n");
    EXPECT_EQ(err(), "");
}

TEST_F(Program, WatchSaysWhenNotAllIsDone) {
    api_.answer(fmt::format("GET /api/v1/batches/{}", batch_id), 200,
                batch_json(R"("parked": 1, "done": 1)", 2));
    api_.answer(fmt::format("GET /api/v1/migrations?batch={}&state=running&limit=1000", batch_id), 200,
                page(""));
    EXPECT_EQ(run({"watch", batch_id}), ExitCode::incomplete);
}

TEST_F(Program, Issues) {
    const auto path = fmt::format("GET /api/v1/migrations/{}/issues?limit=1000", migration_id);
    api_.answer(path, 200,
                page(R"({"code": "message_too_big", "folder": "INBOX", "uid": 17, "size_bytes": 41943040,
                                    "detail": "NO [TOOBIG] too big"},
                                   {"code": "folder_create", "folder": "Odd", "uid": null})"));
    EXPECT_EQ(run({"issues", migration_id}), ExitCode::ok);
    EXPECT_EQ(out(),
              "FOLDER  MESSAGE      SIZE  CODE             DETAIL\n"
              "INBOX        17  40.0 MiB  message_too_big  NO [TOOBIG] too big\n"
              "Odd                        folder_create\n");
    api_.answer(path, 200, page(""));
    EXPECT_EQ(run({"issues", migration_id}), ExitCode::ok);
    EXPECT_EQ(run({"issues", migration_id}), ExitCode::ok);
    EXPECT_EQ(out(), "No issues.\n");
    EXPECT_EQ(run({"issues", "nonsense?x"}), ExitCode::refused);
}

TEST_F(Program, Folders) {
    const auto path = fmt::format("GET /api/v1/migrations/{}/", migration_id);
    api_.answer(path + "folders?limit=1000", 200,
                page(R"({"source": "INBOX", "destination": "INBOX", "rule": "inbox", "error": null,
                         "counters": {"messages_total": 1012, "messages_matched": 2, "messages_copied": 1007,
                                      "messages_skipped": 3}, "skipped": {"too_large": 2, "content": 1}},
                        {"source": "Sent", "destination": "Gesendet", "rule": "automap", "counters": {},
                         "error": {"code": "folder_create", "cause": "NO no"}},
                        {"source": "Junk", "destination": null, "rule": "exclude"})"));
    api_.answer(path + "passes?limit=2", 200, page(R"({"kind": "sync", "result": "running"},
                        {"kind": "sync", "result": "retried", "error": {"code": "timeout"}})"));
    EXPECT_EQ(run({"folders", migration_id}), ExitCode::ok);
    EXPECT_EQ(
        out(),
        "FOLDER  TO          RULE     MESSAGES  THERE  COPIED  SKIPPED  FAILED  SKIPPED AS              "
        "ERROR\n"
        "INBOX   =           inbox       1,012      2   1,007        3       0  2 too_large, 1 content\n"
        "Sent    Gesendet    automap         0      0       0        0       0                          "
        "folder_create: NO no\n"
        "Junk    (left out)  exclude         0      0       0        0       0\n"
        "The last pass (sync) retried: timeout.\n");
    EXPECT_EQ(run({"folders", migration_id, "--json"}), ExitCode::ok);
    EXPECT_TRUE(out().starts_with(R"([{"source":"INBOX")")) << out();
    api_.answer(path + "folders?limit=1000", 200, page(""));
    api_.answer(path + "passes?limit=2", 200, page(""));
    EXPECT_EQ(run({"folders", migration_id}), ExitCode::ok);
    EXPECT_EQ(run({"folders", migration_id}), ExitCode::ok);
    EXPECT_EQ(out(), "No folders.\n");
}

TEST_F(Program, StatusAndActionsOnEverything) {
    api_.answer("GET /api/v1/status", 200,
                R"({"version": "0.1.0", "revision": "abc", "paused": true, "migrations": 3,
                                              "states": {"done": 3}})");
    api_.answer(
        "GET /api/v1/hosts?limit=1000", 200,
        page(
            R"({"name": "imap.old:993", "used": {"connections_as_source": 3, "connections_as_destination": 0},
                         "effective": {"connections_as_source": 10, "connections_as_destination": 20}})"));
    EXPECT_EQ(run({"status"}), ExitCode::ok);
    EXPECT_EQ(out(),
              fmt::format("godwitd 0.1.0 (abc) at {}\nEverything is paused; godwit resume --all goes on.\n"
                          "3 migrations: 3 done\n\nConnections in use:\n"
                          "HOST          AS SOURCE  AS DESTINATION\n"
                          "imap.old:993    3 of 10         0 of 20\n",
                          api_.url()));
    api_.answer("POST /api/v1/actions/pause", 200, R"({"paused": true})");
    EXPECT_EQ(run({"pause", "--all"}), ExitCode::ok);
    EXPECT_EQ(out(), "Everything is paused.\n");
    api_.answer(
        fmt::format("POST /api/v1/migrations/{}/actions/cancel", migration_id), 409,
        R"({"code": "invalid_transition", "detail": "cancel is not possible while the migration is done.",
                    "status": 409, "allowed": ["start"]})");
    EXPECT_EQ(run({"cancel", migration_id}), ExitCode::refused);
    EXPECT_EQ(err(),
              "godwit: cancel is not possible while the migration is done. (invalid_transition, HTTP 409)\n"
              "  allowed now: start\n");
}

TEST_F(Program, FailuresHaveTheirExitCodes) {
    EXPECT_EQ(run({"cancel", migration_id}), ExitCode::refused);  // 404
    api_.answer("GET /api/v1/batches?limit=1000", 200, page(""));
    EXPECT_EQ(run({"watch", "nothing"}), ExitCode::refused);
    EXPECT_TRUE(err().contains("there is no batch \"nothing\"")) << err();
    api_.answer("GET /api/v1/status", 401, R"({"code": "unauthorized", "detail": "No.", "status": 401})");
    EXPECT_EQ(run({"status"}), ExitCode::not_authorised);
    EXPECT_FALSE((out() + err()).contains("canary"));
    EXPECT_EQ(run({"status", "--json"}), ExitCode::not_authorised);
    EXPECT_TRUE(out().starts_with(R"({"code": "unauthorized")")) << out();
    EXPECT_EQ(run({"status", "--server", fmt::format("http://127.0.0.1:{}", test::closed_port())}),
              ExitCode::unavailable);
    EXPECT_TRUE(err().contains("cannot reach the daemon")) << err();
    EXPECT_EQ(run({"status", "--server", "gopher://x"}), ExitCode::usage);
    EXPECT_EQ(run({"status", "--token-file", "/nowhere/token"}), ExitCode::not_authorised);
    EXPECT_EQ(run({"status", "--frobnicate"}), ExitCode::usage);
}

TEST_F(Program, SyncReportsWhatItCannotReach) {
    variables_["GODWIT_PASSWORD1"] = variables_["GODWIT_PASSWORD2"] = "canary-password";
    const auto closed = fmt::format("127.0.0.1:{}", test::closed_port());
    const std::vector<std::string> words{"sync", "--host1", "old.example", "--user1", "a", "--connectto1",
                                         closed, "--host2", "new.example", "--user2", "b", "--connectto2",
                                         closed};
    EXPECT_EQ(run(words), ExitCode::source_unreachable);
    EXPECT_TRUE(out().starts_with("Not finished: source old.example:993")) << out();
    auto json = words;
    json.push_back("--json");
    EXPECT_EQ(run(json), ExitCode::source_unreachable);
    EXPECT_TRUE(out().contains(R"("code":"connection_refused")")) << out();
    EXPECT_FALSE((out() + err()).contains("canary"));
    EXPECT_EQ(run({"sync", "--host1", "a"}), ExitCode::usage);
    EXPECT_EQ(run({"sync", "--help"}), ExitCode::ok);
}

TEST_F(Program, SyncRefusesALedgerThatItCannotUse) {
    variables_["GODWIT_PASSWORD1"] = variables_["GODWIT_PASSWORD2"] = "canary-password";
    const test::TempDirectory directory;
    const auto path = (directory.path() / "ledger").string(), state = (directory.path() / "state").string();
    const auto with_ledger = [&](const std::string& file) {
        return run({"sync", "--host1", "old.example", "--user1", "a", "--host2", "new.example", "--user2",
                    "b", "--ledger", file, "--statedir", state});
    };
    const test::TemporaryFile letter("Dear Ann,\n");
    EXPECT_EQ(with_ledger(letter.path()), ExitCode::no_input);
    EXPECT_TRUE(err().contains(letter.path()) && err().contains("not a database")) << err();
    const auto other = FileLedger::open(path, {"h", 993, "u"}, {"i", 993, "u"});
    EXPECT_EQ(with_ledger(path), ExitCode::busy);
    EXPECT_TRUE(err().contains("another godwit sync")) << err();
    EXPECT_EQ(out(), "");
    EXPECT_TRUE(std::filesystem::is_empty(state));
}

TEST_F(Program, OneSyncAtATimeWritesToAnAccount) {
    variables_["GODWIT_PASSWORD1"] = variables_["GODWIT_PASSWORD2"] = "canary-password";
    const test::TempDirectory directory;
    variables_["GODWIT_STATE_DIR"] = directory.path();
    const auto closed = fmt::format("127.0.0.1:{}", test::closed_port());
    const std::vector<std::string> words{"sync", "--host1", "old.example", "--user1", "a", "--connectto1",
                                         closed, "--host2", "new.example", "--user2", "b", "--connectto2",
                                         closed};
    auto dry = words;
    dry.push_back("--dry");
    const AccountKey destination{"new.example", 993, "b"};
    {
        const auto note = RunNote::take(directory.path(), destination, {});
        EXPECT_EQ(run(words), ExitCode::busy);
        EXPECT_TRUE(err().contains(fmt::format("another godwit sync (pid {}) is writing", ::getpid())))
            << err();
        EXPECT_EQ(run(dry), ExitCode::source_unreachable);
    }
    // Left behind, it stays until a run has waited and ended well.
    EXPECT_EQ(run(words), ExitCode::source_unreachable);
    EXPECT_EQ(err(), "");
    EXPECT_FALSE(std::filesystem::is_empty(directory.path()));
    RunNote::take(directory.path(), destination, {})->remove();
    EXPECT_EQ(run(words), ExitCode::source_unreachable);
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
    variables_["GODWIT_STATE_DIR"] = "/proc/nowhere";
    EXPECT_EQ(run(words), ExitCode::source_unreachable);
    EXPECT_TRUE(err().contains("warning: no note can be kept (/proc/nowhere")) << err();
    EXPECT_EQ(run(dry), ExitCode::source_unreachable);
    EXPECT_FALSE(err().contains("warning")) << err();
}

TEST_F(Program, Version) {
    EXPECT_EQ(run({"version"}), ExitCode::ok);
    EXPECT_TRUE(out().starts_with("godwit 0."));
}

}  // namespace godwit::cli

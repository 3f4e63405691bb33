#include "daemon/app.h"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "engine/net/http_client.h"
#include "tests/support/coro_test.h"
#include "tests/support/test_postgres.h"
#include "tests/support/temp_directory.h"

namespace godwit::daemon {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

bool readable(int descriptor, std::chrono::milliseconds limit) {
    pollfd wanted{descriptor, POLLIN, 0};
    return poll(&wanted, 1, static_cast<int>(limit.count())) == 1;
}

class AppTest : public testing::Test {
protected:
    void SetUp() override {
        GODWIT_NEEDS_POSTGRES();
        fs::permissions(root_, fs::perms(0755));
        config_.state_dir = root_ / "state";
        config_.listen.port = 0;
        config_.network_allow = {"loopback"};
        config_.poll = 50ms;
        config_.retry.backoff_base = config_.retry.backoff_cap = 1h;
    }

    std::unique_ptr<App> start() {
        auto app = App::start(config_, AppOptions{.durable_database = false});
        if (app) return std::move(*app);
        ADD_FAILURE() << app.error().to_string();
        return nullptr;
    }
    static void end(std::unique_ptr<App>& app) {
        app->drain();
        ASSERT_TRUE(readable(app->ended_descriptor(), 20s));
        EXPECT_TRUE(app->ended());
        app.reset();
    }

    net::HttpResponse ask(const App& app, net::HttpRequest request) {
        std::ifstream in(config_.state_dir / "admin.token");
        std::string token;
        in >> token;
        request.headers["Authorization"] = "Bearer " + token;
        request.headers.emplace("Content-Type", "application/json");
        net::HttpResponse response;
        test::run_coro(
            [](std::uint16_t port, net::HttpRequest sent, net::HttpResponse& out) -> Awaitable<void> {
                net::AddressPolicy policy;
                EXPECT_TRUE(policy.allow("loopback"));
                net::TcpDialer dialer(policy);
                auto client = net::HttpClient::make(dialer, fmt::format("http://127.0.0.1:{}", port));
                CO_ASSERT_OK(client);
                const auto context = test::context_on(co_await test::executor());
                auto answer = co_await client->send(context, std::move(sent));
                CO_ASSERT_OK(answer);
                out = std::move(*answer);
            }(app.port(), std::move(request), response));
        return response;
    }
    net::HttpResponse get(const App& app, std::string target) {
        return ask(app, {"GET", std::move(target), {}, ""});
    }
    // Asks again until the answer holds `text`.
    std::string get_until(const App& app, const std::string& target, std::string_view text) {
        const auto deadline = after(20s);
        for (;;) {
            auto body = get(app, target).body;
            if (body.contains(text) || std::chrono::steady_clock::now() > deadline) return body;
            usleep(20'000);
        }
    }
    // One migration between two ports of this machine where nothing listens; its id.
    std::string add_migration(const App& app) {
        const auto batch = ask(app, {"POST", "/api/v1/batches", {}, R"({"name":"acme"})"});
        EXPECT_EQ(batch.status, 201u) << batch.body;
        const auto id = batch.body.substr(batch.body.find("bat_"), 30);
        const auto imported =
            ask(app, {"POST",
                      "/api/v1/batches/" + id + "/imports",
                      {{"Content-Type", "text/csv"}},
                      "source_host,source_port,source_user,source_password,"
                      "destination_host,destination_port,destination_user,destination_password\n"
                      "127.0.0.1,1,ann,canary,127.0.0.1,2,ann,canary\n"});
        EXPECT_EQ(imported.status, 201u) << imported.body;
        const auto list = get(app, "/api/v1/migrations").body;
        return list.substr(list.find("mig_"), 30);
    }

    const test::TempDirectory directory_;
    const fs::path root_ = directory_.path();
    Config config_;
};

TEST_F(AppTest, RunsAMigrationAndEndsInOrder) {
    auto app = start();
    ASSERT_TRUE(app);
    EXPECT_EQ(get(*app, "/readyz").status, 200u);
    const auto migration = add_migration(*app);
    const auto shown = get_until(*app, "/api/v1/migrations/" + migration, "retrying");
    EXPECT_THAT(shown, HasSubstr("connection_refused"));
    EXPECT_THAT(get(*app, "/metrics").body, HasSubstr("connection_refused"));
    for (const auto* name : {"admin.token", "secret.key", "report_key.pem"})
        EXPECT_EQ(fs::status(config_.state_dir / name).permissions(), fs::perms(0600)) << name;
    EXPECT_TRUE(fs::exists(config_.state_dir / "node"));
    end(app);
    EXPECT_FALSE(fs::exists(config_.state_dir / "node"));

    app = start();
    ASSERT_TRUE(app);
    EXPECT_THAT(get(*app, "/api/v1/migrations/" + migration).body, HasSubstr("retrying"));
    end(app);
}

TEST_F(AppTest, TellsTheKeyOfItsReportsAndKeepsIt) {
    auto app = start();
    ASSERT_TRUE(app);
    const auto first = get_until(*app, "/api/v1/report_keys", "fingerprint");
    EXPECT_THAT(first, HasSubstr("\"node\":\"nod_"));
    end(app);
    app = start();
    ASSERT_TRUE(app);
    const auto second = get_until(*app, "/api/v1/report_keys", "fingerprint");
    const auto fingerprint = first.substr(first.find("fingerprint"), 80);
    EXPECT_THAT(second, HasSubstr(fingerprint));
    EXPECT_EQ(second.find("fingerprint"), second.rfind("fingerprint"));
    end(app);
}

TEST_F(AppTest, ASecondOneIsRefused) {
    auto app = start();
    ASSERT_TRUE(app);
    const auto second = App::start(config_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    end(app);
}

TEST_F(AppTest, TakesOverLimitsWhileRunning) {
    auto app = start();
    ASSERT_TRUE(app);
    add_migration(*app);
    Config wanted = config_;
    wanted.host_limits = {3, 4};
    app->reload(wanted);
    constexpr auto effective = R"("effective":{"connections_as_source":3,"connections_as_destination":4})";
    EXPECT_THAT(get_until(*app, "/api/v1/hosts", effective), HasSubstr(effective));
    end(app);
}

TEST_F(AppTest, NoticesThatThePrivateDatabaseEnded) {
    auto app = start();
    ASSERT_TRUE(app);
    EXPECT_FALSE(readable(app->database_descriptor(), 0ms));
    for (const auto deadline = after(20s); !fs::exists(config_.state_dir / "node"); usleep(5'000))
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it has not joined";
    std::ifstream in(config_.state_dir / "postgres" / "data" / "postmaster.pid");
    pid_t server = 0;
    in >> server;
    ASSERT_GT(server, 1);
    kill(server, SIGKILL);
    EXPECT_TRUE(readable(app->database_descriptor(), 10s));
    app->stop();
    EXPECT_TRUE(readable(app->ended_descriptor(), 9s)) << "sooner than a shutdown may take";
    app.reset();
    EXPECT_TRUE(fs::exists(config_.state_dir / "node")) << "the next start frees what this one held";
    app = start();
    ASSERT_TRUE(app);
    EXPECT_EQ(get(*app, "/readyz").status, 200u);
    end(app);
}

TEST_F(AppTest, SaysWhatIsWrongAtTheStart) {
    config_.database_url = Secret<std::string>("postgresql://godwit:canary@127.0.0.1:1/godwit");
    const auto app = App::start(config_);
    ASSERT_FALSE(app);
    EXPECT_EQ(app.error().kind, ErrorKind::database);
    EXPECT_THAT(app.error().to_string(), testing::Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace godwit::daemon

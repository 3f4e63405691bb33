#include <gmock/gmock.h>

#include "tests/api/accounts.h"

namespace godwit::api::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// The id of the one migration of a batch with one row.
Awaitable<std::string> one_migration(Client& client, std::string batch) {
    const auto imported = co_await client.ask("POST", "/api/v1/batches/" + batch + "/imports",
                                              std::string(header) + row(1), csv_type);
    EXPECT_TRUE(imported && imported->status == 201) << (imported ? imported->body : "");
    const auto list = co_await client.ask("GET", "/api/v1/migrations?batch=" + batch);
    EXPECT_TRUE(list && list->status == 200);
    if (!list || !object_of(*list).at("data").is_array()) co_return "";
    co_return text_at(object_of(*list).at("data").as_array().at(0).as_object(), "id");
}

TEST(Batches, AreCreatedOnceForAnId) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const std::string id = "bat_01JD2V7Q8E3M4N5P6R7S8T9V0W";
        const std::string body = "{\"name\":\"acme\",\"priority\":5,\"id\":\"" + id + "\"}";
        ASK(created, "POST", "/api/v1/batches", body);
        EXPECT_EQ(created.status, 201u) << created.body;
        EXPECT_EQ(created.header("location"), "/api/v1/batches/" + id);
        EXPECT_EQ(number_at(object_of(created), "priority"), 5);
        ASK(again, "POST", "/api/v1/batches", body);
        EXPECT_EQ(again.status, 201u);
        EXPECT_EQ(again.body, created.body);
        ASK(taken, "POST", "/api/v1/batches", "{\"name\":\"acme\"}");
        EXPECT_EQ(taken.status, 409u);
        EXPECT_EQ(text_at(object_of(taken), "code"), "name_taken");
        ASK(shown, "GET", "/api/v1/batches/" + id);
        EXPECT_EQ(shown.status, 200u);
        EXPECT_EQ(number_at(object_of(shown), "migrations"), 0);
        EXPECT_EQ(number_at(object_of(shown).at("states").as_object(), "ready"), 0);
    });
}

TEST(Batches, AreRefusedWithEveryMistake) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        ASK(wrong, "POST", "/api/v1/batches", R"({"name":"","priority":"high","id":"x","colour":1})");
        EXPECT_EQ(wrong.status, 422u);
        for (const std::string pointer : {"/name", "/priority", "/id", "/colour"})
            EXPECT_THAT(wrong.body, HasSubstr("\"pointer\":\"" + pointer + "\""));
        ASK(nameless, "POST", "/api/v1/batches", "{}");
        EXPECT_THAT(nameless.body, HasSubstr("\"code\":\"required\""));
        ASK(text, "POST", "/api/v1/batches", "name=x", "Content-Type: application/x-www-form-urlencoded\r\n");
        EXPECT_EQ(text.status, 415u);
        ASK(broken, "POST", "/api/v1/batches", "{\"name\":");
        EXPECT_EQ(broken.status, 400u);
    });
}

TEST(Batches, AreListedInPages) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        std::set<std::string> made, seen;
        for (int i = 0; i < 5; ++i) made.insert(co_await new_batch(client, fmt::format("b{}", i)));
        std::string target = "/api/v1/batches?limit=2";
        for (int page = 0; page < 5 && !target.empty(); ++page) {
            ASK(reply, "GET", target);
            EXPECT_EQ(reply.status, 200u) << reply.body;
            const auto body = object_of(reply);
            for (const auto& batch : body.at("data").as_array()) seen.insert(text_at(batch.as_object(), "id"));
            const auto link = reply.header("link");
            EXPECT_EQ(body.at("has_more").as_bool(), !link.empty());
            target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
        }
        EXPECT_EQ(seen, made);
    });
}

TEST(Batches, ThatAreNotThereAreNotFound) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        for (const std::string id : {"x", "bat_", "bat_01JD2V7Q8E3M4N5P6R7S8T9V0W", "mig_01JD2V7Q8E3M4N5P6R7S8T9V0W"}) {
            ASK(shown, "GET", "/api/v1/batches/" + id);
            EXPECT_EQ(shown.status, 404u) << id;
            ASK(imported, "POST", "/api/v1/batches/" + id + "/imports", std::string(header) + row(1), csv_type);
            EXPECT_EQ(imported.status, 404u) << id;
            ASK(paused, "POST", "/api/v1/batches/" + id + "/actions/pause");
            EXPECT_EQ(paused.status, 404u) << id;
        }
    });
}

TEST(Migrations, AreFilteredAndShownWithoutSecrets) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        const auto id = co_await one_migration(client, batch);
        ASK(shown, "GET", "/api/v1/migrations/" + id);
        EXPECT_EQ(shown.status, 200u);
        EXPECT_EQ(text_at(object_of(shown), "state"), "ready");
        EXPECT_THAT(shown.body, Not(HasSubstr("password")));
        for (const auto& [query, count] : {std::pair{"?state=ready", 1u}, {"?state=parked", 0u}, {"?q=u1", 1u},
                                           {"?q=nobody", 0u}, {"?error_code=auth_failed", 0u}}) {
            ASK(list, "GET", std::string("/api/v1/migrations") + query);
            EXPECT_EQ(object_of(list).at("data").as_array().size(), count) << query;
        }
        for (const std::string query : {"?state=happy", "?error_code=x", "?batch=x", "?state=ready&state=done"}) {
            ASK(list, "GET", "/api/v1/migrations" + query);
            EXPECT_EQ(list.status, 400u) << query;
        }
        ASK(passes, "GET", "/api/v1/migrations/" + id + "/passes");
        EXPECT_EQ(passes.status, 200u) << passes.body;
        ASK(issues, "GET", "/api/v1/migrations/" + id + "/issues");
        EXPECT_EQ(issues.status, 200u) << issues.body;
    });
}

TEST(Actions, MoveMigrationsOrSayWhatIsAllowed) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        const auto id = co_await one_migration(client, batch);
        const std::string actions = "/api/v1/migrations/" + id + "/actions/";
        ASK(paused, "POST", actions + "pause", "{}");
        EXPECT_EQ(paused.status, 200u) << paused.body;
        EXPECT_EQ(text_at(object_of(paused), "state"), "paused");
        ASK(again, "POST", actions + "pause");
        EXPECT_EQ(again.status, 409u);
        EXPECT_EQ(text_at(object_of(again), "code"), "invalid_transition");
        EXPECT_EQ(text_at(object_of(again), "state"), "paused");
        EXPECT_THAT(json::serialize(object_of(again).at("allowed")), HasSubstr("resume"));
        world.wakes = 0;
        ASK(resumed, "POST", actions + "resume");
        EXPECT_EQ(text_at(object_of(resumed), "state"), "ready");
        EXPECT_EQ(world.wakes, 1);
        ASK(unknown, "POST", actions + "explode");
        EXPECT_EQ(unknown.status, 404u);
        ASK(field, "POST", actions + "pause", "{\"why\":1}");
        EXPECT_EQ(field.status, 422u);
        ASK(whole, "POST", "/api/v1/batches/" + batch + "/actions/cancel");
        EXPECT_EQ(number_at(object_of(whole), "changed"), 1);
    });
}

TEST(Cluster, IsPausedAndResumed) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        (void)co_await one_migration(client, batch);
        ASK(paused, "POST", "/api/v1/actions/pause");
        EXPECT_EQ(paused.body, "{\"paused\":true}");
        ASK(status, "GET", "/api/v1/status");
        EXPECT_TRUE(object_of(status).at("paused").as_bool());
        EXPECT_EQ(number_at(object_of(status), "migrations"), 1);
        EXPECT_EQ(number_at(object_of(status).at("states").as_object(), "ready"), 1);
        ASK(resumed, "POST", "/api/v1/actions/resume");
        EXPECT_EQ(resumed.body, "{\"paused\":false}");
        ASK(cancelled, "POST", "/api/v1/actions/cancel");
        EXPECT_EQ(cancelled.status, 404u);
    });
}

TEST(Hosts, AreListedAndLimited) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const auto batch = co_await new_batch(client, "b");
        (void)co_await one_migration(client, batch);
        ASK(list, "GET", "/api/v1/hosts");
        const auto data = object_of(list).at("data").as_array();
        CO_ASSERT(!data.empty());
        const auto id = text_at(data.at(0).as_object(), "id");
        ASK(source, "PATCH", "/api/v1/hosts/" + id, R"({"limits":{"connections_as_source":7}})");
        EXPECT_EQ(source.status, 200u) << source.body;
        ASK(destination, "PATCH", "/api/v1/hosts/" + id, R"({"limits":{"connections_as_destination":9}})");
        const auto limits = object_of(destination).at("limits").as_object();
        EXPECT_EQ(number_at(limits, "connections_as_source"), 7);
        EXPECT_EQ(number_at(limits, "connections_as_destination"), 9);
        EXPECT_EQ(number_at(object_of(destination).at("effective").as_object(), "connections_as_source"), 7);
        ASK(unknown, "PATCH", "/api/v1/hosts/hst_none", R"({"limits":{}})");
        EXPECT_EQ(unknown.status, 404u);
        for (const std::string body : {R"({})", R"({"limits":{"connections_as_source":-1}})", R"({"limits":{"x":1}})",
                                       R"({"limits":{"connections_as_source":"7"}})"}) {
            ASK(wrong, "PATCH", "/api/v1/hosts/" + id, body);
            EXPECT_EQ(wrong.status, 422u) << body;
        }
    });
}

TEST(Idempotency, AnswersTheSameAgain) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        const std::string fields = "Content-Type: application/json\r\nIdempotency-Key: k-1\r\n";
        ASK(first, "POST", "/api/v1/batches", R"({"name":"one"})", fields);
        EXPECT_EQ(first.status, 201u);
        EXPECT_EQ(first.header("idempotency-replayed"), "");
        ASK(second, "POST", "/api/v1/batches", R"({"name":"one"})", fields);
        EXPECT_EQ(second.status, 201u);
        EXPECT_EQ(second.body, first.body);
        EXPECT_EQ(second.header("idempotency-replayed"), "true");
        ASK(other, "POST", "/api/v1/batches", R"({"name":"two"})", fields);
        EXPECT_EQ(other.status, 409u);
        EXPECT_EQ(text_at(object_of(other), "code"), "idempotency_conflict");
        ASK(bad, "POST", "/api/v1/batches", R"({"name":"two"})",
            "Content-Type: application/json\r\nIdempotency-Key: a b\r\n");
        EXPECT_EQ(bad.status, 400u);
        // A refusal is an answer too.
        const std::string refused = "Content-Type: application/json\r\nIdempotency-Key: k-2\r\n";
        ASK(wrong, "POST", "/api/v1/batches", R"({"name":""})", refused);
        ASK(wrong_again, "POST", "/api/v1/batches", R"({"name":""})", refused);
        EXPECT_EQ(wrong.status, 422u);
        EXPECT_EQ(wrong_again.body, wrong.body);
        EXPECT_EQ(wrong_again.header("content-type"), "application/problem+json");
    });
}

}  // namespace
}  // namespace godwit::api::test

#include "tests/api/api_fixture.h"

namespace godwit::api::test {
namespace {

using namespace scheduler;

// One migration whose pass has ended with this report.
Awaitable<MigrationId> ended_migration(Store& store, sync::SyncReport report) {
    const Batch batch{new_batch_id(), "b", 0, false, {}};
    MigrationSpec spec;
    spec.id = new_migration_id();
    spec.source = {.host = "old.example", .user = "ann"};
    spec.destination = {.host = "new.example", .user = "ann"};
    co_await store.create_batch(default_tenant, batch);
    co_await store.add_migrations(default_tenant, batch.id, {spec});
    co_await store.join(NodeId{"nod_a"}, "a", std::chrono::seconds(60));
    const auto view = co_await store.queue();
    const auto claimed = co_await store.claim(NodeId{"nod_a"}, {{view->lanes.at(0).id, 1}});
    PassOutcome outcome;
    outcome.report = std::move(report);
    EXPECT_TRUE(co_await store.finish(NodeId{"nod_a"}, claimed->at(0), outcome));
    co_return spec.id;
}

TEST(Folders, AreShownWithRulesCountersAndReasons) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        sync::SyncReport report;
        sync::FolderReport inbox{
            .source_name = "INBOX", .destination_name = "INBOX", .rule = "inbox", .why = "it is"};
        inbox.counters.messages_total = 5;
        inbox.counters.messages_copied = 2;
        inbox.counters.messages_skipped = 3;
        inbox.skipped[static_cast<std::size_t>(sync::SkipReason::too_large)] = 3;
        report.counters = inbox.counters;
        report.skipped = inbox.skipped;
        report.folders = {inbox, {.source_name = "Junk", .rule = "exclude"}};
        report.folders[1].error = Error{ErrorKind::conflict, Reach::folder, "taken", "folder map"};
        const auto id = co_await ended_migration(world.store, report);
        const std::string target = "/api/v1/migrations/" + id.value;
        ASK(first, "GET", target + "/folders?limit=1");
        EXPECT_EQ(first.status, 200u) << first.body;
        EXPECT_TRUE(object_of(first).at("has_more").as_bool());
        const auto folder = object_of(first).at("data").at(0).as_object();
        EXPECT_EQ(text_at(folder, "source"), "INBOX");
        EXPECT_EQ(text_at(folder, "destination"), "INBOX");
        EXPECT_EQ(text_at(folder, "rule"), "inbox");
        EXPECT_EQ(text_at(folder, "why"), "it is");
        EXPECT_EQ(number_at(folder.at("counters").as_object(), "messages_copied"), 2);
        EXPECT_EQ(json::serialize(folder.at("skipped")), R"({"too_large":3})");
        EXPECT_TRUE(folder.at("error").is_null());
        ASK(second, "GET", target + "/folders?cursor=" + text_at(object_of(first), "next_cursor"));
        const auto left_out = object_of(second).at("data").at(0).as_object();
        EXPECT_TRUE(left_out.at("destination").is_null());
        EXPECT_EQ(text_at(left_out.at("error").as_object(), "code"), "conflict");
        ASK(passes, "GET", target + "/passes");
        EXPECT_EQ(json::serialize(object_of(passes).at("data").at(0).at("skipped")), R"({"too_large":3})");
    });
}

TEST(Preflights, AreQueuedBesideTheState) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto id = co_await ended_migration(world.store, {});
        const std::string target = "/api/v1/migrations/" + id.value;
        ASK(shown, "GET", target);
        EXPECT_TRUE(object_of(shown).at("preflight").is_null());
        world.wakes = 0;
        ASK(asked, "POST", target + "/actions/preflight");
        EXPECT_EQ(asked.status, 200u) << asked.body;
        EXPECT_EQ(world.wakes, 1);
        EXPECT_EQ(text_at(object_of(asked), "state"), "done");
        EXPECT_EQ(json::serialize(object_of(asked).at("preflight")), R"({"result":"queued","error":null})");
        const auto batch = "/api/v1/batches/" + text_at(object_of(asked), "batch_id");
        ASK(again, "POST", batch + "/actions/preflight");
        EXPECT_EQ(number_at(object_of(again), "changed"), 1);
        ASK(summary, "GET", batch);
        EXPECT_EQ(number_at(object_of(summary), "preflights"), 1);
    });
}

TEST(Preflights, AreRefusedWhileAPassRuns) {
    with_server([](World& world, Client& client, ApiServer&) -> Awaitable<void> {
        const auto id = co_await ended_migration(world.store, {});
        co_await world.store.act(default_tenant, id, Action::start);
        const auto view = co_await world.store.queue();
        co_await world.store.claim(NodeId{"nod_a"}, {{view->lanes.at(0).id, 1}});
        const std::string actions = "/api/v1/migrations/" + id.value + "/actions/";
        ASK(running, "POST", actions + "preflight");
        EXPECT_EQ(running.status, 409u);
        EXPECT_EQ(text_at(object_of(running), "code"), "invalid_transition");
        ASK(paused, "POST", actions + "pause");
        ASK(ending, "POST", actions + "preflight");
        EXPECT_EQ(ending.status, 409u);
        EXPECT_EQ(text_at(object_of(ending), "code"), "pass_running");
    });
}

TEST(Folders, OfWhatIsNotThereAreNotFound) {
    with_server([](World&, Client& client, ApiServer&) -> Awaitable<void> {
        ASK(unknown, "GET", "/api/v1/migrations/mig_01JD2V7Q8E3M4N5P6R7S8T9V0W/folders");
        EXPECT_EQ(unknown.status, 404u);
        ASK(parameter, "GET", "/api/v1/migrations/mig_01JD2V7Q8E3M4N5P6R7S8T9V0W/folders?state=done");
        EXPECT_EQ(parameter.status, 400u);
    });
}

}  // namespace
}  // namespace godwit::api::test

// The store contract: what a pass did, folder by folder.
#include "tests/contract/store_contract.h"
#include "tests/support/coro_test.h"

namespace godwit::test {

using namespace scheduler;
using sync::FolderReport;

namespace {

FolderReport folder_report(std::string name, std::uint64_t copied) {
    FolderReport report{.source_name = std::move(name),
                        .destination_name = "Archiv \"x\"\\",
                        .rule = "same_name",
                        .why = "{it} has \\ that name"};
    report.counters.messages_total = copied + 3;
    report.counters.messages_copied = copied;
    report.counters.messages_skipped = 3;
    report.skipped[static_cast<std::size_t>(sync::SkipReason::too_large)] = 2;
    report.skipped[static_cast<std::size_t>(sync::SkipReason::content)] = 1;
    return report;
}

bool operator==(const FolderReport& a, const FolderReport& b) {
    const auto words = [](const auto& folder) { return folder.error ? folder.error->to_string() : ""; };
    return std::tie(a.source_name, a.destination_name, a.rule, a.why, a.counters, a.skipped) ==
               std::tie(b.source_name, b.destination_name, b.rule, b.why, b.counters, b.skipped) &&
           words(a) == words(b);
}

}  // namespace

TEST_P(StoreContract, FoldersAreThoseOfTheLatestPass) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(1)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        const auto id = claimed[0].migration;
        auto outcome = succeeded();
        for (std::uint64_t i = 1; i <= 3; ++i)
            outcome.report.folders.push_back(folder_report("Entwürfe " + std::to_string(i), i));
        outcome.report.folders[1].destination_name = "";
        outcome.report.folders[1].error =
            Error{ErrorKind::folder_create, Reach::folder, "NO \"no\"", "CREATE"};
        outcome.report.skipped = outcome.report.folders[0].skipped;
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], outcome));
        auto folders = co_await store.folders(tenant, id, {"", 2});
        CO_ASSERT_OK(folders);
        CO_ASSERT(folders->items.size() == 2);
        EXPECT_EQ(folders->items[0].pass, claimed[0].id);
        EXPECT_TRUE(folders->items[0].report == outcome.report.folders[0]);
        EXPECT_TRUE(folders->items[1].report == outcome.report.folders[1]);
        folders = co_await store.folders(tenant, id, {folders->next_cursor, 2});
        CO_ASSERT_OK(folders);
        CO_ASSERT(folders->items.size() == 1);
        EXPECT_TRUE(folders->items[0].report == outcome.report.folders[2]);
        EXPECT_EQ(folders->next_cursor, "");
        EXPECT_EQ((co_await store.passes(tenant, id, {}))->items.at(0).skipped, outcome.report.skipped);

        CO_ASSERT_OK(co_await store.act(tenant, id, Action::start));
        claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], succeeded()));
        EXPECT_TRUE((co_await store.folders(tenant, id, {}))->items.empty());
        auto unknown = co_await store.folders(tenant, new_migration_id(), {});
        CO_ASSERT(!unknown);
        EXPECT_EQ(unknown.error().kind, ErrorKind::not_found);
    });
}

TEST_P(StoreContract, ManyFoldersAreKeptUpToALimit) {
    run([](Store& store) -> Awaitable<void> {
        const auto batch = new_batch("b");
        co_await store.create_batch(tenant, batch);
        CO_ASSERT_OK(co_await store.add_migrations(tenant, batch.id, specs(1)));
        auto claimed = co_await claim_all(store, node);
        CO_ASSERT(claimed.size() == 1);
        auto outcome = succeeded();
        for (std::size_t i = 0; i <= Store::folders_kept; ++i)
            outcome.report.folders.push_back(folder_report("f" + std::to_string(i), i));
        CO_ASSERT_OK(co_await store.finish(node, claimed[0], outcome));
        auto folders = co_await store.folders(tenant, claimed[0].migration, {"", Store::folders_kept + 10});
        CO_ASSERT_OK(folders);
        EXPECT_EQ(folders->items.size(), Store::folders_kept);
        EXPECT_EQ(folders->items.back().report.source_name, "f" + std::to_string(Store::folders_kept - 1));
    });
}

}  // namespace godwit::test

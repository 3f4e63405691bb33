// ledger_size: writes the ledger of a large migration into a database, through the code of the daemon.
//
//   ledger_size URL MESSAGES FOLDER_SIZE
//
// Every append has its intent and its receipt, in batches as passes make them. Whoever starts it asks the
// database how large its tables are (tools/bench/run --scenario ledger).
#include <cstdio>
#include <cstdlib>
#include <random>

#include <boost/asio/io_context.hpp>

#include "engine/base/task_scope.h"
#include "scheduler/pg/migrator.h"
#include "scheduler/pg/pg_store.h"

namespace godwit::scheduler {
namespace {

constexpr std::uint32_t batch_messages = 256;

Awaitable<Result<ClaimedPass>> claim_one(Store& store, const NodeId& node) {
    const Batch batch{new_batch_id(), "ledger", 0, false, {}};
    GODWIT_CO_CHECK(co_await store.create_batch(default_tenant, batch));
    MigrationSpec spec;
    spec.id = new_migration_id();
    spec.source.host = "old.example";
    spec.destination.host = "new.example";
    spec.source.user = spec.destination.user = "ann";
    spec.source.password = spec.destination.password = {"key", "sealed"};
    std::vector<MigrationSpec> specs{std::move(spec)};
    GODWIT_CO_CHECK(co_await store.add_migrations(default_tenant, batch.id, std::move(specs)));
    GODWIT_CO_CHECK(co_await store.join(node, "bench", std::chrono::hours(1)));
    GODWIT_CO_TRY(queue, co_await store.queue());
    std::vector<ClaimRequest> requests{{queue.lanes.at(0).id, 1}};
    GODWIT_CO_TRY(claimed, co_await store.claim(node, std::move(requests)));
    co_return claimed.at(0);
}

Awaitable<Result<void>> fill_folder(sync::Ledger& ledger, const sync::FolderPair& pair,
                                    std::uint32_t messages, std::mt19937_64& random) {
    sync::FolderCursor cursor;
    cursor.source_uidvalidity = cursor.destination_uidvalidity = 1;
    for (std::uint32_t done = 0; done < messages;) {
        std::vector<sync::LedgerIntent> intents;
        std::vector<sync::LedgerEntry> entries;
        for (const auto end = std::min(done + batch_messages, messages); done < end; ++done) {
            const std::uint64_t key = random();
            sync::LedgerIntent intent;
            intent.source_uid = done + 1;
            intent.key_hash = key;
            intent.size = 10'000;
            intents.push_back(intent);
            entries.push_back({done + 1, done + 1, sync::Provenance::put, 1, key});
        }
        cursor.source_uidnext = messages + 1;
        cursor.watermark = done;
        GODWIT_CO_CHECK(co_await ledger.intend(pair, intents));
        GODWIT_CO_CHECK(co_await ledger.record(pair, cursor, entries));
    }
    co_return co_await ledger.finish(pair, cursor, {}, {});
}

Awaitable<Result<void>> fill(Store& store, std::uint32_t messages, std::uint32_t folder_size) {
    const NodeId node = new_node_id();
    GODWIT_CO_TRY(pass, co_await claim_one(store, node));
    const auto ledger = store.ledger(node, pass);
    std::mt19937_64 random(1);
    for (std::uint32_t done = 0, folder = 0; done < messages; done += folder_size, ++folder) {
        const auto name = "Folder " + std::to_string(folder);
        GODWIT_CO_CHECK(
            co_await fill_folder(*ledger, {name, name}, std::min(folder_size, messages - done), random));
    }
    co_return Result<void>{};
}

int run(const std::string& url, std::uint32_t messages, std::uint32_t folder_size) {
    pg::ExecutorOptions options;
    options.url = url;
    if (const auto migrated = pg::migrate(options); !migrated) {
        std::fprintf(stderr, "ledger_size: %s\n", migrated.error().to_string().c_str());
        return 1;
    }
    asio::io_context context(1);
    pg::Executor executor(options);
    pg::PgStore store(executor);
    Result<void> outcome;
    TaskScope tasks(context.get_executor());
    tasks.spawn("fill",
                [](Store& s, std::uint32_t count, std::uint32_t size, Result<void>& out) -> Awaitable<void> {
                    out = co_await fill(s, count, size);
                }(store, messages, folder_size, outcome));
    context.run();
    if (outcome) return 0;
    std::fprintf(stderr, "ledger_size: %s\n", outcome.error().to_string().c_str());
    return 1;
}

}  // namespace
}  // namespace godwit::scheduler

int main(int argc, char** argv) {
    if (argc != 4) return std::fputs("usage: ledger_size URL MESSAGES FOLDER_SIZE\n", stderr), 64;
    const auto number = [&](int place) {
        return static_cast<std::uint32_t>(std::strtoul(argv[place], nullptr, 10));
    };
    return godwit::scheduler::run(argv[1], number(2), number(3));
}

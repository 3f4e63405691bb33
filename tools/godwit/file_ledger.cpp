#include "tools/godwit/file_ledger.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/sync/ledger_compaction.h"
#include "engine/sync/ledger_segment.h"

namespace godwit::cli {

namespace {

using sync::FolderCursor;
using sync::FolderPair;
using sync::LedgerEntry;
using sync::LedgerFolder;
using sync::LedgerIntent;

constexpr std::int64_t format_version = 2;

const schemas::Statements& statements() {
    static const schemas::Statements all("ledger_file");
    return all;
}

std::unexpected<Error> cannot_make(int error) {
    return fail(error == ENOSPC || error == EDQUOT ? ErrorKind::disk_full : ErrorKind::database, Reach::node,
                std::strerror(error));
}

// SQLite would make it readable for everybody. Its name is on the disk when this returns.
Result<void> make_file(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return errno == EEXIST ? Result<void>{} : cannot_make(errno);
    ::close(file);
    const int directory = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = directory >= 0 && ::fsync(directory) == 0;
    const int error = errno;
    if (directory >= 0) ::close(directory);
    return synced ? Result<void>{} : cannot_make(error);
}

Error at_file(Error error, const std::string& path) {
    if (error.kind == ErrorKind::conflict)
        error.cause = "another process, perhaps another godwit sync, has it open";
    error.context = "ledger " + path;
    return error;
}

class FileSegmentRows final : public sync::SegmentRows {
public:
    FileSegmentRows(Sqlite& database, std::int64_t folder) : database_(database), folder_(folder) {}

    Result<std::vector<LedgerEntry>> receipts_after(std::int64_t uid) override {
        std::vector<LedgerEntry> entries;
        GODWIT_CHECK(database_.run("receipts", {folder_, uid}, [&](const SqlRow& row) -> Result<void> {
            entries.push_back({row.number<std::uint32_t>(0), row.number<std::uint32_t>(1),
                               static_cast<sync::Provenance>(row.number(2)), row.number<sync::FlagBits>(3),
                               row.number<std::uint64_t>(4)});
            return {};
        }));
        return entries;
    }
    Result<void> drop_receipts() override { return database_.run("drop_receipts", {folder_}); }
    Result<sync::StoredSegment> segment_at(std::uint32_t uid) override {
        sync::StoredSegment segment;
        GODWIT_CHECK(database_.run("segment", {folder_, uid}, [&](const SqlRow& row) -> Result<void> {
            segment.first_uid = row.number<std::uint32_t>(0);
            GODWIT_TRY(entries, sync::decode_segment(row.bytes(1)));
            segment.entries = std::move(entries);
            if (!row.is_null(2)) segment.end = row.number(2);
            return {};
        }));
        return segment;
    }
    Result<void> drop_segment(std::uint32_t first_uid) override {
        return database_.run("drop_segment", {folder_, first_uid});
    }
    Result<void> add_segment(std::span<const LedgerEntry> entries) override {
        const auto bytes = sync::encode_segment(entries);
        return database_.run("add_segment", {folder_, entries.front().source_uid, SqlValue::Blob{bytes}});
    }

private:
    Sqlite& database_;
    std::int64_t folder_;
};

// Sixteen columns from `first`.
FolderCursor cursor_of(const SqlRow& row, int first) {
    const auto number = [&](int at) { return row.number<std::uint32_t>(first + at); };
    const auto wide = [&](int at) { return row.number<std::uint64_t>(first + at); };
    return {wide(0), number(1), wide(2), wide(3), number(4), number(5), static_cast<std::uint8_t>(number(6)),
            {wide(7), number(8), wide(9), number(10), number(11), number(12), number(13), wide(14), number(15)}};
}

Result<std::vector<LedgerEntry>> read_entries(Sqlite& database, std::int64_t folder) {
    std::vector<LedgerEntry> entries;
    GODWIT_CHECK(database.run("segments", {folder}, [&](const SqlRow& row) -> Result<void> {
        GODWIT_TRY(segment, sync::decode_segment(row.bytes(0)));
        entries.insert(entries.end(), segment.begin(), segment.end());
        return {};
    }));
    FileSegmentRows rows(database, folder);
    return sync::with_receipts(rows, std::move(entries));
}

Result<std::vector<LedgerIntent>> read_intents(Sqlite& database, std::int64_t folder) {
    std::vector<LedgerIntent> intents;
    GODWIT_CHECK(database.run("intents", {folder}, [&](const SqlRow& row) -> Result<void> {
        intents.push_back({row.number<std::uint32_t>(0), row.number<std::uint64_t>(1),
                           row.number<std::uint64_t>(2), row.number<std::uint32_t>(3),
                           row.number(4) != 0});
        return {};
    }));
    return intents;
}

}  // namespace

Result<std::unique_ptr<FileLedger>> FileLedger::open(const std::string& path, const AccountKey& source,
                                                     const AccountKey& destination) {
    // Absolute, since some names mean something else to SQLite.
    std::error_code ignored;
    const auto absolute = std::filesystem::absolute(path, ignored);
    if (auto made = make_file(absolute); !made) return std::unexpected(at_file(made.error(), path));
    auto database = Sqlite::open(absolute.string(), statements());
    if (!database) return std::unexpected(at_file(database.error(), path));
    std::unique_ptr<FileLedger> ledger(new FileLedger(std::move(*database)));
    if (auto started = ledger->start(source, destination); !started)
        return std::unexpected(at_file(started.error(), path));
    return ledger;
}

Result<void> FileLedger::start(const AccountKey& source, const AccountKey& destination) {
    GODWIT_CHECK(database_.script("open"));
    GODWIT_CHECK(check_format());
    const std::initializer_list<SqlValue> names{source.host,      source.port,      source.user,
                                                destination.host, destination.port, destination.user};
    GODWIT_CHECK(database_.run("add_pair", names));
    GODWIT_CHECK(database_.run("pair", names, [&](const SqlRow& row) -> Result<void> {
        pair_id_ = row.number(0);
        return {};
    }));
    GODWIT_CHECK(database_.run("commit"));
    return database_.run("use_log");
}

Result<void> FileLedger::check_format() {
    bool empty = false, ours = false;
    std::int64_t version = 0;
    auto read = database_.run("format", {}, [&](const SqlRow& row) -> Result<void> {
        empty = row.number(0) != 0;
        ours = row.number(1) != 0;
        version = row.number(2);
        return {};
    });
    GODWIT_CHECK(std::move(read));
    if (empty) return database_.script("create");
    if (!ours)
        return fail(ErrorKind::invalid_argument, Reach::node, "it is a database, but no ledger of Godwit");
    if (version == 1) return database_.script("upgrade");
    if (version != format_version)
        return fail(ErrorKind::invalid_argument, Reach::node,
                    fmt::format("it has format {}, and this version of Godwit knows format {} only", version,
                                format_version));
    return {};
}

Result<FileLedger::Folder> FileLedger::find(const FolderPair& pair) {
    Folder folder;
    GODWIT_CHECK(
        database_.run("folder", {pair_id_, SqlValue::Blob{pair.source}, SqlValue::Blob{pair.destination}},
                      [&](const SqlRow& row) -> Result<void> {
                          folder.id = row.number(0);
                          folder.cursor = cursor_of(row, 1);
                          return {};
                      }));
    return folder;
}

Result<std::int64_t> FileLedger::find_or_add(const FolderPair& pair) {
    GODWIT_TRY(folder, find(pair));
    if (folder.id) return *folder.id;
    std::int64_t id = 0;
    GODWIT_CHECK(database_.run("add_folder",
                               {pair_id_, SqlValue::Blob{pair.source}, SqlValue::Blob{pair.destination}},
                               [&](const SqlRow& row) -> Result<void> {
                                   id = row.number(0);
                                   return {};
                               }));
    return id;
}

Result<void> FileLedger::set_cursor(std::int64_t folder, const FolderCursor& cursor) {
    return database_.run("set_cursor", {folder, cursor.source_uidvalidity, cursor.source_uidnext,
                                        cursor.source_highestmodseq, cursor.destination_uidvalidity,
                                        cursor.watermark, cursor.slowest_append_ms, cursor.key_rung,
                                        cursor.rest.options, cursor.rest.source_messages, cursor.rest.source_bytes,
                                        cursor.rest.without_entry, cursor.rest.removed,
                                        cursor.rest.destination_messages, cursor.rest.destination_uidnext,
                                        cursor.rest.destination_highestmodseq, cursor.rest.foreign});
}

Result<bool> FileLedger::has_intents(std::int64_t folder) {
    bool found = false;
    GODWIT_CHECK(database_.run("has_intents", {folder}, [&](const SqlRow& row) -> Result<void> {
        found = row.number(0) != 0;
        return {};
    }));
    return found;
}

Result<void> FileLedger::close_intent(std::int64_t folder, std::uint32_t source_uid) {
    GODWIT_CHECK(database_.run("drop_intent", {folder, source_uid}));
    return database_.run("close_intent", {folder, source_uid});
}

Awaitable<Result<LedgerFolder>> FileLedger::load(const FolderPair& pair) {
    GODWIT_CO_TRY(folder, find(pair));
    if (!folder.id) co_return LedgerFolder{};
    GODWIT_CO_TRY(entries, read_entries(database_, *folder.id));
    GODWIT_CO_TRY(intents, read_intents(database_, *folder.id));
    co_return LedgerFolder{folder.cursor, std::move(entries), std::move(intents)};
}

Awaitable<Result<void>> FileLedger::intend(const FolderPair& pair, std::span<const LedgerIntent> intents) {
    GODWIT_CO_TRY(transaction, SqlTransaction::begin(database_));
    GODWIT_CO_TRY(folder, find_or_add(pair));
    for (const auto& intent : intents)
        GODWIT_CO_CHECK(database_.run("put_intent", {folder, intent.source_uid, intent.key_hash, intent.size,
                                                     intent.doubts, intent.open}));
    co_return transaction.commit();
}

Awaitable<Result<void>> FileLedger::record(const FolderPair& pair, const FolderCursor& cursor,
                                           std::span<const LedgerEntry> entries) {
    GODWIT_CO_TRY(transaction, SqlTransaction::begin(database_));
    GODWIT_CO_TRY(folder, find_or_add(pair));
    GODWIT_CO_CHECK(set_cursor(folder, cursor));
    GODWIT_CO_TRY(closing, has_intents(folder));  // not where messages were only found
    for (const auto& entry : entries) {
        if (closing) GODWIT_CO_CHECK(close_intent(folder, entry.source_uid));
        GODWIT_CO_CHECK(
            database_.run("put_receipt", {folder, entry.source_uid, entry.destination_uid,
                                          static_cast<int>(entry.provenance), entry.flags, entry.key_hash}));
    }
    auto& receipts = receipts_[pair];
    if ((receipts += entries.size()) > sync::receipts_at_most) {
        FileSegmentRows rows(database_, folder);
        GODWIT_CO_CHECK(sync::compact_receipts(rows));
        receipts = 0;
    }
    co_return transaction.commit();
}

Awaitable<Result<void>> FileLedger::withdraw(const FolderPair& pair,
                                             std::span<const std::uint32_t> source_uids) {
    GODWIT_CO_TRY(transaction, SqlTransaction::begin(database_));
    GODWIT_CO_TRY(folder, find(pair));
    if (!folder.id) co_return Result<void>{};
    for (const auto uid : source_uids) GODWIT_CO_CHECK(close_intent(*folder.id, uid));
    co_return transaction.commit();
}

Awaitable<Result<void>> FileLedger::finish(const FolderPair& pair, const FolderCursor& cursor,
                                           std::span<const LedgerEntry> last, std::span<const std::uint32_t> gone) {
    receipts_.erase(pair);
    GODWIT_CO_TRY(transaction, SqlTransaction::begin(database_));
    GODWIT_CO_TRY(folder, find_or_add(pair));
    GODWIT_CO_CHECK(set_cursor(folder, cursor));
    FileSegmentRows rows(database_, folder);
    GODWIT_CO_CHECK(sync::compact_receipts(rows, {last.begin(), last.end()}));
    GODWIT_CO_CHECK(sync::drop_entries(rows, {gone.begin(), gone.end()}));
    GODWIT_CO_CHECK(database_.run("drop_intents", {folder}));
    GODWIT_CO_CHECK(database_.run("close_intents", {folder}));
    co_return transaction.commit();
}

Awaitable<Result<void>> FileLedger::forget(const FolderPair& pair) {
    receipts_.erase(pair);
    GODWIT_CO_TRY(transaction, SqlTransaction::begin(database_));
    GODWIT_CO_TRY(folder, find(pair));
    if (folder.id) GODWIT_CO_CHECK(database_.run("forget", {*folder.id}));
    co_return transaction.commit();
}

Awaitable<Result<std::vector<sync::LedgerPair>>> FileLedger::pairs() {
    std::vector<sync::LedgerPair> pairs;
    GODWIT_CO_CHECK(database_.run("pairs", {pair_id_}, [&](const SqlRow& row) -> Result<void> {
        pairs.push_back({{std::string(row.bytes(0)), std::string(row.bytes(1))}, cursor_of(row, 2), row.number(18) != 0});
        return {};
    }));
    co_return pairs;
}

Awaitable<Result<std::vector<sync::LedgerFact>>> FileLedger::facts(const FolderPair& pair, sync::FactKind kind) {
    GODWIT_CO_TRY(folder, find(pair));
    std::vector<sync::LedgerFact> facts;
    if (!folder.id) co_return facts;
    GODWIT_CO_CHECK(database_.run("facts", {*folder.id, static_cast<int>(kind)}, [&](const SqlRow& row) -> Result<void> {
        facts.push_back({row.number<std::uint32_t>(0), std::string(row.bytes(1))});
        return {};
    }));
    co_return facts;
}

Awaitable<Result<void>> FileLedger::keep_facts(const FolderPair& pair, sync::FactKind kind,
                                               std::span<const sync::LedgerFact> facts, bool keep_first) {
    if (facts.empty()) co_return Result<void>{};
    GODWIT_CO_TRY(transaction, SqlTransaction::begin(database_));
    GODWIT_CO_TRY(folder, find_or_add(pair));
    for (const auto& fact : facts)
        GODWIT_CO_CHECK(database_.run(
            "keep_fact", {folder, static_cast<int>(kind), fact.uid, SqlValue::Blob{fact.value}, keep_first}));
    co_return transaction.commit();
}

Awaitable<Result<void>> FileLedger::drop_facts(const FolderPair& pair, sync::FactKind kind,
                                               std::span<const std::uint32_t> uids) {
    GODWIT_CO_TRY(transaction, SqlTransaction::begin(database_));
    GODWIT_CO_TRY(folder, find(pair));
    if (folder.id)
        for (const auto uid : uids)
            GODWIT_CO_CHECK(database_.run("drop_fact", {*folder.id, static_cast<int>(kind), uid}));
    co_return transaction.commit();
}

Awaitable<Result<void>> FileLedger::add_findings(std::span<const sync::Finding> findings) {
    findings_.insert(findings_.end(), findings.begin(), findings.end());
    co_return Result<void>{};
}

}  // namespace godwit::cli

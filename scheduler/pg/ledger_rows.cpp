#include "scheduler/pg/ledger_rows.h"

#include "engine/sync/ledger_compaction.h"
#include "engine/sync/ledger_segment.h"
#include "scheduler/pg/sql.h"

namespace godwit::scheduler::pg {
namespace {

using Entries = std::vector<sync::LedgerEntry>;

constexpr std::size_t finding_text_bytes = 2000;

// What fails besides the statements themselves ends the transaction.
template <class T>
T must(Result<T> result) {
    if (!result) throw Executor::Refused{result.error()};
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class PgSegmentRows final : public sync::SegmentRows {
public:
    PgSegmentRows(pqxx::work& tx, std::int64_t folder) : tx_(tx), folder_(folder) {}

    Result<Entries> receipts_after(std::int64_t uid) override {
        Entries entries;
        for (const auto& row : exec(tx_, "ledger_receipts", folder_, uid))
            entries.push_back({row[0].as<std::uint32_t>(), row[1].as<std::uint32_t>(),
                               static_cast<sync::Provenance>(row[2].as<int>()),
                               static_cast<sync::FlagBits>(row[3].as<int>()),
                               from_bigint(row[4])});
        return entries;
    }
    Result<void> drop_receipts() override {
        exec(tx_, "ledger_drop_receipts", folder_);
        return {};
    }
    Result<sync::StoredSegment> segment_at(std::uint32_t uid) override {
        const auto row = exec(tx_, "ledger_segment", folder_, uid)[0];
        sync::StoredSegment segment;
        if (!row[0].is_null()) {
            segment.first_uid = row[0].as<std::uint32_t>();
            GODWIT_TRY(entries, sync::decode_segment(bytes_of(row[1])));
            segment.entries = std::move(entries);
        }
        if (!row[2].is_null()) segment.end = row[2].as<std::int64_t>();
        return segment;
    }
    Result<void> drop_segment(std::uint32_t first_uid) override {
        exec(tx_, "ledger_drop_segment", folder_, first_uid);
        return {};
    }
    Result<void> add_segment(std::span<const sync::LedgerEntry> entries) override {
        exec(tx_, "ledger_add_segment", folder_, entries.front().source_uid, entries.back().source_uid,
             bytea(sync::encode_segment(entries)));
        return {};
    }

private:
    pqxx::work& tx_;
    std::int64_t folder_;
};

}  // namespace

std::vector<sync::LedgerEntry> read_entries(pqxx::work& tx, std::int64_t folder) {
    Entries entries;
    for (std::int64_t after = -1;;) {
        const auto some = exec(tx, "ledger_segments", folder, after);
        if (some.empty()) break;
        for (const auto& row : some) {
            const Entries segment = must(sync::decode_segment(bytes_of(row[1])));
            entries.insert(entries.end(), segment.begin(), segment.end());
            after = row[0].as<std::int64_t>();
        }
    }
    PgSegmentRows rows(tx, folder);
    return must(sync::with_receipts(rows, std::move(entries)));
}

std::vector<sync::LedgerIntent> read_intents(pqxx::work& tx, std::int64_t folder) {
    std::vector<sync::LedgerIntent> intents;
    for (const auto& row : exec(tx, "ledger_intents", folder))
        intents.push_back({row[0].as<std::uint32_t>(), from_bigint(row[1]),
                           row[2].as<std::uint64_t>(), row[3].as<std::uint32_t>(), row[4].as<bool>()});
    return intents;
}

void write_receipts(pqxx::work& tx, std::int64_t folder, Entries entries) {
    if (entries.empty()) return;
    sync::keep_last_of_each_uid(entries);
    exec(tx, "ledger_record", folder, number_array(entries, &sync::LedgerEntry::source_uid),
         number_array(entries, &sync::LedgerEntry::destination_uid),
         number_array(entries, [](const auto& entry) { return static_cast<int>(entry.provenance); }),
         number_array(entries, [](const auto& entry) { return static_cast<int>(entry.flags); }),
         number_array(entries, [](const auto& entry) { return as_bigint(entry.key_hash); }));
}

void write_intents(pqxx::work& tx, std::int64_t folder, std::vector<sync::LedgerIntent> intents) {
    if (intents.empty()) return;
    sync::keep_last_of_each_uid(intents);
    exec(tx, "ledger_intend", folder, number_array(intents, &sync::LedgerIntent::source_uid),
         number_array(intents, [](const auto& intent) { return as_bigint(intent.key_hash); }),
         number_array(intents, &sync::LedgerIntent::size),
         number_array(intents, &sync::LedgerIntent::doubts),
         number_array(intents, [](const auto& intent) { return static_cast<int>(intent.open); }));
}

void close_intents(pqxx::work& tx, std::int64_t folder, const std::vector<std::uint32_t>& source_uids) {
    if (source_uids.empty()) return;
    exec(tx, "ledger_close_intents", folder, number_array(source_uids, std::identity{}));
}

std::vector<sync::LedgerFact> read_facts(pqxx::work& tx, std::int64_t folder, sync::FactKind kind) {
    std::vector<sync::LedgerFact> facts;
    for (const auto& row : exec(tx, "ledger_facts", folder, static_cast<int>(kind)))
        facts.push_back({row[0].as<std::uint32_t>(), bytes_of(row[1])});
    return facts;
}

void write_facts(pqxx::work& tx, std::int64_t folder, sync::FactKind kind, const std::vector<sync::LedgerFact>& facts,
                 bool keep_first) {
    std::map<std::uint32_t, std::string> by_uid;   // one statement takes a row once
    for (const auto& fact : facts) by_uid[fact.uid] = bytea(fact.value);
    std::vector<std::string> values;
    for (const auto& [uid, value] : by_uid) values.push_back(value);
    exec(tx, "ledger_keep_facts", folder, static_cast<int>(kind),
         number_array(by_uid, [](const auto& fact) { return fact.first; }), text_array(values), keep_first);
}

void write_findings(pqxx::work& tx, const FindingOwner& owner, const std::vector<sync::Finding>& findings) {
    const auto texts = [&](auto text) {
        std::vector<std::string> out;
        for (const auto& finding : findings) out.push_back(printable(text(finding), finding_text_bytes));
        return text_array(out);
    };
    exec(tx, "add_findings", owner.tenant, owner.migration, owner.pass, owner.generation,
         texts([](const auto& finding) { return std::string(sync::name_of(finding.kind)); }),
         texts([](const auto& finding) { return finding.folder; }),
         texts([](const auto& finding) { return finding.destination_folder; }),
         number_array(findings, &sync::Finding::source_uid), number_array(findings, &sync::Finding::destination_uid),
         number_array(findings, &sync::Finding::size), texts([](const auto& finding) { return finding.detail; }));
}

void compact_receipts(pqxx::work& tx, std::int64_t folder, const std::vector<sync::LedgerEntry>& last) {
    PgSegmentRows rows(tx, folder);
    must(sync::compact_receipts(rows, last));
}

void drop_entries(pqxx::work& tx, std::int64_t folder, std::vector<std::uint32_t> uids) {
    PgSegmentRows rows(tx, folder);
    must(sync::drop_entries(rows, std::move(uids)));
}

}  // namespace godwit::scheduler::pg

#include "scheduler/pg/migrator.h"

#include <charconv>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/log.h"
#include "scheduler/pg/queries.h"
#include "schemas/embedded.h"

namespace godwit::scheduler::pg {

namespace {

using namespace std::chrono_literals;

// Another node may be applying a long migration.
constexpr auto lock_patience = 10min;
constexpr auto migration_timeout = 60min;

struct MigrationFile {
    int version = 0;
    std::string name, text, sha256;
};

[[noreturn]] void refuse(ErrorKind kind, std::string cause) {
    throw Executor::Refused{
        Error{kind, Reach::node, std::move(cause), "bringing the database's schema up to date"}};
}

// "migrations/0003_hosts.sql" is version 3; versions count from 1 without gaps.
std::vector<MigrationFile> our_files() {
    constexpr std::string_view folder = "migrations/";
    std::vector<MigrationFile> files;
    for (const auto& file : schemas::files()) {
        if (!file.name.starts_with(folder)) continue;
        const auto name = file.name.substr(folder.size());
        int version = 0;
        std::from_chars(name.data(), name.data() + name.size(), version);
        if (version != static_cast<int>(files.size()) + 1)
            refuse(ErrorKind::internal, "schemas/migrations has a gap before " + std::string(name));
        files.push_back({version, std::string(name), std::string(file.text), sha256_hex(file.text)});
    }
    return files;
}

void check_applied(const pqxx::result& applied, const std::vector<MigrationFile>& files) {
    const auto count = static_cast<std::size_t>(applied.size());
    if (count > files.size())
        refuse(ErrorKind::conflict, "the database has schema version " + std::to_string(count) +
                                        ", this program knows versions up to " +
                                        std::to_string(files.size()) +
                                        ": run a godwitd that is at least as new as the one that used this "
                                        "database, or restore a backup from before its upgrade");
    for (std::size_t i = 0; i < count; ++i) {
        const auto row = applied[static_cast<pqxx::result::size_type>(i)];
        if (row[0].as<int>() == files[i].version && row[2].as<std::string>() == files[i].sha256) continue;
        refuse(ErrorKind::conflict,
               "migration " + row[1].as<std::string>() +
                   " was applied to this database from another text than this program's " + files[i].name +
                   ": run the release that made this database, or start "
                   "with an empty one");
    }
}

// Waits for other migrators, in steps of the lock timeout.
void lock(pqxx::connection& connection, std::unique_ptr<pqxx::work>& transaction,
          const ExecutorOptions& options) {
    for (const auto deadline = after(lock_patience);;) {
        transaction.reset();  // before its successor: a connection has one at a time
        transaction = std::make_unique<pqxx::work>(connection);
        if (options.transaction_pooler) set_timeouts(options, *transaction);
        try {
            transaction->exec(query("migrator_lock"));
            return;
        } catch (const pqxx::sql_error& error) {
            constexpr auto lock_not_available = "55P03";
            if (error.sqlstate() != lock_not_available || std::chrono::steady_clock::now() > deadline) throw;
            log_line(LogLevel::info, "waiting for another node to migrate the database");
        }
    }
}

// One transaction: the first file that is missing. False when none is.
bool apply_next(pqxx::connection& connection, const std::vector<MigrationFile>& files,
                const ExecutorOptions& options) {
    std::unique_ptr<pqxx::work> transaction;
    lock(connection, transaction, options);
    transaction->exec(query("migrator_create_table"));
    const auto applied = transaction->exec(query("migrator_applied"));
    check_applied(applied, files);
    const auto count = static_cast<std::size_t>(applied.size());
    if (count < files.size()) {
        const auto& file = files[count];
        transaction->exec(file.text);
        transaction->exec_params(query("migrator_record"), file.version, file.name, file.sha256);
        transaction->commit();
        log_line(LogLevel::info, "database migrated", {{"migration", file.name}});
        return true;
    }
    transaction->commit();
    return false;
}

}  // namespace

Result<int> migrate(const ExecutorOptions& given) {
    auto options = given;
    options.statement_timeout = migration_timeout;
    try {
        const auto files = our_files();
        auto connection = open_connection(options, "migrator");
        while (apply_next(*connection, files, options)) {
        }
        return static_cast<int>(files.size());
    } catch (const Executor::Refused& refused) {
        return std::unexpected(refused.error);
    } catch (const std::exception& exception) {
        return pass_on(database_error(exception), "bringing the database's schema up to date");
    }
}

}  // namespace godwit::scheduler::pg

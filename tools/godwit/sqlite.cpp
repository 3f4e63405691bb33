#include "tools/godwit/sqlite.h"

#include <cerrno>

#include <fmt/format.h>

namespace godwit::cli {

namespace {

ErrorKind kind_of(sqlite3* database) {
    const int code = sqlite3_errcode(database) & 0xff;
    const int system = sqlite3_system_errno(database);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return ErrorKind::conflict;
    if (code == SQLITE_FULL || (code == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT)))
        return ErrorKind::disk_full;
    return ErrorKind::database;
}

// A statement that was stepped is ready again for the next run, and holds nothing of the caller's.
class Reset {
public:
    explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
    ~Reset() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    Reset(const Reset&) = delete;

private:
    sqlite3_stmt* statement_;
};

}  // namespace

int SqlValue::bind(sqlite3_stmt* statement, int index) const {
    if (const auto* number = std::get_if<std::int64_t>(&value_))
        return sqlite3_bind_int64(statement, index, *number);
    if (const auto* text = std::get_if<std::string_view>(&value_))
        return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    const auto& bytes = std::get<Blob>(value_).bytes;
    return bytes.empty() ? sqlite3_bind_zeroblob(statement, index, 0)
                         : sqlite3_bind_blob64(statement, index, bytes.data(), bytes.size(), SQLITE_STATIC);
}

bool SqlRow::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string_view SqlRow::bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<Sqlite> Sqlite::open(const std::string& path, const schemas::Statements& statements) {
    sqlite3* opened = nullptr;
    const int code =
        sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nullptr);
    Sqlite database(Handle(opened), path, statements);
    if (code != SQLITE_OK) return database.failure();
    // The log stays beside the file until it is large: moving a few pages would cost a short run more than all
    // it wrote. Without its log the file is an older state of itself.
    sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return database;
}

std::unexpected<Error> Sqlite::failure() const {
    auto* database = database_.get();
    return fail(kind_of(database), Reach::node,
                fmt::format("{} (SQLite {})", sqlite3_errmsg(database), sqlite3_extended_errcode(database)),
                path_);
}

Result<void> Sqlite::script(std::string_view name) {
    if (sqlite3_exec(database_.get(), statements_->at(name).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return failure();
    return {};
}

Result<sqlite3_stmt*> Sqlite::prepared(std::string_view name) {
    if (const auto found = prepared_.find(name); found != prepared_.end()) return found->second.get();
    const auto& text = statements_->at(name);
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), text.data(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (code != SQLITE_OK) return failure();
    prepared_.emplace(name, made);
    return made;
}

Result<void> Sqlite::run(std::string_view name, std::initializer_list<SqlValue> values, const OnRow& on_row) {
    GODWIT_TRY(statement, prepared(name));
    const Reset reset(statement);
    int index = 0;
    for (const auto& value : values)
        if (value.bind(statement, ++index) != SQLITE_OK) return failure();
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        if (on_row) GODWIT_CHECK(on_row(SqlRow(statement)));
    if (code != SQLITE_DONE) return failure();
    return {};
}

Result<SqlTransaction> SqlTransaction::begin(Sqlite& database) {
    GODWIT_CHECK(database.run("begin"));
    return SqlTransaction(database);
}

SqlTransaction::~SqlTransaction() {
    // Some errors have ended it already.
    if (database_ && database_->in_transaction()) (void)database_->run("rollback");
}

}  // namespace godwit::cli

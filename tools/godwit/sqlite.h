// A SQLite database as values: named statements, prepared once, and errors as results.
//
// disk_full; conflict: another process uses the file; database: everything else, damage included. Calls
// block.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <sqlite3.h>

#include "engine/base/result.h"
#include "schemas/statements.h"

namespace godwit::cli {

// A value of a statement. Numbers of 64 bits without a sign keep their bits.
class SqlValue {
public:
    struct Blob {
        std::string_view bytes;
    };
    SqlValue(std::integral auto number) : value_(static_cast<std::int64_t>(number)) {}
    SqlValue(const std::string& text) : value_(std::string_view(text)) {}
    SqlValue(Blob blob) : value_(blob) {}

    int bind(sqlite3_stmt* statement, int index) const;

private:
    std::variant<std::int64_t, std::string_view, Blob> value_;
};

class SqlRow {
public:
    explicit SqlRow(sqlite3_stmt* statement) : statement_(statement) {}
    bool is_null(int column) const;
    template <std::integral Number = std::int64_t>
    Number number(int column) const {
        return static_cast<Number>(sqlite3_column_int64(statement_, column));
    }
    // Until the next row.
    std::string_view bytes(int column) const;

private:
    sqlite3_stmt* statement_;
};

class Sqlite {
public:
    // The file must exist; nothing in it is looked at yet. `statements` must outlive the database.
    static Result<Sqlite> open(const std::string& path, const schemas::Statements& statements);

    // Several statements in one text; what they answer is dropped.
    Result<void> script(std::string_view name);
    // One statement; `on_row` is called with each row and may end it with an error.
    using OnRow = std::function<Result<void>(const SqlRow& row)>;
    Result<void> run(std::string_view name, std::initializer_list<SqlValue> values = {},
                     const OnRow& on_row = {});
    bool in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

private:
    template <auto function>
    struct Closer {
        void operator()(auto* handle) const { function(handle); }
    };
    using Handle = std::unique_ptr<sqlite3, Closer<sqlite3_close_v2>>;
    using Statement = std::unique_ptr<sqlite3_stmt, Closer<sqlite3_finalize>>;

    Sqlite(Handle database, std::string path, const schemas::Statements& statements)
        : database_(std::move(database)), path_(std::move(path)), statements_(&statements) {}
    Result<sqlite3_stmt*> prepared(std::string_view name);
    std::unexpected<Error> failure() const;

    Handle database_;
    std::string path_;
    const schemas::Statements* statements_;
    std::map<std::string, Statement, std::less<>> prepared_;
};

// From `begin` to commit(); rolled back without it.
class SqlTransaction {
public:
    static Result<SqlTransaction> begin(Sqlite& database);
    ~SqlTransaction();
    SqlTransaction(SqlTransaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Result<void> commit() { return database_->run("commit"); }

private:
    explicit SqlTransaction(Sqlite& database) : database_(&database) {}
    Sqlite* database_;
};

}  // namespace godwit::cli

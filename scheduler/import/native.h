// NativeImporter: CSV with a header row. The columns, in any order, are those of columns.h and the options
// that rows may have, by their names; a list may stand in several columns.
#pragma once

#include "scheduler/import/csv_reader.h"
#include "scheduler/import/importer.h"
#include "scheduler/import/row_checker.h"

namespace godwit::scheduler {

class NativeImporter final : public Importer, private CsvReader::Sink {
public:
    NativeImporter(ImportDefaults defaults, ImportLimits limits);
    Result<void> feed(std::string_view bytes) override;
    Result<void> end() override;

private:
    bool on_row(std::uint64_t line, std::span<const std::string_view> values) override;
    bool on_bad_row(std::uint64_t line, std::size_t index, std::string_view code,
                    std::string detail) override;
    // What the values of one column are: an option where `column` is not set.
    struct HeaderField {
        std::optional<Column> column;
        const sync::OptionSpec* option = nullptr;
        std::string name;
    };
    bool on_header(std::uint64_t line, std::span<const std::string_view> values);
    bool add_field(std::uint64_t line, HeaderField field);
    bool has_required(std::uint64_t line);
    RowText row_of(std::span<const std::string_view> values) const;
    bool count_row();
    bool refuse_file(RowError error);
    void open_reader();
    Result<void> outcome() const;

    const ImportDefaults defaults_;
    const ImportLimits limits_;
    RowChecker checker_;
    std::string beginning_;  // held until the header is complete
    std::unique_ptr<CsvReader> reader_;
    std::vector<HeaderField> header_;
    ColumnNames names_;
    std::optional<Error> failed_;
};

}  // namespace godwit::scheduler

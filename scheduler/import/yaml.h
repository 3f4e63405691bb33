// YamlImporter: one YAML document,
//
//   defaults: {source_host: imap.old.example, options: {automap: true}}
//   migrations:
//     - {source_user: ann, source_password: x, destination_host: …, destination_user: …,
//     destination_password: …}
//
// Names are those of the native form's columns; options stand by their names in a map called options (a text
// as in the options column will do) or beside the columns. A list may be one value. `defaults` may have what
// a row may have, but for external_id. The file is held until its end, and therefore limited; CSV is for
// more.
#pragma once

#include <optional>

#include "scheduler/import/importer.h"
#include "scheduler/import/row_checker.h"
#include "scheduler/import/yaml_reader.h"

namespace godwit::scheduler {

class YamlImporter final : public Importer {
public:
    YamlImporter(ImportDefaults defaults, ImportLimits limits);
    ~YamlImporter() override;
    Result<void> feed(std::string_view bytes) override;
    Result<void> end() override;
    bool has_more() const override { return checker_ && next_ < document_.rows().size(); }

private:
    // What a name of the file stands for; not good: nothing, or what an earlier one stood for.
    struct Name {
        std::uint32_t place = 0;  // in the document; entries of one list share it
        bool in_options = false, good = true;
        std::optional<Column> column;
        const sync::OptionSpec* option = nullptr;
        std::string shown;
    };
    // A row as RowChecker takes it, unless an error was found before that.
    struct Parts {
        std::uint64_t row = 0;
        std::string prefix;  // of names in errors
        RowText text;
        ColumnNames names;
        std::vector<Name> said;
        bool good = true;
    };

    Result<void> read_document();
    Result<void> refuse_file(RowError error, ErrorKind kind = ErrorKind::invalid_argument);
    Parts parts_of(const YamlDocument::Row& row, std::string prefix, std::size_t most_bytes);
    void add_value(const YamlDocument::Value& value, Parts& parts, std::vector<OptionCell>& beside);
    Name meaning_of(const YamlDocument::Value& value, Parts& parts);
    void bad(Parts& parts, std::string name, std::string_view code, std::string detail);
    Result<void> read_defaults();
    void check_defaults(Parts& parts);
    static void take_side(const ByColumn<std::string_view>& values, Column host_column, std::string& host,
                          std::uint16_t& port, std::optional<net::TlsMode>& tls);
    void check_row(const YamlDocument::Row& row);

    ImportDefaults defaults_;
    const ImportLimits limits_;
    std::string text_;
    YamlDocument document_;
    ByColumn<std::string_view> default_logins_;  // users and passwords; views of the document
    std::optional<RowChecker> checker_;          // once the document was read
    std::size_t next_ = 0;                       // row to check
};

}  // namespace godwit::scheduler

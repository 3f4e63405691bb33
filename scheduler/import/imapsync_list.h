// ImapsyncListImporter: the list of imapsync's sample loops,
// host1;user1;password1;host2;user2;password2;options; with 6 or 7 values and perhaps a last separator. No
// quoting: quotes and backslashes stand for themselves, and a value cannot hold ';'. Lines that begin with
// '#' and blank lines are left out.
#pragma once

#include "scheduler/import/importer.h"
#include "scheduler/import/row_checker.h"

namespace godwit::scheduler {

class ImapsyncListImporter final : public Importer {
public:
    ImapsyncListImporter(ImportDefaults defaults, ImportLimits limits);
    ~ImapsyncListImporter() override;
    Result<void> feed(std::string_view bytes) override;
    Result<void> end() override;

private:
    Result<void> take(std::string_view bytes);
    Result<void> on_line(std::string_view line);
    Result<void> count_row();

    const ImportLimits limits_;
    RowChecker checker_;
    ColumnNames names_;
    std::string line_;          // begun, not ended yet
    std::uint64_t number_ = 1;  // of the line that comes
    bool too_long_ = false;     // the line is left out up to its end
};

}  // namespace godwit::scheduler

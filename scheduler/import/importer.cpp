#include "scheduler/import/importer.h"

#include "scheduler/import/imapsync_list.h"
#include "scheduler/import/native.h"
#include "scheduler/import/row_checker.h"
#include "scheduler/import/yaml.h"

namespace godwit::scheduler {

std::optional<ImportFormat> import_format_of(std::string_view name) {
    if (name == "native") return ImportFormat::native;
    if (name == "imapsync") return ImportFormat::imapsync;
    if (name == "yaml") return ImportFormat::yaml;
    return std::nullopt;
}

Result<sync::OptionTarget> default_options(std::string_view text) {
    sync::OptionTarget options;
    auto checked = sync::apply_row_options(options, text);
    // Only a copy: port and TLS are not settled before the row has spoken.
    auto settled = options;
    if (checked) checked = sync::settle_options(settled);
    if (checked) return options;
    return fail(ErrorKind::invalid_argument, Reach::account, sentence_of(checked.error()));
}

std::unique_ptr<Importer> make_importer(ImportFormat format, ImportDefaults defaults, ImportLimits limits) {
    switch (format) {
        case ImportFormat::imapsync:
            return std::make_unique<ImapsyncListImporter>(std::move(defaults), limits);
        case ImportFormat::yaml: return std::make_unique<YamlImporter>(std::move(defaults), limits);
        case ImportFormat::native: break;
    }
    return std::make_unique<NativeImporter>(std::move(defaults), limits);
}

}  // namespace godwit::scheduler

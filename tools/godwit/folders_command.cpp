#include <boost/json.hpp>

#include "tools/godwit/commands.h"
#include "tools/godwit/json_fields.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t all = std::size_t(-1);

// "2 too_large, 1 content".
std::string skipped_text(const json::value& folder) {
    std::string text;
    const auto* skipped = field(folder, "skipped");
    if (!skipped || !skipped->is_object()) return text;
    for (const auto& [reason, count] : skipped->get_object())
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count_text(number_field(*skipped, reason)),
                            std::string_view(reason));
    return text;
}

std::string target_text(const json::value& folder) {
    const auto destination = text_field(folder, "destination");
    if (destination.empty()) return "(left out)";
    return destination == text_field(folder, "source") ? "=" : destination;
}

std::string folder_table(const json::array& folders) {
    using enum Table::Align;
    Table table({{"FOLDER"},
                 {"TO"},
                 {"RULE"},
                 {"MESSAGES", right},
                 {"THERE", right},
                 {"COPIED", right},
                 {"SKIPPED", right},
                 {"FAILED", right},
                 {"SKIPPED AS", left, 60},
                 {"ERROR", left, 200}});
    for (const auto& folder : folders) {
        const auto c = counters_field(folder, "counters");
        table.add({text_field(folder, "source"), target_text(folder), text_field(folder, "rule"),
                   count_text(c.messages_total), count_text(c.messages_matched),
                   count_text(c.messages_copied), count_text(c.messages_skipped),
                   count_text(c.messages_failed), skipped_text(folder), error_field(folder, "error")});
    }
    return table.text();
}

// "The last pass (sync) failed: timeout." Empty when none has ended.
std::string pass_text(const json::array& passes) {
    for (const auto& pass : passes) {
        const auto result = text_field(pass, "result");
        if (result == "running") continue;
        const auto error = error_field(pass, "error");
        return fmt::format("The last pass ({}) {}{}.\n", shown(text_field(pass, "kind"), 20),
                           shown(result, 20), error.empty() ? "" : ": " + shown(error));
    }
    return {};
}

}  // namespace

Ending run(Session& session, const Folders& command) {
    const auto path = "/migrations/" + percent_encoded(command.migration);
    GODWIT_CLI_TRY(folders, co_await session.api.get_all(path + "/folders?limit=1000", all));
    if (session.json) {
        session.console.out << json::serialize(folders) << "\n";
        co_return ExitCode::ok;
    }
    // One may be running.
    GODWIT_CLI_TRY(passes, co_await session.api.get_all(path + "/passes?limit=2", 2));
    session.console.out << (folders.empty() ? std::string("No folders.\n") : folder_table(folders))
                        << pass_text(passes);
    co_return ExitCode::ok;
}

}  // namespace godwit::cli

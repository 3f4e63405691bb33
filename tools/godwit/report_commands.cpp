// report show and report verify.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>

#include "engine/report/signed_document.h"
#include "engine/base/digest.h"
#include "engine/base/signature.h"
#include "tools/godwit/commands.h"
#include "tools/godwit/json_fields.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t all = std::size_t(-1);

std::unexpected<Failure> no_input(const std::string& path, std::string_view why) {
    return std::unexpected(Failure{ExitCode::no_input, fmt::format("{}: {}", shown(path, 200), why)});
}

Outcome<std::string> content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return no_input(path, std::strerror(errno));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) return no_input(path, "cannot be read");
    return text;
}

Outcome<> write_file(const std::string& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text << std::flush;
    if (!file) return std::unexpected(Failure{ExitCode::no_input, fmt::format("{}: cannot be written", shown(path, 200))});
    return {};
}

std::string format_of(const ReportShow& command) {
    if (!command.format.empty()) return command.format;
    for (const std::string format : {"csv", "html"})
        if (command.output.ends_with("." + format)) return format;
    return "json";
}

// A fingerprint, or that of the key in a file.
Outcome<std::string> fingerprint_in(const std::string& given) {
    if (is_fingerprint(given)) return given;
    auto text = content_of(given);
    if (!text) return std::unexpected(std::move(text.error()));
    if (is_fingerprint(std::string_view(*text).substr(0, text->find_first_of("\r\n \t")))) return text->substr(0, text->find_first_of("\r\n \t"));
    const auto key = public_key_from(*text);
    if (!key) return no_input(given, "holds no public key (PEM, base64) and no fingerprint");
    return fingerprint_of(*key);
}

// Whose key it is.
enum class Owner { given, daemon, unknown };

struct Checked {
    report::SignedReport report;
    Owner owner = Owner::unknown;
};

std::string_view words_of(Owner owner) {
    switch (owner) {
        case Owner::given: return "the key that was given";
        case Owner::daemon: return "a key of the daemon";
        case Owner::unknown: break;
    }
    return "whose key this is, is not known: compare the fingerprint, or give --key";
}

void show(const Console& console, bool as_json, const Checked& checked) {
    const json::value report = checked.report.report;
    const auto& signature = checked.report.signature;
    if (as_json) {
        console.out << json::serialize(json::object{{"intact", true},
                                                    {"key_known", checked.owner != Owner::unknown},
                                                    {"fingerprint", signature.fingerprint},
                                                    {"node", signature.node},
                                                    {"migration", text_field(report, "migration")},
                                                    {"pass", text_field(report, "pass.id")},
                                                    {"faults", number_field(report, "faults")},
                                                    {"verdict", text_field(report, "verdict.code")}})
                    << "\n";
        return;
    }
    const auto party = [&](std::string_view side) {
        return shown(fmt::format("{} at {}", text_field(report, fmt::format("{}.user", side)),
                                 text_field(report, fmt::format("{}.host", side))), 120);
    };
    console.out << fmt::format("The report is exactly as it was written.\n"
                               "  {} -> {}\n"
                               "  {} pass of {}, ended {}\n"
                               "  {}\n"
                               "Signed with {}\n"
                               "  {}\n",
                               party("source"), party("destination"), shown(text_field(report, "pass.kind"), 20),
                               shown(text_field(report, "migration"), 40), shown(text_field(report, "pass.finished_at"), 40),
                               shown(text_field(report, "verdict.words"), 1000), signature.fingerprint, words_of(checked.owner));
}

// `known`: the fingerprints of the daemon's keys; none: it was not asked or did not answer.
Outcome<ExitCode> check(const Console& console, bool as_json, const ReportVerify& command,
                        const std::optional<std::vector<std::string>>& known) {
    auto text = content_of(command.file);
    if (!text) return std::unexpected(std::move(text.error()));
    auto read = report::read_signed(*text);
    if (!read)
        return std::unexpected(Failure{read.error().altered ? ExitCode::altered : ExitCode::no_input,
                                       fmt::format("{}: {}", shown(command.file, 200), read.error().words)});
    Checked checked{std::move(*read), Owner::unknown};
    const auto& fingerprint = checked.report.signature.fingerprint;
    if (!command.key.empty()) {
        auto wanted = fingerprint_in(command.key);
        if (!wanted) return std::unexpected(std::move(wanted.error()));
        if (*wanted != fingerprint)
            return std::unexpected(Failure{ExitCode::altered, fmt::format("the report was signed with another key: {}", fingerprint)});
        checked.owner = Owner::given;
    } else if (known) {
        if (std::ranges::find(*known, fingerprint) == known->end())
            return std::unexpected(
                Failure{ExitCode::altered, fmt::format("the report was signed with a key that is none of the daemon's: {}", fingerprint)});
        checked.owner = Owner::daemon;
    }
    if (!command.csv.empty()) {
        const auto csv = content_of(command.csv);
        if (!csv) return std::unexpected(csv.error());
        if (!report::belongs_to(*csv, checked.report))
            return std::unexpected(Failure{ExitCode::altered, fmt::format("{}: not the findings of this report, or altered", shown(command.csv, 200))});
    }
    show(console, as_json, checked);
    if (!as_json && !command.csv.empty()) console.out << "The CSV file holds its findings.\n";
    return checked.owner == Owner::unknown ? ExitCode::incomplete : ExitCode::ok;
}

}  // namespace

Ending run(Session& session, const ReportShow& command) {
    GODWIT_CLI_TRY(text, co_await session.api.get_text(fmt::format("/migrations/{}/report?format={}",
                                                                   percent_encoded(command.migration), format_of(command))));
    if (command.output.empty()) {
        session.console.out << text;
        co_return ExitCode::ok;
    }
    GODWIT_CLI_CHECK(write_file(command.output, text));
    co_return ExitCode::ok;
}

Ending run(Session& session, const ReportVerify& command) {
    std::optional<std::vector<std::string>> known;
    if (const auto keys = co_await session.api.get_all("/report_keys?limit=1000", all)) {
        known.emplace();
        for (const auto& key : *keys) known->push_back(text_field(key, "fingerprint"));
    }
    co_return check(session.console, session.json, command, known);
}

Outcome<ExitCode> verify_report(const Console& console, bool json, const ReportVerify& command) {
    return check(console, json, command, std::nullopt);
}

}  // namespace godwit::cli

// verify, undo, and what they found.
#include <boost/json.hpp>

#include "tools/godwit/commands.h"
#include "tools/godwit/json_fields.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t all = std::size_t(-1);
constexpr std::chrono::seconds interval{1};

// What is asked for and waited for.
struct Request {
    std::string kind;    // verify, undo
    std::string target;  // as given
    std::string path;    // "/batches/bat_01…"
    json::object parameters;
    bool of_batch() const { return path.starts_with("/batches/"); }
};

bool is_under_way(const Request& request, const json::value& seen) {
    if (request.of_batch()) return number_field(seen, request.kind + "_passes") > 0;
    const auto result = text_field(seen, request.kind + ".result");
    return result == "queued" || result == "running";
}

// How the passes of this kind have ended.
struct Tally {
    std::uint64_t ended = 0, unfinished = 0, with_faults = 0, faults = 0;

    void add(const Request& request, const json::value& migration) {
        const auto result = text_field(migration, request.kind + ".result");
        if (result.empty()) return;
        ++ended;
        if (result != "succeeded") ++unfinished;
        const auto found = number_field(migration, request.kind + ".faults");
        faults += found;
        if (found > 0) ++with_faults;
    }
    bool good() const { return ended > 0 && unfinished == 0 && faults == 0; }
};

Awaitable<Outcome<Tally>> wait(Session& session, const Request& request) {
    for (;;) {
        GODWIT_CLI_TRY(seen, co_await session.api.get(request.path));
        if (!is_under_way(request, seen)) {
            Tally tally;
            if (!request.of_batch()) tally.add(request, seen);
            if (!request.of_batch()) co_return tally;
            const auto id = request.path.substr(request.path.rfind('/') + 1);
            GODWIT_CLI_TRY(migrations, co_await session.api.get_all("/migrations?limit=1000&batch=" + id, all));
            for (const auto& migration : migrations) tally.add(request, migration);
            co_return tally;
        }
        if (!co_await sleep_for(interval, session.context.stop))
            co_return std::unexpected(Failure{ExitCode::interrupted, "interrupted"});
    }
}

std::string tally_text(const Request& request, const Tally& tally) {
    if (tally.ended == 0) return "No such pass has ended.\n";
    auto text = count_text(tally.ended, "migration", "migrations") + ": ";
    if (tally.good()) return text + (request.kind == "undo" ? "done.\n" : "nothing is wrong.\n");
    if (request.kind == "undo") text += "done";
    else text += fmt::format("{} in {}", count_text(tally.faults, "fault", "faults"), count_text(tally.with_faults));
    if (tally.unfinished > 0) text += fmt::format(", {} did not come to the end", count_text(tally.unfinished));
    return text + ".\n";
}

std::string next_text(const Request& request, bool for_real) {
    const auto where = request.of_batch() ? fmt::format("godwit batch show {}", request.target)
                                          : fmt::format("godwit findings {}", request.target);
    if (request.kind == "verify") return fmt::format("{} shows what it finds, godwit report show the report.\n", where);
    if (for_real) return fmt::format("{} shows what it removes; afterwards godwit start copies again.\n", where);
    return fmt::format("Nothing will be changed. {} shows what would be removed; then: godwit undo {} --for-real\n", where,
                       request.target);
}

Ending ask(Session& session, Request request, bool waits, bool for_real) {
    GODWIT_CLI_TRY(path, co_await find_target(session.api, request.target));
    request.path = std::move(path);
    GODWIT_CLI_TRY(answer, co_await session.api.post(fmt::format("{}/actions/{}", request.path, request.kind), request.parameters));
    const std::string_view name = request.kind == "verify" ? "A verify pass" : for_real ? "An undo" : "A dry undo";
    const bool none = request.of_batch() && number_field(answer, "changed") == 0;
    if (session.json && !waits) session.console.out << json::serialize(answer) << "\n";
    if (!session.json && request.of_batch())
        session.console.out << fmt::format("{} of {} is queued.\n", name,
                                           count_text(number_field(answer, "changed"), "migration", "migrations"));
    if (!session.json && !request.of_batch()) session.console.out << fmt::format("{} is queued.\n", name);
    if (none && for_real)
        session.console.err << "An undo needs a dry one right before: godwit undo " << shown(request.target, 100) << "\n";
    if (!session.json && !none) session.console.out << next_text(request, for_real);
    if (none) co_return ExitCode::incomplete;
    if (!waits) co_return ExitCode::ok;
    session.console.out << std::flush;
    GODWIT_CLI_TRY(tally, co_await wait(session, request));
    if (session.json)
        session.console.out << json::serialize(json::object{{"ended", tally.ended},
                                                            {"unfinished", tally.unfinished},
                                                            {"with_faults", tally.with_faults},
                                                            {"faults", tally.faults}})
                            << "\n";
    else
        session.console.out << tally_text(request, tally);
    co_return tally.good() ? ExitCode::ok : ExitCode::incomplete;
}

std::string uid_text(const json::value& finding, std::string_view name) {
    const auto uid = number_field(finding, name);
    return uid == 0 ? std::string() : fmt::format("{}", uid);
}

}  // namespace

Ending run(Session& session, const Verify& command) {
    Request request{"verify", command.target, {}, {}};
    if (command.bytes) request.parameters["verifybytes"] = *command.bytes;
    co_return co_await ask(session, std::move(request), command.wait, false);
}

Ending run(Session& session, const Undo& command) {
    Request request{"undo", command.target, {}, {}};
    request.parameters["dry"] = !command.for_real;
    co_return co_await ask(session, std::move(request), command.wait, command.for_real);
}

Ending run(Session& session, const Findings& command) {
    using enum Table::Align;
    auto path = fmt::format("/migrations/{}/findings?limit=1000", percent_encoded(command.migration));
    if (!command.kind.empty()) path += "&kind=" + percent_encoded(command.kind);
    GODWIT_CLI_TRY(findings, co_await session.api.get_all(std::move(path), all));
    if (session.json) {
        session.console.out << json::serialize(findings) << "\n";
        co_return ExitCode::ok;
    }
    Table table({{"KIND"}, {"FOLDER", left, 48}, {"AT THE DESTINATION", left, 48}, {"UID", right}, {"UID THERE", right},
                 {"SIZE", right}, {"DETAIL", left, 200}});
    for (const auto& finding : findings) {
        const auto folder = text_field(finding, "folder"), there = text_field(finding, "destination_folder");
        table.add({text_field(finding, "kind"), folder, folder == there ? "=" : there, uid_text(finding, "source_uid"),
                   uid_text(finding, "destination_uid"), bytes_text(static_cast<double>(number_field(finding, "size_bytes"))),
                   text_field(finding, "detail")});
    }
    session.console.out << (findings.empty() ? std::string("No findings.\n") : table.text());
    co_return ExitCode::ok;
}

}  // namespace godwit::cli

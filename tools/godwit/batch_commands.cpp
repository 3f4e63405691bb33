#include <boost/json.hpp>

#include "tools/godwit/commands.h"
#include "tools/godwit/json_fields.h"
#include "tools/godwit/text.h"
#include "tools/godwit/watch_view.h"

namespace godwit::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t all = std::size_t(-1);
constexpr std::size_t id_length = 30;  // "bat_" and a ULID

bool is_id(std::string_view text, std::string_view prefix) {
    return text.size() == id_length && text.starts_with(prefix);
}

void print(const Session& session, const json::value& value) {
    session.console.out << json::serialize(value) << "\n";
}

std::string priority_text(const json::value& batch) {
    const auto* priority = field(batch, "priority");
    return priority && priority->is_int64() ? fmt::format("{}", priority->get_int64()) : std::string("0");
}

std::string account_text(const json::value& migration, std::string_view side) {
    return fmt::format("{} at {}", text_field(migration, fmt::format("{}.user", side)),
                       text_field(migration, fmt::format("{}.host", side)));
}

constexpr std::array kinds_beside{"preflight", "verify", "undo"};

// "done", "paused (preflight running)", "done (verify: 3 faults)".
std::string state_text(const json::value& migration) {
    auto state = text_field(migration, "state");
    for (const auto* kind : kinds_beside) {
        const auto result = text_field(migration, fmt::format("{}.result", kind));
        const auto faults = number_field(migration, fmt::format("{}.faults", kind));
        if (result == "queued" || result == "running") state += fmt::format(" ({} {})", kind, result);
        if (faults > 0) state += fmt::format(" ({}: {})", kind, count_text(faults, "fault", "faults"));
    }
    return state;
}

std::string why_text(const json::value& migration) {
    for (const auto* kind : kinds_beside)
        if (const auto error = error_field(migration, fmt::format("{}.error", kind)); !error.empty())
            return fmt::format("{}: {}", kind, error);
    return error_field(migration, "error");
}

std::string migration_table(const json::array& migrations) {
    using enum Table::Align;
    Table table({{"ID"},
                 {"FROM", left, 48},
                 {"TO", left, 48},
                 {"PHASE"},
                 {"STATE"},
                 {"MESSAGES", right},
                 {"COPIED", right},
                 {"FAILED", right},
                 {"WHY", left, 100}});
    for (const auto& migration : migrations) {
        const auto counters = counters_field(migration, "progress");
        table.add({text_field(migration, "id"), account_text(migration, "source"),
                   account_text(migration, "destination"), text_field(migration, "phase"),
                   state_text(migration), count_text(counters.messages_total),
                   count_text(counters.messages_copied), count_text(counters.messages_failed),
                   why_text(migration)});
    }
    return table.text();
}

std::string host_table(const json::array& hosts) {
    using enum Table::Align;
    Table table({{"HOST", left, 60}, {"AS SOURCE", right}, {"AS DESTINATION", right}});
    const auto use = [](const json::value& host, std::string_view side) {
        return fmt::format("{} of {}", number_field(host, fmt::format("used.connections_as_{}", side)),
                           number_field(host, fmt::format("effective.connections_as_{}", side)));
    };
    for (const auto& host : hosts)
        table.add({text_field(host, "name"), use(host, "source"), use(host, "destination")});
    return table.text();
}

}  // namespace

Awaitable<Outcome<std::string>> find_batch(ApiClient& api, const std::string& name_or_id) {
    if (is_id(name_or_id, "bat_")) co_return name_or_id;
    GODWIT_CLI_TRY(batches, co_await api.get_all("/batches?limit=1000", all));
    for (const auto& batch : batches)
        if (text_field(batch, "name") == name_or_id) co_return text_field(batch, "id");
    co_return std::unexpected(
        Failure{ExitCode::refused, fmt::format("there is no batch \"{}\"; godwit batch list shows "
                                               "what there is",
                                               shown(name_or_id, 100))});
}

Awaitable<Outcome<std::string>> find_target(ApiClient& api, const std::string& name_or_id) {
    if (is_id(name_or_id, "mig_")) co_return "/migrations/" + name_or_id;
    GODWIT_CLI_TRY(batch, co_await find_batch(api, name_or_id));
    co_return "/batches/" + batch;
}

Ending run(Session& session, const BatchCreate& command) {
    const json::value body = json::object{{"name", command.name}, {"priority", command.priority}};
    GODWIT_CLI_TRY(batch, co_await session.api.post("/batches", body));
    if (session.json) {
        print(session, batch);
    } else {
        session.console.out << text_field(batch, "id") << "\n";
    }
    co_return ExitCode::ok;
}

Ending run(Session& session, const BatchList&) {
    using enum Table::Align;
    GODWIT_CLI_TRY(batches, co_await session.api.get_all("/batches?limit=1000", all));
    if (session.json) {
        print(session, batches);
        co_return ExitCode::ok;
    }
    Table table({{"NAME"}, {"ID"}, {"PRIORITY", right}, {"MIGRATIONS", right}, {"STATES", left, 120}});
    for (const auto& batch : batches) {
        const auto* states = field(batch, "states");
        auto text = states ? states_text(*states) : std::string();
        if (flag_field(batch, "paused")) text += " (paused)";
        table.add({text_field(batch, "name"), text_field(batch, "id"), priority_text(batch),
                   count_text(number_field(batch, "migrations")), std::move(text)});
    }
    session.console.out << table.text();
    co_return ExitCode::ok;
}

Ending run(Session& session, const BatchShow& command) {
    GODWIT_CLI_TRY(id, co_await find_batch(session.api, command.batch));
    GODWIT_CLI_TRY(batch, co_await session.api.get("/batches/" + id));
    auto path = fmt::format("/migrations?batch={}&limit=1000", id);
    if (!command.state.empty()) path += "&state=" + percent_encoded(command.state);
    // One more tells whether there are more.
    const auto most = command.limit == 0 ? all : command.limit + 1;
    GODWIT_CLI_TRY(migrations, co_await session.api.get_all(std::move(path), most));
    const bool more = command.limit != 0 && migrations.size() > command.limit;
    if (more) migrations.pop_back();
    if (session.json) {
        batch.as_object()["data"] = std::move(migrations);
        print(session, batch);
        co_return ExitCode::ok;
    }
    session.console.out << batch_line(batch, batch_fraction(batch, {}), Pace()) << "\n\n"
                        << migration_table(migrations);
    if (more)
        session.console.out << fmt::format("The first {} are shown; --limit 0 shows all.\n", command.limit);
    co_return ExitCode::ok;
}

Ending run(Session& session, const Status&) {
    GODWIT_CLI_TRY(status, co_await session.api.get("/status"));
    if (session.json) {
        print(session, status);
        co_return ExitCode::ok;
    }
    GODWIT_CLI_TRY(hosts, co_await session.api.get_all("/hosts?limit=1000", 1000));
    auto& out = session.console.out;
    out << fmt::format("godwitd {} ({}) at {}\n", shown(text_field(status, "version"), 40),
                       shown(text_field(status, "revision"), 40), shown(session.api.server(), 100));
    if (flag_field(status, "paused")) out << "Everything is paused; godwit resume --all goes on.\n";
    const auto* states = field(status, "states");
    out << count_text(number_field(status, "migrations"), "migration", "migrations");
    out << ": " << (states ? states_text(*states) : std::string("none")) << "\n";
    if (!hosts.empty()) out << "\nConnections in use:\n" << host_table(hosts);
    co_return ExitCode::ok;
}

Ending run(Session& session, const Issues& command) {
    using enum Table::Align;
    const auto path = "/migrations/" + percent_encoded(command.migration) + "/issues?limit=1000";
    GODWIT_CLI_TRY(issues, co_await session.api.get_all(path, all));
    if (session.json) {
        print(session, issues);
        co_return ExitCode::ok;
    }
    Table table({{"FOLDER", left, 48}, {"MESSAGE", right}, {"SIZE", right}, {"CODE"}, {"DETAIL", left, 200}});
    for (const auto& issue : issues) {
        const auto uid = number_field(issue, "uid");
        table.add({text_field(issue, "folder"), uid == 0 ? "" : fmt::format("{}", uid),
                   uid == 0 ? "" : bytes_text(static_cast<double>(number_field(issue, "size_bytes"))),
                   text_field(issue, "code"), text_field(issue, "detail")});
    }
    session.console.out << (issues.empty() ? std::string("No issues.\n") : table.text());
    co_return ExitCode::ok;
}

namespace {

// What an action on a batch or a migration has done.
std::string outcome_text(const Act& command, const json::value& answer) {
    const bool preflight = command.action == "preflight";
    const auto changed = count_text(number_field(answer, "changed"), "migration", "migrations");
    if (!is_id(command.target, "mig_"))
        return preflight ? fmt::format("A preflight of {} is queued.\n", changed) : changed + " changed.\n";
    if (preflight)
        return fmt::format("A preflight is {}; godwit folders {} shows what it found.\n",
                           shown(text_field(answer, "preflight.result"), 20), command.target);
    return fmt::format("{} is {} now.\n", command.target, shown(text_field(answer, "state"), 20));
}

}  // namespace

Ending run(Session& session, const Act& command) {
    const auto action = "/actions/" + command.action;
    std::string path;
    if (command.target.empty()) {
        path = action;
    } else {
        GODWIT_CLI_TRY(target, co_await find_target(session.api, command.target));
        path = target + action;
    }
    GODWIT_CLI_TRY(answer, co_await session.api.post(path, json::object()));
    if (session.json) {
        print(session, answer);
    } else if (command.target.empty()) {
        session.console.out << (flag_field(answer, "paused") ? "Everything is paused.\n"
                                                             : "Nothing is paused as a whole.\n");
    } else {
        session.console.out << outcome_text(command, answer);
    }
    co_return ExitCode::ok;
}

}  // namespace godwit::cli

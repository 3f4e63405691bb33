// The commands about folders: what there is, what stands in it, making it.
#include "engine/base/text.h"
#include "engine/imap/command_pieces.h"
#include "engine/imap/window.h"

namespace godwit::imap {
namespace {

// Servers answer them one by one as they read them; more would only fill their input buffers.
constexpr std::size_t folder_commands_in_flight = 200;

bool is_same_folder(std::string_view a, std::string_view b) {
    return a == b || (equals_ignoring_case(a, "INBOX") && equals_ignoring_case(b, "INBOX"));
}


Command status_command(const Session& session, std::string_view folder, std::string_view items) {
    return make_command("STATUS",
                        std::move(CommandBuilder("STATUS", session.encoder_options()).astring(folder).atom(items)));
}

Command create_command(const Session& session, std::string_view folder, std::string_view special_use) {
    CommandBuilder builder("CREATE", session.encoder_options());
    builder.astring(folder);
    if (!special_use.empty() && session.has("CREATE-SPECIAL-USE"))
        builder.open().atom("USE").open().atom(special_use).close().close();
    return make_command("CREATE", std::move(builder));
}

// A command that names a folder and nothing else.
Command folder_command(const Session& session, const std::string& name, std::string_view folder) {
    return make_command(name, std::move(CommandBuilder(name, session.encoder_options()).astring(folder)));
}

Command subscribe_command(const Session& session, std::string_view folder) {
    return folder_command(session, "SUBSCRIBE", folder);
}

// Sends `count` commands, many ahead of their answers. Which were answered with OK.
Awaitable<Result<std::vector<bool>>> run_all(Session& session, std::size_t count, std::function<Command(std::size_t)> make) {
    std::vector<bool> ok(count);
    Window window(session, folder_commands_in_flight, false);
    for (std::size_t i = 0; i < count; ++i)
        if (!co_await window.add(make(i), [&ok, i](const StatusResponse& answer) { ok[i] = answer.status == Status::ok; })) break;
    if (auto done = co_await window.finish(); !done) co_return std::unexpected(done.error());
    co_return ok;
}

}  // namespace

Awaitable<Result<NamespaceData>> namespaces(Session& session) {
    NamespaceData found;
    Command command = make_command("NAMESPACE", CommandBuilder("NAMESPACE", session.encoder_options()));
    command.on_data = take<NamespaceData>([&](NamespaceData&& data) { found = std::move(data); });
    GODWIT_CO_CHECK(co_await run_ok(session, std::move(command)));
    co_return found;
}

namespace {

struct Listed {
    std::vector<ListData> folders;
    std::map<std::string, FolderStatus> status;   // by name
};

// Each folder's STATUS with these items comes along.
CommandBuilder list_command(const Session& session, const std::string& name, std::string_view pattern, bool extended,
                            std::string_view status) {
    CommandBuilder builder(name, session.encoder_options());
    builder.string("").string(pattern);
    if (!extended) return builder;
    builder.atom("RETURN").open().atom("SUBSCRIBED");
    if (session.has("SPECIAL-USE")) builder.atom("SPECIAL-USE");
    if (!status.empty()) builder.atom("STATUS").open().atom(status).close();
    builder.close();
    return builder;
}

Awaitable<Result<Listed>> list(Session& session, std::string name, std::string_view pattern, bool extended,
                               std::string_view status) {
    Listed found;
    const bool lsub = name == "LSUB";
    Command command = make_command(name, list_command(session, name, pattern, extended, status));
    command.on_data = [&found, lsub, with_status = !status.empty()](Response& response) {
        if (auto* status = std::get_if<StatusData>(&response); status && with_status) {
            found.status.emplace(std::move(status->name), folder_status(status->items));
            return true;
        }
        auto* data = std::get_if<ListData>(&response);
        if (!data || data->lsub != lsub) return false;
        found.folders.push_back(std::move(*data));
        return true;
    };
    GODWIT_CO_CHECK(co_await run_ok(session, std::move(command)));
    co_return found;
}

bool has_attribute(const ListData& data, std::string_view attribute) {
    return std::ranges::any_of(data.attributes, [&](const auto& a) { return equals_ignoring_case(a, attribute); });
}

}  // namespace

FolderStatus folder_status(const std::map<std::string, std::uint64_t>& items) {
    FolderStatus status;
    for (const auto& [name, value] : items) {
        if (name == "MESSAGES") status.messages = value;
        if (name == "UIDVALIDITY") status.uidvalidity = value;
        if (name == "UIDNEXT" && value <= UINT32_MAX) status.uidnext = static_cast<std::uint32_t>(value);
        if (name == "HIGHESTMODSEQ") status.highestmodseq = value;
    }
    return status;
}

Awaitable<Result<std::vector<ListedFolder>>> list_folders(Session& session, std::string_view pattern,
                                                          std::string_view status) {
    const bool extended = session.has("LIST-EXTENDED") || session.has("IMAP4REV2");
    const bool tells = extended && session.has("LIST-STATUS");
    GODWIT_CO_TRY(listed, co_await list(session, "LIST", pattern, extended, tells ? status : std::string_view()));
    std::vector<ListedFolder> folders;
    folders.reserve(listed.folders.size());
    for (auto& data : listed.folders) {
        ListedFolder folder{std::move(data), false, std::nullopt};
        folder.subscribed = has_attribute(folder.data, "\\Subscribed");
        if (const auto found = listed.status.find(folder.data.name); found != listed.status.end())
            folder.status = found->second;
        folders.push_back(std::move(folder));
    }
    if (!extended) {
        GODWIT_CO_TRY(subscriptions, co_await list(session, "LSUB", pattern, false, {}));
        std::set<std::string> names;
        for (auto& data : subscriptions.folders)
            if (!has_attribute(data, "\\Noselect")) names.insert(std::move(data.name));
        for (auto& folder : folders) folder.subscribed = names.contains(folder.data.name);
    }
    co_return folders;
}

Awaitable<Result<StatusData>> status(Session& session, std::string_view folder, std::string_view items) {
    StatusData found;
    Command command = status_command(session, folder, items);
    command.on_data = take<StatusData>([&](StatusData&& data) { found = std::move(data); });
    GODWIT_CO_CHECK(co_await run_ok(session, std::move(command)));
    co_return found;
}

Awaitable<Result<std::vector<std::map<std::string, std::uint64_t>>>> status_of_all(
    Session& session, std::span<const std::string> folders, std::string_view items) {
    std::vector<std::map<std::string, std::uint64_t>> found(folders.size());
    auto done = co_await run_all(session, folders.size(), [&](std::size_t i) {
        Command command = status_command(session, folders[i], items);
        command.on_data = [&found, &folders, i](Response& response) {
            auto* data = std::get_if<StatusData>(&response);
            if (!data || !is_same_folder(data->name, folders[i])) return false;
            found[i] = std::move(data->items);
            return true;
        };
        return command;
    });
    if (!done) co_return std::unexpected(done.error());
    co_return found;
}

Awaitable<Result<void>> create(Session& session, std::string_view folder, std::string_view special_use) {
    auto answer = co_await run_ok(session, create_command(session, folder, special_use));
    if (!answer) co_return std::unexpected(answer.error());
    co_return Result<void>{};
}

Awaitable<Result<void>> subscribe(Session& session, std::string_view folder) {
    auto answer = co_await run_ok(session, subscribe_command(session, folder));
    if (!answer) co_return std::unexpected(answer.error());
    co_return Result<void>{};
}

Awaitable<Result<void>> unsubscribe(Session& session, std::string_view folder) {
    auto answer = co_await run_ok(session, folder_command(session, "UNSUBSCRIBE", folder));
    if (!answer) co_return std::unexpected(answer.error());
    co_return Result<void>{};
}

Awaitable<Result<void>> delete_folder(Session& session, std::string_view folder) {
    auto answer = co_await run_ok(session, folder_command(session, "DELETE", folder));
    if (!answer) co_return std::unexpected(answer.error());
    co_return Result<void>{};
}

Awaitable<Result<std::vector<bool>>> create_all(Session& session, std::span<const NewFolder> folders) {
    return run_all(session, folders.size(),
                   [&session, folders](std::size_t i) { return create_command(session, folders[i].name, folders[i].special_use); });
}

Awaitable<Result<std::vector<bool>>> subscribe_all(Session& session, std::span<const std::string> folders) {
    return run_all(session, folders.size(), [&session, folders](std::size_t i) { return subscribe_command(session, folders[i]); });
}

}  // namespace godwit::imap

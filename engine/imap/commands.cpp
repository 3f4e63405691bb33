#include "engine/imap/commands.h"

#include <charconv>

#include "engine/base/text.h"
#include "engine/imap/command_pieces.h"
#include "engine/imap/parser.h"

namespace godwit::imap {
namespace {

constexpr std::size_t uids_text_bytes = 4000;   // of one command line

// 0 where there is none that fits.
template <class Number>
Number number_of(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : Number{0};
}

std::vector<std::string> flags_in_parentheses(std::string_view text) {
    std::vector<std::string> flags;
    if (text.starts_with('(')) text.remove_prefix(1);
    if (text.ends_with(')')) text.remove_suffix(1);
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end > 0) flags.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return flags;
}

// Whether it says something about the folder.
bool note_select_code(SelectedFolder& folder, const ResponseCode& code) {
    const auto is = [&](std::string_view name) { return code.name == name; };
    if (is("UIDVALIDITY")) {
        folder.uidvalidity = UidValidity(number_of<std::uint64_t>(code.arguments));
    } else if (is("UIDNEXT")) {
        folder.uidnext = number_of<std::uint32_t>(code.arguments);
    } else if (is("HIGHESTMODSEQ")) {
        folder.highestmodseq = ModSeq(number_of<std::uint64_t>(code.arguments));
    } else if (is("READ-ONLY")) {
        folder.read_only = true;
    } else if (is("PERMANENTFLAGS")) {
        folder.permanent_flags = flags_in_parentheses(code.arguments);
        folder.new_keywords = std::erase(folder.permanent_flags, "\\*") > 0;
    } else {
        return false;
    }
    return true;
}

bool note_select(SelectedFolder& folder, Response& response) {
    if (const auto* exists = std::get_if<ExistsData>(&response)) folder.exists = exists->count;
    if (auto* flags = std::get_if<FlagsData>(&response)) folder.flags = std::move(flags->flags);
    if (const auto* status = std::get_if<StatusResponse>(&response))
        return status->code && note_select_code(folder, *status->code);
    return std::holds_alternative<ExistsData>(response) || std::holds_alternative<FlagsData>(response);
}

}  // namespace

Awaitable<Result<std::shared_ptr<Selection>>> Selection::send(Session& session, std::string_view folder, bool read_only,
                                                                bool condstore) {
    auto selection = std::make_shared<Selection>();
    selection->name_ = read_only ? "EXAMINE" : "SELECT";
    CommandBuilder builder(selection->name_, session.encoder_options());
    builder.astring(folder);
    if (condstore && (session.has("CONDSTORE") || session.has("QRESYNC"))) builder.open().atom("CONDSTORE").close();
    Command command = make_command(selection->name_, std::move(builder));
    command.on_data = [selection](Response& response) {
        selection->counted_ = selection->counted_ || std::holds_alternative<ExistsData>(response);
        return note_select(selection->folder_, response);
    };
    GODWIT_CO_TRY(sent, co_await session.start(std::move(command)));
    selection->command_ = std::move(sent);
    co_return selection;
}

Awaitable<Result<SelectedFolder>> Selection::answer() {
    GODWIT_CO_TRY(answer, co_await ok_answer(command_, name_));
    // Without the count the folder would look empty, and be filled a second time.
    if (!counted_) co_return fail(ErrorKind::protocol_error, Reach::folder, "the server does not say what EXISTS", name_);
    if (answer.code) note_select_code(folder_, *answer.code);
    co_return std::move(folder_);
}

Awaitable<Result<SelectedFolder>> select(Session& session, std::string_view folder, bool read_only, bool condstore) {
    GODWIT_CO_TRY(selection, co_await Selection::send(session, folder, read_only, condstore));
    co_return co_await selection->answer();
}

Awaitable<Result<std::shared_ptr<InFlight>>> start_noop(Session& session) {
    co_return co_await session.start(make_command("NOOP", CommandBuilder("NOOP", session.encoder_options())));
}

Awaitable<Result<void>> noop(Session& session) {
    GODWIT_CO_TRY(sent, co_await start_noop(session));
    GODWIT_CO_CHECK(co_await ok_answer(std::move(sent), "NOOP"));
    co_return Result<void>{};
}

Command uid_fetch_command(std::string_view uids, std::string_view items, FetchHandler on_fetch,
                          LiteralReceiver* receiver) {
    Command command = make_command("UID FETCH", std::move(CommandBuilder("UID FETCH", {}).atom(uids).atom(items)));
    // A FETCH without UID is unsolicited (flags changed elsewhere): not ours.
    command.on_data = [on_fetch = std::move(on_fetch)](Response& response) {
        auto* data = std::get_if<FetchData>(&response);
        return data && data->uid && on_fetch(*data);
    };
    command.receiver = receiver;
    command.bulk = true;
    return command;
}

Awaitable<Result<void>> uid_fetch(Session& session, std::string uids, std::string_view items, FetchHandler on_fetch,
                                  LiteralReceiver* receiver) {
    auto answer = co_await run_ok(session, uid_fetch_command(uids, items, std::move(on_fetch), receiver));
    if (!answer) co_return std::unexpected(answer.error());
    co_return Result<void>{};
}

Awaitable<Result<void>> uid_remove(Session& session, const UidSet& uids) {
    const std::string deleted = "\\Deleted";
    for (const auto& part : uids.split(uids_text_bytes)) {
        CommandBuilder mark("UID STORE", session.encoder_options());
        mark.uid_set(part).atom("+FLAGS.SILENT").flags(std::span(&deleted, 1));
        CommandBuilder expunge("UID EXPUNGE", session.encoder_options());
        expunge.uid_set(part);
        auto marked = co_await run_ok(session, make_command("UID STORE", std::move(mark)));
        if (!marked) co_return std::unexpected(marked.error());
        auto gone = co_await run_ok(session, make_command("UID EXPUNGE", std::move(expunge)));
        if (!gone) co_return std::unexpected(gone.error());
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> uid_store_flags(Session& session, const UidSet& uids, std::span<const std::string> flags,
                                        StoreMode mode) {
    for (const auto& part : uids.split(uids_text_bytes)) {
        CommandBuilder builder("UID STORE", session.encoder_options());
        builder.uid_set(part).atom(mode == StoreMode::add ? "+FLAGS.SILENT" : "FLAGS.SILENT").flags(flags);
        auto answer = co_await run_ok(session, make_command("UID STORE", std::move(builder)));
        if (!answer) co_return std::unexpected(answer.error());
    }
    co_return Result<void>{};
}

namespace {

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

// The text of a quoted string that begins at `at`; `at` is behind it afterwards.
std::string take_quoted(std::string_view keys, std::size_t& at) {
    std::string text;
    for (++at; at < keys.size() && keys[at] != '"'; ++at) {
        if (keys[at] == '\\' && at + 1 < keys.size()) ++at;
        text += keys[at];
    }
    ++at;
    return text;
}

// Taken apart, so that strings go out as the server can read them.
void add_search_keys(CommandBuilder& builder, std::string_view keys) {
    if (!is_ascii(keys)) builder.atom("CHARSET").atom("UTF-8");
    for (std::size_t at = 0; at < keys.size();) {
        if (keys[at] == ' ') {
            ++at;
        } else if (keys[at] == '(') {
            builder.open();
            ++at;
        } else if (keys[at] == ')') {
            builder.close();
            ++at;
        } else if (keys[at] == '"') {
            builder.string(take_quoted(keys, at));
        } else {
            const auto end = std::min(keys.find_first_of(" ()\"", at), keys.size());
            const auto word = keys.substr(at, end - at);
            is_ascii(word) ? builder.atom(word) : builder.string(word);
            at = end;
        }
    }
}

}  // namespace

Awaitable<Result<std::vector<std::uint32_t>>> uid_search(Session& session, std::string_view keys) {
    CommandBuilder builder("UID SEARCH", session.encoder_options());
    add_search_keys(builder, keys);
    std::vector<std::uint32_t> uids;
    const std::size_t most = 2 * std::size_t{session.exists()} + 1000;
    Command command = make_command("UID SEARCH", std::move(builder));
    command.on_data = [&](Response& response) {
        const auto* data = std::get_if<SearchData>(&response);
        if (data && uids.size() <= most) uids.insert(uids.end(), data->numbers.begin(), data->numbers.end());
        return data != nullptr;
    };
    auto answer = co_await run_ok(session, std::move(command));
    if (!answer) co_return std::unexpected(answer.error());
    if (uids.size() > most)
        co_return fail(ErrorKind::limit_exceeded, Reach::folder, "finds far more messages than there are", "UID SEARCH");
    std::ranges::sort(uids);
    const auto repeated = std::ranges::unique(uids);
    uids.erase(repeated.begin(), repeated.end());
    co_return uids;
}

Awaitable<Result<UidSet>> uid_search_all(Session& session) {
    if (!session.has("ESEARCH") && !session.has("IMAP4REV2")) {
        GODWIT_CO_TRY(uids, co_await uid_search(session, "ALL"));
        co_return UidSet::of(std::move(uids));
    }
    CommandBuilder builder("UID SEARCH", session.encoder_options());
    builder.atom("RETURN").open().atom("ALL").close().atom("ALL");
    UidSet uids;
    Command command = make_command("UID SEARCH", std::move(builder));
    command.on_data = take<EsearchData>([&](EsearchData&& data) {
        if (data.all) uids = std::move(*data.all);
    });
    GODWIT_CO_CHECK(co_await run_ok(session, std::move(command)));
    if (uids.size() > 2 * std::uint64_t{session.exists()} + 1000)
        co_return fail(ErrorKind::limit_exceeded, Reach::folder, "finds far more messages than there are", "UID SEARCH");
    co_return uids;
}

namespace {

// COPYUID's arguments: UIDVALIDITY, old UIDs, new UIDs in their order.
Result<void> read_copy_uid(const ResponseCode& code, std::size_t most, MovedMessages& moved) {
    const auto senseless = [] { return fail(ErrorKind::protocol_error, Reach::folder, "COPYUID makes no sense", "UID MOVE"); };
    const std::string_view text = code.arguments;
    const auto last = text.rfind(' ');
    if (last == std::string_view::npos) return senseless();
    const auto from = parse_append_uid(text.substr(0, last), most);
    const auto to = parse_uid_list(text.substr(last + 1), most);
    if (!from || !to || from->uids.size() != to->size()) return senseless();
    moved.uidvalidity = from->uidvalidity;
    for (std::size_t i = 0; i < to->size(); ++i) moved.uids[from->uids[i]] = (*to)[i];
    return {};
}

}  // namespace

Awaitable<Result<MovedMessages>> uid_move(Session& session, const UidSet& uids, std::string_view folder) {
    CommandBuilder builder("UID MOVE", session.encoder_options());
    builder.atom(uids.to_string()).astring(folder);
    MovedMessages moved;
    Result<void> read{};
    const auto take_code = [&](const std::optional<ResponseCode>& code) {
        if (code && code->name == "COPYUID" && read) read = read_copy_uid(*code, uids.size(), moved);
    };
    Command command = make_command("UID MOVE", std::move(builder));
    // Said before the messages are gone, in an untagged OK (RFC 6851 section 4.3).
    command.on_data = [&](Response& response) {
        const auto* status = std::get_if<StatusResponse>(&response);
        if (!status || !status->code || status->code->name != "COPYUID") return false;
        take_code(status->code);
        return true;
    };
    GODWIT_CO_TRY(answer, co_await run_ok(session, std::move(command)));
    take_code(answer.code);
    GODWIT_CO_CHECK(std::move(read));
    co_return moved;
}

Command append_command(const Session& session, std::string_view folder, std::vector<AppendMessage> messages) {
    CommandBuilder builder("APPEND", session.encoder_options());
    builder.astring(folder);
    LiteralSource* source = nullptr;
    for (auto& message : messages) {
        if (!message.flags.empty()) builder.flags(message.flags);
        if (!message.internal_date.empty()) builder.atom('"' + message.internal_date + '"');
        if (message.source) {
            builder.external_literal(message.size);
            source = message.source;
        } else if (message.octets.contains('\0') && session.has("BINARY")) {
            builder.literal8(std::move(message.octets));
        } else {
            builder.literal(std::move(message.octets));
        }
    }
    Command command = make_command("APPEND", std::move(builder));
    command.source = source;
    return command;
}

std::optional<AppendUid> append_uid(const StatusResponse& answer) {
    if (!answer.code || answer.code->name != "APPENDUID") return std::nullopt;
    auto parsed = parse_append_uid(answer.code->arguments);
    if (!parsed || parsed->uids.empty()) return std::nullopt;
    return std::move(*parsed);
}

}  // namespace godwit::imap

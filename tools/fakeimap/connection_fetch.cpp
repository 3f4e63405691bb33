// FETCH.
#include "tools/fakeimap/connection.h"
#include "tools/fakeimap/fetch_item.h"
#include "tools/fakeimap/header.h"

namespace godwit::fakeimap {
namespace {

constexpr std::size_t flush_above = 64u << 10;

// What Courier answers for a message that another session has expunged.
const Message& made_up() {
    static const Message message{.internal_date = "01-Jan-1970 00:00:00 +0000",
                                 .octets =
                                     "From: <>\r\nSubject: message unavailable\r\n\r\n"
                                     "This message is no longer available on the server.\r\n"};
    return message;
}

std::string_view section_of(const Message& message, const FetchItem& item, std::string& made) {
    switch (item.kind) {
        case FetchItem::Kind::header: return header_of(message, made);
        case FetchItem::Kind::fields:
            return made = header_fields(header_of(message, made), item.fields, false);
        case FetchItem::Kind::other_fields:
            return made = header_fields(header_of(message, made), item.fields, true);
        case FetchItem::Kind::text: {
            const auto octets = octets_of(message, made);
            return octets.substr(header_part(octets).size());
        }
        default: return octets_of(message, made);
    }
}

void add_literal(std::string_view section, const FetchItem& item, std::string& out) {
    if (item.part) {
        section.remove_prefix(std::min<std::uint64_t>(item.part->first, section.size()));
        section = section.substr(0, std::min<std::uint64_t>(item.part->second, section.size()));
    }
    fmt::format_to(std::back_inserter(out), "{{{}}}\r\n", section.size());
    out += section;
}

bool wants(const std::vector<FetchItem>& items, FetchItem::Kind kind) {
    return std::ranges::any_of(items, [&](const auto& item) { return item.kind == kind; });
}

}  // namespace

// Deviates by up to 1,000 either way, always the same for one message.
std::uint64_t Connection::shown_size(const Message& message) const {
    const auto size = size_of(message);
    if (!server_.persona_.size_lies) return size;
    const auto shift = (message.uid * 2654435761u + server_.persona_.seed) % 2000;
    return shift < 1000 ? size + 1 + shift : size - std::min(size, shift - 999);
}

// The other folders that hold the message, as Gmail names them.
std::vector<std::string> Connection::labels_of(const Message& message) const {
    std::vector<std::string> labels;
    const auto content = content_of(message);
    for (auto& [name, folder] : account_->folders) {
        if (name == selected_->name() || name == server_.persona_.all_mail || !folder.find_content(content))
            continue;
        labels.push_back(name == "INBOX" ? "\"\\\\Inbox\"" : "\"" + name + "\"");
    }
    return labels;
}

void Connection::add_row(std::uint32_t index, const Message& message, const std::vector<FetchItem>& items) {
    auto out = std::back_inserter(out_);
    fmt::format_to(out, "* {} FETCH (", index + 1);
    for (const auto& item : items) {
        fmt::format_to(out, "{}{} ", &item == items.data() ? "" : " ", item.label);
        switch (item.kind) {
            case FetchItem::Kind::uid: fmt::format_to(out, "{}", selected_->uids()[index]); break;
            case FetchItem::Kind::flags: fmt::format_to(out, "({})", joined(message.flags)); break;
            case FetchItem::Kind::internal_date: fmt::format_to(out, "\"{}\"", date_of(message)); break;
            case FetchItem::Kind::size: fmt::format_to(out, "{}", shown_size(message)); break;
            case FetchItem::Kind::modseq: fmt::format_to(out, "({})", message.modseq); break;
            case FetchItem::Kind::gmail_id: fmt::format_to(out, "{}", content_of(message) >> 1); break;
            case FetchItem::Kind::gmail_labels:
                fmt::format_to(out, "({})", joined(labels_of(message)));
                break;
            default: add_section(message, item);
        }
    }
    out_ += ")\r\n";
}

void Connection::add_section(const Message& message, const FetchItem& item) {
    const auto& on_body = server_.persona_.on_body;
    if (item.kind != FetchItem::Kind::all || !on_body || message.generated.size > 0) {
        std::string made;
        return add_literal(section_of(message, item, made), item, out_);
    }
    const auto body = on_body(message);
    if (body)
        add_literal(*body, item, out_);
    else
        out_ += "NIL";
}

// BODY[…] without PEEK; the answer then tells the flags.
void Connection::mark_seen(Folder& folder, Message& message, std::vector<FetchItem>& items) {
    if (selected_->read_only() || message.has_flag("\\Seen")) return;
    message.flags.emplace_back("\\Seen");
    folder.touch(message);
    selected_->flags_are_known(folder);
    if (!wants(items, FetchItem::Kind::flags))
        items.push_back({.kind = FetchItem::Kind::flags, .label = "FLAGS"});
}

// The items, with those that the form of the command adds.
std::optional<FetchRequest> Connection::fetch_request(const ClientCommand& command) {
    auto request =
        parse_fetch(std::span(command.words).subspan(std::min<std::size_t>(command.words.size(), 1)));
    if (!request) return std::nullopt;
    auto& items = request->items;
    const bool modseq = request->changed_since || wants(items, FetchItem::Kind::modseq);
    const bool gmail = wants(items, FetchItem::Kind::gmail_id) || wants(items, FetchItem::Kind::gmail_labels);
    if ((modseq && !has("CONDSTORE")) || (gmail && !has("X-GM-EXT-1"))) return std::nullopt;
    if (request->vanished && (!qresync_ || !command.by_uid())) return std::nullopt;
    condstore_ |= modseq;
    if (command.by_uid() && !wants(items, FetchItem::Kind::uid))
        items.insert(items.begin(), {.kind = FetchItem::Kind::uid, .label = "UID"});
    if (modseq && !wants(items, FetchItem::Kind::modseq))
        items.push_back({.kind = FetchItem::Kind::modseq, .label = "MODSEQ"});
    if (const auto uid = std::ranges::find(items, FetchItem::Kind::uid, &FetchItem::kind);
        server_.persona_.uid_last && uid != items.end())
        std::rotate(uid, uid + 1, items.end());
    return request;
}

Awaitable<Connection::Status> Connection::fetch(const ClientCommand& command) {
    const auto set = selected_->parse(command.argument(0), command.by_uid());
    auto request = fetch_request(command);
    if (!set || !request) co_return "BAD arguments";
    const auto& persona = server_.persona_;
    const bool body = wants(request->items, FetchItem::Kind::all);
    const bool marks = std::ranges::any_of(request->items, &FetchItem::marks_seen);
    Folder* folder = selected_folder();
    // Here "*" is the last UID there ever was.
    if (const auto ever = parse_set(command.argument(0), folder->uidnext - 1); request->vanished && ever)
        tell_vanished(*folder, *ever, *request->changed_since);
    bool gone = false;
    for (const auto index : selected_->indices(*set, command.by_uid())) {
        Message* message = folder->find(selected_->uids()[index]);
        if (!message && !persona.gone_is_made_up)
            gone = true;
        else if (!message)
            add_row(index, made_up(), request->items);
        else if (!(request->changed_since && message->modseq <= *request->changed_since) &&
                 !(persona.hide && persona.hide(*message, body))) {
            if (marks) mark_seen(*folder, *message, request->items);
            add_row(index, *message, request->items);
        }
        if (out_.size() < flush_above) continue;
        if (!co_await flush()) co_return Status();
        // While this one waited, another connection may have removed the folder.
        folder = selected_folder();
        if (!folder) co_return say_bye("IMAP session state is inconsistent, please relogin.");
    }
    co_return gone ? "OK [EXPUNGEISSUED] some of the messages are gone" : "OK done";
}

}  // namespace godwit::fakeimap

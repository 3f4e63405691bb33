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

std::string literal(std::string_view octets) { return fmt::format("{{{}}}\r\n{}", octets.size(), octets); }

std::string section_of(const Message& message, const FetchItem& item) {
    std::string made;
    switch (item.kind) {
        case FetchItem::Kind::header: return std::string(header_of(message, made));
        case FetchItem::Kind::fields: return header_fields(header_of(message, made), item.fields, false);
        case FetchItem::Kind::other_fields: return header_fields(header_of(message, made), item.fields, true);
        case FetchItem::Kind::text: {
            const auto octets = octets_of(message, made);
            return std::string(octets.substr(header_part(octets).size()));
        }
        default: return std::string(octets_of(message, made));
    }
}

std::string part_of(std::string section, const FetchItem& item) {
    if (!item.part) return section;
    const auto begin = std::min<std::uint64_t>(item.part->first, section.size());
    return section.substr(begin, std::min<std::uint64_t>(item.part->second, section.size()));
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
    std::string row;
    const auto add = [&](const FetchItem& item, std::string_view value) {
        row += fmt::format("{}{} {}", row.empty() ? "" : " ", item.label, value);
    };
    for (const auto& item : items) {
        switch (item.kind) {
            case FetchItem::Kind::uid: add(item, std::to_string(selected_->uids()[index])); break;
            case FetchItem::Kind::flags: add(item, "(" + joined(message.flags) + ")"); break;
            case FetchItem::Kind::internal_date: add(item, "\"" + date_of(message) + "\""); break;
            case FetchItem::Kind::size: add(item, std::to_string(shown_size(message))); break;
            case FetchItem::Kind::modseq: add(item, fmt::format("({})", message.modseq)); break;
            case FetchItem::Kind::gmail_id: add(item, std::to_string(content_of(message) >> 1)); break;
            case FetchItem::Kind::gmail_labels: add(item, "(" + joined(labels_of(message)) + ")"); break;
            default: {
                const auto& on_body = server_.persona_.on_body;
                std::optional<std::string> section;
                if (item.kind == FetchItem::Kind::all && on_body && message.generated.size == 0)
                    section = on_body(message);
                else
                    section = section_of(message, item);
                add(item, section ? literal(part_of(std::move(*section), item)) : "NIL");
            }
        }
    }
    out_ += fmt::format("* {} FETCH ({})\r\n", index + 1, row);
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

Awaitable<Connection::Status> Connection::fetch(const ClientCommand& command) {
    const auto set = selected_->parse(command.argument(0), command.by_uid());
    auto request =
        parse_fetch(std::span(command.words).subspan(std::min<std::size_t>(command.words.size(), 1)));
    if (!set || !request) co_return "BAD arguments";
    auto& items = request->items;
    const bool modseq = request->changed_since || wants(items, FetchItem::Kind::modseq);
    const bool gmail = wants(items, FetchItem::Kind::gmail_id) || wants(items, FetchItem::Kind::gmail_labels);
    if ((modseq && !has("CONDSTORE")) || (gmail && !has("X-GM-EXT-1"))) co_return "BAD arguments";
    condstore_ |= modseq;
    if (command.by_uid() && !wants(items, FetchItem::Kind::uid))
        items.insert(items.begin(), {.kind = FetchItem::Kind::uid, .label = "UID"});
    if (request->changed_since && !wants(items, FetchItem::Kind::modseq))
        items.push_back({.kind = FetchItem::Kind::modseq, .label = "MODSEQ"});
    const bool body =
        std::ranges::any_of(items, [](const auto& item) { return item.kind == FetchItem::Kind::all; });
    const bool marks = std::ranges::any_of(items, &FetchItem::marks_seen);
    const auto& persona = server_.persona_;
    Folder* folder = selected_folder();
    bool gone = false;
    for (const auto index : selected_->indices(*set, command.by_uid())) {
        Message* message = folder->find(selected_->uids()[index]);
        if (!message && !persona.gone_is_made_up)
            gone = true;
        else if (!message)
            add_row(index, made_up(), items);
        else if (message->modseq > request->changed_since.value_or(0) &&
                 !(persona.hide && persona.hide(*message, body))) {
            if (marks) mark_seen(*folder, *message, items);
            add_row(index, *message, items);
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

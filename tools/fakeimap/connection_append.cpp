// APPEND, with many messages where MULTIAPPEND is offered.
#include "engine/base/text.h"
#include "engine/imap/parser.h"
#include "tools/fakeimap/connection.h"
#include "tools/fakeimap/rewrite.h"

namespace godwit::fakeimap {
namespace {

// What follows the folder's name: flags and date, each optional, and a literal, once or several times.
std::expected<std::vector<Message>, std::string> parse_messages(std::span<const Word> words) {
    std::vector<Message> messages;
    Message next;
    bool in_flags = false, complete = false;
    for (const auto& word : words) {
        complete = word.literal;
        if (word.syntax) {
            in_flags = word.is('(');
        } else if (in_flags) {
            next.flags.push_back(word.text);
        } else if (!word.literal) {
            if (!imap::parse_internal_date(word.text)) return std::unexpected("BAD Invalid date-time");
            next.internal_date = word.text;
        } else {
            if (word.text.empty()) return std::unexpected("NO Can't save a zero byte message");
            next.octets = word.text;
            if (next.internal_date.empty()) next.internal_date = internal_date_now();
            messages.push_back(std::exchange(next, {}));
        }
    }
    if (!complete) return std::unexpected("BAD arguments");
    return messages;
}

}  // namespace

std::string Connection::flags_refused(const std::vector<std::string>& flags) const {
    static constexpr auto known =
        std::to_array<std::string_view>({"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"});
    for (const auto& flag : flags) {
        const bool is_known =
            std::ranges::any_of(known, [&](auto name) { return equals_ignoring_case(name, flag); });
        if (flag.starts_with('\\') && !is_known) return "BAD Invalid system flag";
        if (!flag.starts_with('\\') && !server_.persona_.keywords) return "BAD Unrecognized flag";
    }
    return {};
}

Connection::Status Connection::append(const ClientCommand& command) {
    auto messages =
        parse_messages(std::span(command.words).subspan(std::min<std::size_t>(command.words.size(), 1)));
    if (!messages) return messages.error();
    if (messages->size() > 1 && !has("MULTIAPPEND")) return "BAD one message only";
    for (const auto& message : *messages)
        if (auto refused = flags_refused(message.flags); !refused.empty()) return refused;
    const auto& persona = server_.persona_;
    Folder* target = open_folder(command.argument(0));
    if (!target) return "NO [TRYCREATE] no such folder";
    ++server_.appends_;
    const auto refused = server_.append_refusal(*account_, *messages);
    if (refused) messages->resize(persona.atomic_multiappend ? 0 : refused->index);
    if (!refused && is_nth(server_.appends_, persona.late_commit_every)) {
        server_.commit_later(user_, command.argument(0), std::move(*messages));
        cut_ = true;
        return {};
    }
    if (!refused && is_nth(server_.appends_, persona.deferred_append_every)) {
        deferred_.emplace_back(command.argument(0), std::move(*messages));
        return "OK accepted";
    }
    std::vector<std::uint32_t> uids;
    for (auto& message : *messages)
        if (const auto uid = server_.store(*account_, *target, std::move(message))) uids.push_back(*uid);
    return refused ? refused->answer : appended(*target, std::move(uids), messages->size());
}

Connection::Status Connection::appended(const Folder& folder, std::vector<std::uint32_t> uids,
                                        std::size_t wanted) const {
    if (!has("UIDPLUS") || uids.size() != wanted) return "OK appended";
    if (is_nth(server_.appends_, server_.persona_.wrong_appenduid_every))
        for (auto& uid : uids) uid += static_cast<std::uint32_t>(wanted);
    return fmt::format("OK [APPENDUID {} {}] appended", folder.uidvalidity, uid_list(uids));
}

}  // namespace godwit::fakeimap

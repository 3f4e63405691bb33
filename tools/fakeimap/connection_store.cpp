// STORE, EXPUNGE, COPY and MOVE.
#include <charconv>

#include "engine/base/text.h"
#include "tools/fakeimap/connection.h"

namespace godwit::fakeimap {
namespace {

struct StoreRequest {
    enum class Operation { replace, add, remove };
    Operation operation = Operation::replace;
    bool silent = false;
    std::optional<std::uint64_t> unchanged_since;
    std::vector<std::string> flags;
};

// The words after the set.
std::optional<StoreRequest> parse_store(std::span<const Word> words) {
    using enum StoreRequest::Operation;
    StoreRequest request;
    if (words.size() >= 4 && words[0].is('(') && upper_case(words[1].text) == "UNCHANGEDSINCE") {
        const auto& digits = words[2].text;
        request.unchanged_since.emplace();
        std::from_chars(digits.data(), digits.data() + digits.size(), *request.unchanged_since);
        words = words.subspan(4);
    }
    if (words.empty() || words[0].syntax) return std::nullopt;
    std::string item = upper_case(words[0].text);
    request.silent = item.ends_with(".SILENT");
    if (request.silent) item.resize(item.size() - std::string_view(".SILENT").size());
    if (item == "+FLAGS")
        request.operation = add;
    else if (item == "-FLAGS")
        request.operation = remove;
    else if (item != "FLAGS")
        return std::nullopt;
    for (const auto& word : words.subspan(1))
        if (!word.syntax) request.flags.push_back(word.text);
    return request;
}

void change_flags(Message& message, const StoreRequest& request) {
    using enum StoreRequest::Operation;
    const auto named = [&](const std::string& flag) {
        return std::ranges::any_of(request.flags,
                                   [&](const auto& other) { return equals_ignoring_case(flag, other); });
    };
    if (request.operation == replace) message.flags.clear();
    if (request.operation == remove) std::erase_if(message.flags, named);
    if (request.operation == remove) return;
    for (const auto& flag : request.flags)
        if (!message.has_flag(flag)) message.flags.push_back(flag);
}

}  // namespace

Connection::Status Connection::store(const ClientCommand& command) {
    const auto set = selected_->parse(command.argument(0), command.by_uid());
    const auto request =
        parse_store(std::span(command.words).subspan(std::min<std::size_t>(command.words.size(), 1)));
    if (!set || !request || (request->unchanged_since && !has("CONDSTORE"))) return "BAD arguments";
    if (selected_->read_only()) return "NO [READ-ONLY] examined only";
    if (auto refused = flags_refused(request->flags); !refused.empty()) return refused;
    Folder& folder = *selected_folder();
    selected_->report(folder, {.expunges = false, .modseq = condstore_}, out_);
    condstore_ |= request->unchanged_since.has_value();
    std::vector<std::uint32_t> modified;
    for (const auto index : selected_->indices(*set, command.by_uid())) {
        Message* message = folder.find(selected_->uids()[index]);
        if (!message) continue;
        if (request->unchanged_since && message->modseq > *request->unchanged_since) {
            modified.push_back(command.by_uid() ? message->uid : index + 1);
            continue;
        }
        change_flags(*message, *request);
        folder.touch(*message);
        if (request->silent && !condstore_) continue;
        out_ += fmt::format("* {} FETCH (UID {}", index + 1, message->uid);
        if (!request->silent) out_ += " FLAGS (" + joined(message->flags) + ")";
        if (condstore_) out_ += fmt::format(" MODSEQ ({})", message->modseq);
        out_ += ")\r\n";
    }
    selected_->flags_are_known(folder);
    return modified.empty() ? "OK done" : "OK [MODIFIED " + uid_list(modified) + "] some had changed";
}

// EXPUNGE, UID EXPUNGE and what CLOSE does. The responses follow from the selection's report.
Connection::Status Connection::expunge(const ClientCommand& command) {
    if (selected_->read_only()) return "NO [READ-ONLY] examined only";
    std::optional<imap::UidSet> set;
    if (command.by_uid()) {
        set = selected_->parse(command.argument(0), true);
        if (!set) return "BAD arguments";
    }
    Folder& folder = *selected_folder();
    std::vector<std::uint32_t> uids;
    for (const auto& message : folder.messages)
        if (message.has_flag("\\Deleted") && (!set || set->contains(message.uid)))
            uids.push_back(message.uid);
    folder.erase(uids);
    return "OK " + expunge_code(folder) + "done";
}

Connection::Status Connection::copy(const ClientCommand& command) {
    const auto set = selected_->parse(command.argument(0), command.by_uid());
    if (!set || command.words.size() != 2) return "BAD arguments";
    const bool move = command.name.ends_with("MOVE");
    if (move && selected_->read_only()) return "NO [READ-ONLY] examined only";
    Folder* target = open_folder(command.argument(1));
    if (!target) return "NO [TRYCREATE] no such folder";
    Folder& source = *selected_folder();
    if (move && target == &source) return "NO [CANNOT] from a folder to itself";
    std::vector<Message> messages;
    for (const auto index : selected_->indices(*set, command.by_uid()))
        if (const Message* message = source.find(selected_->uids()[index])) messages.push_back(*message);
    if (!move)
        if (const auto refused = server_.quota_refusal(*account_, messages)) return refused->answer;
    std::vector<std::uint32_t> from, to;
    for (auto& message : messages) {
        from.push_back(message.uid);
        to.push_back(server_.place(*account_, *target, std::move(message)));
    }
    std::string code;
    if (has("UIDPLUS") && !from.empty())
        code = fmt::format("[COPYUID {} {} {}] ", target->uidvalidity, uid_list(from), uid_list(to));
    if (!move) return "OK " + code + "copied";
    if (!code.empty()) out_ += "* OK " + code + "moved\r\n";
    source.erase(from);
    return "OK " + expunge_code(source) + "done";
}

}  // namespace godwit::fakeimap

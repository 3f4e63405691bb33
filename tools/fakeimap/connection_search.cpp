// SEARCH, and its extended form (RFC 4731).
#include "tools/fakeimap/connection.h"
#include "tools/fakeimap/search_key.h"

namespace godwit::fakeimap {
namespace {

// Takes "RETURN (…)" from the front of the words; its options in upper case, ALL if there are none.
std::optional<std::vector<std::string>> take_return(std::span<const Word>& words) {
    if (words.size() < 3 || upper_case(words[0].text) != "RETURN" || !words[1].is('(')) return std::nullopt;
    std::vector<std::string> options;
    std::size_t at = 2;
    for (; at < words.size() && !words[at].is(')'); ++at) options.push_back(upper_case(words[at].text));
    words = words.subspan(std::min(at + 1, words.size()));
    if (options.empty()) options.emplace_back("ALL");
    return options;
}

std::string extended(const ClientCommand& command, const std::vector<std::string>& options,
                     const std::vector<std::uint32_t>& found) {
    const auto wants = [&](std::string_view option) {
        return std::ranges::find(options, option) != options.end();
    };
    std::string row = fmt::format("* ESEARCH (TAG \"{}\"){}", command.tag, command.by_uid() ? " UID" : "");
    if (wants("MIN") && !found.empty()) row += fmt::format(" MIN {}", found.front());
    if (wants("MAX") && !found.empty()) row += fmt::format(" MAX {}", found.back());
    if (wants("COUNT")) row += fmt::format(" COUNT {}", found.size());
    if (wants("ALL") && !found.empty()) row += " ALL " + uid_list(found);
    return row + "\r\n";
}

}  // namespace

Connection::Status Connection::search(const ClientCommand& command) {
    std::span<const Word> words = command.words;
    const auto options = take_return(words);
    if (options && !has("ESEARCH")) return "BAD arguments";
    if (words.size() > 2 && upper_case(words[0].text) == "CHARSET") words = words.subspan(2);
    const auto key = parse_search(words, *selected_);
    if (!key) return "BAD arguments";
    const Folder& folder = *selected_folder();
    std::vector<std::uint32_t> found;
    const auto& uids = selected_->uids();
    const auto seen = server_.persona_.searched_messages == 0 ? uids.size() : server_.persona_.searched_messages;
    for (std::uint32_t index = 0; index < std::min<std::size_t>(uids.size(), seen); ++index) {
        const Message* message = folder.find(uids[index]);
        if (message && (*key)(*message, index + 1))
            found.push_back(command.by_uid() ? message->uid : index + 1);
    }
    if (options) {
        out_ += extended(command, *options, found);
        return "OK done";
    }
    out_ += "* SEARCH";
    for (const auto number : found) out_ += fmt::format(" {}", number);
    out_ += "\r\n";
    return "OK done";
}

}  // namespace godwit::fakeimap

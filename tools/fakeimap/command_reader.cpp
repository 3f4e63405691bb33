#include "tools/fakeimap/command_reader.h"

#include <charconv>

#include "engine/base/text.h"

namespace godwit::fakeimap {
namespace {

constexpr std::chrono::minutes patience{10};
constexpr std::size_t line_chunk = 8u << 10;  // what an idle connection holds
constexpr std::size_t literal_chunk = 1u << 20;

// BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.100> is one word.
bool has_section(std::string_view atom) {
    return atom.size() > 4 && (equals_ignoring_case(atom.substr(0, 4), "BODY"));
}

std::string_view atom_at(std::string_view text) {
    int brackets = 0;
    const bool section = has_section(text);
    std::size_t size = 0;
    for (; size < text.size(); ++size) {
        const char c = text[size];
        if (section && c == '[') ++brackets;
        if (section && c == ']') --brackets;
        if (brackets == 0 && (c == ' ' || c == '(' || c == ')')) break;
    }
    return text.substr(0, size);
}

// Splits plain text (no literals) into words.
void add_words(std::string_view text, std::vector<Word>& words) {
    std::size_t i = 0;
    while (i < text.size()) {
        const char c = text[i];
        if (c == ' ') {
            ++i;
        } else if (c == '(' || c == ')') {
            words.push_back({std::string(1, c), true, false});
            ++i;
        } else if (c == '"') {
            std::string value;
            for (++i; i < text.size() && text[i] != '"'; ++i) {
                if (text[i] == '\\' && i + 1 < text.size()) ++i;
                value += text[i];
            }
            ++i;
            words.push_back({std::move(value), false, false});
        } else {
            const auto atom = atom_at(text.substr(i));
            words.push_back({std::string(atom), false, false});
            i += atom.size();
        }
    }
}

void take_head(ClientCommand& command) {
    if (!command.words.empty()) {
        command.tag = command.words.front().text;
        command.words.erase(command.words.begin());
    }
    for (int i = 0; i < 2 && !command.words.empty() && (i == 0 || command.name == "UID"); ++i) {
        command.name += (i ? " " : "") + upper_case(command.words.front().text);
        command.words.erase(command.words.begin());
    }
    for (int words = command.by_uid() ? 3 : 2; words > 0; --words) {
        const auto space = command.line.find(' ');
        command.line.erase(0, space == std::string::npos ? space : space + 1);
    }
}

}  // namespace

struct CommandReader::Announced {
    std::uint64_t size;
    bool synchronising;
    std::size_t at;  // of "{" in the line

    static std::optional<Announced> at_end_of(std::string_view line) {
        if (!line.ends_with('}')) return std::nullopt;
        const auto open = line.rfind('{');
        if (open == std::string_view::npos) return std::nullopt;
        auto digits = line.substr(open + 1, line.size() - open - 2);
        const bool plus = digits.ends_with('+');
        if (plus) digits.remove_suffix(1);
        std::uint64_t size = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
        if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
        return Announced{size, !plus, open};
    }
};

std::string upper_case(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

const std::string& ClientCommand::argument(std::size_t index) const {
    static const std::string none;
    return index < words.size() ? words[index].text : none;
}

Awaitable<std::optional<std::string>> CommandReader::line() {
    std::size_t end;
    std::size_t searched = taken_;
    while ((end = buffer_.find("\r\n", searched)) == std::string::npos) {
        buffer_.erase(0, std::exchange(taken_, 0));
        const auto have = buffer_.size();
        searched = have - std::min<std::size_t>(have, 1);
        buffer_.resize(have + line_chunk);
        const auto got = co_await stream_.read_some(std::span(buffer_).subspan(have), after(patience));
        buffer_.resize(have + got.value_or(0));
        if (!got) co_return std::nullopt;
    }
    std::string text = buffer_.substr(taken_, end - taken_);
    taken_ = end + 2;
    co_return text;
}

Awaitable<std::optional<std::string>> CommandReader::octets(std::uint64_t size) {
    std::string out =
        buffer_.substr(taken_, static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer_.size())));
    taken_ += out.size();
    while (out.size() < size) {
        const auto have = out.size();
        out.resize(have + std::min<std::uint64_t>(size - have, literal_chunk));
        const auto got = co_await stream_.read_some(std::span(out).subspan(have), after(patience));
        if (!got) co_return std::nullopt;
        out.resize(have + *got);
    }
    co_return out;
}

Awaitable<bool> CommandReader::read_literal(const Announced& literal, ClientCommand& command,
                                            const LiteralGate& gate) {
    if (literal.synchronising) {
        if (gate && !refused) refused = gate(command);
        if (refused) co_return true;
        const std::string_view go_ahead = "+ go ahead\r\n";
        if (!co_await stream_.write(go_ahead, after(patience))) co_return false;
    } else if (literal.size > unasked_) {
        refused = "BAD literal was not asked for";
        if (unasked_ == 0) co_return true;
    }
    auto got = co_await octets(literal.size);
    if (!got) co_return false;
    command.words.push_back({std::move(*got), false, true});
    co_return true;
}

Awaitable<std::optional<ClientCommand>> CommandReader::next(const LiteralGate& gate) {
    refused.reset();
    ClientCommand command;
    for (bool head = true;; head = false) {
        auto text = co_await line();
        if (!text) co_return std::nullopt;
        const auto literal = Announced::at_end_of(*text);
        add_words(literal ? std::string_view(*text).substr(0, literal->at) : std::string_view(*text),
                  command.words);
        command.line += *text;
        if (head) take_head(command);
        if (!literal) co_return command;
        if (!co_await read_literal(*literal, command, gate)) co_return std::nullopt;
        if (refused && (literal->synchronising || unasked_ == 0)) co_return command;
    }
}

}  // namespace godwit::fakeimap

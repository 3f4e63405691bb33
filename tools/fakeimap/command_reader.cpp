#include "tools/fakeimap/command_reader.h"

#include <charconv>

namespace godwit::fakeimap {
namespace {

constexpr std::chrono::minutes patience{10};

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

struct Announced {
    std::size_t size;
    bool synchronising;
    std::size_t at;   // of "{" in the line
};

std::optional<Announced> literal_at_end(std::string_view line) {
    if (!line.ends_with('}')) return std::nullopt;
    const auto open = line.rfind('{');
    if (open == std::string_view::npos) return std::nullopt;
    auto digits = line.substr(open + 1, line.size() - open - 2);
    const bool plus = digits.ends_with('+');
    if (plus) digits.remove_suffix(1);
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return Announced{size, !plus, open};
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
            int brackets = 0;   // BODY.PEEK[HEADER.FIELDS (DATE)] is one word
            const auto begin = i;
            for (; i < text.size(); ++i) {
                if (text[i] == '[') ++brackets;
                if (text[i] == ']') --brackets;
                if (brackets == 0 && (text[i] == ' ' || text[i] == '(' || text[i] == ')')) break;
            }
            words.push_back({std::string(text.substr(begin, i - begin)), false, false});
        }
    }
}

void take_head(ClientCommand& command) {
    if (!command.words.empty()) {
        command.tag = command.words.front().text;
        command.words.erase(command.words.begin());
    }
    for (int i = 0; i < 2 && !command.words.empty() && (i == 0 || command.name == "UID"); ++i) {
        command.name += (i ? " " : "") + upper(command.words.front().text);
        command.words.erase(command.words.begin());
    }
    for (int words = command.name.starts_with("UID ") ? 3 : 2; words > 0; --words)
        {
        const auto space = command.line.find(' ');
        command.line.erase(0, space == std::string::npos ? space : space + 1);
    }
}

}  // namespace

Awaitable<bool> CommandReader::fill(std::size_t bytes) {
    std::vector<char> chunk(64u << 10);
    while (buffer_.size() < bytes) {
        auto got = co_await stream_.read_some(chunk, after(patience));
        if (!got) co_return false;
        buffer_.append(chunk.data(), *got);
    }
    co_return true;
}

Awaitable<std::optional<std::string>> CommandReader::line() {
    std::size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos)
        if (!co_await fill(buffer_.size() + 1)) co_return std::nullopt;
    std::string text = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    co_return text;
}

Awaitable<std::optional<ClientCommand>> CommandReader::next(const LiteralGate& gate) {
    refused.reset();
    ClientCommand command;
    bool head = true;
    for (;;) {
        auto text = co_await line();
        if (!text) co_return std::nullopt;
        const auto literal = literal_at_end(*text);
        add_words(literal ? std::string_view(*text).substr(0, literal->at) : std::string_view(*text), command.words);
        command.line += *text;
        if (std::exchange(head, false)) take_head(command);
        if (!literal) co_return command;
        if (literal->synchronising) {
            if (gate) refused = gate(command);
            if (refused) co_return command;
            const std::string_view go_ahead = "+ go ahead\r\n";
            if (!co_await stream_.write(go_ahead, after(patience))) co_return std::nullopt;
        }
        if (!co_await fill(literal->size)) co_return std::nullopt;
        command.words.push_back({buffer_.substr(0, literal->size), false, true});
        buffer_.erase(0, literal->size);
    }
}

}  // namespace godwit::fakeimap

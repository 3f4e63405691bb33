// What CommandBuilder writes a strict server reads back: the same arguments, and every literal sent as its
// options allow. Input: a byte of options, then arguments: a byte for the kind, and what it takes.
#include <charconv>
#include <variant>
#include <vector>

#include "engine/base/utf8.h"
#include "engine/imap/ascii.h"
#include "engine/imap/encoder.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace godwit::fuzz;
using namespace godwit::imap;

struct Open {
    friend bool operator==(Open, Open) = default;
};
struct Close {
    friend bool operator==(Close, Close) = default;
};
using Token = std::variant<std::string, Open, Close>;

// The client's side: what is built, and what a server should hear.
struct Client {
    CommandBuilder builder;
    std::vector<Token> expected;
    std::vector<std::string> external;
    int depth = 0;

    void add(Input& input) {
        switch (input.byte() % 9) {
            case 0: return add_string([this](const auto& s) { builder.string(s); }, input);
            case 1: return add_string([this](const auto& s) { builder.astring(s); }, input);
            case 2: return add_string([this](const auto& s) { builder.literal(s); }, input);
            case 3: return add_string([this](const auto& s) { add_external(s); }, input);
            case 4: return add_number(input);
            case 5: return add_flags(input);
            case 6: return add_set(input);
            case 7: builder.open(), expected.emplace_back(Open{}), ++depth; return;
            default:
                if (depth > 0) close();
        }
    }
    void close() {
        builder.close();
        expected.emplace_back(Close{});
        --depth;
    }

private:
    template <class Add>
    void add_string(Add add, Input& input) {
        const std::size_t times =
            input.byte() % 50 == 49 ? 300 : 1;  // now and then beyond what LITERAL- allows
        std::string text;
        for (const auto piece = input.text(); text.size() < times * piece.size();) text += piece;
        expected.emplace_back(text);
        add(text);
    }
    void add_external(const std::string& text) {
        builder.external_literal(text.size());
        if (!text.empty()) external.push_back(text);
    }
    void add_number(Input& input) {
        const std::uint64_t value = (std::uint64_t{input.byte()} << 56) | input.byte();
        builder.number(value);
        expected.emplace_back(std::to_string(value));
    }
    void add_flags(Input& input) {
        std::vector<std::string> flags;
        expected.emplace_back(Open{});
        for (int count = input.byte() % 4; count > 0; --count) {
            const auto flag = input.text();
            if (is_word(flag, "NIL")) continue;   // may be a flag, but no other atom, which the reader checks
            flags.emplace_back(flag);
            if (is_sendable_flag(flag)) expected.emplace_back(flags.back());
        }
        builder.flags(flags);
        expected.emplace_back(Close{});
    }
    void add_set(Input& input) {
        UidSet set;
        for (int count = input.byte() % 4; count >= 0; --count)
            set.add(input.byte() + 1u, input.byte() * 70'000u);
        builder.uid_set(set);
        expected.emplace_back(set.to_string());
    }
};

// The server's side: RFC 9051 to the letter, one space between arguments.
class StrictReader {
public:
    StrictReader(std::vector<CommandPart> parts, std::vector<std::string> external, EncoderOptions options)
        : options_(options) {
        std::size_t used = 0;
        for (auto& part : parts) {
            text_ += part.bytes;
            if (part.wait) waits_.push_back(text_.size());
            if (part.external == 0) continue;
            require(external.at(used).size() == part.external);
            text_ += external[used++];
        }
        require(used == external.size());
    }

    std::vector<Token> read() {
        std::vector<Token> tokens;
        require(take_atom() == "NAME");
        bool after_open = false;
        while (!next_is("\r\n")) {
            if (accept(")")) {
                tokens.emplace_back(Close{});
                after_open = false;
                continue;
            }
            require(accept(" ") != after_open);
            after_open = accept("(");
            tokens.push_back(after_open ? Token(Open{}) : Token(argument()));
        }
        require(at_ + 2 == text_.size() && waited_ == waits_.size());
        return tokens;
    }

private:
    bool next_is(std::string_view what) const { return text_.compare(at_, what.size(), what) == 0; }
    bool accept(std::string_view what) {
        const bool there = next_is(what);
        if (there) at_ += what.size();
        return there;
    }
    std::string argument() { return accept("\"") ? quoted() : accept("{") ? literal() : take_atom(); }

    std::string take_atom() {
        const auto start = at_;
        accept("\\");
        const auto is_part = [](char c) {
            return c > 0x20 && c < 0x7f && std::string_view("(){\"%*\\").find(c) == std::string_view::npos;
        };
        while (at_ < text_.size() && is_part(text_[at_])) ++at_;
        const auto atom = text_.substr(start, at_ - start);
        require(!atom.empty() && !is_word(atom, "NIL"));
        return atom;
    }
    std::string quoted() {
        std::string value;
        while (!accept("\"")) {
            if (accept("\\")) require(next_is("\"") || next_is("\\"));
            require(at_ < text_.size() && text_[at_] != '\r' && text_[at_] != '\n' && text_[at_] != '\0');
            value += text_[at_++];
        }
        bool ascii = true;
        for (const char c : value) ascii = ascii && (c & 0x80) == 0;
        require(ascii || (options_.utf8_accept && godwit::is_utf8(value)));
        return value;
    }
    std::string literal() {
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
        require(error == std::errc{});
        at_ = static_cast<std::size_t>(end - text_.data());
        const bool plus = accept("+");
        require(accept("}\r\n"));
        require(!plus || options_.literal_plus || (options_.literal_minus && size <= 4096));
        if (!plus) require(waits_.at(waited_++) == at_);
        require(text_.size() - at_ >= size);
        at_ += size;
        return text_.substr(at_ - size, size);
    }

    EncoderOptions options_;
    std::string text_;
    std::vector<std::size_t> waits_;  // where the client waits for "+"
    std::size_t at_ = 0, waited_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const auto bits = input.byte();
    const EncoderOptions options{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
    Client client{CommandBuilder("NAME", options), {}, {}};
    while (!input.empty()) client.add(input);
    while (client.depth > 0) client.close();
    StrictReader reader(client.builder.finish(), client.external, options);
    require(reader.read() == client.expected);
    return 0;
}

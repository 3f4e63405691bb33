// What servers do to headers does not change a message's key: other folding, more blanks, another order, more
// fields, a body. Input: fields, each a byte that chooses its name and a text.
#include <array>
#include <vector>

#include "engine/sync/message_key.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace godwit::fuzz;
using godwit::sync::message_key;

constexpr std::size_t distinct = 6;
constexpr std::array<std::string_view, 2 * distinct> names = {"Message-ID", "Date",  "From",       "To",
                                                              "Subject",    "X-Odd", "MESSAGE-id", "date",
                                                              "FROM",       "to",    "sUBJECT",    "x-odd"};
constexpr std::array<std::string_view, 6> blanks = {" ", "  ", "\t", "\r\n ", "\r\n\t ", " \n  "};

struct Field {
    std::size_t name;
    std::vector<std::string> words;
};

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
        if (end > 0) words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

std::string plain(const Field& field) {
    std::string out = std::string(names[field.name]) + ':';
    for (const auto& word : field.words) out += ' ' + word;
    return out + "\r\n";
}

std::string refolded(const Field& field, std::size_t& turn) {
    const auto blank = [&] { return blanks[turn++ % blanks.size()]; };
    std::string out = std::string(names[field.name]) + (turn % 2 ? " :" : ":");
    for (const auto& word : field.words) out += std::string(blank()) + word;
    return out + std::string(turn % 3 ? "" : blank()) + (turn % 5 ? "\r\n" : "\n");
}

void check_rewriting(Input input) {
    std::vector<Field> fields;
    std::size_t turn = input.byte();
    const bool reversed = input.byte() % 2;
    while (!input.empty()) {
        const std::size_t name = input.byte() % names.size();
        fields.push_back({name, words_of(input.text())});
    }
    std::string header;
    for (const auto& field : fields) header += plain(field);
    const auto key = message_key(header + "\r\n");
    require(key == message_key(header));
    require(key == message_key(header + "\r\nMessage-ID: <body@x>\r\nSubject: body\r\n"));

    // The first of several fields of one name counts, so these keep their order.
    std::string rewritten = "X-Scanned: yes\r\n";
    for (std::size_t rank = 0; rank < distinct; ++rank)
        for (const auto& field : fields)
            if (field.name % distinct == (reversed ? distinct - 1 - rank : rank))
                rewritten += refolded(field, turn) + "Received: from a\r\n\tby b\r\n";
    require(key == message_key(rewritten + "\r\nbody"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    require(message_key(text) == message_key(std::string(text)));
    for (const auto name : names)
        if (const auto value = godwit::sync::header_field(text, name))
            require(value->find_first_of("\t\r\n") == std::string::npos && !value->starts_with(' ') &&
                    !value->ends_with(' '));
    check_rewriting(Input(data, size));
    return 0;
}

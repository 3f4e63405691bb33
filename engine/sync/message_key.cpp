#include "engine/sync/message_key.h"

#include <openssl/evp.h>

#include <cstring>

#include "engine/base/text.h"

namespace godwit::sync {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Runs of blanks (folding included) become one space: servers refold.
std::string collapsed(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (!is_blank(c))
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

// "<id@host>" without anything around or blanks inside.
std::string normalised_message_id(std::string_view value) {
    const auto open = value.find('<');
    const auto close = open == std::string_view::npos ? open : value.find('>', open);
    if (close != std::string_view::npos) value = value.substr(open, close - open + 1);
    std::string id;
    for (const char c : value)
        if (!is_blank(c)) id += c;
    return id == "<>" ? std::string() : id;
}

MessageKey digest(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    EVP_Digest(text.data(), text.size(), bytes.data(), nullptr, EVP_sha256(), nullptr);
    MessageKey key;
    std::memcpy(key.words.data(), bytes.data(), sizeof key.words);
    return key;
}

// The next field of `header`, folded lines included; empty at the end of the block.
std::string_view take_field(std::string_view& header) {
    std::size_t end = 0;
    for (;;) {
        const auto newline = header.find('\n', end);
        end = newline == std::string_view::npos ? header.size() : newline + 1;
        if (end >= header.size() || (header[end] != ' ' && header[end] != '\t')) break;
    }
    const auto field = header.substr(0, end);
    header.remove_prefix(end);
    return field == "\r\n" || field == "\n" ? std::string_view() : field;
}

}  // namespace

std::optional<std::string> header_field(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const auto field = take_field(header);
        if (field.empty()) break;
        const auto colon = field.find(':');
        if (colon == std::string_view::npos) continue;
        auto field_name = field.substr(0, colon);
        while (!field_name.empty() && is_blank(field_name.back())) field_name.remove_suffix(1);
        if (equals_ignoring_case(field_name, name)) return collapsed(field.substr(colon + 1));
    }
    return std::nullopt;
}

MessageKey message_key(std::string_view header) {
    if (const auto field = header_field(header, "Message-ID")) {
        const std::string id = normalised_message_id(*field);
        if (!id.empty()) return digest("id:" + id);
    }
    std::string text = "fields:";
    for (const std::string_view name : {"Date", "From", "To", "Subject"}) {
        text += header_field(header, name).value_or("");
        text += '\n';
    }
    return digest(text);
}

}  // namespace godwit::sync

#include "engine/sync/message_key.h"

#include <openssl/evp.h>

#include <cstring>

#include "engine/base/text.h"
#include "engine/sync/message_transform.h"

namespace godwit::sync {
namespace {

using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// Looked up once: EVP_sha256() is looked up for each digest, under a lock.
const EVP_MD* sha256() {
    static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return found;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// "<id@host>" without anything around or blanks inside.
std::string normalised_message_id(std::string_view value) {
    const auto open = value.find('<');
    const auto close = open == std::string_view::npos ? open : value.find('>', open);
    if (close != std::string_view::npos) value = value.substr(open, close - open + 1);
    std::string id(value);
    std::erase_if(id, is_blank);
    return id == "<>" ? std::string() : id;
}

// A line for each name: the value of the first field that has it.
template <std::size_t size>
std::string values_of(std::string_view header, const std::array<std::string_view, size>& names) {
    std::array<std::string_view, size> fields{};
    while (!header.empty()) {
        const auto field = take_header_field(header);
        if (field.empty()) break;
        for (std::size_t i = 0; i < size; ++i)
            if (fields[i].empty() && is_header_field(field, names[i])) fields[i] = field;
    }
    std::string text;
    for (const auto field : fields) {
        if (!field.empty()) text += collapsed(field.substr(field.find(':') + 1));
        text += '\n';
    }
    return text;
}

constexpr auto identifying = std::to_array<std::string_view>({"Date", "From", "To", "Subject"});
constexpr auto least_identifying = std::to_array<std::string_view>({"Date", "Subject"});
constexpr auto left_alone = std::to_array<std::string_view>(
    {"Date", "From", "To", "Subject", "Cc", "In-Reply-To", "References", "Content-Type"});

constexpr std::size_t most_header_bytes = 256u << 10;

bool ends_with_empty_line(std::string_view octets) {
    return octets.ends_with("\n\n") || octets.ends_with("\n\r\n") || octets == "\n" || octets == "\r\n";
}

// Where the body begins, after the first empty line.
std::size_t body_start(std::string_view octets) {
    for (std::size_t line = 0; line < octets.size();) {
        const auto end = octets.find('\n', line);
        if (end == std::string_view::npos) break;
        if (end == line || (end == line + 1 && octets[line] == '\r')) return end + 1;
        line = end + 1;
    }
    return octets.size();
}

}  // namespace

// Runs of blanks (folding included) become one space: servers refold.
std::string collapsed(std::string_view value) {
    std::string out(value.size(), '\0');
    std::size_t size = 0;
    for (const char c : value) {
        if (!is_blank(c))
            out[size++] = static_cast<unsigned char>(c) < 0x80 ? c : 'X';
        else if (size > 0 && out[size - 1] != ' ')
            out[size++] = ' ';
    }
    if (size > 0 && out[size - 1] == ' ') --size;
    out.resize(size);
    return out;
}

MessageKey digest_key(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    thread_local const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestInit_ex(digest.get(), sha256(), nullptr);
    EVP_DigestUpdate(digest.get(), text.data(), text.size());
    EVP_DigestFinal_ex(digest.get(), bytes.data(), nullptr);
    MessageKey key;
    std::memcpy(key.words.data(), bytes.data(), sizeof key.words);
    return key;
}

std::string_view take_header_field(std::string_view& header) {
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

bool is_header_field(std::string_view field, std::string_view name) {
    if (!equals_ignoring_case(field.substr(0, name.size()), name)) return false;
    for (const char c : field.substr(name.size()))
        if (!is_blank(c)) return c == ':';
    return false;
}

std::optional<std::string> header_field(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const auto field = take_header_field(header);
        if (field.empty()) break;
        if (is_header_field(field, name)) return collapsed(field.substr(field.find(':') + 1));
    }
    return std::nullopt;
}

MessageKey message_key(std::string_view header, KeyRung rung) {
    if (rung == 0) {
        if (const auto field = header_field(header, "Message-ID")) {
            const std::string id = normalised_message_id(*field);
            if (!id.empty() && !is_made_up_message_id(id)) return digest_key("id:" + id);
        }
    }
    return rung < 2 ? digest_key("fields:" + values_of(header, identifying))
                    : digest_key("least:" + values_of(header, least_identifying));
}

struct BodyDigester::State {
    Digest body{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    std::string header;  // until the body begins
    bool in_body = false;
    std::size_t newlines = 0;  // not digested yet: those at the end do not count
    std::string piece;
};

BodyDigester::BodyDigester() : state_(std::make_unique<State>()) {
    EVP_DigestInit_ex(state_->body.get(), sha256(), nullptr);
}

BodyDigester::~BodyDigester() = default;

void BodyDigester::add(std::string_view octets) {
    if (state_->in_body) return add_body(octets);
    state_->header += octets;
    const auto start = body_start(state_->header);
    const bool found = start < state_->header.size() || ends_with_empty_line(state_->header);
    if (!found && state_->header.size() <= most_header_bytes) return;
    state_->in_body = true;
    const std::string rest = state_->header.substr(start);
    state_->header.resize(start);
    add_body(rest);
}

void BodyDigester::add_body(std::string_view octets) {
    auto& piece = state_->piece;
    piece.clear();
    for (const char c : octets) {
        if (c == '\r') continue;
        if (c == '\n') {
            ++state_->newlines;
            continue;
        }
        piece.append(std::exchange(state_->newlines, 0), '\n');
        piece += c;
    }
    EVP_DigestUpdate(state_->body.get(), piece.data(), piece.size());
}

BodyDigest BodyDigester::finish() {
    // What has no header at all is body.
    if (!state_->in_body &&
        state_->header.substr(0, state_->header.find('\n')).find(':') == std::string::npos)
        add_body(std::exchange(state_->header, {}));
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    EVP_DigestFinal_ex(state_->body.get(), bytes.data(), nullptr);
    std::uint64_t body = 0;
    std::memcpy(&body, bytes.data(), sizeof body);
    const std::uint64_t header = digest_key(values_of(state_->header, left_alone)).words[0];
    const BodyDigest both = (body >> 32) << 32 | header >> 32;
    return both == 0 ? 1 : both;
}

BodyDigest body_digest(std::string_view octets) {
    BodyDigester digester;
    digester.add(octets);
    return digester.finish();
}

}  // namespace godwit::sync

#include "engine/imap/folder_name.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "engine/base/utf8.h"
#include "engine/imap/ascii.h"

namespace godwit::imap {
namespace {

constexpr std::string_view inbox = "INBOX";

// One conversion of glibc's; a thread's own, since a descriptor has state.
class Converter {
public:
    Converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {}
    ~Converter() {
        if (usable()) iconv_close(handle_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    Result<std::string> convert(std::string_view text) {
        if (!usable()) return fail(ErrorKind::internal, Reach::node, "iconv lacks UTF-7-IMAP");
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        std::string out;
        char* from = const_cast<char*>(text.data());  // iconv does not write to it
        std::size_t left = text.size();
        if (!pump(out, &from, &left) || !pump(out, nullptr, nullptr))
            return fail(ErrorKind::invalid_argument, Reach::folder, "malformed folder name");
        return out;
    }

private:
    bool usable() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    // Without input: what ends the text (a shift back to ASCII).
    bool pump(std::string& out, char** from, std::size_t* left) {
        std::array<char, 512> buffer;
        for (;;) {
            char* to = buffer.data();
            std::size_t room = buffer.size();
            const std::size_t converted = iconv(handle_, from, left, &to, &room);
            out.append(buffer.data(), buffer.size() - room);
            if (converted == 0) return true;
            // A positive count would be of characters replaced: not reversible.
            if (converted != static_cast<std::size_t>(-1) || errno != E2BIG) return false;
        }
    }

    iconv_t handle_;
};

Result<std::string> to_utf8(std::string_view raw) {
    thread_local Converter converter("UTF-8", "UTF-7-IMAP");
    return converter.convert(raw);
}

Result<std::string> from_utf8(std::string_view utf8) {
    thread_local Converter converter("UTF-7-IMAP", "UTF-8");
    return converter.convert(utf8);
}

bool has_controls(std::string_view text) {
    return std::ranges::any_of(text,
                               [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string made_printable(std::string text) {
    return is_utf8(text) && !has_controls(text) ? text : printable(text, 4 * text.size());
}

}  // namespace

std::string display_name(std::string_view raw, bool utf8_accept) {
    if (utf8_accept) return made_printable(std::string(raw));
    auto decoded = decode_modified_utf7(raw);
    return made_printable(decoded ? std::move(*decoded) : std::string(raw));
}

Result<std::string> decode_modified_utf7(std::string_view raw) {
    GODWIT_TRY(text, to_utf8(raw));
    // One name, one form: what iconv reads generously ("&AGE-" for "a") would not lead back to this folder.
    const auto again = is_utf8(text) ? from_utf8(text) : Result<std::string>(std::string());
    if (!again || *again != raw)
        return fail(ErrorKind::invalid_argument, Reach::folder, "malformed folder name");
    return text;
}

Result<std::string> encode_modified_utf7(std::string_view utf8) {
    if (!is_utf8(utf8)) return fail(ErrorKind::invalid_argument, Reach::folder, "folder name is not UTF-8");
    return from_utf8(utf8);
}

bool is_inbox(std::string_view raw) { return is_word(raw, inbox); }

std::string canonical_name(std::string_view raw, std::optional<char> delimiter) {
    std::string name(raw);
    const bool ends_there =
        raw.size() == inbox.size() || (raw.size() > inbox.size() && raw[inbox.size()] == delimiter);
    if (ends_there && is_inbox(raw.substr(0, inbox.size()))) name.replace(0, inbox.size(), inbox);
    return name;
}

std::vector<std::string> split_levels(std::string_view raw, std::optional<char> delimiter) {
    std::vector<std::string> levels;
    while (delimiter) {
        const std::size_t end = raw.find(*delimiter);
        if (end == std::string_view::npos) break;
        levels.emplace_back(raw.substr(0, end));
        raw.remove_prefix(end + 1);
    }
    levels.emplace_back(raw);
    return levels;
}

}  // namespace godwit::imap

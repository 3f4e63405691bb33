// Names that decode encode to the same octets, names that encode decode to the same text, and what is shown
// is printable.
#include <cstdint>

#include "engine/base/utf8.h"
#include "engine/imap/folder_name.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace godwit::imap;
using godwit::fuzz::require;

void check_printable(std::string_view text) {
    require(godwit::is_utf8(text));
    for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto decoded = decode_modified_utf7(text)) {
        require(godwit::is_utf8(*decoded));
        const auto again = encode_modified_utf7(*decoded);
        require(again && *again == text);
    }
    const auto encoded = encode_modified_utf7(text);
    require(encoded.has_value() == godwit::is_utf8(text));
    if (encoded) {
        const auto again = decode_modified_utf7(*encoded);
        require(again && *again == text);
    }
    check_printable(display_name(text));
    check_printable(display_name(text, true));

    std::string joined;
    for (const auto& level : split_levels(text, '/')) joined += level + '/';
    joined.pop_back();
    require(joined == text);
    require(canonical_name(canonical_name(text, '/'), '/') == canonical_name(text, '/'));
    return 0;
}

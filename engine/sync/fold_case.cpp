#include "engine/sync/fold_case.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "engine/base/text.h"

namespace godwit::sync {
namespace {

std::string mapped(std::string_view text, int options) {
    utf8proc_uint8_t* out = nullptr;
    const auto length =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                     &out, static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(out, &std::free);
    if (length < 0) return lower_case(text);
    return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(length)};
}

}  // namespace

std::string case_folded(std::string_view text) { return mapped(text, UTF8PROC_CASEFOLD); }

std::string nfc_case_folded(std::string_view text) {
    return mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
}

}  // namespace godwit::sync

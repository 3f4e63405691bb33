// Text made comparable: Unicode case folding, with or without normalisation. Pure (libutf8proc).
#pragma once

#include <string>
#include <string_view>

namespace godwit::sync {

// What is not UTF-8 is folded as ASCII.
std::string case_folded(std::string_view text);
// As above, in NFC: "é" as one character and as two are the same.
std::string nfc_case_folded(std::string_view text);

}  // namespace godwit::sync

// Names of folders as users write them, as servers compare them, and as a server may take them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/sync/folder_tree.h"

namespace godwit::sync {

// What a user has written, as raw octets: modified UTF-7 where it is that beyond doubt (canonical, with a shift other than
// "&-"), else the encoding of UTF-8. What is neither stays as it is.
std::string raw_name_of(std::string_view written);

// For patterns: decoded, or the raw octets where these are not modified UTF-7 but UTF-8 all the same.
std::optional<std::string> text_of(std::string_view raw);

// Equal where two names differ only in case.
std::string case_key(std::string_view raw);

// "_" and 8 hex digits that depend on `raw` alone; other ones for every `attempt`.
std::string name_suffix(std::string_view raw, unsigned attempt = 0);

// The name to use where the destination has refused `raw`. For each level below the prefix: control characters, delimiters,
// / " \ % * ( ) { } ^ | ! ; < > ` and what is beyond the BMP become "_", and so do blanks at both ends and leading dots, "~",
// "#"; octets that are neither modified UTF-7 nor UTF-8 likewise. "cur", "new", "tmp", nothing, and INBOX below anything get a
// "_". A level of more than 200 octets is cut and gets the suffix of the whole level; where the name has more than 240 still
// (Maildir++ makes one directory name of it), the levels that do not fit become one, cut, with the suffix of the name. The outcome stays when asked again.
std::string acceptable_name(std::string_view raw, const FolderTree& destination);

}  // namespace godwit::sync

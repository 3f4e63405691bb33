// The pieces of the parser: one function a response, the reader after the response's name. Internal to the
// parser.
//
// Each returns false with the reader's error set.
#pragma once

#include "engine/imap/parser_tokens.h"
#include "engine/imap/types.h"

namespace godwit::imap::parts {

// Keeps big literals where they are until the whole response was read; takes them out of `raw` (the reader's)
// at the end.
bool fetch(Reader& in, RawResponse& raw, FetchData& out);

bool capability(Reader& in, std::vector<std::string>& out);
bool flag_list(Reader& in, std::vector<std::string>& out);  // "(\Seen a b)"
bool list(Reader& in, ListData& out);
bool name_space(Reader& in, NamespaceData& out);
bool status(Reader& in, StatusData& out);
bool search(Reader& in, SearchData& out);
bool esearch(Reader& in, EsearchData& out);
bool vanished(Reader& in, VanishedData& out);
bool id(Reader& in, IdData& out);
bool quota(Reader& in, QuotaData& out);
bool quota_root(Reader& in, QuotaRootData& out);

// `text` follows OK, NO …; never fails: what is no code is text.
void status_text(std::string_view text, StatusResponse& out);

}  // namespace godwit::imap::parts

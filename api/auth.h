// Tokens: "gdw_<id>_<secret>", 256 random bits of secret, sent as "Authorization: Bearer …". Only their SHA-256 is
// compared, in constant time.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace godwit::api {

// Of equal length, in a time that does not tell where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

Secret<std::string> new_token();
// The admin token in `path`; made at the first start (mode 0600, written whole or not at all). A file that others can
// read, or that holds no token, is refused: invalid_argument. Reach::node.
Result<Secret<std::string>> load_or_create_token(const std::filesystem::path& path);

// Whether an Authorization header carries the token whose SHA-256 (hex) is given; an empty one matches nothing.
bool authorized(std::string_view authorization, std::string_view token_sha256);

}  // namespace godwit::api

// Files with keys: only their owner may touch them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace godwit {

// The content of the file, at most 64 KiB; one that does not exist is made first (mode 0600), complete or not at all, with
// what `make` gives. A file that others than its owner can touch, or that belongs to neither this user nor root, is refused:
// secret_unreadable, Reach::node, as for everything wrong with it.
Result<Secret<std::string>> read_or_make_key_file(const std::filesystem::path& path,
                                                  const std::function<Secret<std::string>()>& make);

}  // namespace godwit

// The named statements of schemas/queries/*.sql ("-- name: claim_passes" blocks). There is no SQL in C++.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace godwit::scheduler::pg {

// The text of a statement; a name that does not exist ends the program (a test looks all up).
const std::string& query(std::string_view name);
const std::map<std::string, std::string, std::less<>>& all_queries();

}  // namespace godwit::scheduler::pg

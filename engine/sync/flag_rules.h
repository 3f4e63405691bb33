// FlagRules: from the flags of a source message to those its copy is to have, as far as options decide that. Pure.
//
// As with imapsync: \Recent goes, the flags as one text ("\Seen $Label1") pass through each regexflag, system flags get
// their usual case (flagscase); what then looks like a system flag and is none of RFC 9051's, or is no flag at all, is
// dropped, always. A rule may thus save "\Junk" as "$Junk". A rule that takes too long changes nothing.
#pragma once

#include <string>
#include <vector>

#include "engine/sync/perl_regex.h"
#include "engine/sync/request.h"

namespace godwit::sync {

class FlagRules {
public:
    // invalid_argument names the expression.
    static Result<FlagRules> make(const SyncOptions& options);

    // Sorted, each once.
    std::vector<std::string> apply(std::vector<std::string> flags) const;

private:
    std::vector<Substitution> replace_;
    bool usual_case_ = true;
};

}  // namespace godwit::sync

// OutcomeFile: what became of each message, one JSON object a line: folder, uid, size, outcome (copied, already_there, skipped,
// failed), reason and the server's words where there are any. A line with UID 0 stands for all of a folder that has none of its
// own, since the folder failed.
#pragma once

#include <fstream>

#include "engine/sync/observer.h"

namespace godwit::cli {

class OutcomeFile {
public:
    // Replaces the file.
    explicit OutcomeFile(const std::string& path) : out_(path, std::ios::binary | std::ios::trunc) {}
    bool good() const { return out_.good(); }
    void add(const sync::MessageOutcome& message);
    // False: something could not be written, now or before.
    bool finish();

private:
    std::ofstream out_;
};

}  // namespace godwit::cli

#include "tools/godwit/outcome_file.h"

#include <boost/json.hpp>

namespace godwit::cli {

namespace json = boost::json;

void OutcomeFile::add(const sync::MessageOutcome& message) {
    json::object line{{"folder", message.folder}, {"uid", message.uid}, {"size", message.size},
                      {"outcome", name_of(message.outcome)}};
    if (!message.reason.empty()) line["reason"] = message.reason;
    if (!message.words.empty()) line["words"] = message.words;
    out_ << json::serialize(line) << '\n';
}

bool OutcomeFile::finish() {
    out_.close();
    return out_.good();
}

}  // namespace godwit::cli

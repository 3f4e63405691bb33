#include "engine/sync/verify/set_digest.h"

#include <fmt/format.h>

namespace godwit::sync {

std::string to_text(const SetRecord& record) {
    std::string verdict;
    for (const auto kind : record.verdict) {
        if (!verdict.empty()) verdict += ',';
        verdict += name_of(kind);
    }
    auto text = fmt::format("{} {} {} {} {} {}", record.source_uid, record.destination_uid, record.size, record.date,
                            record.digest ? to_hex(*record.digest) : "-", verdict.empty() ? "same" : verdict);
    for (const auto& flag : record.flags) text += ' ' + flag;
    return text + '\n';
}

std::string SetDigest::hex() const {
    OctetHash hash;
    for (const auto& [pair, digest] : folders_)
        hash.add(fmt::format("{} {} {} {} {}\n", pair.source.size(), pair.source, pair.destination.size(), pair.destination,
                             to_hex(digest)));
    return to_hex(hash.finish());
}

}  // namespace godwit::sync

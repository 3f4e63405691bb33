#include "engine/sync/verify/pair_verdict.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/imap/parser.h"
#include "engine/sync/plan.h"

namespace godwit::sync {
namespace {

bool has_flag(const std::vector<std::string>& flags, std::string_view flag) {
    return std::ranges::any_of(flags, [&](const auto& other) { return equals_ignoring_case(other, flag); });
}

void add_word(std::string& text, std::string_view before, std::string_view word) {
    text += text.empty() ? fmt::format("{} {}", before, word) : fmt::format(", {}", word);
}

std::string date_in_words(std::int64_t seconds) { return imap::format_internal_date({seconds, 0}); }

}  // namespace

std::string sizes_in_words(std::uint64_t source, std::uint64_t destination) {
    return fmt::format("size {} at the source, {} at the destination", source, destination);
}

std::optional<std::string> octets_differ(const Octets& source, const Octets& destination) {
    if (source.digest == destination.digest) return std::nullopt;
    if (source.size != destination.size) return sizes_in_words(source.size, destination.size);
    return fmt::format("SHA-256 {} at the source, {} at the destination", to_hex(source.digest), to_hex(destination.digest));
}

std::optional<std::string> flags_differ(const std::vector<std::string>& wanted, const std::vector<std::string>& there,
                                        const imap::SelectedFolder& destination, bool gains_count) {
    const auto storable = storable_flags(wanted, destination);
    std::string lacks, has;
    for (const auto& flag : wanted)
        if (!has_flag(there, flag))
            add_word(lacks, "lacks", has_flag(storable, flag) ? flag : flag + " (the destination cannot keep it)");
    if (gains_count)
        for (const auto& flag : storable_flags(there, destination))
            if (!has_flag(wanted, flag)) add_word(has, "has", flag);
    if (lacks.empty() && has.empty()) return std::nullopt;
    return lacks.empty() || has.empty() ? lacks + has : lacks + "; " + has;
}

std::optional<std::string> dates_differ(std::int64_t source, std::int64_t destination) {
    if (source == destination) return std::nullopt;
    return fmt::format("{} at the source, {} at the destination", date_in_words(source), date_in_words(destination));
}

}  // namespace godwit::sync

#include "engine/sync/listing.h"

#include "engine/base/text.h"
#include "engine/imap/parser.h"

namespace godwit::sync {
namespace {

constexpr auto system_flags =
    std::to_array<std::string_view>({"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"});

std::vector<std::string> normalised(std::vector<std::string> flags) {
    std::erase_if(flags, [](const auto& flag) { return equals_ignoring_case(flag, "\\Recent"); });
    for (auto& flag : flags)
        for (const auto known : system_flags)
            if (equals_ignoring_case(flag, known)) flag = known;
    std::ranges::sort(flags);
    const auto repeated = std::ranges::unique(flags);
    flags.erase(repeated.begin(), repeated.end());
    return flags;
}

ListedMessage listed(imap::FetchData& data, FlagTable& table, bool with_keys) {
    ListedMessage message;
    message.uid = data.uid->value;
    message.size = data.size.value_or(0);
    message.flags = table.add(std::move(*data.flags));
    if (data.internal_date)
        if (const auto date = imap::parse_internal_date(*data.internal_date)) {
            message.internal_date = date->seconds;
            message.zone_minutes = static_cast<std::int16_t>(date->zone_minutes);
        }
    if (with_keys)
        for (const auto& section : data.sections)
            if (section.bytes) message.key = message_key(*section.bytes);
    return message;
}

}  // namespace

std::uint32_t FlagTable::add(std::vector<std::string> flags) {
    const auto [place, fresh] =
        ids_.try_emplace(normalised(std::move(flags)), static_cast<std::uint32_t>(sets_.size()));
    if (fresh) sets_.push_back(&place->first);
    return place->second;
}

FlagBits flag_bits(const std::vector<std::string>& flags) {
    FlagBits bits = 0;
    for (const auto& flag : flags) {
        const auto known = std::ranges::find(system_flags, flag);
        bits |= known == system_flags.end() ? FlagBits{0x80}
                                            : static_cast<FlagBits>(1u << (known - system_flags.begin()));
    }
    return bits;
}

Awaitable<Result<FolderListing>> list_folder(imap::Session& session, std::uint32_t first, bool with_keys) {
    FolderListing listing;
    listing.has_keys = with_keys;
    std::string items = "(UID FLAGS INTERNALDATE RFC822.SIZE";
    if (with_keys) items += fmt::format(" BODY.PEEK[HEADER.FIELDS ({})]", key_header_fields);
    items += ')';
    auto on_fetch = [&](imap::FetchData& data) {
        // Unsolicited flag changes carry no size; they are not rows of this listing.
        const bool row = data.uid->value >= first && data.flags && data.size;
        if (row) listing.messages.push_back(listed(data, listing.flags, with_keys));
        return row;
    };
    GODWIT_CO_CHECK(co_await imap::uid_fetch(session, fmt::format("{}:*", first), items, on_fetch));
    std::ranges::sort(listing.messages, {}, &ListedMessage::uid);
    const auto repeated = std::ranges::unique(listing.messages, {}, &ListedMessage::uid);
    listing.messages.erase(repeated.begin(), repeated.end());
    co_return listing;
}

Awaitable<Result<std::vector<std::uint32_t>>> list_uids_above(imap::Session& session, std::uint32_t watermark) {
    std::vector<std::uint32_t> uids;
    auto on_fetch = [&](imap::FetchData& data) {
        if (data.uid->value > watermark) uids.push_back(data.uid->value);
        return true;
    };
    GODWIT_CO_CHECK(co_await imap::uid_fetch(session, fmt::format("{}:*", std::uint64_t{watermark} + 1), "(UID)", on_fetch));
    std::ranges::sort(uids);
    const auto repeated = std::ranges::unique(uids);
    uids.erase(repeated.begin(), repeated.end());
    co_return uids;
}

}  // namespace godwit::sync

#include "engine/sync/listing.h"

#include "engine/imap/window.h"
#include "engine/sync/header_date.h"

namespace godwit::sync {
namespace {

constexpr int listing_rounds = 5;
constexpr std::size_t uids_text_bytes = 4000;   // of one command line
constexpr std::size_t commands_in_flight = 8;

void take_row(FolderListing& listing, const imap::FetchData& data, const std::optional<KeyMaker>& keys) {
    ListedMessage message;
    message.uid = data.uid->value;
    message.size = std::min(data.size.value_or(0), ListedMessage::most_size);
    message.flags = listing.flags.add(*data.flags);
    if (const auto date = data.internal_date) {
        message.internal_date = date->seconds;
        message.zone_minutes = date->zone_minutes;
    }
    if (keys)
        for (const auto& section : data.sections)
            if (section.bytes)
                listing.keys.set(static_cast<std::uint32_t>(listing.messages.size()), keys->key(*section.bytes));
    listing.messages.push_back(message);
}

// How many rows a listing may have: a message may be listed twice, and mail comes and goes meanwhile. Beyond that a server
// makes rows up.
class RowLimit {
public:
    explicit RowLimit(const imap::Session& session) : session_(session), at_start_(session.exists()) {}
    bool crossed(std::size_t rows) const {
        return rows > 2 * std::uint64_t{std::max(at_start_, session_.exists())} + 1000;
    }

private:
    const imap::Session& session_;
    std::uint32_t at_start_;
};

std::unexpected<Error> made_up(std::string what) {
    return fail(ErrorKind::limit_exceeded, Reach::folder, "the server lists " + std::move(what), "UID FETCH");
}

// Digests literals above the inline limit; their rows come right after them.
class Digesting final : public imap::LiteralReceiver {
public:
    Awaitable<Result<void>> begin(std::uint32_t, std::uint64_t) override {
        digester_.emplace();
        co_return Result<void>{};
    }
    Awaitable<Result<void>> data(std::string_view octets) override {
        digester_->add(octets);
        co_return Result<void>{};
    }
    Awaitable<Result<void>> end() override {
        last = digester_->finish();
        digester_.reset();
        co_return Result<void>{};
    }
    BodyDigest last = 0;

private:
    std::optional<BodyDigester> digester_;
};

// UID FETCHes over parts of `uids`, some in flight at once. Dovecot answers them in any order, so `on_fetch` is offered
// every row of all of them.
Awaitable<Result<void>> fetch_in_parts(imap::Session& session, const imap::UidSet& uids, std::string_view items,
                                       imap::FetchHandler on_fetch, imap::LiteralReceiver* receiver = nullptr) {
    imap::Window window(session, commands_in_flight, true);
    for (const auto& part : uids.split(uids_text_bytes))
        if (!co_await window.add(imap::uid_fetch_command(part.to_string(), items, on_fetch, receiver))) break;
    co_return co_await window.finish();
}

}  // namespace

namespace {

constexpr std::string_view row_items = "UID FLAGS INTERNALDATE RFC822.SIZE";
std::string listing_items(const std::optional<KeyMaker>& keys) {
    return fmt::format("({}{}{})", row_items, keys ? " " : "", keys ? keys->rule.fetch_item() : "");
}

// Adds rows that `is_wanted` by their UID. `limit` bounds them.
imap::FetchHandler take_rows(FolderListing& listing, const RowLimit& limit, const std::optional<KeyMaker>& keys,
                             std::function<bool(std::uint32_t)> is_wanted) {
    return [&listing, &limit, &keys, is_wanted = std::move(is_wanted)](imap::FetchData& data) {
        // Unsolicited flag changes carry no size; they are not rows of this listing.
        if (!is_wanted(data.uid->value) || !data.flags || !data.size) return false;
        if (listing.flags.full() || limit.crossed(listing.messages.size())) return false;
        take_row(listing, data, keys);
        return true;
    };
}

Result<void> check_rows(const FolderListing& listing, const RowLimit& limit) {
    if (limit.crossed(listing.messages.size())) return made_up("far more messages than there are");
    if (listing.flags.full()) return made_up("too many different sets of flags");
    return {};
}

}  // namespace

Awaitable<Result<FolderListing>> list_folder(imap::Session& session, std::uint32_t first, std::optional<KeyMaker> keys) {
    FolderListing listing;
    const RowLimit limit(session);
    const auto on_fetch = take_rows(listing, limit, keys, [first](std::uint32_t uid) { return uid >= first; });
    GODWIT_CO_CHECK(co_await imap::uid_fetch(session, fmt::format("{}:*", first), listing_items(keys), on_fetch));
    GODWIT_CO_CHECK(check_rows(listing, limit));
    listing.sort();
    co_return listing;
}

Awaitable<Result<void>> add_changed_since(imap::Session& session, std::uint64_t modseq, FolderListing& listing) {
    const RowLimit limit(session);
    const std::optional<KeyMaker> no_keys;
    const auto on_fetch = take_rows(listing, limit, no_keys, [](std::uint32_t) { return true; });
    GODWIT_CO_CHECK(co_await imap::uid_fetch(session, "1:*", fmt::format("({}) (CHANGEDSINCE {})", row_items, modseq), on_fetch));
    co_return check_rows(listing, limit);
}

Awaitable<Result<void>> add_messages(imap::Session& session, const imap::UidSet& uids, FolderListing& listing,
                                     std::optional<KeyMaker> keys) {
    const RowLimit limit(session);
    const auto on_fetch = take_rows(listing, limit, keys, [&uids](std::uint32_t uid) { return uids.contains(uid); });
    GODWIT_CO_CHECK(co_await fetch_in_parts(session, uids, listing_items(keys), on_fetch));
    co_return check_rows(listing, limit);
}

Awaitable<Result<FolderListing>> list_whole_folder(imap::Session& session, Side side, std::optional<KeyMaker> keys) {
    std::size_t listed = 0;
    for (int round = 0; round < listing_rounds; ++round) {
        GODWIT_CO_TRY(listing, co_await list_folder(session, 1, keys));
        listed = listing.messages.size();
        if (listed >= session.exists()) co_return listing;
        GODWIT_CO_CHECK(co_await imap::noop(session));   // hears of messages that have gone meanwhile
    }
    co_return fail(ErrorKind::protocol_error, Reach::folder,
                   fmt::format("listed {} of {} messages of the {}", listed, session.exists(), name_of(side)), "UID FETCH");
}

Awaitable<Result<void>> fetch_keys(imap::Session& session, FolderListing& listing, std::span<const std::uint32_t> indexes,
                                   KeyMaker keys) {
    if (indexes.empty()) co_return Result<void>{};
    imap::UidSet uids;
    for (const auto index : indexes) {
        listing.keys.set(index, {});
        uids.add(listing.messages[index].uid);
    }
    const auto on_fetch = [&](imap::FetchData& data) {
        const auto index = uids.contains(data.uid->value) ? index_of(listing, data.uid->value) : std::nullopt;
        bool row = false;
        for (const auto& section : data.sections)
            if (index && section.bytes) {
                listing.keys.set(*index, keys.key(*section.bytes));
                row = true;
            }
        return row;
    };
    co_return co_await fetch_in_parts(session, uids, "(UID " + keys.rule.fetch_item() + ")", on_fetch);
}

Awaitable<Result<void>> fetch_header_dates(imap::Session& session, FolderListing& listing,
                                           std::span<const std::uint32_t> indexes) {
    if (indexes.empty()) co_return Result<void>{};
    imap::UidSet uids;
    for (const auto index : indexes) uids.add(listing.messages[index].uid);
    const auto on_fetch = [&](imap::FetchData& data) {
        const auto index = uids.contains(data.uid->value) ? index_of(listing, data.uid->value) : std::nullopt;
        if (!index || data.sections.empty()) return false;
        const auto& header = data.sections.front().bytes;
        const auto field = header ? header_field(*header, "Date") : std::nullopt;
        if (const auto date = field ? parse_header_date(*field) : std::nullopt) {
            listing.messages[*index].internal_date = date->seconds;
            listing.messages[*index].zone_minutes = date->zone_minutes;
        }
        return true;
    };
    co_return co_await fetch_in_parts(session, uids, "(UID BODY.PEEK[HEADER.FIELDS (DATE)])", on_fetch);
}

Awaitable<Result<std::map<std::uint32_t, BodyDigest>>> fetch_digests(imap::Session& session,
                                                                     std::vector<std::uint32_t> uids) {
    std::map<std::uint32_t, BodyDigest> digests;
    Digesting large;
    const auto on_fetch = [&](imap::FetchData& data) {
        bool row = false;
        for (const auto& section : data.sections)
            if (section.section.empty()) {
                row = true;
                if (section.streamed)
                    digests[data.uid->value] = large.last;
                else if (section.bytes && !section.bytes->empty())
                    digests[data.uid->value] = body_digest(*section.bytes);
            }
        return row;
    };
    if (!uids.empty())
        GODWIT_CO_CHECK(
            co_await fetch_in_parts(session, imap::UidSet::of(std::move(uids)), "(UID BODY.PEEK[])", on_fetch, &large));
    co_return digests;
}

namespace {

// Fetches (UID, id of its flags) of messages that `is_wanted` by their UID; flags only with a table for them.
class FlagFetch {
public:
    FlagFetch(imap::Session& session, FlagTable* flags) : session_(session), limit_(session), flags_(flags) {}

    Awaitable<Result<void>> run(std::string uids, std::string_view items, std::function<bool(std::uint32_t)> is_wanted) {
        auto on_fetch = [&](imap::FetchData& data) {
            if (limit_.crossed(found.size()) || (flags_ && (!data.flags || flags_->full()))) return false;
            if (!is_wanted(data.uid->value)) return true;
            if (data.modseq) highestmodseq = std::max(highestmodseq, data.modseq->value);
            found.emplace_back(data.uid->value, flags_ ? flags_->add(*data.flags) : 0);
            return true;
        };
        GODWIT_CO_CHECK(co_await imap::uid_fetch(session_, std::move(uids), items, on_fetch));
        if (limit_.crossed(found.size())) co_return made_up("far more messages than there are");
        if (flags_ && flags_->full()) co_return made_up("too many different sets of flags");
        std::ranges::sort(found);
        const auto repeated = std::ranges::unique(found, {}, &FlaggedUid::first);
        found.erase(repeated.begin(), repeated.end());
        co_return Result<void>{};
    }

    using FlaggedUid = std::pair<std::uint32_t, std::uint32_t>;
    std::vector<FlaggedUid> found;
    std::uint64_t highestmodseq = 0;

private:
    imap::Session& session_;
    const RowLimit limit_;
    FlagTable* flags_;
};

Awaitable<Result<FlaggedUids>> list_flags(imap::Session& session, std::string uids, std::string_view items,
                                          std::function<bool(std::uint32_t)> is_wanted) {
    FlaggedUids out;
    FlagFetch fetch(session, &out.table);
    GODWIT_CO_CHECK(co_await fetch.run(std::move(uids), items, std::move(is_wanted)));
    out.highestmodseq = fetch.highestmodseq;
    for (const auto& [uid, flags] : fetch.found) {
        out.uids.push_back(uid);
        out.flags.push_back(flags);
    }
    co_return out;
}

std::string all_above(std::uint32_t watermark) { return fmt::format("{}:*", std::uint64_t{watermark} + 1); }

}  // namespace

Awaitable<Result<std::vector<std::uint32_t>>> list_uids_above(imap::Session& session, std::uint32_t watermark) {
    FlagFetch fetch(session, nullptr);
    GODWIT_CO_CHECK(co_await fetch.run(all_above(watermark), "(UID)", [=](std::uint32_t uid) { return uid > watermark; }));
    std::vector<std::uint32_t> uids;
    for (const auto& [uid, flags] : fetch.found) uids.push_back(uid);
    co_return uids;
}

Awaitable<Result<FlaggedUids>> list_flags_above(imap::Session& session, std::uint32_t watermark, bool modseq) {
    co_return co_await list_flags(session, all_above(watermark), modseq ? "(UID FLAGS MODSEQ)" : "(UID FLAGS)",
                                  [=](std::uint32_t uid) { return uid > watermark; });
}

Awaitable<Result<FlaggedUids>> list_flags_changed_since(imap::Session& session, std::uint32_t last, std::uint64_t modseq) {
    co_return co_await list_flags(session, fmt::format("1:{}", last), fmt::format("(UID FLAGS) (CHANGEDSINCE {})", modseq),
                                  [=](std::uint32_t uid) { return uid <= last; });
}

}  // namespace godwit::sync

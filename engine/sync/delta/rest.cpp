#include "engine/sync/delta/rest.h"

#include "engine/sync/message_key.h"
#include "engine/sync/option_values.h"

namespace godwit::sync {
namespace {

bool depends_on_other_messages(const SyncOptions& options) {
    return !options.search.empty() || options.maxage || options.minage || !options.syncduplicates ||
           options.skipcrossduplicates;
}

bool same_destination(const FolderCursor& cursor, const imap::FolderStatus& now) {
    const auto& rest = cursor.rest;
    return now.uidvalidity == cursor.destination_uidvalidity && now.uidnext == rest.destination_uidnext &&
           now.highestmodseq == rest.destination_highestmodseq && now.messages == rest.destination_messages;
}

bool same_source(const FolderCursor& cursor, const imap::FolderStatus& now) {
    return now.uidvalidity == cursor.source_uidvalidity && now.uidnext == cursor.source_uidnext &&
           now.highestmodseq == cursor.source_highestmodseq && now.messages == cursor.rest.source_messages;
}

}  // namespace

std::uint64_t rest_digest(const SyncOptions& options) {
    if (depends_on_other_messages(options)) return 0;
    SyncOptions decisive = options;
    const SyncOptions defaults;
    // What only concerns how a pass runs.
    decisive.dry = defaults.dry;
    decisive.verifybytes = defaults.verifybytes;
    decisive.notedigests = defaults.notedigests;
    decisive.newestfirst = defaults.newestfirst;
    decisive.exitwhenover = defaults.exitwhenover;
    decisive.maxmessagespersecond = defaults.maxmessagespersecond;
    decisive.maxbytespersecond = defaults.maxbytespersecond;
    decisive.maxbytesafter = defaults.maxbytesafter;
    return std::max<std::uint64_t>(1, digest_key("rest 1 " + options_json(decisive)).hash());
}

bool is_at_rest(const LedgerPair& known, const imap::FolderStatus& source, const imap::FolderStatus& destination,
                std::uint64_t options) {
    const auto& cursor = known.cursor;
    return options != 0 && cursor.rest.options == options && !known.in_doubt && cursor.rest.without_entry == 0 &&
           source.highestmodseq != 0 && destination.highestmodseq != 0 && source.uidvalidity != 0 &&
           destination.uidvalidity != 0 && same_source(cursor, source) && same_destination(cursor, destination);
}

bool can_tell_changes(const FolderCursor& cursor, const imap::SelectedFolder& source,
                      const imap::SelectedFolder& destination, std::uint64_t options) {
    return options != 0 && cursor.rest.options == options && cursor.source_highestmodseq != 0 &&
           cursor.rest.destination_highestmodseq != 0 && source.highestmodseq.value >= cursor.source_highestmodseq &&
           destination.highestmodseq.value >= cursor.rest.destination_highestmodseq;
}

std::uint64_t vanished_at_least(const FolderCursor& cursor, const imap::FolderStatus& source) {
    if (!source.messages || source.uidnext < cursor.source_uidnext) return 0;
    const std::uint64_t at_most = std::uint64_t{cursor.rest.source_messages} + (source.uidnext - cursor.source_uidnext);
    return at_most > *source.messages ? at_most - *source.messages : 0;
}

}  // namespace godwit::sync

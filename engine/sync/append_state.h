// AppendState: what is known of one message's way to the destination, and what may be done next. Pure.
//
// What servers do (measured): a client that is cut off right after the last octet of an APPEND sees nothing at first, and
// the message some time later. So an append whose answer is missing is neither stored nor absent; it is in doubt, and is
// sent again only after the destination folder was seen to stand still (settle.h). A copy that arrives even later is
// explained by `doubts`.
//
//   unsent --intend--> intended --commit--> committed --answered_ok--> answered --recorded--> stored
//      ^                  |                    |--answered_no--> refused     (one message: known not to be there)
//      |                  |--cut--> unsent     |--batch_refused, cut--.
//      |                  '--answered_no--> refused (before its last octets)
//      '---seen_absent (one doubt more)--- in_doubt <-----------------'---- restarted (intended to refused, not stored)
//                                             '--seen_present--> answered
//
// A restart knows only what the ledger holds: an open intent is in doubt, whatever had come of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace godwit::sync {

enum class AppendPhase : std::uint8_t { unsent, intended, committed, in_doubt, answered, stored, refused };

enum class AppendEvent : std::uint8_t {
    intend,         // the intent is durable
    commit,         // the octets that complete the command may leave from now on
    answered_ok,
    answered_no,    // NO or BAD to an APPEND of this message alone
    batch_refused,  // NO or BAD to a MULTIAPPEND: not every server is atomic
    cut,            // the connection ended
    seen_present,   // settled: it stands in the folder
    seen_absent,    // settled: it does not
    recorded,       // the receipt is durable
    restarted,      // another pass reads the ledger
};

struct AppendState {
    AppendPhase phase = AppendPhase::unsent;
    std::uint32_t doubts = 0;   // appends that were given up as absent and may still arrive

    friend bool operator==(const AppendState&, const AppendState&) = default;
};

// Nothing where the event cannot happen.
std::optional<AppendState> after_event(AppendState state, AppendEvent event);

// The octets of the message may be sent: no append of it is in flight or in doubt.
constexpr bool may_send(AppendState state) { return state.phase == AppendPhase::intended; }
// A copy besides the one whose receipt we hold can be one of ours.
constexpr bool explains_late_copy(AppendState state) { return state.doubts > 0; }

std::string_view name_of(AppendPhase phase);

}  // namespace godwit::sync

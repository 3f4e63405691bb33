// Selection: a session's picture of its selected folder. Others may change the folder at any time; sequence
// numbers change only when the session is told (RFC 9051 section 7.5.1), so each session keeps its own list
// of UIDs.
#pragma once

#include <optional>

#include "engine/imap/sequence_set.h"
#include "tools/fakeimap/mailbox.h"

namespace godwit::fakeimap {

// "3,5:7,9:*" with "*" as `highest`; nothing if malformed.
std::optional<imap::UidSet> parse_set(std::string_view text, std::uint32_t highest);
// "7,3:5", in this order, as APPENDUID and COPYUID want it.
std::string uid_list(const std::vector<std::uint32_t>& uids);
std::string joined(const std::vector<std::string>& words);

class Selection {
public:
    Selection(std::string name, const Folder& folder, bool read_only);

    const std::string& name() const { return name_; }
    bool read_only() const { return read_only_; }
    std::uint32_t uidvalidity() const { return uidvalidity_; }
    // By sequence number, from 0. Some may be expunged already.
    const std::vector<std::uint32_t>& uids() const { return uids_; }
    // A set of UIDs or sequence numbers; nothing if malformed, or beyond the last sequence number.
    std::optional<imap::UidSet> parse(std::string_view set, bool by_uid) const;
    // The indices in uids() of such a set.
    std::vector<std::uint32_t> indices(const imap::UidSet& set, bool by_uid) const;

    // What a session may be told of changes, and how.
    struct Telling {
        bool expunges, modseq;
        bool vanished = false;  // VANISHED for EXPUNGE: QRESYNC is enabled
    };
    // Appends FETCH (of changed flags), EXPUNGE and EXISTS responses for what has changed in the folder.
    void report(const Folder& folder, Telling telling, std::string& out);
    // The session knows all flags, e.g. because it has just stored them itself.
    void flags_are_known(const Folder& folder) { known_modseq_ = folder.highest_modseq; }

private:
    void report_flags(const Folder& folder, bool modseq, std::string& out);
    void report_expunged(const Folder& folder, bool vanished, std::string& out);

    std::string name_;
    bool read_only_;
    std::uint32_t uidvalidity_;
    std::vector<std::uint32_t> uids_;
    std::uint32_t seen_below_;  // UIDs
    std::uint64_t known_modseq_;
};

}  // namespace godwit::fakeimap

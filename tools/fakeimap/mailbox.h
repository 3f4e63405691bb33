// What the fake server keeps: accounts with folders with messages, in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/clock.h"
#include "tools/fakeimap/generated.h"

namespace godwit::fakeimap {

struct Message {
    std::uint32_t uid = 0;
    std::vector<std::string> flags;
    std::string internal_date;  // "01-Jan-2024 00:00:00 +0000"; empty in a generated message: as generated
    std::string octets;         // empty in a generated message
    Generated generated;
    std::uint64_t modseq = 0;

    bool has_flag(std::string_view flag) const;
};

// Of any message; `made` holds what had to be generated.
std::string_view octets_of(const Message& message, std::string& made);
std::string_view header_of(const Message& message, std::string& made);
std::uint64_t size_of(const Message& message);
std::string date_of(const Message& message);
// Equal for equal octets.
std::uint64_t content_of(const Message& message);
// Keeps only the numbers of a message that is a generated one.
void make_compact(Message& message);

struct Folder {
    std::uint32_t uidvalidity = 1;
    std::uint32_t uidnext = 1;
    std::deque<Message> messages;  // by ascending UID
    bool subscribed = false;
    std::string attributes;  // special use and \Noselect, as LIST shows them
    std::uint64_t highest_modseq = 1;
    std::uint64_t changed_modseq = 1;  // of the last change to a message that was there already
    std::uint64_t stored_modseq = 1;   // of the last change that was no expunge
    std::vector<std::pair<std::uint32_t, std::uint64_t>> vanished;  // UID and MODSEQ of what was expunged

    // Gives the message the next UID, which it returns.
    std::uint32_t append(Message message);
    // Generated messages with the numbers 1 to `count`, half to one and a half times `size` octets each.
    void generate(std::uint32_t seed, std::uint32_t count, std::uint32_t size);
    Message* find(std::uint32_t uid);
    const Message* find(std::uint32_t uid) const { return const_cast<Folder*>(this)->find(uid); }
    // To be called after the flags of a message were changed.
    void touch(Message& message);
    // `uids` ascend; those that are not there are ignored.
    void erase(const std::vector<std::uint32_t>& uids);
    // The UIDs of a folder that was made anew: 1, 2, 3, … Nobody is told what was expunged before.
    void renumber(std::uint32_t new_uidvalidity);
    // The UID of a message with this content_of(), if there is one.
    std::optional<std::uint32_t> find_content(std::uint64_t content);
    bool selectable() const { return attributes.find("\\Noselect") == std::string::npos; }

private:
    std::unordered_map<std::uint64_t, std::uint32_t> by_content_;  // filled when first asked
    std::uint32_t indexed_below_ = 1;
};

struct Account {
    std::string password;
    std::map<std::string, Folder> folders{{"INBOX", {}}};  // by raw name

    // What personas remember.
    std::size_t sessions = 0;  // at present
    std::size_t sessions_ever = 0;
    std::uint64_t commands = 0;
    SteadyTime throttled_until{};
};

}  // namespace godwit::fakeimap

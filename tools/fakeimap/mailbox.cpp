#include "tools/fakeimap/mailbox.h"

#include "engine/base/text.h"
#include "tools/fakeimap/header.h"

namespace godwit::fakeimap {
namespace {

// Below so many, messages are taken out one by one; at the end of a folder that costs next to nothing.
constexpr std::size_t few = 16;

}  // namespace

bool Message::has_flag(std::string_view flag) const {
    return std::ranges::any_of(flags, [&](const auto& have) { return equals_ignoring_case(have, flag); });
}

std::string_view octets_of(const Message& message, std::string& made) {
    if (message.generated.size == 0) return message.octets;
    return made = generated_octets(message.generated);
}

std::string_view header_of(const Message& message, std::string& made) {
    if (message.generated.size == 0) return header_part(message.octets);
    return made = generated_header(message.generated);
}

std::uint64_t size_of(const Message& message) {
    return message.generated.size ? message.generated.size : message.octets.size();
}

std::string date_of(const Message& message) {
    const bool as_generated = message.internal_date.empty() && message.generated.size > 0;
    return as_generated ? generated_date(message.generated) : message.internal_date;
}

std::uint64_t content_of(const Message& message) {
    std::string made;
    return std::hash<std::string_view>()(octets_of(message, made));
}

void make_compact(Message& message) {
    const auto generated = recognise(message.octets);
    if (!generated) return;
    message.generated = *generated;
    // Assigning an empty string would keep the memory.
    std::string().swap(message.octets);
    if (message.internal_date == generated_date(*generated)) std::string().swap(message.internal_date);
}

std::uint32_t Folder::append(Message message) {
    message.uid = uidnext++;
    message.modseq = stored_modseq = ++highest_modseq;
    messages.push_back(std::move(message));
    return messages.back().uid;
}

void Folder::generate(std::uint32_t seed, std::uint32_t count, std::uint32_t size) {
    for (std::uint32_t number = 1; number <= count; ++number) {
        // A step that shares no divisor with most sizes spreads them evenly.
        const auto wanted = size / 2 + static_cast<std::uint32_t>(std::uint64_t{number} * 7919 % (size + 1));
        Message message;
        message.generated = {seed, number, std::max(wanted, least_generated)};
        message.flags = generated_flags(message.generated);
        append(std::move(message));
    }
}

Message* Folder::find(std::uint32_t uid) {
    if (messages.empty() || uid < messages.front().uid) return nullptr;
    // Where nothing was expunged, a message stands as far from the first as its UID is.
    const auto guess = uid - messages.front().uid;
    if (guess < messages.size() && messages[guess].uid == uid) return &messages[guess];
    const auto found = std::ranges::lower_bound(messages, uid, {}, &Message::uid);
    return found != messages.end() && found->uid == uid ? &*found : nullptr;
}

void Folder::touch(Message& message) { message.modseq = changed_modseq = stored_modseq = ++highest_modseq; }

void Folder::erase(const std::vector<std::uint32_t>& uids) {
    if (uids.empty()) return;
    ++highest_modseq;
    for (const auto uid : uids)
        if (find(uid)) vanished.emplace_back(uid, highest_modseq);
    if (uids.size() > few) {
        std::erase_if(messages,
                      [&](const auto& message) { return std::ranges::binary_search(uids, message.uid); });
        return;
    }
    for (const auto uid : uids) {
        const auto found = std::ranges::lower_bound(messages, uid, {}, &Message::uid);
        if (found != messages.end() && found->uid == uid) messages.erase(found);
    }
}

void Folder::renumber(std::uint32_t new_uidvalidity) {
    uidvalidity = new_uidvalidity;
    uidnext = 1;
    for (auto& message : messages) message.uid = uidnext++;
    vanished.clear();
    by_content_.clear();
    indexed_below_ = 1;
}

std::optional<std::uint32_t> Folder::find_content(std::uint64_t content) {
    const auto unknown = std::ranges::lower_bound(messages, indexed_below_, {}, &Message::uid);
    for (auto message = unknown; message != messages.end(); ++message)
        by_content_.insert_or_assign(content_of(*message), message->uid);
    indexed_below_ = uidnext;
    const auto found = by_content_.find(content);
    if (found == by_content_.end() || !find(found->second)) return std::nullopt;
    return found->second;
}

}  // namespace godwit::fakeimap

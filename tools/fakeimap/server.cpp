#include "tools/fakeimap/server.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/imap/folder_name.h"
#include "tools/fakeimap/connection.h"
#include "tools/fakeimap/rewrite.h"

namespace godwit::fakeimap {

std::uint64_t Server::commands_seen(std::string_view name) const {
    const auto found = seen_.find(name);
    return found == seen_.end() ? 0 : found->second;
}

Awaitable<void> Server::serve(std::unique_ptr<net::Stream> stream) {
    Connection connection(*this, std::move(stream));
    co_await connection.run();
}

Account* Server::account(const std::string& user) {
    auto found = accounts.find(user);
    if (found == accounts.end() && make_account)
        if (auto made = make_account(user)) found = accounts.emplace(user, std::move(*made)).first;
    if (found == accounts.end()) return nullptr;
    for (const auto& [name, attributes] : persona_.folders) {
        const auto [folder, fresh] = found->second.folders.try_emplace(name);
        folder->second.attributes = attributes;
        if (fresh) folder->second.uidvalidity = new_uidvalidity();
    }
    return &found->second;
}

Folder* Server::folder(Account& account, const std::string& name) {
    const auto wanted = imap::canonical_name(name, persona_.delimiter);
    auto found = account.folders.find(wanted);
    if (persona_.case_blind && found == account.folders.end())
        found = std::ranges::find_if(account.folders, [&](const auto& entry) { return equals_ignoring_case(entry.first, wanted); });
    return found == account.folders.end() ? nullptr : &found->second;
}

std::optional<Server::Refusal> Server::quota_refusal(const Account& account,
                                                     const std::vector<Message>& messages) const {
    if (persona_.quota_messages == 0 && persona_.quota_bytes == 0) return std::nullopt;
    std::uint64_t count = 0, bytes = 0;
    for (const auto& [name, folder] : account.folders) {
        count += folder.messages.size();
        for (const auto& message : folder.messages) bytes += size_of(message);
    }
    for (std::size_t i = 0; i < messages.size(); ++i) {
        ++count;
        bytes += size_of(messages[i]);
        if ((persona_.quota_messages && count > persona_.quota_messages) ||
            (persona_.quota_bytes && bytes > persona_.quota_bytes))
            return Refusal{i, "NO [OVERQUOTA] Quota exceeded (mailbox for user is full)"};
    }
    return std::nullopt;
}

std::optional<Server::Refusal> Server::append_refusal(const Account& account,
                                                      const std::vector<Message>& messages) {
    auto refusal = quota_refusal(account, messages);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (refusal && refusal->index <= i) break;
        if (is_nth(++offered_, persona_.refused_every))
            return Refusal{i, "NO Internal error, message not stored"};
        if (!persona_.refuse_message) continue;
        if (auto answer = persona_.refuse_message(messages[i])) return Refusal{i, std::move(*answer)};
    }
    return refusal;
}

std::optional<std::uint32_t> Server::store(Account& account, Folder& folder, Message message) {
    if (persona_.on_append && !persona_.on_append(message)) return std::nullopt;
    if (persona_.ignores_append_flags) {
        message.flags.clear();
        take_date_of_header(message);
    }
    const auto uid = place(account, folder, std::move(message));
    if (is_nth(++stored_, persona_.filtered_every)) folder.erase({uid});
    return uid;
}

std::uint32_t Server::place(Account& account, Folder& folder, Message message) {
    make_compact(message);
    if (!persona_.deduplicates) return folder.append(std::move(message));
    const auto content = content_of(message);
    if (const auto there = folder.find_content(content)) return *there;
    const auto all = account.folders.find(persona_.all_mail);
    if (all != account.folders.end() && &all->second != &folder && !all->second.find_content(content))
        all->second.append(message);
    return folder.append(std::move(message));
}

void Server::commit_later(std::string user, std::string folder, std::vector<Message> messages) {
    const auto least = persona_.late_commit_least_ms;
    const auto spread = std::max(persona_.late_commit_most_ms, least) - least + 1;
    const auto due = after(std::chrono::milliseconds(least + random_() % spread));
    const auto place = std::ranges::upper_bound(late_, due, {}, &Late::due);
    late_.insert(place, {due, std::move(user), std::move(folder), std::move(messages)});
}

void Server::commit_due(SteadyTime now) {
    const auto rest = std::ranges::upper_bound(late_, now, {}, &Late::due);
    for (auto late = late_.begin(); late != rest; ++late) {
        const auto owner = accounts.find(late->user);
        if (owner == accounts.end()) continue;
        if (auto* target = folder(owner->second, late->folder))
            for (auto& message : late->messages) store(owner->second, *target, std::move(message));
    }
    late_.erase(late_.begin(), rest);
}

}  // namespace godwit::fakeimap

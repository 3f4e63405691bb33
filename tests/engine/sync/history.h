// A random history of two mailboxes: what their users do between passes. Everything follows from the seed.
//
// Messages that are known by one key and differ (they share a Message-ID, or have none and the same header)
// have sizes and dates of their own, and stand in folders with some mail that nobody moves: only where a
// server is seen to keep sizes and dates can they be told apart.
#pragma once

#include <random>

#include "tests/engine/sync/history_model.h"

namespace godwit::sync {

class History {
public:
    History(std::uint64_t seed, fakeimap::Server& source, fakeimap::Server& destination)
        : random_(seed),
          source_(source.accounts["u"].folders),
          destination_(destination.accounts["u"].folders) {}

    std::vector<std::string> log;  // what was done, a line each

    std::size_t upto(std::size_t count) {
        return count == 0 ? 0 : static_cast<std::size_t>(random_() % count);
    }
    bool chance(std::size_t percent) { return upto(100) < percent; }
    void note(std::string text) { log.push_back(std::move(text)); }

    // The mailbox before the first pass; at times another tool has copied some of it.
    void begin() {
        settle_in("INBOX", source_["INBOX"]);
        for (std::size_t i = upto(4); i > 0; --i) create_folder();
        for (std::size_t i = 5 + upto(20); i > 0; --i) add_message();
        if (!chance(30)) return;
        for (const auto& [name, folder] : source_)
            for (const auto& message : folder.messages)
                if (chance(30) && destination_[name].messages.size() < few) {
                    make_destination(name).append(with_new_flags(message));
                    note("another tool has copied to " + name + ' ' + subject_of(message.octets));
                }
    }
    // What happens before the next pass; at times nothing.
    void change() {
        for (std::size_t i = upto(7); i > 0; --i) change_source();
        for (std::size_t i = upto(4); i > 0; --i) change_destination();
    }

private:
    using Message = fakeimap::Message;
    using Folder = fakeimap::Folder;
    static constexpr std::size_t few =
        8;  // strangers in a folder: of more the engine thinks that it is another mailbox

    std::string any_name(const Folders& folders) {
        return std::next(folders.begin(), static_cast<std::ptrdiff_t>(upto(folders.size())))->first;
    }
    // One that may be taken away or moved; null in a folder that has none.
    Message* any_loose(Folder& folder) {
        if (folder.messages.empty()) return nullptr;
        auto& message = folder.messages[upto(folder.messages.size())];
        return anchors_.contains(message.octets) ? nullptr : &message;
    }
    Folder& make_destination(const std::string& name) {
        const auto [folder, fresh] = destination_.try_emplace(name);
        if (fresh) folder->second.uidvalidity = ++validity_;
        return folder->second;
    }

    std::string next_date() {
        ++dates_;
        return fmt::format("{:02}-Feb-2024 {:02}:{:02}:{:02} +0000", 1 + dates_ / 86400 % 28,
                           dates_ / 3600 % 24, dates_ / 60 % 60, dates_ % 60);
    }
    std::vector<std::string> some_flags() {
        std::vector<std::string> flags;
        for (const std::string_view flag :
             {"\\Seen", "\\Answered", "\\Flagged", "\\Draft", "$Forwarded", "work"})
            if (chance(25)) flags.emplace_back(flag);
        return flags;
    }
    Message with_new_flags(Message message) {
        message.flags = some_flags();
        return message;
    }
    // Its size is that of no other of the same key.
    Message compose(int number, int id) {
        std::string head = id < 0 ? "" : fmt::format("Message-ID: <{}@x>\r\n", id);
        head += fmt::format("Date: Thu, 1 Feb 2024 {:02}:{:02}:{:02} +0000\r\nFrom: ann@x\r\nTo: bob@x\r\n",
                            number / 3600 % 24, number / 60 % 60, number % 60);
        const auto body = fmt::format("body {}\r\n{}", number,
                                      std::string(static_cast<std::size_t>(number * 13 % 997), 'x'));
        return {0, some_flags(), next_date(), head + fmt::format("Subject: s{}\r\n\r\n{}\r\n", number, body)};
    }

    // Mail that stays, so that the engine sees what the servers keep.
    void settle_in(const std::string& name, Folder& folder) {
        for (int i = 0; i < 3; ++i) {
            auto message = compose(numbers_, numbers_);
            ++numbers_;
            anchors_.insert(message.octets);
            folder.append(std::move(message));
        }
        anchored_.insert(name);
    }

    void add_message() {
        const auto name = any_name(source_);
        auto& folder = source_[name];
        const auto kind = upto(10);
        Message message;
        const Message* twin = nullptr;
        if (kind < 3)
            if (auto& other = source_[any_name(source_)]; !other.messages.empty())
                twin = &other.messages[upto(other.messages.size())];
        if (twin && may_stand(name, *twin)) {
            message = with_new_flags(*twin);
            if (chance(50)) message.internal_date = next_date();
        } else {
            const bool shares = kind < 5 && anchored_.contains(name) && !sharing_.empty();
            const int id = shares ? sharing_[upto(sharing_.size())] : kind == 9 ? -1 : numbers_;
            message = compose(numbers_++, id);
            if (shares) shared_.insert(message.octets);
            if (kind == 8 && anchored_.contains(name)) sharing_.push_back(id), shared_.insert(message.octets);
        }
        note(fmt::format("source: new in {}: {}", name, subject_of(message.octets)));
        folder.append(std::move(message));
    }
    bool may_stand(const std::string& name, const Message& message) const {
        return anchored_.contains(name) || !shared_.contains(message.octets);
    }

    void change_source() {
        const auto what = upto(100);
        if (what < 25) return add_message();
        if (what < 75) return change_message(what);
        if (what < 80) return create_folder();
        if (what < 86) return rename_folder();
        if (what < 88) return delete_folder();
        if (what < 91) return renumber(source_, "source");
        add_message();
    }

    void change_message(std::size_t what) {
        const auto name = any_name(source_), other = any_name(source_);
        auto& folder = source_[name];
        Message* message = any_loose(folder);
        if (!message) return;
        const auto line = [&](const std::string& did) {
            note(fmt::format("source: {} in {}: {}", did, name, subject_of(message->octets)));
        };
        if (what < 35) {
            line("expunged");
            folder.erase({message->uid});
        } else if (what < 50) {
            line("flags");
            message->flags = some_flags();
            folder.touch(*message);
        } else if (name != other && may_stand(other, *message)) {
            const bool moves = what < 68;
            line((moves ? "moved to " : "copied to ") + other);
            auto copy = *message;
            if (moves) folder.erase({copy.uid});
            source_[other].append(std::move(copy));
        }
    }

    void create_folder() {
        const bool known = !old_names_.empty() && chance(30);
        const auto name = known ? old_names_[upto(old_names_.size())] : fmt::format("F{}", ++folders_);
        if (source_.contains(name)) return;
        auto& folder = source_[name];
        folder.uidvalidity = ++validity_;
        // Old copies of a folder that had that name are no proof of what the servers keep.
        if (!known && !chance(20)) settle_in(name, folder);
        note("source: folder made: " + name);
    }
    void rename_folder() {
        const auto name = any_name(source_);
        if (name == "INBOX") return;
        const bool known = !old_names_.empty() && chance(40);
        const auto to = known ? old_names_[upto(old_names_.size())] : fmt::format("F{}", ++folders_);
        const bool told_apart = std::ranges::none_of(
            source_[name].messages, [&](const Message& message) { return shared_.contains(message.octets); });
        if (source_.contains(to) || (known && !told_apart)) return;
        auto node = source_.extract(name);
        node.key() = to;
        source_.insert(std::move(node));
        if (!known && anchored_.contains(name)) anchored_.insert(to);
        leave(name);
        note(fmt::format("source: folder renamed: {} to {}", name, to));
    }
    void delete_folder() {
        const auto name = any_name(source_);
        if (name == "INBOX") return;
        source_.erase(name);
        leave(name);
        note("source: folder deleted: " + name);
    }
    void leave(const std::string& name) {
        anchored_.erase(name);
        old_names_.push_back(name);
    }
    void renumber(Folders& folders, std::string_view side) {
        const auto name = any_name(folders);
        folders[name].renumber(++validity_);
        note(fmt::format("{}: another UIDVALIDITY: {}", side, name));
    }

    void change_destination() {
        const auto what = upto(100);
        if (what >= 95) return renumber(destination_, "destination");
        const auto name = any_name(destination_);
        auto& folder = destination_[name];
        if (what >= 75) return add_stranger(name, folder);
        Message* message = any_loose(folder);
        if (!message) return;
        const auto line = [&](const std::string& did) {
            note(fmt::format("destination: {} in {}: {}", did, name, subject_of(message->octets)));
        };
        if (what < 30) {
            line("removed");
            folder.erase({message->uid});
        } else if (what < 50) {
            line("flags");
            message->flags = some_flags();
            folder.touch(*message);
        } else {
            const auto to = chance(30) ? "Kept" : any_name(destination_);
            if (to == name || !may_stand(to, *message) || destination_[to].messages.size() > few * 3) return;
            line("moved to " + to);
            auto copy = *message;
            folder.erase({copy.uid});
            make_destination(to).append(std::move(copy));
        }
    }
    // Mail of the destination's user; at times the same as what stands at the source.
    void add_stranger(const std::string& name, Folder& folder) {
        if (strangers_[name]++ == few) return;
        const auto there = source_.find(name);
        if (chance(40) && there != source_.end() && !there->second.messages.empty()) {
            const auto& twin = there->second.messages[upto(there->second.messages.size())];
            note(fmt::format("destination: stranger in {}: {}", name, subject_of(twin.octets)));
            folder.append(with_new_flags(twin));
            return;
        }
        auto message = compose(numbers_, numbers_);
        ++numbers_;
        note(fmt::format("destination: stranger in {}: {}", name, subject_of(message.octets)));
        folder.append(std::move(message));
    }

    std::mt19937_64 random_;
    Folders &source_, &destination_;
    int numbers_ = 1, folders_ = 0, dates_ = 0;
    std::uint32_t validity_ = 50'000;         // beyond what the servers give
    std::set<std::string> anchors_, shared_;  // octets
    std::set<std::string> anchored_;          // folders
    std::vector<int> sharing_;                // Message-IDs of more than one message
    std::vector<std::string> old_names_;      // of folders
    std::map<std::string, std::size_t> strangers_;
};

}  // namespace godwit::sync

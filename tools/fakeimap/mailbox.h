// What the fake server keeps: accounts with folders with messages, in memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace godwit::fakeimap {

struct Message {
    std::uint32_t uid = 0;
    std::vector<std::string> flags;
    std::string internal_date;   // " 1-Jan-2024 00:00:00 +0000"
    std::string octets;
};

struct Folder {
    std::uint32_t uidvalidity = 1;
    std::uint32_t uidnext = 1;
    std::vector<Message> messages;
    bool subscribed = false;

    std::uint32_t append(Message message) {
        message.uid = uidnext++;
        messages.push_back(std::move(message));
        return messages.back().uid;
    }
};

struct Account {
    std::string password;
    std::map<std::string, Folder> folders{{"INBOX", {}}};   // by raw name
};

}  // namespace godwit::fakeimap

// One connection of the fake server: its state and its commands.
#pragma once

#include "tools/fakeimap/server.h"

namespace godwit::fakeimap {

class Connection {
public:
    Connection(Server& server, std::unique_ptr<net::Stream> stream)
        : server_(server), stream_(std::move(stream)), reader_(*stream_) {}
    Awaitable<void> run();

private:
    // What a command says: untagged data and the tagged answer without tag.
    struct Answer {
        std::string data;
        std::string status = "OK done";
    };
    Awaitable<bool> say(std::string text);
    Awaitable<Answer> handle(ClientCommand& command);
    Awaitable<Answer> authenticate(ClientCommand& command);
    Answer sign_in(const std::string& user, const std::string& password);
    Answer list(const ClientCommand& command);
    Answer select(const ClientCommand& command);
    Answer fetch(const ClientCommand& command);
    Answer store(const ClientCommand& command);
    Answer append(const ClientCommand& command);
    std::string fetch_row(const Message& message, std::size_t sequence, const std::vector<Word>& items);
    Folder* folder(const std::string& name);

    Server& server_;
    std::unique_ptr<net::Stream> stream_;
    CommandReader reader_;
    Account* account_ = nullptr;
    Folder* selected_ = nullptr;
    bool over_ = false;
};

}  // namespace godwit::fakeimap

// One connection of the fake server: its state and its commands.
#pragma once

#include <span>

#include "tools/fakeimap/selection.h"
#include "tools/fakeimap/server.h"

namespace godwit::fakeimap {

struct FetchItem;
struct FetchRequest;

class Connection {
public:
    Connection(Server& server, std::unique_ptr<net::Stream> stream);
    Connection(const Connection&) = delete;
    ~Connection();
    Awaitable<void> run();

private:
    // The tagged answer without its tag; empty: there is none. Handlers append untagged data to out_.
    using Status = std::string;
    enum class Needs { nothing, account, selection };
    struct Rule {
        Needs needs;
        std::string_view capability;  // that the command belongs to; empty: IMAP4rev1
        Status (Connection::*handler)(const ClientCommand&);
    };
    static const Rule* rule_of(std::string_view name);

    // The loop (connection.cpp).
    Awaitable<bool> flush();
    Awaitable<void> carry_out(const ClientCommand& command);
    Awaitable<Status> handle(const ClientCommand& command);
    void finish(const ClientCommand& command, const Status& status);
    std::optional<std::string> refusal(const ClientCommand& command);
    std::optional<std::string> throttled(const ClientCommand& command);
    std::optional<std::string> still_throttled();
    Status say_bye(std::string_view text);
    void commit_deferred();
    bool has(std::string_view capability) const;
    Folder* folder(const std::string& name) { return server_.folder(*account_, name); }
    Folder* open_folder(const std::string& name);  // one that can be selected
    Folder* selected_folder();                     // nothing when it is gone, or no more what was selected
    std::string canonical(const std::string& name) const;
    std::uint64_t shown_modseq(const Folder& folder) const;  // HIGHESTMODSEQ
    // The code of an answer behind which something is gone: "[HIGHESTMODSEQ 5] ", with QRESYNC only.
    std::string expunge_code(const Folder& folder) const;

    // Signing in and the session (connection_session.cpp).
    Awaitable<Status> authenticate(const ClientCommand& command);
    Status login(const ClientCommand& command);
    Status sign_in(const std::string& user, const std::string& password);
    Status capability(const ClientCommand& command);
    Status noop(const ClientCommand& command);
    Status logout(const ClientCommand& command);
    Status id(const ClientCommand& command);
    Status enable(const ClientCommand& command);
    Status select(const ClientCommand& command);
    bool select_parameters(const ClientCommand& command, const Folder& folder);
    bool resynchronise(std::span<const Word> words, const Folder& folder);
    void tell_vanished(const Folder& folder, const imap::UidSet& known, std::uint64_t since);
    Status unselect(const ClientCommand& command);
    Status close(const ClientCommand& command);

    // Folders (connection_folders.cpp, connection_list.cpp).
    Status namespaces(const ClientCommand& command);
    Status create(const ClientCommand& command);
    Status remove(const ClientCommand& command);
    Status rename(const ClientCommand& command);
    Status subscribe(const ClientCommand& command);
    void rename_inbox(Folder& to);
    Status list(const ClientCommand& command);
    Status status(const ClientCommand& command);
    std::optional<std::string> status_row(const std::string& name, const Folder& folder,
                                          const std::vector<std::string>& items) const;
    std::string list_attributes(const std::string& name, const Folder& folder, bool subscribed) const;

    // Messages (connection_fetch.cpp, connection_store.cpp, connection_append.cpp, connection_search.cpp).
    Awaitable<Status> fetch(const ClientCommand& command);
    std::optional<FetchRequest> fetch_request(const ClientCommand& command);
    void add_row(std::uint32_t index, const Message& message, const std::vector<FetchItem>& items);
    void add_section(const Message& message, const FetchItem& item);
    void mark_seen(Folder& folder, Message& message, std::vector<FetchItem>& items);
    std::vector<std::string> labels_of(const Message& message) const;
    std::uint64_t shown_size(const Message& message) const;
    Status store(const ClientCommand& command);
    Status expunge(const ClientCommand& command);
    Status copy(const ClientCommand& command);
    Status append(const ClientCommand& command);
    Status appended(const Folder& folder, std::vector<std::uint32_t> uids, std::size_t wanted) const;
    std::string flags_refused(const std::vector<std::string>& flags) const;
    Status search(const ClientCommand& command);

    Server& server_;
    std::unique_ptr<net::Stream> stream_;
    CommandReader reader_;
    std::string out_;
    std::string user_;
    Account* account_ = nullptr;
    std::optional<Selection> selected_;
    std::vector<std::pair<std::string, std::vector<Message>>> deferred_;  // by folder
    std::uint64_t errors_ = 0;
    std::uint64_t selects_ = 0;
    bool condstore_ = false;  // the client has asked for MODSEQ
    bool qresync_ = false;    // the client has enabled QRESYNC
    bool asked_ = false;      // refusal() of this command
    bool over_ = false;
    bool cut_ = false;
};

}  // namespace godwit::fakeimap

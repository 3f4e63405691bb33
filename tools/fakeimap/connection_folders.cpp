// Making, removing and renaming folders.
#include "tools/fakeimap/connection.h"

namespace godwit::fakeimap {

Connection::Status Connection::namespaces(const ClientCommand&) {
    const auto& persona = server_.persona_;
    out_ += fmt::format("* NAMESPACE ((\"{}\" \"{}\")) NIL NIL\r\n", persona.prefix, persona.delimiter);
    return "OK done";
}

Connection::Status Connection::create(const ClientCommand& command) {
    const auto& persona = server_.persona_;
    std::string name = canonical(command.argument(0));
    if (name.ends_with(persona.delimiter)) name.pop_back();
    if (name.empty()) return "BAD a folder's name";
    if (folder(name)) return "NO [ALREADYEXISTS] exists";
    if (!name.starts_with(persona.prefix)) return "NO [CANNOT] Invalid mailbox name.";
    account_->folders[name].uidvalidity = server_.new_uidvalidity();
    return "OK created";
}

// Folders below stay: no folder here needs the one above.
Connection::Status Connection::remove(const ClientCommand& command) {
    const std::string name = canonical(command.argument(0));
    if (!folder(name)) return "NO [NONEXISTENT] no such folder";
    if (name == "INBOX") return "NO [CANNOT] INBOX stays";
    if (selected_ && selected_->name() == name) selected_.reset();
    account_->folders.erase(name);
    return "OK deleted";
}

Connection::Status Connection::rename(const ClientCommand& command) {
    const std::string from = canonical(command.argument(0)), to = canonical(command.argument(1));
    if (to.empty()) return "BAD two folders' names";
    if (!folder(from)) return "NO [NONEXISTENT] no such folder";
    if (folder(to)) return "NO [ALREADYEXISTS] exists";
    if (from == "INBOX") {
        rename_inbox(account_->folders[to]);
        return "OK renamed";
    }
    const std::string below = from + server_.persona_.delimiter;
    std::vector<std::string> names{from};
    for (const auto& [name, ignored] : account_->folders)
        if (name.starts_with(below)) names.push_back(name);
    for (const auto& name : names) {
        auto node = account_->folders.extract(name);
        node.key() = to + name.substr(from.size());
        account_->folders.insert(std::move(node));
    }
    if (selected_ && !folder(selected_->name())) selected_.reset();
    return "OK renamed";
}

// Its messages go, the folder stays (RFC 9051 section 6.3.6).
void Connection::rename_inbox(Folder& to) {
    Folder& inbox = account_->folders["INBOX"];
    to.uidvalidity = server_.new_uidvalidity();
    std::vector<std::uint32_t> uids;
    for (const auto& message : inbox.messages) {
        uids.push_back(message.uid);
        to.append(message);
    }
    inbox.erase(uids);
}

Connection::Status Connection::subscribe(const ClientCommand& command) {
    Folder* found = folder(command.argument(0));
    if (!found) return "NO [NONEXISTENT] no such folder";
    found->subscribed = command.name == "SUBSCRIBE";
    return "OK done";
}

}  // namespace godwit::fakeimap

// The commands Godwit uses, as awaitables over a Session. Each returns the data the server sent, or the Error that its
// answer means (quirks.h). Nothing here retries.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/imap/session.h"

namespace godwit::imap {

struct SelectedFolder {
    std::uint32_t exists = 0;
    UidValidity uidvalidity{};       // 0: the server gave none
    std::uint32_t uidnext = 0;       // 0: the server gave none
    ModSeq highestmodseq{};          // 0: none (no CONDSTORE)
    std::vector<std::string> flags;
    std::vector<std::string> permanent_flags;
    bool new_keywords = false;       // "\*" among the permanent flags
    bool read_only = false;
};

Awaitable<Result<NamespaceData>> namespaces(Session& session);
// What STATUS says of a folder (RFC 9051 section 6.3.11); 0: not asked for, or not said.
struct FolderStatus {
    std::optional<std::uint64_t> messages;
    std::uint64_t uidvalidity = 0;
    std::uint32_t uidnext = 0;
    std::uint64_t highestmodseq = 0;

    friend bool operator==(const FolderStatus&, const FolderStatus&) = default;
};
FolderStatus folder_status(const std::map<std::string, std::uint64_t>& items);

// LIST "" pattern; subscriptions merged by LIST-EXTENDED where offered, else by LSUB.
// The `status` items, "MESSAGES UIDNEXT", come along from servers with LIST-STATUS (RFC 5819).
struct ListedFolder {
    ListData data;
    bool subscribed = false;
    std::optional<FolderStatus> status;
};
Awaitable<Result<std::vector<ListedFolder>>> list_folders(Session& session, std::string_view pattern = "*",
                                                          std::string_view status = {});
Awaitable<Result<StatusData>> status(Session& session, std::string_view folder, std::string_view items);
// Of many folders, pipelined; in their order, empty for a folder whose STATUS is refused.
Awaitable<Result<std::vector<std::map<std::string, std::uint64_t>>>> status_of_all(
    Session& session, std::span<const std::string> folders, std::string_view items);
// `condstore`: the server is to keep mod-sequences and to tell HIGHESTMODSEQ (RFC 7162 section 3.1.8), where it can.
Awaitable<Result<SelectedFolder>> select(Session& session, std::string_view folder, bool read_only, bool condstore = false);
// A SELECT or EXAMINE that was sent: what is sent next is of that folder, if there is one.
class Selection {
public:
    static Awaitable<Result<std::shared_ptr<Selection>>> send(Session& session, std::string_view folder, bool read_only,
                                                              bool condstore = false);
    Awaitable<Result<SelectedFolder>> answer();

private:
    std::string name_;
    SelectedFolder folder_;
    bool counted_ = false;
    std::shared_ptr<InFlight> command_;
};
// `special_use` ("\\Sent", or empty) is said where the server has CREATE-SPECIAL-USE (RFC 6154).
Awaitable<Result<void>> create(Session& session, std::string_view folder, std::string_view special_use = {});
Awaitable<Result<void>> subscribe(Session& session, std::string_view folder);
Awaitable<Result<void>> unsubscribe(Session& session, std::string_view folder);
// DELETE takes away what stands in the folder, too: to be sent only right after it was seen to be empty.
Awaitable<Result<void>> delete_folder(Session& session, std::string_view folder);
// The same for many, pipelined, in their order; which were answered with OK.
struct NewFolder {
    std::string name, special_use;
};
Awaitable<Result<std::vector<bool>>> create_all(Session& session, std::span<const NewFolder> folders);
Awaitable<Result<std::vector<bool>>> subscribe_all(Session& session, std::span<const std::string> folders);
Awaitable<Result<void>> noop(Session& session);
// NOOP sent without waiting: what is sent after it is told what the server had not told yet.
Awaitable<Result<std::shared_ptr<InFlight>>> start_noop(Session& session);

// Offered each FETCH response that names a UID; true: it was an answer to this command. Servers answer pipelined FETCHes in
// any order (Dovecot does), so a handler must know its own UIDs; it may move from the data it takes.
using FetchHandler = std::function<bool(FetchData&)>;

// UID FETCH `uids` `items`, e.g. "(UID FLAGS)". `uids` is raw so that "7:*" can be said.
Awaitable<Result<void>> uid_fetch(Session& session, std::string uids, std::string_view items, FetchHandler on_fetch,
                                  LiteralReceiver* receiver = nullptr);
// The same, sent without waiting.
Command uid_fetch_command(std::string_view uids, std::string_view items, FetchHandler on_fetch,
                          LiteralReceiver* receiver = nullptr);

// UID STORE uids +FLAGS.SILENT (\Deleted), then UID EXPUNGE uids (RFC 4315): only for servers with UIDPLUS, since EXPUNGE
// alone would take away what others have marked.
Awaitable<Result<void>> uid_remove(Session& session, const UidSet& uids);

// UID STORE uids FLAGS.SILENT (flags): `replace` makes them the messages' flags, `add` adds them.
enum class StoreMode { replace, add };
Awaitable<Result<void>> uid_store_flags(Session& session, const UidSet& uids, std::span<const std::string> flags,
                                        StoreMode mode = StoreMode::replace);

// UID SEARCH with a user's keys as they are: one line without control characters (8-bit text is sent as UTF-8). UIDs in
// ascending order, each once; limit_exceeded for far more than the folder holds.
Awaitable<Result<std::vector<std::uint32_t>>> uid_search(Session& session, std::string_view keys);
// The UIDs of all messages, by ESEARCH where the server has it (RFC 4731).
Awaitable<Result<UidSet>> uid_search_all(Session& session);

// UID MOVE (RFC 6851) of messages of the selected folder. What COPYUID says (RFC 4315): the new UID of each, and the
// UIDVALIDITY of their folder; none where the server says nothing. protocol_error where it makes no sense.
struct MovedMessages {
    UidValidity uidvalidity{};
    std::map<std::uint32_t, std::uint32_t> uids;   // old to new
};
Awaitable<Result<MovedMessages>> uid_move(Session& session, const UidSet& uids, std::string_view folder);

struct AppendMessage {
    std::vector<std::string> flags;
    std::string internal_date;       // as format_internal_date makes it; empty: the server's now
    std::string octets;              // empty: `source` gives `size` octets
    std::uint64_t size = 0;
    LiteralSource* source = nullptr;
};
// One message, or several as one MULTIAPPEND (RFC 3502; at least one, and only one may have a source). Octets with a NUL
// travel as literal8 where the server has BINARY (RFC 3516).
Command append_command(const Session& session, std::string_view folder, std::vector<AppendMessage> messages);
// The UIDs that an APPEND's OK names, if it does (UIDPLUS).
std::optional<AppendUid> append_uid(const StatusResponse& answer);

}  // namespace godwit::imap

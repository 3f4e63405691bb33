#include "engine/sync/undo/undo_made.h"

#include <algorithm>

#include "engine/imap/folder_name.h"
#include "engine/sync/folder_tree.h"
#include "engine/sync/ledger_facts.h"

namespace godwit::sync {
namespace {

class MadeUndo {
public:
    MadeUndo(UndoPass& undo, const std::vector<LedgerPair>& pairs) : undo_(undo), session_(undo.pass.destination), pairs_(pairs) {}

    Awaitable<Result<void>> run() {
        GODWIT_CO_TRY(made, co_await load_made(undo_.pass.ledger));
        made_ = std::move(made);
        if (made_.created.empty() && made_.subscribed.empty()) co_return Result<void>{};
        GODWIT_CO_TRY(listed, co_await imap::list_folders(session_));
        for (auto& folder : listed)
            if (!has_attribute(folder.data, "\\NonExistent")) there_.emplace(folder.data.name, std::move(folder.data));
        for (const auto& name : deepest_first()) {
            if (undo_.pass.ending()) co_return fail(ErrorKind::cancelled, Reach::account, "draining");
            auto done = co_await undo_one(name);
            if (!done && undo_.is_over(done.error())) co_return done;
            if (!done) GODWIT_CO_CHECK(co_await leave(name, done.error().to_string()));
        }
        co_return co_await unsubscribe_others();
    }

private:
    std::optional<char> delimiter() const { return there_.empty() ? std::nullopt : there_.begin()->second.delimiter; }

    std::vector<std::string> deepest_first() const {
        std::vector<std::string> names(made_.created.begin(), made_.created.end());
        const auto depth = [this](const std::string& name) {
            return delimiter() ? std::ranges::count(name, *delimiter()) : 0;
        };
        std::ranges::sort(names, std::ranges::greater{}, depth);
        return names;
    }

    Awaitable<Result<void>> undo_one(const std::string& name) {
        if (imap::is_inbox(name)) co_return Result<void>{};
        const auto folder = there_.find(name);
        if (folder == there_.end()) co_return co_await forget(name);
        if (const auto below = one_below(name); !below.empty())
            co_return co_await leave(name, "folders stand below it, such as \"" + undo_.display_name(below) + '"');
        GODWIT_CO_TRY(messages, co_await count(folder->second));
        if (messages > 0) co_return co_await leave(name, fmt::format("{} messages stand in it that are not ours, or were left", messages));
        if (!undo_.dry()) {
            GODWIT_CO_TRY(dropped, co_await drop(folder->second));
            if (!dropped) co_return co_await leave(name, "a message has just arrived in it");
        }
        there_.erase(folder);
        GODWIT_CO_CHECK(co_await undo_.find(finding(FindingKind::folder_dropped, name, {})));
        co_return co_await forget(name);
    }

    std::string one_below(const std::string& name) const {
        if (!delimiter()) return {};
        const auto start = name + *delimiter();
        const auto next = there_.lower_bound(start);
        return next != there_.end() && next->first.starts_with(start) ? next->first : std::string();
    }

    // In a dry run without those that would be removed.
    Awaitable<Result<std::uint64_t>> count(const imap::ListData& folder) {
        if (!holds_mail(folder)) co_return 0;
        GODWIT_CO_TRY(status, co_await imap::status(session_, folder.name, "(MESSAGES)"));
        const auto messages = status.items.find("MESSAGES");
        if (messages == status.items.end())
            co_return fail(ErrorKind::protocol_error, Reach::folder, "the server does not say how many messages stand in it", "STATUS");
        const auto gone = undo_.would_go.find(folder.name);
        co_return messages->second - std::min(messages->second, gone == undo_.would_go.end() ? 0 : gone->second);
    }

    // DELETE takes messages away, too, and IMAP has no command that does not. So the folder is opened, since some servers count
    // for STATUS what they last wrote down; then it is left, since some end a session whose folder is deleted; then STATUS is
    // asked once more, and DELETE follows its answer at once. What arrives within that one round trip would be lost.
    Awaitable<Result<bool>> drop(const imap::ListData& folder) {
        if (holds_mail(folder)) {
            GODWIT_CO_TRY(selected, co_await imap::select(session_, folder.name, true));
            if (selected.exists > 0) co_return false;
            auto inbox = co_await imap::select(session_, "INBOX", true);
            if (!inbox && session_.broken()) co_return std::unexpected(inbox.error());
        }
        GODWIT_CO_CHECK(undo_.pass.may_commit("DELETE"));
        GODWIT_CO_TRY(messages, co_await count(folder));
        if (messages > 0) co_return false;
        GODWIT_CO_CHECK(co_await imap::delete_folder(session_, folder.name));
        co_return true;
    }

    // The folder is gone.
    Awaitable<Result<void>> forget(const std::string& name) {
        if (undo_.dry()) co_return Result<void>{};
        if (made_.subscribed.contains(name)) GODWIT_CO_CHECK(co_await unsubscribe(name));
        for (const auto& known : pairs_)
            if (known.pair.destination == name) GODWIT_CO_CHECK(co_await undo_.pass.ledger.forget(known.pair));
        co_return co_await forget_made(undo_.pass.ledger, name, Made::created);
    }

    Awaitable<Result<void>> unsubscribe_others() {
        for (const auto& name : made_.subscribed)
            if (!made_.created.contains(name) && !undo_.dry()) GODWIT_CO_CHECK(co_await unsubscribe(name));
        co_return Result<void>{};
    }

    // Refused by some servers where the folder is gone, with which the subscription went.
    Awaitable<Result<void>> unsubscribe(const std::string& name) {
        auto done = co_await imap::unsubscribe(session_, name);
        if (!done && undo_.is_over(done.error())) co_return done;
        if (!done && there_.contains(name)) co_return co_await leave(name, "it is still subscribed: " + done.error().cause);
        co_return co_await forget_made(undo_.pass.ledger, name, Made::subscribed);
    }

    Finding finding(FindingKind kind, const std::string& name, std::string why) const {
        const auto known = std::ranges::find(pairs_, name, [](const auto& known) { return known.pair.destination; });
        const auto shown = undo_.display_name(name);
        return {.kind = kind, .folder = known == pairs_.end() ? shown : undo_.display_name(known->pair.source),
                .destination_folder = shown, .detail = std::move(why)};
    }
    Awaitable<Result<void>> leave(const std::string& name, std::string why) {
        co_return co_await undo_.find(finding(FindingKind::left, name, std::move(why)));
    }

    UndoPass& undo_;
    imap::Session& session_;
    const std::vector<LedgerPair>& pairs_;
    MadeFolders made_;
    std::map<std::string, imap::ListData> there_;   // by raw name: those that stand, by now
};

}  // namespace

Awaitable<Result<void>> undo_made(UndoPass& undo, const std::vector<LedgerPair>& pairs) {
    MadeUndo made(undo, pairs);
    co_return co_await made.run();
}

}  // namespace godwit::sync

#include "engine/sync/undo/undo_pass.h"

#include "engine/imap/folder_name.h"
#include "engine/sync/flag_table.h"

namespace godwit::sync {
namespace {

constexpr std::size_t findings_at_once = 500;
constexpr std::size_t uids_text_bytes = 4000;   // of one command line

}  // namespace

std::string UndoPass::display_name(const std::string& raw) const {
    return imap::display_name(raw, pass.destination.utf8_accept());
}

Awaitable<Result<void>> UndoPass::find(Finding finding) {
    ++pass.report.findings[static_cast<std::size_t>(finding.kind)];
    findings_.push_back(std::move(finding));
    if (findings_.size() < findings_at_once) co_return Result<void>{};
    co_return co_await flush();
}

Awaitable<Result<void>> UndoPass::flush() {
    const auto findings = std::exchange(findings_, {});
    if (findings.empty()) co_return Result<void>{};
    co_return co_await pass.ledger.add_findings(findings);
}

Awaitable<Result<std::map<std::uint32_t, Standing>>> UndoPass::look_at(const imap::UidSet& uids) {
    std::map<std::uint32_t, Standing> all, whole;
    std::set<std::uint32_t> flagged;
    const auto on_fetch = [&](imap::FetchData& data) {
        if (!uids.contains(data.uid->value)) return false;
        auto& there = all[data.uid->value];
        if (data.flags) {
            FlagTable table;
            there.flags = table.at(table.add(*data.flags));
            flagged.insert(data.uid->value);
        }
        for (const auto& section : data.sections)
            for (KeyRung rung = 0; section.bytes && rung <= lowest_rung; ++rung)
                there.key_hashes[rung] = pass.keys_at(rung).key(*section.bytes).hash();
        return !data.sections.empty();
    };
    const auto items = "(UID FLAGS " + pass.rules.keys.fetch_item() + ")";
    for (const auto& part : uids.split(uids_text_bytes))
        GODWIT_CO_CHECK(co_await imap::uid_fetch(pass.destination, part.to_string(), items, on_fetch));
    for (auto& [uid, there] : all)
        if (flagged.contains(uid)) whole.emplace(uid, std::move(there));
    co_return whole;
}

Awaitable<Result<std::map<std::uint32_t, std::vector<std::string>>>> UndoPass::flags_of(const imap::UidSet& uids) {
    std::map<std::uint32_t, std::vector<std::string>> found;
    const auto on_fetch = [&](imap::FetchData& data) {
        if (!uids.contains(data.uid->value) || !data.flags) return false;
        FlagTable table;
        found[data.uid->value] = table.at(table.add(*data.flags));
        return true;
    };
    for (const auto& part : uids.split(uids_text_bytes))
        GODWIT_CO_CHECK(co_await imap::uid_fetch(pass.destination, part.to_string(), "(UID FLAGS)", on_fetch));
    co_return found;
}

bool UndoPass::is_over(const Error& error) const {
    if (pass.destination.broken()) return true;
    // A command that is refused says nothing of other folders.
    const bool refused = error.kind == ErrorKind::command_refused || error.kind == ErrorKind::protocol_error;
    return error.reach > Reach::folder && !refused;
}

}  // namespace godwit::sync

// What a message is sent with: flags and a date.
#include <algorithm>

#include "engine/sync/plan.h"
#include "engine/sync/transfer.h"

namespace godwit::sync {
namespace {

bool is_keyword(const std::string& flag) { return !flag.starts_with('\\'); }

}  // namespace

std::vector<std::string> FolderTransfer::flags_for(Index index) const {
    auto flags = storable_flags(source_.flags.at(message(index).flags), destination_folder_);
    const auto found = reduced_.find(index);
    const auto reduction = found == reduced_.end() ? Reduction::none : found->second.reduction;
    if (reduction >= Reduction::flags) return {};
    std::erase_if(flags, [&](const auto& flag) {
        return is_keyword(flag) && (reduction == Reduction::keywords || refused_keywords_.contains(flag));
    });
    return flags;
}

bool FolderTransfer::sends_date(Index index) const {
    const auto& options = pass_.request.options;
    if (!options.syncinternaldates && !options.idatefromheader) return false;
    const auto found = reduced_.find(index);
    return found == reduced_.end() || found->second.reduction != Reduction::date;
}

// Whether the message is worth another try with less. Dovecot, Courier, Cyrus and Mailutils each refuse flags or dates in
// words of their own, so whatever was refused alone is tried.
bool FolderTransfer::reduce(Index index, const Error& error) {
    if (error.kind != ErrorKind::message_rejected) return false;
    const auto before = reduced_.find(index);
    if (before != reduced_.end()) ++reductions_in_vain_;
    if (reductions_in_vain_ >= reductions_in_vain_at_most) return false;
    const auto flags = flags_for(index);
    auto next = Reduction::date;
    if (std::ranges::any_of(flags, is_keyword))
        next = Reduction::keywords;
    else if (!flags.empty())
        next = Reduction::flags;
    else if (!sends_date(index))
        return false;
    reduced_[index] = {next, before == reduced_.end() ? error.cause : before->second.words};
    return true;
}

// What the server said to the message as it is.
Error FolderTransfer::first_refusal(Index index, Error last) {
    if (const auto found = reduced_.find(index); found != reduced_.end()) {
        last.cause = found->second.words;
        reduced_.erase(found);
    }
    return last;
}

// It was stored with less: what it lacks is named, but for flags that STORE may still set.
void FolderTransfer::note_reduced(Index index) {
    const auto found = reduced_.find(index);
    if (found == reduced_.end()) return;
    reductions_in_vain_ = 0;
    if (found->second.reduction == Reduction::date)
        pass_.issue({ErrorKind::date_refused, Reach::message, display_name_, message(index).uid, message(index).size,
                     found->second.words});
    for (const auto& flag : source_.flags.at(message(index).flags))
        if (found->second.reduction == Reduction::keywords && is_keyword(flag)) refused_keywords_.insert(flag);
    reduced_.erase(found);
}

}  // namespace godwit::sync

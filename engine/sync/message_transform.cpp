#include "engine/sync/message_transform.h"

#include "engine/sync/message_key.h"

namespace godwit::sync {
namespace {

std::size_t longest_line(std::string_view octets) {
    std::size_t longest = 0;
    while (!octets.empty()) {
        const auto newline = octets.find('\n');
        const auto length = newline == std::string_view::npos ? octets.size() : newline + 1;
        longest = std::max(longest, length);
        octets.remove_prefix(length);
    }
    return longest;
}

void disarm_read_receipts(std::string& message) {
    for (std::string_view rest = message; !rest.empty();) {
        const auto field = take_header_field(rest);
        if (field.empty()) return;
        if (!is_header_field(field, "Disposition-Notification-To")) continue;
        message.insert(static_cast<std::size_t>(field.data() - message.data()), "X-");
        return;
    }
}

bool is_identified(std::string_view message) {
    return header_field(message, "Message-ID") || header_field(message, "Received");
}

std::unexpected<Error> too_large() {
    return fail(ErrorKind::limit_exceeded, Reach::message, "too large to be changed on its way");
}

bool skip_digits(std::string_view& text) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(digits);
    return digits > 0;
}

}  // namespace

Result<MessageTransform> MessageTransform::make(const SyncOptions& options) {
    MessageTransform out;
    for (const auto& expression : options.skipmess) {
        auto regex = Regex::parse(expression, Subject::octets);
        if (!regex) {
            regex.error().context = "--skipmess, " + regex.error().context;
            return pass_on(regex.error());
        }
        out.skip_.push_back(std::move(*regex));
    }
    GODWIT_TRY(replace, Substitution::parse_all("regexmess", options.regexmess, Subject::octets));
    out.replace_ = std::move(replace);
    out.disarm_ = options.disarmreadreceipts;
    out.add_header_ = options.addheader;
    out.truncate_ = options.truncmess;
    out.longest_line_ = options.maxlinelength;
    out.shortest_line_ = options.minmaxlinelength;
    return out;
}

bool MessageTransform::needed() const {
    return !skip_.empty() || !replace_.empty() || disarm_ || add_header_ || truncate_ || longest_line_ ||
           shortest_line_;
}

Result<Transformed> MessageTransform::apply(std::string octets, std::uint64_t uidvalidity, std::uint32_t uid) const {
    Transformed out{std::move(octets), std::nullopt};
    if (!needed()) return out;
    if (out.octets.size() > most_transform_bytes) return too_large();
    if (std::ranges::any_of(skip_, [&](const Regex& regex) { return regex.matches(out.octets); })) {
        out.skipped = SkipReason::content;
        return out;
    }
    for (const auto& substitution : replace_) {
        GODWIT_TRY(changed, substitution.apply(out.octets));
        if (changed.size() > most_transform_bytes) return too_large();
        out.octets = std::move(changed);
    }
    if (out.octets.empty()) return fail(ErrorKind::message_rejected, Reach::message, "nothing is left of the message");
    if (disarm_) disarm_read_receipts(out.octets);
    if (add_header_ && !is_identified(out.octets))
        out.octets.insert(0, fmt::format("Message-Id: <{}.{}@godwit.invalid>\r\n", uid, uidvalidity));
    if (truncate_ && out.octets.size() > truncate_) out.octets.resize(truncate_);
    const std::size_t longest = longest_line_ || shortest_line_ ? longest_line(out.octets) : 0;
    if ((longest_line_ && longest > longest_line_) || (shortest_line_ && longest <= shortest_line_))
        out.skipped = SkipReason::line_length;
    return out;
}

bool is_made_up_message_id(std::string_view id) {
    if (!id.starts_with('<')) return false;
    id.remove_prefix(1);
    if (!skip_digits(id)) return false;
    if (id == "@imapsync>") return true;
    if (!id.starts_with('.')) return false;
    id.remove_prefix(1);
    return skip_digits(id) && id == "@godwit.invalid>";
}

}  // namespace godwit::sync

#include "api/metrics.h"

namespace godwit::api {

using Op = Metrics::MessageOp;

void MetricsObserver::on_stage(sync::Stage stage) {
    if (next_ != nullptr) next_->on_stage(stage);
}

void MetricsObserver::on_folder(const std::string& display_name) {
    if (next_ != nullptr) next_->on_folder(display_name);
}

void MetricsObserver::on_progress(const sync::Counters& totals) {
    // Totals only grow within a pass; one that shrinks (a folder begun anew) adds nothing until it has caught up.
    const auto grown = [&](auto member) {
        const std::uint64_t now = totals.*member, before = seen_.*member;
        if (now <= before) return std::uint64_t{0};
        seen_.*member = now;
        return now - before;
    };
    using C = sync::Counters;
    if (const auto n = grown(&C::messages_copied)) metrics_.messages(Op::copied, n);
    if (const auto n = grown(&C::messages_matched)) metrics_.messages(Op::matched, n);
    if (const auto n = grown(&C::messages_skipped)) metrics_.messages(Op::skipped, n);
    if (const auto n = grown(&C::messages_failed)) metrics_.messages(Op::failed, n);
    if (const auto n = grown(&C::flags_updated)) metrics_.messages(Op::flags_updated, n);
    if (const auto n = grown(&C::messages_verified)) metrics_.messages(Op::verified, n);
    if (const auto n = grown(&C::messages_removed)) metrics_.messages(Op::removed, n);
    if (const auto n = grown(&C::bytes_copied)) metrics_.message_bytes(n);
    if (next_ != nullptr) next_->on_progress(totals);
}

void MetricsObserver::on_issue(const sync::Issue& issue) {
    metrics_.imap_error(issue.kind);
    if (next_ != nullptr) next_->on_issue(issue);
}

void MetricsObserver::on_wire(sync::Side side, std::uint64_t received, std::uint64_t sent) {
    metrics_.wire(side, received, sent);
    if (next_ != nullptr) next_->on_wire(side, received, sent);
}

void MetricsObserver::on_command(sync::Side side, std::string_view name, std::chrono::steady_clock::duration took,
                                 bool ok) {
    metrics_.imap_command(side, name, took, ok);
    if (name == "LOGIN" || name == "AUTHENTICATE") metrics_.imap_connect(side, ok);
    if (next_ != nullptr) next_->on_command(side, name, took, ok);
}

}  // namespace godwit::api

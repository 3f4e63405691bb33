#include "engine/sync/transfer_lane.h"

namespace godwit::sync {

TransferLane::TransferLane(Pass& pass, FolderTransfer& copy)
    : pass_(pass), copy_(copy), buffer_bytes_(pass.request.limits.buffer_bytes),
      whole_bytes_(pass.rules.whole_message_bytes(pass.request.limits)), share_(pass.context.budget, whole_bytes_),
      changed_(pass.context.executor) {
    copy_.lanes_.push_back(this);
}

TransferLane::~TransferLane() { std::erase(copy_.lanes_, this); }

Awaitable<void> TransferLane::run() {
    TaskScope tasks(pass_.context.executor);
    tasks.spawn("fetch messages", fetch_all());
    if (auto appended = co_await append_all(); !appended) copy_.stop(appended.error());
    co_await tasks.join();
    // Answers still to come are receipts too; a broken connection gives none.
    if (auto settled = co_await settle_answers(0); !settled) copy_.stop(settled.error());
    pass_.source.resume_reading();
}

void TransferLane::stop(const Error& error) {
    if (pipe_) pipe_->close(error);
    for (const auto& waiting : fetched_)
        if (waiting.pipe) waiting.pipe->close(error);
    pass_.source.resume_reading();
    if (error.kind == ErrorKind::lease_lost) pass_.destination.abandon(error, true);   // what is buffered must not arrive
    changed_.notify_all();
}

}  // namespace godwit::sync

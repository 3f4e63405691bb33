// Large messages: straight through from one connection to the other.
#include "engine/sync/transfer_lane.h"

namespace godwit::sync {

// The message with that UID among those asked for; 0: the one that was asked for alone.
std::optional<std::uint32_t> TransferLane::requested(std::uint32_t uid) const {
    if (uid == 0) {
        const bool only = chunks_.size() == 1 && chunks_.front()->indexes.size() == 1;
        return only ? std::optional(chunks_.front()->indexes.front()) : std::nullopt;
    }
    for (const auto& chunk : chunks_)
        for (const Index index : chunk->indexes)
            if (copy_.message(index).uid == uid) return index;
    return std::nullopt;
}

// The literal of one that cannot be told yet is dropped; its row says which it was, and it is asked for again, alone.
Awaitable<Result<void>> TransferLane::begin(std::uint32_t uid, std::uint64_t size) {
    const auto index = requested(uid);
    if (!index && uid == 0) alone_ = true;
    if (!index || stopped() || pass_.rules.transform.needed()) co_return Result<void>{};
    pipe_ = std::make_shared<StreamPipe>(pass_.context.executor, size);
    if (pass_.request.options.notedigests) pipe_hash_.emplace();
    piped_bytes_ = 0;
    streamed_ = index;
    fetched_.push_back({*index, {}, pipe_});
    changed_.notify_all();
    co_return Result<void>{};
}

Awaitable<Result<void>> TransferLane::data(std::string_view octets) {
    if (!pipe_) co_return Result<void>{};
    const auto pipe = pipe_;
    if (pipe_hash_) {
        pipe_hash_->add(octets);
        piped_bytes_ += octets.size();
        // Before the last of them can be answered.
        if (piped_bytes_ == pipe->size() && streamed_) copy_.digests_[*streamed_] = pipe_hash_->finish();
    }
    co_await pipe->push(octets);
    co_return Result<void>{};
}

Awaitable<Result<void>> TransferLane::end() {
    pipe_hash_.reset();
    pipe_.reset();
    co_return Result<void>{};
}

Awaitable<Result<void>> TransferLane::send_large(Fetched message) {
    auto out = append_message(message.index);
    out.size = message.pipe->size();
    out.source = message.pipe.get();
    std::vector<imap::AppendMessage> one;
    one.push_back(std::move(out));
    auto command = imap::append_command(pass_.destination, copy_.pair_.destination, std::move(one));
    // The message may be another than the one listed: its header is compared before the last octets complete it.
    command.commit_check = [this, index = message.index, pipe = message.pipe]() -> Result<void> {
        if (!is_the_listed_one(index, pipe->head()))
            return fail(ErrorKind::message_corrupt, Reach::account,
                        "the content is not that of the message that was listed", "APPEND");
        return {};
    };
    auto batch = std::make_shared<Batch>();
    batch->items.push_back({message.index, message.pipe->size(), copy_.state_of(message.index)});
    pass_.rate.sent(std::chrono::steady_clock::now(), 1, message.pipe->size());
    pass_.bytes_sent += message.pipe->size();
    auto committed = co_await commit(std::move(batch), std::move(command));
    message.pipe->discard();   // refused before all of it was sent: the rest is not wanted
    co_return committed;
}

}  // namespace godwit::sync

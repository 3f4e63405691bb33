// Large messages: straight through from one connection to the other.
#include "engine/sync/transfer.h"

namespace godwit::sync {

Awaitable<Result<void>> FolderTransfer::stream(Index index) {
    if (pass_.rules.transform.needed()) {
        refused(index, {ErrorKind::message_too_big, Reach::message,
                        fmt::format("larger than the {} bytes that can be changed on the way", most_transform_bytes), {}});
        co_return Result<void>{};
    }
    StreamPipe pipe(pass_.context.executor);
    std::optional<std::string> whole;
    bool row = false;
    auto on_fetch = [&](imap::FetchData& data) {
        if (data.uid->value != message(index).uid) return false;
        for (auto& section : data.sections)
            if (section.section.empty()) {
                row = true;
                whole = std::move(section.bytes);
            }
        return row;
    };
    auto command = imap::uid_fetch_command(std::to_string(message(index).uid), "(UID BODY.PEEK[])", on_fetch, &pipe);
    GODWIT_CO_TRY(fetch, co_await pass_.source.start(std::move(command)));
    // However the FETCH ends, whoever waits on the pipe hears of it.
    TaskScope watch(pass_.context.executor);
    std::optional<Result<imap::StatusResponse>> answer;
    const auto watch_fetch = [](auto command, auto& answer, StreamPipe& pipe) -> Awaitable<void> {
        answer = co_await command->answer();
        pipe.close(answer->has_value() ? Error{ErrorKind::protocol_error, Reach::account, "the literal ended early", {}}
                                       : answer->error());
    };
    watch.spawn("stream message", watch_fetch(fetch, answer, pipe));
    Result<void> appended{};
    const auto size = co_await pipe.announced();
    if (size) appended = co_await stream_append(index, *size, pipe);
    pipe.discard();
    co_await watch.join();
    if (!appended) co_return appended;
    if (!*answer) co_return std::unexpected(answer->error());
    if (size) co_return Result<void>{};
    if (!whole || whole->empty())
        on_gone(index, row ? "the source gave no content" : "the source no longer has it");
    else
        take_octets(index, std::move(*whole));   // smaller than listed
    changed_.notify_all();
    co_return Result<void>{};
}

Awaitable<Result<void>> FolderTransfer::stream_append(Index index, std::uint64_t size, StreamPipe& pipe) {
    auto out = append_message(index);
    out.size = size;
    out.source = &pipe;
    std::vector<imap::AppendMessage> one;
    one.push_back(std::move(out));
    auto command = imap::append_command(pass_.destination, pair_.destination, std::move(one));
    // The message may be another than the one listed: its header is compared before the last octets complete it.
    command.commit_check = [this, index, &pipe]() -> Result<void> {
        if (!is_the_listed_one(index, pipe.head()))
            return fail(ErrorKind::message_corrupt, Reach::account,
                        "the content is not that of the message that was listed", "APPEND");
        return {};
    };
    auto batch = std::make_shared<Batch>();
    batch->items.push_back({index, size, state_of(index)});
    GODWIT_CO_CHECK(co_await commit(batch, std::move(command)));
    // append_all() may take its answer as well: both wait for the same one.
    auto answer = co_await batch->command->answer();
    pipe.discard();
    if (!answer) co_return std::unexpected(answer.error());
    co_return Result<void>{};
}

}  // namespace godwit::sync

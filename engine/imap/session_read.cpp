// The reading half of Session: what the server sends is cut, parsed and given to the command it belongs to.
#include "engine/imap/parser.h"
#include "engine/imap/quirks.h"
#include "engine/imap/session.h"

namespace godwit::imap {
namespace {

SteadyTime now() { return std::chrono::steady_clock::now(); }

Error too_large(std::string_view begun) {
    return {ErrorKind::limit_exceeded, Reach::account, "response too large: " + printable(begun, 80), {}};
}

}  // namespace

void Session::start_reader() { tasks_.spawn("imap reader", read_loop()); }

Awaitable<void> Session::read_loop() {
    bool sound = co_await consume(std::exchange(unread_, {}));
    while (sound) {
        auto got = co_await stream_->read(buffer_, Deadline::max());
        if (broken_) break;
        if (!got) {
            abandon(bye_at_ ? classify_bye(bye_) : got.error());
            break;
        }
        patience_.octets(got->size(), now());
        count_wire(got->size(), 0);
        sound = co_await consume(*got);
    }
}

// Feeds one read's octets through fragmenter and parser; false when the session broke.
Awaitable<bool> Session::consume(std::string_view input) {
    for (;;) {
        if (paused_) {
            input = buffer_.keep(input);
            patience_.hold(now());
            while (paused_ && !broken_) co_await changed_.wait();
            patience_.release(now());
        }
        if (broken_) co_return false;
        const auto step = fragmenter_.next(input);
        input.remove_prefix(step.consumed);
        switch (step.event) {
            case Fragmenter::Event::need_more:
                if (!fragmenter_.dropping()) co_return true;
                abandon(too_large(fragmenter_.prefix()));  // its end need never come
                break;
            case Fragmenter::Event::response:
                take_response();
                if (!plain_ended_ || broken_) break;
                begin_compression(input);
                co_return true;
            case Fragmenter::Event::oversized: abandon(too_large(fragmenter_.prefix())); break;
            case Fragmenter::Event::broken: abandon(fragmenter_.error()); break;
            default:
                patience_.hold(now());
                auto taken = co_await literal_event(step);
                patience_.release(now());
                if (!taken) abandon(taken.error());
        }
        fragmenter_.allow_streaming(receiver() != nullptr || active_receiver_ != nullptr);
    }
}

void Session::take_response() {
    auto&& raw = fragmenter_.take_response();
    const std::size_t bytes = raw.text.size();
    auto response = parse_response(std::move(raw), options_.limits);
    if (!response) return abandon(response.error());
    patience_.response(now());
    dispatch(*response, bytes);
}

LiteralReceiver* Session::receiver() const {
    for (const auto& command : pending_)
        if (command->command_.receiver) return command->command_.receiver;
    return nullptr;
}

Awaitable<Result<void>> Session::literal_event(const Fragmenter::Step& step) {
    if (step.event == Fragmenter::Event::literal_begin) {
        const auto message = announces_message(fragmenter_.begun());
        active_receiver_ = message ? receiver() : nullptr;
        if (!active_receiver_) co_return Result<void>{};
        co_return co_await active_receiver_->begin(message->uid, fragmenter_.literal_size());
    }
    if (!active_receiver_) co_return Result<void>{};
    if (step.event == Fragmenter::Event::literal_end)
        co_return co_await std::exchange(active_receiver_, nullptr)->end();
    auto taken = co_await active_receiver_->data(step.data);
    patience_.release(now());
    patience_.literal(step.data.size(), now());
    co_return taken;
}

void Session::dispatch(Response& response, std::size_t bytes) {
    if (auto* status = std::get_if<StatusResponse>(&response); status && !status->tag.empty())
        return finish_command(std::move(*status));
    if (std::holds_alternative<Continuation>(response)) {
        // One that nobody waits for must not be taken for the next literal's.
        if (go_ahead_ != GoAhead::wanted) return ignored();
        go_ahead_ = GoAhead::given;
        patience_.progress();
        return changed_.notify_all();
    }
    note(response);
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        auto command = pending_[i];
        if (command->command_.on_data && command->command_.on_data(response)) return taken(*command, bytes);
    }
    ignored();
}

void Session::taken(InFlight& command, std::size_t bytes) {
    ignored_ = 0;
    patience_.progress();
    command.taken_bytes_ += bytes;
    const bool too_much = command.taken_bytes_ > options_.limits.command_bytes && !command.command_.bulk;
    if (++command.taken_ <= options_.limits.command_responses && !too_much) return;
    abandon({ErrorKind::limit_exceeded, Reach::account, "more data than one command can take",
             command.command_.name});
}

void Session::ignored() {
    if (++ignored_ > options_.limits.ignored_responses)
        abandon({ErrorKind::limit_exceeded, Reach::account, "too many responses that nobody asked for", {}});
}

// What every state of the connection must hear, whoever asked.
void Session::note(const Response& response) {
    if (const auto* exists = std::get_if<ExistsData>(&response)) {
        exists_ = exists->count;
    } else if (std::holds_alternative<ExpungeData>(response)) {
        if (exists_ > 0) --exists_;
    } else if (const auto* vanished = std::get_if<VanishedData>(&response)) {
        if (!vanished->earlier)
            exists_ -= static_cast<std::uint32_t>(std::min<std::uint64_t>(exists_, vanished->uids.size()));
    } else if (const auto* capability = std::get_if<CapabilityData>(&response)) {
        set_capabilities(capability->names);
    } else if (const auto* status = std::get_if<StatusResponse>(&response)) {
        if (status->status == Status::bye) note_bye(*status);
        if (status->code && status->code->name == "CAPABILITY")
            set_capabilities(split_words(status->code->arguments));
    }
}

// Answers may still come, but not for long.
void Session::note_bye(const StatusResponse& bye) {
    if (bye_at_) return;
    bye_ = bye.text.empty() ? "BYE" : bye.text;
    bye_at_ = now();
    for (const auto& command : pending_) command->done_.notify_all();
    changed_.notify_all();
}

void Session::finish_command(StatusResponse status) {
    const auto nonsense = [&](std::string_view what) {
        abandon({ErrorKind::protocol_error,
                 Reach::account,
                 fmt::format("{}: {}", what, printable(status.tag, 40)),
                 {}});
    };
    const auto found =
        std::ranges::find_if(pending_, [&](const auto& command) { return command->tag_ == status.tag; });
    if (found == pending_.end()) return nonsense("answer to a command that was not sent");
    if (status.status == Status::bye || status.status == Status::preauth)
        return nonsense("an answer that is none");
    if (status.status == Status::ok && !(*found)->complete_)
        return nonsense("OK to a command that was not sent whole");
    plain_ended_ = offered_ && status.status == Status::ok;
    auto command = *found;
    pending_.erase(found);
    ignored_ = 0;
    patience_.progress();
    if (status.code && status.code->name == "CAPABILITY")
        set_capabilities(split_words(status.code->arguments));
    if (options_.on_command)
        options_.on_command(command->command_.name, now() - command->started_, status.status == Status::ok);
    command->answer_ = std::move(status);
    command->command_.on_data = nullptr;  // it may own what owns the command
    command->done_.notify_all();
    changed_.notify_all();
}

}  // namespace godwit::imap

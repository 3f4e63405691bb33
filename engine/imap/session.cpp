#include "engine/imap/session.h"

#include <cassert>

#include <boost/asio/post.hpp>

#include "engine/imap/parser.h"
#include "engine/imap/quirks.h"

namespace godwit::imap {
namespace {

constexpr std::size_t read_buffer_bytes = 32u << 10;
constexpr std::chrono::seconds logout_wait{5};

Error with_context(Error error, std::string_view what) {
    if (error.context.empty()) error.context = what;
    return error;
}

}  // namespace

struct Session::Shared {
    explicit Shared(Session* owner) : session(owner) {}
    Session* session;
    std::optional<std::stop_callback<std::function<void()>>> on_stop;
};

InFlight::InFlight(Session& session, Command command, std::string tag)
    : session_(session), command_(std::move(command)), tag_(std::move(tag)), done_(session.context_.executor),
      started_(std::chrono::steady_clock::now()) {}

Awaitable<Result<StatusResponse>> InFlight::answer() {
    while (!answer_) {
        const auto limit = std::max(session_.last_heard_, started_) + session_.options_.command_timeout;
        if (co_await done_.wait(limit) || answer_) continue;
        if (std::chrono::steady_clock::now() < std::max(session_.last_heard_, started_) + session_.options_.command_timeout)
            continue;
        session_.abandon({ErrorKind::timeout, Reach::host,
                          fmt::format("no answer for {} s", session_.options_.command_timeout.count()), command_.name});
    }
    co_return *answer_;
}

Session::Session(RunContext& context, std::unique_ptr<net::Stream> stream, SessionOptions options)
    : context_(context), stream_(std::move(stream)), options_(std::move(options)), fragmenter_(options_.limits),
      tasks_(context.executor), changed_(context.executor), last_heard_(std::chrono::steady_clock::now()),
      shared_(std::make_shared<Shared>(this)) {
    std::weak_ptr<Shared> weak = shared_;
    auto executor = context.executor;
    shared_->on_stop.emplace(context.stop, [weak, executor] {
        asio::post(executor, [weak] {
            if (auto shared = weak.lock())
                shared->session->abandon({ErrorKind::cancelled, Reach::account, "stopped", {}}, true);
        });
    });
}

Session::~Session() {
    shared_->on_stop.reset();
}

const net::PeerInfo& Session::peer() const { return stream_->peer(); }

bool Session::has(std::string_view capability) const { return capabilities_.contains(capability); }

void Session::set_capabilities(std::vector<std::string> names) {
    capabilities_ = {std::make_move_iterator(names.begin()), std::make_move_iterator(names.end())};
}

EncoderOptions Session::encoder_options() const {
    return {has("LITERAL+"), has("LITERAL-") || has("IMAP4REV2"), utf8_accept_};
}

void Session::pause_reading() { paused_ = true; }

void Session::resume_reading() {
    if (!paused_) return;
    paused_ = false;
    changed_.notify_all();
}

void Session::abandon(Error error, bool reset) {
    if (broken_) return;
    broken_ = std::move(error);
    for (auto& command : std::exchange(pending_, {})) {
        command->answer_ = std::unexpected(with_context(*broken_, command->command_.name));
        command->command_.on_data = nullptr;  // it may own what owns the command
        command->done_.notify_all();
    }
    changed_.notify_all();
    if (reset)
        stream_->reset();
    else
        stream_->close();
}

Awaitable<void> Session::close() {
    if (!broken_ && !context_.stop.stop_requested()) {
        resume_reading();
        options_.command_timeout = std::min(options_.command_timeout, logout_wait);
        Command logout;
        logout.name = "LOGOUT";
        logout.parts = CommandBuilder("LOGOUT", encoder_options()).finish();
        co_await run(std::move(logout));
    }
    abandon({ErrorKind::cancelled, Reach::account, "closed", {}});
    co_await tasks_.join();
}

// ---- reading

void Session::start_reader() { tasks_.spawn("imap reader", read_loop()); }

Awaitable<void> Session::read_loop() {
    std::vector<char> buffer(read_buffer_bytes);
    while (!broken_) {
        auto got = co_await stream_->read_some(buffer, Deadline::max());
        if (broken_) break;
        if (!got) {
            Error error = got.error();
            if (!bye_.empty()) error = classify_bye(bye_);
            abandon(std::move(error));
            break;
        }
        last_heard_ = std::chrono::steady_clock::now();
        if (options_.on_wire) options_.on_wire(*got, 0);
        if (!co_await consume(std::string_view(buffer.data(), *got))) break;
    }
}

// Feeds one read's octets through fragmenter and parser; false when the session broke.
Awaitable<bool> Session::consume(std::string_view input) {
    for (;;) {
        while (paused_ && !broken_) co_await changed_.wait();
        if (broken_) co_return false;
        const auto step = fragmenter_.next(input);
        input.remove_prefix(step.consumed);
        switch (step.event) {
            case Fragmenter::Event::need_more: co_return true;
            case Fragmenter::Event::response: {
                auto response = parse_response(fragmenter_.take_response(), options_.limits);
                if (response)
                    dispatch(std::move(*response));
                else
                    abandon(response.error());
                break;
            }
            case Fragmenter::Event::oversized:
                abandon({ErrorKind::limit_exceeded, Reach::account,
                         "response too large: " + printable(fragmenter_.prefix(), 80), {}});
                break;
            case Fragmenter::Event::broken: abandon(fragmenter_.error()); break;
            default: {
                auto taken = co_await literal_event(step);
                if (!taken) abandon(taken.error());
                last_heard_ = std::chrono::steady_clock::now();
            }
        }
        fragmenter_.allow_streaming(receiver() != nullptr || active_receiver_ != nullptr);
    }
}

LiteralReceiver* Session::receiver() const {
    for (const auto& command : pending_)
        if (command->command_.receiver) return command->command_.receiver;
    return nullptr;
}

Awaitable<Result<void>> Session::literal_event(const Fragmenter::Step& step) {
    if (step.event == Fragmenter::Event::literal_begin) {
        active_receiver_ = receiver();
        if (!active_receiver_) co_return Result<void>{};
        co_return co_await active_receiver_->begin(fragmenter_.literal_size());
    }
    if (!active_receiver_) co_return Result<void>{};
    if (step.event == Fragmenter::Event::literal_data) co_return co_await active_receiver_->data(step.data);
    co_return co_await std::exchange(active_receiver_, nullptr)->end();
}

void Session::dispatch(Response response) {
    if (auto* status = std::get_if<StatusResponse>(&response); status && !status->tag.empty())
        return finish_command(std::move(*status));
    if (std::holds_alternative<Continuation>(response)) {
        ++continuations_;
        changed_.notify_all();
        return;
    }
    note(response);
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        auto command = pending_[i];
        if (command->command_.on_data && command->command_.on_data(response)) return;
    }
}

// What every state of the connection must hear, whoever asked.
void Session::note(const Response& response) {
    if (const auto* exists = std::get_if<ExistsData>(&response)) {
        exists_ = exists->count;
    } else if (std::holds_alternative<ExpungeData>(response)) {
        if (exists_ > 0) --exists_;
    } else if (const auto* vanished = std::get_if<VanishedData>(&response)) {
        if (!vanished->earlier) exists_ -= static_cast<std::uint32_t>(std::min<std::uint64_t>(exists_, vanished->uids.size()));
    } else if (const auto* capability = std::get_if<CapabilityData>(&response)) {
        set_capabilities(capability->names);
    } else if (const auto* status = std::get_if<StatusResponse>(&response)) {
        if (status->status == Status::bye) bye_ = status->text.empty() ? "BYE" : status->text;
        if (status->code && status->code->name == "CAPABILITY") set_capabilities(split_words(status->code->arguments));
    }
}

void Session::finish_command(StatusResponse status) {
    const auto found = std::ranges::find_if(pending_, [&](const auto& command) { return command->tag_ == status.tag; });
    if (found == pending_.end())
        return abandon({ErrorKind::protocol_error, Reach::account,
                        "answer to a command that was not sent: " + printable(status.tag, 40), {}});
    auto command = *found;
    pending_.erase(found);
    if (status.code && status.code->name == "CAPABILITY") set_capabilities(split_words(status.code->arguments));
    if (options_.on_command)
        options_.on_command(command->command_.name, std::chrono::steady_clock::now() - command->started_,
                            status.status == Status::ok);
    command->answer_ = std::move(status);
    command->command_.on_data = nullptr;  // it may own what owns the command
    command->done_.notify_all();
    changed_.notify_all();
}

}  // namespace godwit::imap

#include "engine/imap/session.h"

#include <charconv>
#include <cassert>

#include <boost/asio/post.hpp>

#include "engine/imap/quirks.h"

namespace godwit::imap {
namespace {

constexpr std::chrono::milliseconds goodbye_wait{5000};   // for the answer to LOGOUT, and for the end after a BYE

double seconds(std::chrono::milliseconds time) { return std::chrono::duration<double>(time).count(); }

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
      started_(std::chrono::steady_clock::now()), since_(session.patience_.clock(started_)) {}

Awaitable<Result<StatusResponse>> InFlight::answer() {
    const auto limit = [this] { return std::min(session_.limit(since_), command_.deadline); };
    while (!answer_) {
        if (co_await done_.wait(limit()) || answer_) continue;
        if (std::chrono::steady_clock::now() < limit()) continue;
        session_.abandon(session_.out_of_patience(since_, command_.name));
    }
    co_return *answer_;
}

Session::Session(RunContext& context, std::unique_ptr<net::Stream> stream, SessionOptions options)
    : context_(context), stream_(std::move(stream)), options_(std::move(options)), fragmenter_(options_.limits),
      tasks_(context.executor), changed_(context.executor),
      patience_({options_.command_timeout, options_.keep_alives, options_.alive_octets}, std::chrono::steady_clock::now()),
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

std::optional<std::uint64_t> Session::capability_number(std::string_view name) const {
    const std::string start = std::string(name) + '=';
    const auto place = capabilities_.lower_bound(start);
    if (place == capabilities_.end() || !place->starts_with(start)) return std::nullopt;
    std::uint64_t number = 0;
    const auto* end = place->data() + place->size();
    const auto parsed = std::from_chars(place->data() + start.size(), end, number);
    return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional(number) : std::nullopt;
}

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

Deadline Session::limit(SteadyTime since) const {
    const auto limit = patience_.limit(since, std::chrono::steady_clock::now());
    return bye_at_ ? std::min(limit, *bye_at_ + std::min(goodbye_wait, options_.command_timeout)) : limit;
}

Error Session::out_of_patience(SteadyTime since, std::string_view command) const {
    if (bye_at_) return classify_bye(bye_);
    const bool alive = patience_.only_keep_alives(since, std::chrono::steady_clock::now());
    const auto& limits = patience_.limits();
    std::string cause = alive ? fmt::format("no progress for {:g} s, though the server is alive",
                                            limits.keep_alives * seconds(limits.silence))
                              : fmt::format("no answer for {:g} s", seconds(limits.silence));
    return {ErrorKind::timeout, Reach::host, std::move(cause), std::string(command)};
}

Awaitable<void> Session::close() {
    if (!broken_ && !bye_at_ && !context_.stop.stop_requested()) {
        resume_reading();
        options_.command_timeout = std::min(options_.command_timeout, goodbye_wait);
        Command logout;
        logout.name = "LOGOUT";
        logout.deadline = after(options_.command_timeout);
        logout.parts = CommandBuilder("LOGOUT", encoder_options()).finish();
        co_await run(std::move(logout));
    }
    abandon({ErrorKind::cancelled, Reach::account, "closed", {}});
    co_await tasks_.join();
}

}  // namespace godwit::imap

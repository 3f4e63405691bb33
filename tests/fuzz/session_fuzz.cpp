// A Session against a server that says anything: it ends, with an answer or an error, and hands out what adds
// up.
//
// Input: a byte of options, then what the server says. The octet RS (0x1e) stands for a pause, in which the
// client may send its next commands; their tags are g1, g2 and so on.
#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/imap/commands.h"
#include "engine/imap/sasl.h"
#include "tests/fuzz/run_to_end.h"

namespace {

using namespace godwit;
using namespace godwit::imap;
using fuzz::require;

Awaitable<void> let_others_run() {
    for (int i = 0; i < 8; ++i) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

// Gives the input up to its next pause at a time, and the end of the stream at its end.
class InputStream final : public net::Stream {
public:
    InputStream(std::string_view input, std::size_t piece) : input_(input), piece_(piece) {}

    Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, Deadline) override {
        while (input_.starts_with(pause)) {
            input_.remove_prefix(1);
            co_await let_others_run();
        }
        if (closed_ || input_.empty())
            co_return fail(ErrorKind::connection_lost, Reach::account, std::string(net::end_of_stream));
        const auto size = std::min({buffer.size(), piece_, std::min(input_.find(pause), input_.size())});
        std::copy_n(input_.begin(), size, buffer.begin());
        input_.remove_prefix(size);
        co_return size;
    }
    Awaitable<Result<void>> write(std::string_view, Deadline) override {
        if (closed_) co_return fail(ErrorKind::connection_lost, Reach::account, "Broken pipe");
        co_return Result<void>{};
    }
    Awaitable<Result<void>> start_tls(const net::TlsOptions&, Deadline) override { co_return Result<void>{}; }
    const net::PeerInfo& peer() const override { return peer_; }
    void close() override { closed_ = true; }
    void reset() override { closed_ = true; }

private:
    static constexpr char pause = '\x1e';
    std::string_view input_;
    std::size_t piece_;
    net::PeerInfo peer_;
    bool closed_ = false;
};

class InputDialer final : public net::Dialer {
public:
    explicit InputDialer(std::unique_ptr<net::Stream> stream) : stream_(std::move(stream)) {}
    Awaitable<Result<std::unique_ptr<net::Stream>>> dial(const RunContext&, const net::Endpoint&,
                                                         Deadline) override {
        co_return std::move(stream_);
    }

private:
    std::unique_ptr<net::Stream> stream_;
};

// A literal arrives whole: begin, octets to its size, end.
struct Checked final : LiteralReceiver {
    std::optional<std::uint64_t> left;
    Awaitable<Result<void>> begin(std::uint32_t, std::uint64_t size) override {
        require(!left && size > 64);
        left = size;
        co_return Result<void>{};
    }
    Awaitable<Result<void>> data(std::string_view octets) override {
        require(left && octets.size() <= *left && !octets.empty());
        *left -= octets.size();
        co_return Result<void>{};
    }
    Awaitable<Result<void>> end() override {
        require(left == 0u);
        left.reset();
        co_return Result<void>{};
    }
};

template <class T>
bool good(const Result<T>& result) {
    if (!result) require(!result.error().cause.empty());
    return result.has_value();
}

Awaitable<void> append_two(Session& session) {
    auto one = co_await session.start(
        append_command(session, "a b", {{.flags = {"\\Seen"}, .octets = "From: x\r\n\r\nhello"}}));
    auto two = co_await session.start(append_command(session, "\xff", {{.octets = std::string(5000, 'x')}}));
    for (auto* sent : {&one, &two}) {
        if (!good(*sent)) continue;
        if (const auto answer = co_await (**sent)->answer(); good(answer) && answer->status == Status::ok)
            if (const auto uid = append_uid(*answer)) require(!uid->uids.empty());
    }
}

Awaitable<void> fetch_two(Session& session) {
    Checked receiver;
    const auto on_fetch = [](FetchData& data) {
        require(data.uid && data.uid->value > 0);
        for (const auto& section : data.sections)
            if (section.bytes) require(section.size == section.bytes->size() && section.size <= 4096);
        return true;
    };
    auto one = co_await session.start(uid_fetch_command("1:2", "(UID BODY.PEEK[])", on_fetch, &receiver));
    auto two = co_await session.start(uid_fetch_command("3:*", "(UID FLAGS)", on_fetch));
    for (auto* sent : {&one, &two})
        if (good(*sent)) good(co_await (**sent)->answer());
}

Awaitable<void> use(Session& session) {
    const Secret<std::string> password(std::string("secret"));
    good(co_await sign_in(session, {"user", "", password}));
    if (const auto listed = co_await list_folders(session); good(listed))
        for (const auto& folder : *listed) require(!folder.data.lsub);
    good(co_await namespaces(session));
    good(co_await select(session, "INBOX", false));
    co_await fetch_two(session);
    good(co_await uid_store_flags(session, UidSet::of({1, 2}), std::vector<std::string>{"\\Seen"}));
    co_await append_two(session);
    good(co_await noop(session));
}

Awaitable<void> converse(std::string_view input, std::uint8_t options) {
    static const SystemClock clock;
    RunContext context{co_await asio::this_coro::executor, clock, {}, {}, "fuzz"};
    const std::size_t piece = (options & 1) ? 1 : (options & 2) ? 7 : 4096;
    InputDialer dialer(std::make_unique<InputStream>(input, piece));
    net::Endpoint endpoint{
        .host = "h", .port = 1, .tls = (options & 4) ? net::TlsMode::starttls : net::TlsMode::none};
    SessionOptions session_options{
        .limits = {.line_bytes = 2000, .response_bytes = 6000, .inline_literal_bytes = 64}};
    auto session = co_await Session::connect(context, dialer, endpoint, std::move(session_options),
                                             after(std::chrono::seconds(60)));
    if (good(session)) {
        co_await use(**session);
        co_await (*session)->close();
        require((*session)->broken() && (*session)->in_flight() == 0);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 0) fuzz::run_to_end(converse(fuzz::text_of(data + 1, size - 1), data[0]));
    return 0;
}

// The first minutes of a Session: greeting, STARTTLS, capabilities.
#include "engine/imap/parser.h"
#include "engine/imap/quirks.h"
#include "engine/imap/session.h"

namespace godwit::imap {

Awaitable<Result<std::unique_ptr<Session>>> Session::connect(RunContext& context, net::Dialer& dialer,
                                                             const net::Endpoint& endpoint, SessionOptions options,
                                                             Deadline deadline) {
    GODWIT_CO_TRY(stream, co_await dialer.dial(context, endpoint, deadline));
    auto session = std::make_unique<Session>(context, std::move(stream), std::move(options));
    auto greeted = co_await session->greet(endpoint, deadline);
    if (greeted) {
        session->start_reader();
        greeted = co_await session->learn_capabilities(deadline);
    }
    if (!greeted) {
        Error error = greeted.error();
        if (error.context.empty()) error.context = fmt::format("{}:{}", endpoint.host, endpoint.port);
        session->abandon(error);
        co_await session->close();
        co_return std::unexpected(std::move(error));
    }
    co_return session;
}

// Reads up to the answer to `tag`, or up to the greeting (no tag), with nothing else going on: before the reader runs.
// What came behind it stays in unread_.
Awaitable<Result<StatusResponse>> Session::read_status(std::string_view tag, Deadline deadline) {
    std::array<char, 4096> buffer;
    for (std::uint64_t skipped = 0; skipped <= options_.limits.ignored_responses;) {
        const auto step = fragmenter_.next(unread_);
        unread_.erase(0, step.consumed);
        if (step.event == Fragmenter::Event::need_more && !fragmenter_.dropping()) {
            // A stream may give what is there without looking at the time.
            if (std::chrono::steady_clock::now() >= deadline)
                co_return fail(ErrorKind::timeout, Reach::host, "no answer in time");
            GODWIT_CO_TRY(got, co_await stream_->read_some(buffer, deadline));
            unread_.assign(buffer.data(), got);
            continue;
        }
        if (step.event != Fragmenter::Event::response)
            co_return fail(ErrorKind::protocol_error, Reach::host, "this is no IMAP server");
        GODWIT_CO_TRY(response, parse_response(fragmenter_.take_response(), options_.limits));
        auto* status = std::get_if<StatusResponse>(&response);
        if (status && status->tag == tag) co_return std::move(*status);
        if (status && status->status == Status::bye) co_return std::unexpected(classify_bye(status->text));
        if (status && !status->tag.empty())
            co_return fail(ErrorKind::protocol_error, Reach::host,
                           "answer to a command that was not sent: " + printable(status->tag, 40));
        ++skipped;
    }
    co_return fail(ErrorKind::limit_exceeded, Reach::host, "too many responses that nobody asked for");
}

Awaitable<Result<void>> Session::greet(const net::Endpoint& endpoint, Deadline deadline) {
    GODWIT_CO_TRY(greeting, co_await read_status({}, deadline));
    if (greeting.status == Status::bye) co_return std::unexpected(classify_bye(greeting.text));
    if (greeting.status != Status::ok && greeting.status != Status::preauth)
        co_return fail(ErrorKind::protocol_error, Reach::host, "unexpected greeting: " + printable(greeting.text, 100));
    preauthenticated_ = greeting.status == Status::preauth;
    if (endpoint.tls == net::TlsMode::starttls) co_return co_await start_tls(endpoint, deadline);
    if (greeting.code && greeting.code->name == "CAPABILITY") set_capabilities(split_words(greeting.code->arguments));
    co_return Result<void>{};
}

Awaitable<Result<void>> Session::start_tls(const net::Endpoint& endpoint, Deadline deadline) {
    if (preauthenticated_)
        co_return fail(ErrorKind::tls_unavailable, Reach::host, "the server greets with PREAUTH, STARTTLS is not possible");
    const std::string_view command = "s0 STARTTLS\r\n";
    GODWIT_CO_CHECK(co_await stream_->write(command, deadline));
    GODWIT_CO_TRY(answer, co_await read_status("s0", deadline));
    if (answer.status != Status::ok)
        co_return fail(ErrorKind::tls_unavailable, Reach::host, "STARTTLS refused: " + printable(answer.text, 100));
    // Plaintext that an attacker may have injected behind it (RFC 9051 section 6.2.1, CVE-2011-0411).
    unread_.clear();
    fragmenter_.reset();
    co_return co_await stream_->start_tls(net::tls_options_of(endpoint), deadline);
}

Awaitable<Result<void>> Session::learn_capabilities(Deadline deadline) {
    if (capabilities_known()) co_return Result<void>{};
    Command command;
    command.name = "CAPABILITY";
    command.parts = CommandBuilder("CAPABILITY", {}).finish();
    command.deadline = deadline;
    GODWIT_CO_TRY(answer, co_await run(std::move(command)));
    if (answer.status != Status::ok) co_return std::unexpected(classify(answer, "CAPABILITY"));
    co_return Result<void>{};
}

}  // namespace godwit::imap

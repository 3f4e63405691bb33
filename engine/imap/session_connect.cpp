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
        greeted = co_await session->learn_capabilities();
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

// Reads one status response with nothing else going on (before the reader runs). What follows it in the same read is
// dropped: before STARTTLS it is plaintext that an attacker may have injected (RFC 9051 section 6.2.1, CVE-2011-0411).
Awaitable<Result<StatusResponse>> Session::read_status(Deadline deadline) {
    std::array<char, 4096> buffer;
    for (;;) {
        GODWIT_CO_TRY(got, co_await stream_->read_some(buffer, deadline));
        std::string_view input(buffer.data(), got);
        for (;;) {
            const auto step = fragmenter_.next(input);
            input.remove_prefix(step.consumed);
            if (step.event == Fragmenter::Event::need_more) break;
            if (step.event != Fragmenter::Event::response)
                co_return fail(ErrorKind::protocol_error, Reach::host, "this is no IMAP server");
            GODWIT_CO_TRY(response, parse_response(fragmenter_.take_response(), options_.limits));
            auto* status = std::get_if<StatusResponse>(&response);
            if (!status) continue;  // untagged data before the tagged answer
            fragmenter_.reset();
            co_return std::move(*status);
        }
    }
}

Awaitable<Result<void>> Session::greet(const net::Endpoint& endpoint, Deadline deadline) {
    GODWIT_CO_TRY(greeting, co_await read_status(deadline));
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
    GODWIT_CO_TRY(answer, co_await read_status(deadline));
    if (answer.tag != "s0" || answer.status != Status::ok)
        co_return fail(ErrorKind::tls_unavailable, Reach::host, "STARTTLS refused: " + printable(answer.text, 100));
    co_return co_await stream_->start_tls(net::tls_options_of(endpoint), deadline);
}

Awaitable<Result<void>> Session::learn_capabilities() {
    if (capabilities_known()) co_return Result<void>{};
    Command command;
    command.name = "CAPABILITY";
    command.parts = CommandBuilder("CAPABILITY", {}).finish();
    GODWIT_CO_TRY(answer, co_await run(std::move(command)));
    if (answer.status != Status::ok) co_return std::unexpected(classify(answer, "CAPABILITY"));
    co_return Result<void>{};
}

}  // namespace godwit::imap

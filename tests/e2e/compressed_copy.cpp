// Copies a mailbox between two accounts with sessions only, compressed or not, and says what crossed the
// wire: what COMPRESS does to a copy, and what it costs.
//
//     compressed_copy PORT USER PORT USER PASSWORD compress|plain
#include <ctime>
#include <iostream>

#include <boost/asio/io_context.hpp>

#include "engine/base/task_scope.h"
#include "engine/imap/ascii.h"
#include "engine/imap/commands.h"
#include "engine/imap/parser.h"
#include "engine/imap/sasl.h"

namespace {

using namespace godwit;
using namespace godwit::imap;

constexpr std::size_t batch_messages = 20;

struct Traffic {
    std::uint64_t received = 0, sent = 0;
};

struct Side {
    std::uint16_t port;
    std::string user;
    Traffic traffic;
};

Deadline patience() { return after(std::chrono::seconds(30)); }

Awaitable<Result<std::unique_ptr<Session>>> signed_in(RunContext& context, net::Dialer& dialer, Side& side,
                                                      const Secret<std::string>& password, bool compress) {
    const net::Endpoint endpoint{.host = "127.0.0.1", .port = side.port, .tls = net::TlsMode::none};
    SessionOptions options;
    options.limits.inline_literal_bytes = 8u << 20;  // all messages are held
    options.limits.response_bytes = 16u << 20;
    options.on_wire = [&side](std::uint64_t received, std::uint64_t sent) {
        side.traffic.received += received;
        side.traffic.sent += sent;
    };
    GODWIT_CO_TRY(session, co_await Session::connect(context, dialer, endpoint, options, patience()));
    auto ready = co_await sign_in(*session, {side.user, "", password});
    if (ready && compress) {
        const auto done = co_await session->compress();
        if (!done)
            ready = std::unexpected(done.error());
        else if (!*done)
            ready = fail(ErrorKind::command_refused, Reach::host, "the server does not compress");
    }
    if (ready) co_return session;
    co_await session->close();
    co_return std::unexpected(ready.error());
}

Awaitable<Result<std::vector<AppendMessage>>> fetched(Session& source, std::string uids) {
    std::vector<AppendMessage> messages;
    const auto take = [&](FetchData& data) {
        if (data.sections.empty() || !data.flags || !data.internal_date) return false;
        messages.push_back({.flags = std::move(*data.flags),
                            .internal_date = format_internal_date(*data.internal_date),
                            .octets = data.sections[0].bytes.value_or("")});
        return true;
    };
    GODWIT_CO_CHECK(
        co_await uid_fetch(source, std::move(uids), "(UID FLAGS INTERNALDATE BODY.PEEK[])", take));
    co_return messages;
}

Awaitable<Result<void>> copy_folder(Session& source, Session& destination, const ListedFolder& folder) {
    const std::string& name = folder.data.name;
    const auto holds_none = [](const std::string& attribute) { return is_word(attribute, "\\NOSELECT"); };
    if (std::ranges::any_of(folder.data.attributes, holds_none)) co_return Result<void>{};
    if (!is_word(name, "INBOX")) (void)co_await create(destination, name);  // it may be there
    if (folder.subscribed) GODWIT_CO_CHECK(co_await subscribe(destination, name));
    GODWIT_CO_TRY(selected, co_await select(source, name, true));
    if (selected.exists == 0) co_return Result<void>{};
    GODWIT_CO_TRY(uids, co_await uid_search(source, "ALL"));
    for (std::size_t at = 0; at < uids.size(); at += batch_messages) {
        const auto last = uids[std::min(at + batch_messages, uids.size()) - 1];
        GODWIT_CO_TRY(messages, co_await fetched(source, fmt::format("{}:{}", uids[at], last)));
        auto command = append_command(destination, name, std::move(messages));
        command.commit_check = [] { return Result<void>{}; };
        GODWIT_CO_TRY(answer, co_await destination.run(std::move(command)));
        if (answer.status != Status::ok)
            co_return fail(ErrorKind::message_rejected, Reach::folder, answer.text, "APPEND to " + name);
    }
    co_return Result<void>{};
}

Awaitable<Result<void>> copy_folders(Session& source, Session& destination) {
    GODWIT_CO_TRY(folders, co_await list_folders(source));
    for (const auto& folder : folders) GODWIT_CO_CHECK(co_await copy_folder(source, destination, folder));
    co_return Result<void>{};
}

Awaitable<void> copy(RunContext& context, Side& from, Side& to, const Secret<std::string>& password,
                     bool compress, Result<void>& outcome) {
    net::AddressPolicy policy;
    (void)policy.allow("loopback");
    net::TcpDialer dialer(policy);
    auto source = co_await signed_in(context, dialer, from, password, compress);
    auto destination = source ? co_await signed_in(context, dialer, to, password, compress)
                              : Result<std::unique_ptr<Session>>(std::unexpected(source.error()));
    outcome = destination ? co_await copy_folders(**source, **destination)
                          : Result<void>(std::unexpected(destination.error()));
    if (source) co_await (*source)->close();
    if (destination) co_await (*destination)->close();
}

}  // namespace

int main(int count, char** words) {
    if (count != 7) {
        std::cerr << "usage: compressed_copy PORT USER PORT USER PASSWORD compress|plain\n";
        return 64;
    }
    Side from{static_cast<std::uint16_t>(std::stoi(words[1])), words[2]};
    Side to{static_cast<std::uint16_t>(std::stoi(words[3])), words[4]};
    const Secret<std::string> password{std::string(words[5])};
    asio::io_context loop;
    const SystemClock clock;
    RunContext context{loop.get_executor(), clock, {}, {}, "copy"};
    Result<void> outcome;
    TaskScope scope(loop.get_executor());
    scope.spawn("copy", copy(context, from, to, password, words[6] == std::string_view("compress"), outcome));
    loop.run();
    if (!outcome) {
        std::cerr << outcome.error().to_string() << '\n';
        return 1;
    }
    std::cout << fmt::format(R"({{"received": {}, "sent": {}, "cpu_ms": {}}})", from.traffic.received,
                             to.traffic.sent, std::clock() * 1000 / CLOCKS_PER_SEC)
              << '\n';
}

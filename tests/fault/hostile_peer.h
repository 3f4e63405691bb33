// Servers that are not what they seem, as source or destination of a whole pass in process.
#pragma once

#include <functional>
#include <random>

#include "engine/base/task_scope.h"
#include "engine/imap/fragmenter.h"
#include "engine/sync/account_sync.h"
#include "engine/sync/memory_ledger.h"
#include "tests/support/coro_test.h"
#include "tests/support/memory_stream.h"
#include "tests/support/sync_request.h"
#include "tools/fakeimap/server.h"

namespace godwit::fault {

using test::MemoryStream;
// Plays the server's side of one connection to its end.
using Peer = std::function<Awaitable<void>(std::unique_ptr<MemoryStream>)>;

inline Awaitable<bool> say(net::Stream& stream, std::string text) {
    co_return (co_await stream.write(text, after(std::chrono::seconds(20)))).has_value();
}

inline Awaitable<void> until_hung_up(net::Stream& stream) {
    std::array<char, 4096> buffer;
    while (co_await stream.read_some(buffer, after(std::chrono::seconds(20)))) {
    }
}

// What a Scripted server answers to a command: all but the tagged line, and that line's words.
struct Reply {
    std::string data;
    std::string status = "OK";
    bool endless = false;  // `data` is repeated until the client hangs up
};

// A small server with one empty INBOX; `odd` answers some commands in another way.
class Scripted {
public:
    using Odd = std::function<std::optional<Reply>(const fakeimap::ClientCommand&)>;
    explicit Scripted(Odd odd) : odd_(std::move(odd)) {}

    Awaitable<void> operator()(std::unique_ptr<MemoryStream> stream) const {
        fakeimap::CommandReader reader(*stream);
        if (!co_await say(*stream, "* OK [CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS] hi\r\n")) co_return;
        while (auto command = co_await reader.next()) {
            const Reply reply = odd_(*command).value_or(usual(command->name));
            while (reply.endless && co_await say(*stream, reply.data)) {
            }
            if (reply.endless ||
                !co_await say(*stream, reply.data + command->tag + " " + reply.status + "\r\n"))
                break;
        }
        stream->close();
    }

    static Reply usual(const std::string& name) {
        if (name == "CAPABILITY") return {"* CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS\r\n"};
        if (name == "LIST") return {"* LIST () \"/\" INBOX\r\n"};
        if (name == "SELECT" || name == "EXAMINE")
            return {"* 0 EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n"};
        return {};
    }

private:
    Odd odd_;
};

// What Tampering does to a response of the server it passes on. `honest` ones tell no lies: whatever becomes
// of the pass, nothing may be lost or doubled once a later one is left alone.
enum class Fault {
    chatter,
    stray_continuation,
    bytewise,
    cut,
    stall,
    bye,
    honest = bye,
    flip,
    drop,
    twice,
    garbage,
    truncate,
    wrong_tag,
    huge_literal,
    swap,
    last = swap
};

// Passes a real conversation on, with a fault now and then.
class Tampering {
public:
    // One fault in about `every` responses.
    Tampering(fakeimap::Server& server, unsigned seed, unsigned every, Fault last)
        : server_(server), random_(seed), every_(every), last_(static_cast<unsigned>(last)) {}

    Awaitable<void> serve(std::unique_ptr<MemoryStream> outside) {
        auto executor = co_await test::executor();
        auto [near, far] = test::memory_stream_pair(executor);
        near->limit_capacity(100'000);
        far->limit_capacity(100'000);
        TaskScope scope(executor);
        scope.spawn("real server", server_.serve(std::move(far)));
        scope.spawn("to the server", copy(*outside, *near));
        co_await tamper(*near, *outside);
        outside->close();
        near->close();
        co_await scope.join();
    }

private:
    static Awaitable<void> copy(net::Stream& from, net::Stream& to) {
        std::array<char, 4096> buffer;
        while (const auto got = co_await from.read_some(buffer, Deadline::max()))
            if (!co_await say(to, std::string(buffer.data(), *got))) break;
        to.close();
    }

    Awaitable<void> tamper(net::Stream& from, MemoryStream& to) {
        imap::Fragmenter fragmenter({.inline_literal_bytes = 4u << 20});
        std::array<char, 4096> buffer;
        while (const auto got = co_await from.read_some(buffer, Deadline::max())) {
            std::string_view input(buffer.data(), *got);
            for (;;) {
                const auto step = fragmenter.next(input);
                input.remove_prefix(step.consumed);
                if (step.event != imap::Fragmenter::Event::response) break;
                std::string text = fragmenter.take_response().text + "\r\n";
                if (random_() % every_ == 0) {
                    if (!co_await fault(static_cast<Fault>(random_() % (last_ + 1)), std::move(text), to))
                        co_return;
                } else if (!co_await say(to, std::exchange(kept_, {}) + std::move(text))) {
                    co_return;
                }
            }
        }
    }

    // False: the connection is over.
    Awaitable<bool> fault(Fault kind, std::string text, MemoryStream& to) {
        const std::size_t at = random_() % text.size();
        switch (kind) {
            case Fault::chatter:
                co_return co_await say(to, "* OK Still here\r\n* 1 FETCH (FLAGS ())\r\n* NO odd\r\n" + text);
            case Fault::stray_continuation: co_return co_await say(to, "+ go\r\n" + text);
            case Fault::bytewise:
                for (const char c : text)
                    if (!co_await say(to, std::string(1, c))) co_return false;
                co_return true;
            case Fault::cut: co_return false;
            case Fault::stall: co_await until_hung_up(to); co_return false;
            case Fault::bye: co_await say(to, "* BYE Server shutting down\r\n"); co_return false;
            case Fault::flip: text[at] = static_cast<char>(random_()); break;
            case Fault::drop: text.clear(); break;
            case Fault::twice: text += text; break;
            case Fault::garbage:
                for (int i = 0; i < 40; ++i) text += static_cast<char>(random_());
                break;
            case Fault::truncate: text.resize(at); break;
            case Fault::wrong_tag: text = "g" + std::to_string(random_() % 30) + " OK done\r\n" + text; break;
            case Fault::huge_literal: text.insert(at, "{9999999}\r\n"); break;
            case Fault::swap:
                kept_ += text;
                text.clear();
                break;
        }
        co_return co_await say(to, std::move(text));
    }

    fakeimap::Server& server_;
    std::mt19937 random_;
    unsigned every_, last_;
    std::string kept_;  // comes after the next response
};

// One pass between two peers.
struct World {
    sync::MemoryLedger ledger;
    sync::SyncRequest request = test::sync_request();

    World() {
        request.limits.connect_timeout = std::chrono::milliseconds(300);
        request.limits.command_timeout = std::chrono::milliseconds(50);
        request.limits.settle = std::chrono::milliseconds(5);
        request.limits.whole_message_bytes = 2000;
        request.limits.buffer_bytes = 10'000;
    }

    std::size_t capacity = 100'000;  // of the way to the destination
    sync::SyncObserver quiet;
    sync::SyncObserver* observer = &quiet;

    sync::SyncReport run(const Peer& source, const Peer& destination);
};

class PeerDialer final : public net::Dialer {
public:
    PeerDialer(const Peer& source, const Peer& destination, std::size_t capacity, TaskScope& scope)
        : source_(source), destination_(destination), capacity_(capacity), scope_(scope) {}
    Awaitable<Result<std::unique_ptr<net::Stream>>> dial(const RunContext& context,
                                                         const net::Endpoint& endpoint, Deadline) override {
        auto [client, server] = test::memory_stream_pair(context.executor);
        const bool source = endpoint.host == "src";
        client->limit_capacity(source ? 100'000 : capacity_);
        server->limit_capacity(100'000);
        scope_.spawn("peer", (source ? source_ : destination_)(std::move(server)));
        co_return std::move(client);
    }

private:
    const Peer& source_;
    const Peer& destination_;
    std::size_t capacity_;
    TaskScope& scope_;
};

inline Awaitable<void> run_pass(World& world, const Peer& source, const Peer& destination,
                                sync::SyncReport& report) {
    auto context = test::context_on(co_await test::executor());
    TaskScope scope(context.executor);
    PeerDialer dialer(source, destination, world.capacity, scope);
    report = co_await sync::sync_account(context, dialer, world.request, world.ledger, *world.observer);
    co_await scope.join();
}

inline sync::SyncReport World::run(const Peer& source, const Peer& destination) {
    sync::SyncReport report;
    test::run_coro(run_pass(*this, source, destination, report));
    return report;
}

}  // namespace godwit::fault

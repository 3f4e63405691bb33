// Whole passes against hostile servers: they end in time with an error, and what was promised holds.
#include <unistd.h>
#include <fstream>

#include "tests/fault/hostile_peer.h"

namespace godwit::fault {
namespace {

using namespace std::chrono_literals;
using fakeimap::ClientCommand;

constexpr int messages = 20;

void fill(fakeimap::Server& server) {
    auto& account = server.accounts["u"];
    account.password = "pw";
    for (int i = 0; i < messages; ++i)
        account.folders[i % 4 ? "INBOX" : "Sent/2024"].append(
            {0,
             {"\\Seen"},
             "01-Feb-2024 10:00:00 +0100",
             fmt::format("Message-ID: <{}@x>\r\nSubject: s\r\n\r\n{}", i,
                         std::string(i % 7 ? 100 : 5000, 'x'))});
}

Peer honest(fakeimap::Server& server) {
    return [&server](std::unique_ptr<MemoryStream> stream) -> Awaitable<void> {
        return server.serve(std::move(stream));
    };
}

std::vector<std::string> octets_of(fakeimap::Server& server) {
    std::vector<std::string> out;
    for (const auto& [name, folder] : server.accounts["u"].folders)
        for (const auto& message : folder.messages) out.push_back(name + " " + message.octets);
    std::ranges::sort(out);
    return out;
}

// ---- peers that play a part

struct Part {
    std::string_view what;
    Peer peer;
};

Peer script(std::function<Awaitable<void>(MemoryStream&)> play) {
    return [play](std::unique_ptr<MemoryStream> stream) -> Awaitable<void> {
        co_await play(*stream);
        stream->close();
    };
}

Peer saying(std::string text) {
    return script([text](MemoryStream& stream) -> Awaitable<void> {
        co_await say(stream, text);
        co_await until_hung_up(stream);
    });
}

Peer repeating(std::string begin, std::string piece) {
    return script([=](MemoryStream& stream) -> Awaitable<void> {
        co_await say(stream, begin);
        while (co_await say(stream, piece)) {
        }
    });
}

// Answers `name` in its own way.
Peer odd(std::string_view name, Reply reply) {
    return Scripted([name, reply](const ClientCommand& command) {
        return command.name == name || name == "*" ? std::optional(reply) : std::nullopt;
    });
}

const std::string opened = "* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 9] x\r\n";

// SELECT says that there is mail, and then something happens to FETCH.
Peer with_mail(std::string exists, Reply fetch) {
    return Scripted([exists, fetch](const ClientCommand& command) -> std::optional<Reply> {
        if (command.name == "SELECT" || command.name == "EXAMINE")
            return Reply{"* " + exists + " EXISTS\r\n" + opened};
        if (command.name == "UID FETCH") return fetch;
        return std::nullopt;
    });
}

std::vector<Part> parts() {
    const std::string hello = "* OK [CAPABILITY IMAP4rev1] hi\r\n";
    return {
        {"hangs up", script([](MemoryStream&) -> Awaitable<void> { co_return; })},
        {"is silent", saying("")},
        {"greets and is silent", saying(hello)},
        {"is a web server", saying("HTTP/1.1 400 Bad Request\r\n\r\n")},
        {"says BYE", saying("* BYE Too many connections\r\n")},
        {"greets without end", repeating("* OK ", "xxxxxxxxxx")},
        {"never greets", repeating("", "* 1 EXISTS\r\n")},
        {"chats", repeating(hello, "* OK Still here\r\n")},
        {"asks for literals", repeating(hello, "+ more\r\n")},
        {"fetches at once", repeating(hello, "* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n")},
        {"sends a literal without end", repeating(hello + "* LIST () \"/\" {2000}\r\n", "x")},
        {"opens parentheses", repeating(hello + "* 1 FETCH (X ", "((((((((")},
        {"answers everything with OK", odd("*", {})},
        {"answers everything with NO", odd("*", {.status = "NO"})},
        {"answers everything with BAD", odd("*", {.status = "BAD what"})},
        {"says BYE to a sign-in", odd("LOGIN", {.data = "* BYE Too many connections\r\n", .status = "NO"})},
        {"lists without end", odd("LIST", {.data = "* LIST () \"/\" a/b/c\r\n", .endless = true})},
        {"lists nonsense", odd("LIST", {.data = "* LIST (\\A) \"\\\" \"\r\n* LIST () \"//\" \"x\"\r\n"})},
        {"has more mail than it lists", with_mail("4294967295", {})},
        {"does not say how much mail it has", odd("SELECT", {.data = opened})},
        {"lists rows without end",
         with_mail("9", {.data = "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 5 INTERNALDATE "
                                 "\"01-Feb-2024 10:00:00 +0000\")\r\n",
                         .endless = true})},
        {"has a message zero", with_mail("1", {.data = "* 0 FETCH (UID 0 FLAGS () RFC822.SIZE 5)\r\n"})},
        {"has a size beyond all",
         with_mail("1", {.data = "* 1 FETCH (UID 4294967295 FLAGS (\\Seen) RFC822.SIZE "
                                 "18446744073709551615 INTERNALDATE \"99-Xxx-0000 99:99:99 +9999\")\r\n"})},
        {"has a literal beyond all",
         with_mail("1", {.data = "* 1 FETCH (UID 1 BODY[] {9223372036854775807}\r\nabc"})},
    };
}

// As a source it must be found out; as a destination a lie that nobody looks at may be none.
TEST(HostilePass, NoPartAsSourceComesThrough) {
    for (const auto& part : parts()) {
        if (part.what == "does not say how much mail it has")
            continue;  // that is SELECT's; a source is EXAMINEd
        SCOPED_TRACE(part.what);
        fakeimap::Server destination;
        destination.accounts["u"].password = "pw";
        World world;
        const auto report = world.run(part.peer, honest(destination));
        EXPECT_FALSE(report.complete()) << sync::to_json(report);
        if (report.error) EXPECT_FALSE(report.error->cause.empty()) << sync::to_json(report);
        EXPECT_LT(report.seconds, 5.0);
        EXPECT_TRUE(octets_of(destination).empty());
    }
}

TEST(HostilePass, NoPartAsDestinationComesThrough) {
    for (const auto& part : parts()) {
        if (part.what == "has a size beyond all")
            continue;  // mail of its own, and who appends to it is told OK
        SCOPED_TRACE(part.what);
        fakeimap::Server source;
        fill(source);
        World world;
        const auto report = world.run(honest(source), part.peer);
        EXPECT_FALSE(report.complete()) << sync::to_json(report);
        if (report.error) EXPECT_FALSE(report.error->cause.empty()) << sync::to_json(report);
        EXPECT_LT(report.seconds, 5.0);
    }
}

TEST(HostilePass, BothAtOnce) {
    const auto all = parts();
    for (std::size_t i = 0; i < all.size(); i += 3) {
        const auto& other = all[all.size() - 1 - i];
        SCOPED_TRACE(fmt::format("{}, {}", all[i].what, other.what));
        World world;
        EXPECT_FALSE(world.run(all[i].peer, other.peer).complete());
    }
}

// What was read and is not yet written, whatever the source says about sizes.
struct Held final : sync::SyncObserver {
    std::uint64_t in = 0, out = 0, most = 0;
    void on_wire(sync::Side side, std::uint64_t received, std::uint64_t sent) override {
        (side == sync::Side::source ? in : out) += side == sync::Side::source ? received : sent;
        most = std::max(most, in - std::min(in, out));
    }
};

TEST(HostilePass, SizesThatLieFillNoMemory) {
    fakeimap::Persona liar;
    liar.on_body = [](const fakeimap::Message& message) {
        return std::optional(message.octets + std::string(200'000, 'x'));
    };
    fakeimap::Server source(liar), destination;
    fill(source);
    destination.accounts["u"].password = "pw";
    for (int i = 0; i < 200; ++i)
        source.accounts["u"].folders["INBOX"].append(
            {0, {}, "01-Feb-2024 10:00:00 +0100", fmt::format("Message-ID: <more{}@x>\r\n\r\n", i)});
    World world;
    Held held;
    world.observer = &held;
    world.capacity = 1000;  // slower than the source
    world.request.limits.whole_message_bytes = 256u << 10;
    world.request.limits.buffer_bytes = 500'000;
    const auto report = world.run(honest(source), honest(destination));
    EXPECT_TRUE(report.complete()) << sync::to_json(report);
    EXPECT_GT(held.in, 40'000'000u);
    EXPECT_LT(held.most, 2'000'000u);
}

// ---- real conversations with faults

int rounds() { return std::getenv("GODWIT_LONG") ? 3000 : 150; }

Peer tampering(fakeimap::Server& server, unsigned seed, Fault last) {
    return [&server, seed, last](std::unique_ptr<MemoryStream> stream) -> Awaitable<void> {
        const auto tampered = std::make_shared<Tampering>(server, seed, 2 + seed % 60, last);
        co_await tampered->serve(std::move(stream));
    };
}

TEST(HostilePass, WhateverAServerDoesAPassEnds) {
    for (int round = 0; round < rounds(); ++round) {
        const auto seed = static_cast<unsigned>(round);
        fakeimap::Server source, destination;
        fill(source);
        destination.accounts["u"].password = "pw";
        World world;
        const auto report = round % 2 ? world.run(tampering(source, seed, Fault::last), honest(destination))
                                      : world.run(honest(source), tampering(destination, seed, Fault::last));
        ASSERT_LT(report.seconds, 10.0) << "seed " << seed << sync::to_json(report);
    }
}

// Whatever broke a pass, the next one sets right; and one that says it is complete is.
TEST(HostilePass, FaultsLoseAndDoubleNothing) {
    int broken = 0;
    for (int round = 0; round < rounds(); ++round) {
        const auto seed = static_cast<unsigned>(round);
        SCOPED_TRACE(seed);
        fakeimap::Server source, destination;
        fill(source);
        destination.accounts["u"].password = "pw";
        World world;
        auto report = round % 2 ? world.run(tampering(source, seed, Fault::honest), honest(destination))
                                : world.run(honest(source), tampering(destination, seed, Fault::honest));
        ASSERT_LT(report.seconds, 10.0) << sync::to_json(report);
        if (!report.complete()) {
            ++broken;
            report = world.run(honest(source), honest(destination));
        }
        ASSERT_TRUE(report.complete()) << sync::to_json(report);
        ASSERT_EQ(octets_of(destination), octets_of(source));
    }
    EXPECT_GT(broken, rounds() / 4);
    EXPECT_LT(broken, rounds());
}

}  // namespace
}  // namespace godwit::fault

// What the tests of undo passes share: accounts as they were before, and what a pass had to say.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/sync/ledger_facts.h"
#include "tests/engine/sync/exactly_once.h"

namespace godwit::sync {

// Octets, flags and date of each message, and whether the folder is subscribed.
using Snapshot = std::map<std::string, std::pair<bool, std::multiset<std::string>>>;

inline Snapshot snapshot_of(fakeimap::Server& server) {
    server.commit_due();
    Snapshot out;
    for (const auto& [name, folder] : server.accounts["u"].folders) {
        auto& [subscribed, messages] = out[name];
        subscribed = folder.subscribed;
        for (const auto& message : folder.messages) {
            auto flags = message.flags;
            std::ranges::sort(flags);
            messages.insert(fmt::format("{} ({}) {}", message.internal_date, fmt::join(flags, " "), message.octets));
        }
    }
    return out;
}

inline SyncReport undo(World& world, bool dry = false, SyncObserver* observer = nullptr) {
    auto request = world.request;
    world.request.kind = PassKind::undo;
    world.request.options.dry = dry;
    auto report = world.run(observer);
    world.request = request;
    return report;
}

inline std::uint64_t count(const SyncReport& report, FindingKind kind) {
    return report.findings[static_cast<std::size_t>(kind)];
}

// Those of one kind since `first`.
inline std::vector<Finding> findings(const World& world, FindingKind kind, std::size_t first = 0) {
    std::vector<Finding> out;
    const auto& all = world.ledger.findings();
    for (std::size_t i = first; i < all.size(); ++i)
        if (all[i].kind == kind) out.push_back(all[i]);
    return out;
}

inline MadeFolders made(World& world) {
    MadeFolders out;
    test::run_coro([](World& world, MadeFolders& out) -> Awaitable<void> {
        auto loaded = co_await load_made(world.ledger);
        if (loaded) out = std::move(*loaded);
    }(world, out));
    return out;
}

// A destination that holds mail, some of it the source's, with other flags; more folders at the source than there.
inline void fill_both(World& world) {
    for (int i = 0; i < 40; ++i) world.from().append(mail(i, "b\r\n", i % 3 == 0 ? std::vector<std::string>{"\\Seen"} : std::vector<std::string>{}));
    for (int i = 0; i < 6; ++i) world.to().append(mail(i, "b\r\n", i % 2 == 0 ? std::vector<std::string>{"\\Flagged", "$Mine"} : std::vector<std::string>{}));
    for (int i = 0; i < 5; ++i) world.to().append(mail(900 + i, "not of the source\r\n", {"\\Seen"}));
    world.from("Sent/2024").append(mail(1000, "b\r\n", {"\\Seen", "$Forwarded"}));
    world.from("Sent/2024").subscribed = true;
    world.from("Empty");
    world.from("Archive").append(mail(2000));
    world.from("Archive").subscribed = true;
    world.to("Archive").append(mail(2001));
    world.to("Untouched").append(mail(3000));
}

}  // namespace godwit::sync

// What the tests of verify passes share: a copied mailbox, and a pass over it whose findings are texts.
#pragma once

#include "engine/sync/octet_hash.h"
#include "tests/engine/sync/exactly_once.h"

namespace godwit::sync {

inline void remove(fakeimap::Folder& folder, std::uint32_t uid) { folder.erase({uid}); }

// "kind folder/source UID/destination UID: detail" of what a verify pass adds to the ledger.
struct Verified {
    SyncReport report;
    std::vector<std::string> findings;
};

inline std::string in_text(const Finding& finding) {
    return fmt::format("{} {}/{}/{}{}{}", name_of(finding.kind), finding.folder, finding.source_uid, finding.destination_uid,
                       finding.detail.empty() ? "" : ": ", finding.detail);
}

// Changes nothing on either side, and the counts of the report are those of the findings.
inline Verified verify(World& world) {
    const auto before = world.ledger.findings().size();
    const auto state = [](fakeimap::Server& server) {
        std::string text;
        for (const auto& [name, folder] : server.accounts["u"].folders) {
            text += fmt::format("{} {} {}\n", name, folder.uidvalidity, folder.uidnext);
            for (const auto& message : folder.messages)
                text += fmt::format("{} {} {}\n", message.uid, fmt::join(message.flags, " "), message.octets.size());
        }
        return text;
    };
    const auto source = state(world.source), destination = state(world.destination);
    const auto kind = std::exchange(world.request.kind, PassKind::verify);
    Verified out;
    out.report = world.run();
    world.request.kind = kind;
    EXPECT_EQ(state(world.source), source);
    EXPECT_EQ(state(world.destination), destination);
    FindingCounts counts{};
    const auto& all = world.ledger.findings();
    for (auto i = before; i < all.size(); ++i) {
        ++counts[static_cast<std::size_t>(all[i].kind)];
        out.findings.push_back(in_text(all[i]));
    }
    EXPECT_EQ(counts, out.report.findings);
    std::ranges::sort(out.findings);
    return out;
}

// `count` messages of every kind in INBOX, as many small ones in "Work", all copied.
inline void copy_all(World& world, int count = 40) {
    fill(world, count);
    for (int i = 0; i < count; ++i)
        world.from("Work").append(mail(1000 + i, "work\r\n", i % 2 ? std::vector<std::string>{"\\Seen"} : std::vector<std::string>{}));
    const auto report = until_complete(world, true);
    EXPECT_TRUE(report.complete()) << to_json(report);
}

}  // namespace godwit::sync

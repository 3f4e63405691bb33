#include "scheduler/migration.h"

#include <gtest/gtest.h>

#include <set>

#include "scheduler/host.h"

namespace godwit::scheduler {
namespace {

TEST(Migration, NamesOfPhasesGoBothWays) {
    std::set<std::string_view> names;
    for (const auto phase : {Phase::preflight, Phase::presync, Phase::delta, Phase::cutover, Phase::final,
                             Phase::verify, Phase::completed}) {
        EXPECT_EQ(phase_of(name_of(phase)), phase);
        EXPECT_TRUE(names.insert(name_of(phase)).second);
    }
    EXPECT_EQ(name_of(Phase::presync), "presync");
    EXPECT_FALSE(phase_of("Presync"));
    EXPECT_FALSE(phase_of(""));
}

TEST(Migration, NamesOfStatesGoBothWays) {
    std::set<std::string_view> names;
    for (const auto state : {State::waiting, State::ready, State::running, State::retrying, State::paused,
                             State::parked, State::failed, State::cancelled, State::done}) {
        EXPECT_EQ(state_of(name_of(state)), state);
        EXPECT_TRUE(names.insert(name_of(state)).second);
    }
    EXPECT_FALSE(state_of("unknown"));
}

TEST(Migration, NamesOfActionsGoBothWays) {
    for (const auto action :
         {Action::start, Action::pause, Action::resume, Action::cancel, Action::retry, Action::preflight,
          Action::verify, Action::undo})
        EXPECT_EQ(action_of(name_of(action)), action);
    EXPECT_EQ(name_of(Action::resume), "resume");
    EXPECT_FALSE(action_of("resume "));
}

TEST(Host, KeyIsLowerCaseAndBracketsIpv6) {
    EXPECT_EQ(host_key("IMAP.Example.ORG", 993), "imap.example.org:993");
    EXPECT_EQ(host_key("imap.example.org.", 143), "imap.example.org:143");
    EXPECT_EQ(host_key("192.0.2.7", 993), "192.0.2.7:993");
    EXPECT_EQ(host_key("2001:DB8::1", 993), "[2001:db8::1]:993");
    EXPECT_EQ(host_key("[2001:db8::1]", 993), "[2001:db8::1]:993");
}

}  // namespace
}  // namespace godwit::scheduler

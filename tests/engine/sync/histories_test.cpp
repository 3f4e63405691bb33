// Random mailboxes under random changes of both sides between passes, judged by a model that shares nothing
// with the engine. A failure prints the seed and the history; GODWIT_SEED=N repeats it. GODWIT_LONG=1: 500
// histories a persona.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync/exactly_once.h"
#include "tests/engine/sync/history.h"

namespace godwit::sync {
namespace {

struct Sides {
    std::string name, source, destination;  // personas
};
void PrintTo(const Sides& sides, std::ostream* out) { *out << sides.name; }

std::vector<std::tuple<std::uint32_t, std::vector<std::string>, std::string, std::string>> written(
    const fakeimap::Folder& folder) {
    std::vector<std::tuple<std::uint32_t, std::vector<std::string>, std::string, std::string>> out;
    for (const auto& message : folder.messages)
        out.emplace_back(message.uid, message.flags, message.internal_date, message.octets);
    return out;
}
bool same(const Folders& one, const Folders& other) {
    return std::ranges::equal(one, other, [](const auto& a, const auto& b) {
        return a.first == b.first && a.second.uidvalidity == b.second.uidvalidity &&
               written(a.second) == written(b.second);
    });
}

// One seed from the first mailbox to the last pass.
class Story {
public:
    Story(std::uint64_t seed, const Sides& sides)
        : world_(persona(sides.source), persona(sides.destination)),
          history_(seed, world_.source, world_.destination),
          model_({}) {
        model_.flags_may_lag = sides.source == "modseq_stands" || sides.destination == "modseq_stands";
        world_.request.options.allowmismatch =
            true;  // folders that are emptied and filled anew look like others'
        world_.request.limits.settle = std::chrono::milliseconds(2);
        if (history_.chance(50)) world_.allow_lanes(4);
    }

    // What went wrong, empty if nothing did.
    std::vector<std::string> go() {
        history_.begin();
        model_ = with_lag(HistoryModel(folders(world_.destination)));
        pass(false);
        for (std::size_t rounds = 3 + history_.upto(6); rounds > 0 && problems_.empty(); --rounds) {
            history_.change();
            pass(history_.chance(8));
        }
        return problems_;
    }
    const std::vector<std::string>& log() const { return history_.log; }

private:
    static constexpr int tries = 12;

    static Folders& folders(fakeimap::Server& server) { return server.accounts["u"].folders; }
    HistoryModel with_lag(HistoryModel model) const {
        model.flags_may_lag = model_.flags_may_lag;
        return model;
    }
    void blame(const std::string& what) { problems_.push_back(what); }

    void pass(bool ledger_lost) {
        if (ledger_lost) world_.ledger = MemoryLedger();
        history_.note(ledger_lost ? "-- pass, the ledger is lost" : "-- pass");
        const auto source = folders(world_.source), before = folders(world_.destination);
        cut_somewhere();
        complete();
        const auto after = folders(world_.destination);
        for (const auto& problem : model_.judge(source, before, after, ledger_lost)) blame(problem);
        if (!same(folders(world_.source), source)) blame("the source was changed");
        if (problems_.empty() && history_.chance(30)) again(after);
    }

    // At times a connection is cut before an answer, up to three times in a row.
    void cut_somewhere() {
        if (!history_.chance(20)) return;
        auto& side = history_.chance(70) ? world_.destination : world_.source;
        side.persona().cut_before_answer = [this, left = history_.upto(25),
                                            cuts = 1 + history_.upto(3)](std::string_view name) mutable {
            if (cuts == 0 || left-- > 0) return false;
            left = history_.upto(25);
            --cuts;
            history_.note(fmt::format("cut before the answer to {}", name));
            return true;
        };
    }

    void complete() {
        SyncReport report;
        for (int i = 0; i < tries; ++i) {
            report = world_.run();
            if (report.complete()) break;
        }
        for (auto* side : {&world_.source, &world_.destination}) side->persona().cut_before_answer = nullptr;
        if (!report.complete()) blame("no pass is complete: " + to_json(report));
        const auto& c = report.counters;
        if (c.messages_total !=
            c.messages_copied + c.messages_matched + c.messages_skipped + c.messages_failed)
            blame("the counters do not add up: " + to_json(report));
    }

    // Nothing has changed: nothing is done.
    void again(const Folders& after) {
        history_.note("-- another pass");
        const auto report = world_.run();
        if (!report.complete() || report.counters.messages_copied > 0)
            blame("a pass over what has not changed: " + to_json(report));
        if (!same(folders(world_.destination), after))
            blame("a pass over what has not changed changes the destination");
    }

    World world_;
    History history_;
    HistoryModel model_;
    std::vector<std::string> problems_;
};

class Histories : public testing::TestWithParam<Sides> {};

TEST_P(Histories, EndAsTheModelSays) {
    const char* only = std::getenv("GODWIT_SEED");
    const std::uint64_t first = only ? std::strtoull(only, nullptr, 10) : 1;
    const char* more = std::getenv("GODWIT_HISTORIES");
    const std::uint64_t usual = std::getenv("GODWIT_LONG") ? 500 : 60;
    const std::uint64_t count = only ? 1 : more ? std::strtoull(more, nullptr, 10) : usual;
    int failed = 0;
    for (std::uint64_t seed = first; seed < first + count && failed < 3; ++seed) {
        Story story(seed, GetParam());
        const auto problems = story.go();
        if (problems.empty()) continue;
        ++failed;
        std::string text = fmt::format("seed {}:\n", seed);
        for (const auto& line : story.log()) text += "  " + line + "\n";
        for (const auto& problem : problems) text += "WRONG: " + problem + "\n";
        ADD_FAILURE() << text;
    }
}

INSTANTIATE_TEST_SUITE_P(Personas, Histories,
                         testing::Values(Sides{"dovecot", "dovecot", "dovecot"},
                                         Sides{"plain", "plain", "plain"},
                                         Sides{"modseq_stands", "modseq_stands", "modseq_stands"},
                                         Sides{"expunges_quietly", "expunges_quietly", "expunges_quietly"},
                                         Sides{"no_extensions", "no_extensions", "no_extensions"},
                                         Sides{"from_no_extensions", "no_extensions", "dovecot"},
                                         Sides{"to_no_uidplus", "dovecot", "no_uidplus"}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace godwit::sync

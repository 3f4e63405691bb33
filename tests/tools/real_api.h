// RealApi: the command line against the real API, over a store in memory.
#pragma once

#include <future>
#include <map>
#include <sstream>
#include <thread>

#include "tests/api/api_fixture.h"
#include "tests/support/local_server.h"
#include "tools/godwit/program.h"

namespace godwit::cli {

using godwit::test::run_coro;

// An ApiServer on a thread of its own.
class Daemon {
public:
    Daemon() {
        std::promise<std::uint16_t> port;
        thread_ = std::thread([this, &port] { run_coro(serve(port), std::chrono::minutes(1)); });
        port_ = port.get_future().get();
    }
    ~Daemon() {
        stop_.request_stop();
        thread_.join();
    }
    std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
    api::test::World world;

private:
    Awaitable<void> serve(std::promise<std::uint16_t>& port) {
        api::ApiServer server(co_await godwit::test::executor(), api::test::test_options(),
                              world.services(world.store));
        port.set_value(server.start().value_or(0));
        co_await sleep_for(std::chrono::minutes(1), stop_.get_token());
        co_await server.stop();
    }

    std::stop_source stop_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

class RealApi : public testing::Test {
protected:
    ExitCode run(std::vector<std::string> words) {
        out_.str("");
        err_.str("");
        words.insert(words.begin(), "godwit");
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        const Console console{out_, err_};
        const auto environment = [this](const std::string& name) -> std::optional<std::string> {
            if (name == "GODWIT_SERVER") return daemon_.url();
            if (name == "GODWIT_TOKEN") return daemon_.world.token;
            return std::nullopt;
        };
        return run_program(console, static_cast<int>(arguments.size()), arguments.data(), environment);
    }
    std::string out() const { return out_.str(); }
    std::string err() const { return err_.str(); }

    // Takes every pass that is ready, and ends it so.
    void work(scheduler::PassOutcome::Result result, std::optional<Error> error = {}) {
        run_coro(work_on(result, std::move(error)));
    }
    Awaitable<void> work_on(scheduler::PassOutcome::Result result, std::optional<Error> error) {
        auto& store = daemon_.world.store;
        const scheduler::NodeId node{"nod_test"};
        CO_ASSERT_OK(co_await store.join(node, "test", std::chrono::minutes(1)));
        auto queue = co_await store.queue();
        CO_ASSERT_OK(queue);
        std::vector<scheduler::ClaimRequest> wanted;
        for (const auto& lane : queue->lanes) wanted.push_back({lane.id, 10});
        auto passes = co_await store.claim(node, wanted);
        CO_ASSERT_OK(passes);
        for (auto& pass : *passes) {
            scheduler::PassOutcome outcome;
            outcome.result = result;
            outcome.error = error;
            outcome.report.counters.messages_total = outcome.report.counters.messages_copied = 12;
            outcome.report.counters.bytes_copied = 2048;
            outcome.report.kind = pass.kind;
            if (pass.kind == sync::PassKind::verify) {
                CO_ASSERT_OK(co_await store.ledger(node, pass)->add_findings(found_));
                for (const auto& one : found_) ++outcome.report.findings[static_cast<std::size_t>(one.kind)];
            }
            if (!error)
                outcome.report.folders.push_back(
                    {.source_name = "INBOX", .destination_name = "INBOX", .rule = "inbox"});
            CO_ASSERT_OK(co_await store.finish(node, std::move(pass), std::move(outcome)));
        }
    }

    const std::string list_ =
        "# a list\n"
        "old.example;ann;canary-1;new.example;ann;canary-2;\n"
        "old.example;bob;canary-3;new.example;bob;canary-4;--dry;\n"
        "old.example;eve;;new.example;eve;canary-5;--delete2;\n";
    std::vector<sync::Finding> found_;   // by verify passes
    Daemon daemon_;
    std::ostringstream out_, err_;
};

}  // namespace godwit::cli

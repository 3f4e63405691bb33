#include <boost/json.hpp>

#include "tools/godwit/commands.h"
#include "tools/godwit/json_fields.h"
#include "tools/godwit/text.h"
#include "tools/godwit/watch_view.h"

namespace godwit::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t running_read = 1000;
// A daemon that is being restarted does not end the watch.
constexpr std::chrono::seconds patience{120};

struct Look {
    json::value batch;
    json::array running;
};

class Watcher {
public:
    Watcher(Session& session, std::string batch, std::chrono::milliseconds interval)
        : session_(session),
          batch_(std::move(batch)),
          interval_(interval),
          live_(session.console.out, session.console.width - 1),
          answered_at_(session.context.clock.now()) {}

    Ending run() {
        for (;;) {
            auto look = co_await take_look();
            if (look) {
                answered_at_ = session_.context.clock.now();
                const bool ended = !is_going_on(look->batch);
                show(*look, ended);
                if (ended) co_return all_there(look->batch) ? ExitCode::ok : ExitCode::incomplete;
            } else if (!bears(look.error())) {
                live_.keep();
                co_return std::unexpected(std::move(look.error()));
            }
            if (!co_await sleep_for(interval_, session_.context.stop))
                co_return std::unexpected(Failure{ExitCode::interrupted, "interrupted"});
        }
    }

private:
    Awaitable<Outcome<Look>> take_look() {
        Look look;
        GODWIT_CLI_TRY(batch, co_await session_.api.get("/batches/" + batch_));
        GODWIT_CLI_TRY(running,
                       co_await session_.api.get_all(
                           fmt::format("/migrations?batch={}&state=running&limit={}", batch_, running_read),
                           running_read));
        look.batch = std::move(batch);
        look.running = std::move(running);
        co_return look;
    }

    bool bears(const Failure& failure) {
        const auto now = session_.context.clock.now();
        if (failure.code != ExitCode::unavailable || now - answered_at_ > patience) return false;
        const auto silent = std::chrono::duration_cast<std::chrono::seconds>(now - answered_at_);
        if (session_.console.out_is_terminal)
            live_.draw(fmt::format("no answer from the daemon for {}; trying again", duration_text(silent)));
        return true;
    }

    void show(const Look& look, bool ended) {
        const auto& console = session_.console;
        const auto progress = batch_fraction(look.batch, look.running);
        pace_.add(session_.context.clock.now(), number_at(look.batch, "messages_copied"),
                  number_at(look.batch, "bytes_copied"), progress);
        if (session_.json) {
            console.out << json::serialize(look.batch) << std::endl;
        } else if (!console.out_is_terminal) {
            console.out << batch_line(look.batch, progress, pace_) << std::endl;
        } else {
            // The table's header, "and N more", the batch in three lines, and the line of the cursor.
            constexpr std::size_t other_lines = 6;
            const auto rows = console.height > other_lines + 1 ? console.height - other_lines : 1;
            live_.draw(watch_text(look.batch, look.running, pace_, rows));
            if (ended) live_.keep();
        }
    }

    static std::uint64_t number_at(const json::value& batch, std::string_view name) {
        return number_field(batch, fmt::format("progress.{}", name));
    }

    Session& session_;
    std::string batch_;
    std::chrono::milliseconds interval_;
    LiveLines live_;
    Pace pace_;
    SteadyTime answered_at_;
};

}  // namespace

Ending run(Session& session, const Watch& command) {
    GODWIT_CLI_TRY(batch, co_await find_batch(session.api, command.batch));
    auto interval = command.interval;
    if (interval.count() == 0) interval = std::chrono::seconds(session.console.out_is_terminal ? 1 : 10);
    Watcher watcher(session, std::move(batch), interval);
    co_return co_await watcher.run();
}

}  // namespace godwit::cli

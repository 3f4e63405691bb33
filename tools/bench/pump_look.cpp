#include <array>

#include "tools/bench/pump_account.h"
#include "tools/bench/pump_session.h"

namespace godwit::bench {
namespace {

constexpr std::string_view items = "(MESSAGES UIDNEXT UIDVALIDITY)";

/// One side: LIST goes out with LOGIN, STATUS of all folders with its answer.
class Look {
public:
    Look(std::string name, const Endpoint& endpoint, const PumpOptions& options, const std::string& user)
        : session(std::move(name), endpoint, options.tls, user, options.password, {list_command(options)}),
          list_status_(options.list_status) {}

    bool read() {
        bool moved = session.link.fill();
        while (const auto event = session.next()) {
            moved = true;
            if (event->kind == Session::Event::Kind::untagged) note_status(session.reader.text());
            if (event->kind != Session::Event::Kind::answer || event->command.kind != 'T' || list_status_)
                continue;
            unsigned number = 0;
            for (const auto& [folder, unused] : session.folders())
                session.send({'S', number++, "STATUS " + quoted(folder) + ' ' + std::string(items)});
        }
        moved |= session.link.flush();
        return moved;
    }

    Session session;
    std::uint64_t messages = 0;

private:
    static Session::Command list_command(const PumpOptions& options) {
        std::string text = "LIST \"\" \"*\"";
        if (options.list_status) text += " RETURN (STATUS " + std::string(items) + ')';
        return {'T', 0, std::move(text)};
    }

    void note_status(std::string_view line) {
        line.remove_prefix(2);
        if (!same_text(take_token(line), "STATUS")) return;
        take_token(line);
        auto list = take_token(line);
        std::string_view rest = list;
        if (rest.starts_with('(')) rest.remove_prefix(1);
        for (auto item = take_token(rest); !item.empty(); item = take_token(rest))
            if (same_text(item, "MESSAGES")) messages += to_number(take_token(rest));
    }

    bool list_status_;
};

}  // namespace

PumpCounts look_at_account(const PumpOptions& options, const std::string& user,
                           const std::string& destination_user) {
    Look source("source", options.source, options, user);
    Look destination("destination", options.destination, options, destination_user);
    while (!(source.session.all_answered() && destination.session.all_answered())) {
        bool moved = source.read();
        moved |= destination.read();
        if (!moved) wait_for(source.session.link, destination.session.link);
    }
    source.session.log_out();
    destination.session.log_out();
    return {source.session.folders().size(), source.messages, 0,
            source.session.refused() + destination.session.refused()};
}

}  // namespace godwit::bench

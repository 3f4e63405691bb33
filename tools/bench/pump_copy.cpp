#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tools/bench/pump_account.h"
#include "tools/bench/pump_session.h"

namespace godwit::bench {
namespace {

// What may wait for the destination: enough that the source never waits for the next read, no more.
constexpr std::size_t most_backlog = 4 << 20;
constexpr std::uint64_t largest_held = 256 << 20;
constexpr std::uint64_t literal_minus = 4096;  // LITERAL- (RFC 7888): what need not wait

using Kind = Session::Event::Kind;

/// APPENDs to the destination: messages one after the other, as many in one command as the server and the
/// options let.
class Appender {
public:
    Appender(Session& session, const PumpOptions& options) : session_(session), options_(options) {}

    void learn_capabilities() {
        many_ = session_.has("MULTIAPPEND");
        waits_above_ = session_.has("LITERAL+") ? UINT64_MAX : session_.has("LITERAL-") ? literal_minus : 0;
    }
    void begin(const std::string& folder, const FetchRow& row, std::uint64_t size) {
        if (open_ && (!many_ || count_ == options_.batch_messages || bytes_ + size > options_.batch_bytes))
            end();
        if (!open_) {
            session_.begin({'A', ++commands_, "APPEND " + quoted(folder)});
            open_ = true;
            count_ = 0;
            bytes_ = 0;
        }
        ++count_;
        bytes_ += size;
        waiting_ = size > waits_above_;
        skipped_ = false;
        session_.link.send(' ' + *row.flags + " \"" + *row.date + "\" {" + std::to_string(size) +
                           (waiting_ ? "}\r\n" : "+}\r\n"));
    }
    void octets(std::string_view octets) {
        if (!skipped_) session_.link.send(octets);
    }
    /// Of the command: the folder has no more.
    void end() {
        if (std::exchange(open_, false)) session_.end();
    }
    bool waiting() const { return waiting_; }
    void go_ahead() { waiting_ = false; }
    /// The literal was not wanted, which ends the command.
    void answered(unsigned number) {
        if (!waiting_ || number != commands_) return;
        waiting_ = open_ = false;
        skipped_ = true;
    }

private:
    Session& session_;
    const PumpOptions& options_;
    bool many_ = false, open_ = false, waiting_ = false, skipped_ = false;
    std::uint64_t waits_above_ = 0, bytes_ = 0;
    unsigned count_ = 0, commands_ = 0;
};

class Copy {
public:
    Copy(const PumpOptions& options, const std::string& user, const std::string& destination_user)
        : options_(options),
          source_("source", options.source, options.tls, user, options.password, source_commands(options)),
          destination_("destination", options.destination, options.tls, destination_user, options.password,
                       list_command(options)),
          appender_(destination_, options) {
        source_listed_ = destination_listed_ = !options.list;
    }

    PumpCounts run() {
        while (!(source_ended() && destination_.all_answered())) {
            bool moved = source_.link.fill();
            moved |= destination_.link.fill();
            moved |= read_destination();
            moved |= read_source();
            moved |= source_.link.flush();
            moved |= destination_.link.flush();
            if (!moved) wait_for(source_.link, destination_.link);
        }
        source_.log_out();
        destination_.log_out();
        counts_.folders = folders_.size();
        counts_.refused = source_.refused() + destination_.refused();
        return counts_;
    }

private:
    using Commands = std::vector<Session::Command>;

    static Commands list_command(const PumpOptions& options) {
        if (!options.list) return {};
        return {{'T', 0, "LIST \"\" \"*\""}};
    }

    static Commands fetch_commands(unsigned number, const std::string& folder) {
        return {{'E', number, "EXAMINE " + quoted(folder)},
                {'F', number, "UID FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])"}};
    }

    /// INBOX is there in any case.
    static Commands source_commands(const PumpOptions& options) {
        auto commands = list_command(options);
        for (auto& command : fetch_commands(0, "INBOX")) commands.push_back(std::move(command));
        return commands;
    }

    bool read_destination() {
        bool moved = false;
        while (const auto event = destination_.next()) {
            moved = true;
            if (event->kind == Kind::go_ahead) appender_.go_ahead();
            if (event->kind != Kind::answer) continue;
            if (event->command.kind == 'T') destination_listed_ = true;
            if (event->command.kind == 'A') appender_.answered(event->command.number);
        }
        if (!ready_ && source_listed_ && destination_listed_ && destination_.signed_in() &&
            destination_.knows_capabilities()) {
            make_folders();
            moved = true;
        }
        return moved;
    }

    bool source_may_speak() const {
        if (!source_.signed_in() || !source_listed_) return true;
        return ready_ && !appender_.waiting() && destination_.link.backlog() < most_backlog;
    }

    bool read_source() {
        bool moved = false;
        while (source_may_speak()) {
            const auto event = source_.next();
            if (!event) break;
            moved = true;
            switch (event->kind) {
                case Kind::answer: source_answered(event->command); break;
                case Kind::untagged: source_row(source_.reader.text()); break;
                case Kind::literal: body_begins(); break;
                case Kind::octets: body_goes_on(); break;
                case Kind::go_ahead: break;
            }
        }
        return moved;
    }

    void source_answered(const Session::Command& command) {
        if (command.kind == 'T') {
            source_listed_ = true;
            ask();
        }
        if (command.kind != 'F') return;
        appender_.end();
        if (rows_ != exists_)
            source_.refuse(folders_[folder_] + ": " + std::to_string(exists_) + " messages, " +
                           std::to_string(rows_) + " fetched");
        rows_ = exists_ = 0;
        ++folder_;
    }

    /// For all there is, at once: TCP holds back what is not read.
    void ask() {
        for (const auto& [name, folder] : source_.folders()) {
            if (name == "INBOX") continue;
            for (const auto& command : fetch_commands(static_cast<unsigned>(folders_.size()), name))
                source_.send(command);
            folders_.push_back(name);
        }
        targets_ = folders_;
    }

    bool source_ended() const { return source_listed_ && folder_ == folders_.size(); }

    void make_folders() {
        ready_ = true;
        appender_.learn_capabilities();
        if (!options_.list) return;
        const auto& inbox = destination_.folders().find("INBOX");
        const char delimiter = inbox == destination_.folders().end() ? '\0' : inbox->second.delimiter;
        unsigned made = 0;
        for (auto& target : targets_) {
            if (target == "INBOX") continue;
            const char theirs = source_.folders().at(target).delimiter;
            if (theirs && delimiter && theirs != delimiter) {
                std::replace(target.begin(), target.end(), delimiter, '_');
                std::replace(target.begin(), target.end(), theirs, delimiter);
            }
            if (!destination_.folders().contains(target))
                destination_.send({'M', made++, "CREATE " + quoted(target)});
        }
    }

    void source_row(std::string_view line) {
        if (line.ends_with(" EXISTS") || line.ends_with(" exists")) {
            exists_ = to_number(line.substr(2));
            return;
        }
        if (std::exchange(streamed_, false)) return;
        auto row = parse_fetch(line);
        if (!row || !(row->body || held_)) return;
        if (!row->flags || !row->date) throw std::runtime_error("the source told no flags or no date");
        const std::string octets = held_ ? *std::exchange(held_, std::nullopt) : std::move(*row->body);
        begin_message(*row, octets.size());
        appender_.octets(octets);
    }

    void begin_message(const FetchRow& row, std::uint64_t size) {
        ++rows_;
        ++counts_.messages;
        counts_.bytes += size;
        appender_.begin(targets_.at(folder_), row, size);
    }

    void body_begins() {
        const auto row = parse_fetch(source_.reader.text());
        if (!row || !row->body_follows) return;
        const auto size = source_.reader.literal_size();
        source_.reader.stream();
        if (row->flags && row->date) {
            streamed_ = true;
            begin_message(*row, size);
        } else {  // they come behind it
            if (size > largest_held) throw std::runtime_error("too large a message before its flags");
            held_.emplace().reserve(size);
        }
    }

    void body_goes_on() {
        if (held_)
            *held_ += source_.reader.octets();
        else
            appender_.octets(source_.reader.octets());
    }

    const PumpOptions& options_;
    Session source_, destination_;
    Appender appender_;
    PumpCounts counts_;
    // Names at either side, in the order of the commands.
    std::vector<std::string> folders_{"INBOX"}, targets_{"INBOX"};
    std::size_t folder_ = 0;
    std::uint64_t rows_ = 0, exists_ = 0;  // of the folder
    bool source_listed_ = false, destination_listed_ = false, ready_ = false;
    bool streamed_ = false;
    std::optional<std::string> held_;  // a message whose flags have not come yet
};

}  // namespace

PumpCounts copy_account(const PumpOptions& options, const std::string& user,
                        const std::string& destination_user) {
    return Copy(options, user, destination_user).run();
}

}  // namespace godwit::bench

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/pump_reader.h"

namespace godwit::bench {

struct Folder {
    std::string name;    // as it is on the wire
    char delimiter = 0;  // 0: no hierarchy
};

/// One account at one server: signs in by itself as soon as it is greeted, and keeps count of its commands.
class Session {
public:
    /// `first` goes out together with LOGIN where the server bears that, else after it.
    struct Command {
        char kind;
        unsigned number;
        std::string text;
    };
    Session(std::string name, const Endpoint& endpoint, bool tls, std::string user, std::string password,
            std::vector<Command> first);

    struct Event {
        enum class Kind { untagged, answer, go_ahead, literal, octets } kind;
        Command command{};  // at `answer`: its kind and number
        bool ok = false;
    };
    /// What came next, as far as it is nobody's but the user's; nothing: more octets are needed.
    /// A refused LOGIN and BYE are a std::runtime_error; other refusals are counted.
    std::optional<Event> next();

    /// Sends `tag text`; without its line end, for end().
    void begin(const Command& command);
    void end() { link.send("\r\n"); }
    void send(const Command& command) { begin(command), end(); }
    void log_out();

    bool all_answered() const { return signed_in_ && open_ == 0; }
    bool has(std::string_view capability) const;
    bool signed_in() const { return signed_in_; }
    /// Whether they were told after LOGIN.
    bool knows_capabilities() const { return capabilities_known_; }
    /// Selectable ones, parents first.
    const std::map<std::string, Folder>& folders() const { return folders_; }
    const std::string& name() const { return name_; }
    unsigned refused() const { return refused_; }
    void refuse(std::string_view what);

    Link link;
    Reader reader{link};

private:
    std::optional<Event> line(std::string_view text);
    std::optional<Event> tagged(std::string_view text);
    void greeted(std::string_view text);
    void send_first();
    void note_code(std::string_view text);
    void note_capabilities(std::string_view text);
    void note_folder(std::string_view row);

    std::string name_, user_, password_;
    std::vector<Command> first_;
    bool greeted_ = false, signed_in_ = false, capabilities_known_ = false;
    unsigned open_ = 0, refused_ = 0;
    std::string capabilities_;
    std::map<std::string, Folder> folders_;
};

}  // namespace godwit::bench

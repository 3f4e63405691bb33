#include "tools/godwit/sync_arguments.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "engine/base/text.h"
#include "engine/sync/option_values.h"
#include "tools/godwit/text.h"

namespace godwit::cli {

namespace {

using sync::OptionSpec;

// Options of the command itself, besides those of the table.
struct OwnOption {
    std::string_view name;
    std::string_view value;  // what it is, in the help; empty: it takes none
    std::string_view help;
};
constexpr std::array own_options{
    OwnOption{"ledger", "FILE", "remember in this file what was copied; it may serve many accounts"},
    OwnOption{"statedir", "DIR", "where a run leaves word while it writes; see State below"},
    OwnOption{"connections", "N", "to each side at most; a further one is kept only while it makes the copy faster [3]"},
    OwnOption{"outcomes", "FILE", "write there what became of each message, one JSON object a line"},
    OwnOption{"verify", "", "copy nothing: compare both sides message by message and say what is not as it should be; with "
                            "--ledger by what that knows, else by headers; see also --verifybytes"},
    OwnOption{"findings", "FILE", "with --verify or --undo: write there all that was found, as CSV"},
    OwnOption{"justautomap", "", "show where folders would go with --automap, and stop"},
    OwnOption{"justlogin", "", "sign in on both sides, list the folders, and stop"},
    OwnOption{"undo", "",
              "take back what earlier runs with this --ledger did at the destination, and stop; see Undo below"},
    OwnOption{"json", "", "print the report as one JSON document"},
    OwnOption{"help", "", "show this text"},
    // For tests: milliseconds between two looks at a destination that must stand still.
    OwnOption{"settle", "N", ""},
    // Likewise: between two looks whether another connection pays.
    OwnOption{"laneinterval", "N", ""},
};

constexpr std::size_t usual_connections = 3;   // what even small servers allow an account

// An argument taken apart: "--name", "--name=value", "-name".
struct Word {
    std::string_view name;
    std::optional<std::string_view> value;
};

std::optional<Word> option_word(std::string_view argument) {
    if (argument.size() < 2 || argument[0] != '-' || argument == "--") return std::nullopt;
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    const auto equals = argument.find('=');
    Word word{argument.substr(0, equals), std::nullopt};
    if (equals != argument.npos) word.value = argument.substr(equals + 1);
    return word;
}

class Reader {
public:
    explicit Reader(const std::vector<std::string>& arguments) : arguments_(arguments) {
        target_.limits.connections = usual_connections;
    }

    std::expected<SyncArguments, Advice> read() {
        for (at_ = 0; at_ < arguments_.size(); ++at_) {
            const auto word = option_word(arguments_[at_]);
            if (!word)
                return wrong(fmt::format("argument {} is no option: every value belongs to a name", at_ + 1));
            if (auto taken = take(*word); !taken) return std::unexpected(taken.error());
        }
        return finish();
    }

private:
    std::unexpected<Advice> wrong(std::string text) const {
        return std::unexpected(Advice{ExitCode::usage, std::move(text) + "\nSee godwit sync --help."});
    }

    std::expected<void, Advice> take(const Word& word) {
        const auto name = lower_case(word.name);
        if (name == "help" || name == "h" || name == "?")
            return std::unexpected(Advice{ExitCode::ok, sync_help()});
        if (const auto own = std::ranges::find(own_options, name, &OwnOption::name); own != own_options.end())
            return take_own(*own, word);
        auto option = sync::find_option(word.name);
        if (!option) return wrong(option.error().cause);
        if (!sync::takes_value(*option->spec)) return apply(*option, word.value.value_or(""));
        const auto value = value_of(word, option->spec->name);
        if (!value) return std::unexpected(value.error());
        return apply(*option, *value);
    }

    // The value of an option that takes one: behind "=", or the next argument.
    std::expected<std::string_view, Advice> value_of(const Word& word, std::string_view name) {
        if (word.value) return *word.value;
        if (++at_ == arguments_.size()) return wrong(fmt::format("--{} needs a value", name));
        return arguments_[at_];
    }

    std::expected<void, Advice> take_own(const OwnOption& option, const Word& word) {
        if (option.value.empty()) {
            if (word.value) return wrong(fmt::format("--{} takes no value", option.name));
            (option.name == "json"     ? out_.json
             : option.name == "verify" ? verify_
             : option.name == "undo"   ? undo_
                                       : just_login_) = true;
            if (option.name == "justautomap") target_.options.automap = true;
            return {};
        }
        const auto value = value_of(word, option.name);
        if (!value) return std::unexpected(value.error());
        if (value->empty()) return wrong(fmt::format("--{} needs a value", option.name));
        if (is_limit(option)) return set_limit(option, *value);
        file_of(option.name) = *value;
        return {};
    }

    std::string& file_of(std::string_view name) {
        if (name == "ledger") return out_.ledger;
        if (name == "outcomes") return out_.outcomes;
        return name == "findings" ? out_.findings : out_.statedir;
    }

    std::expected<int, Advice> whole_number(std::string_view value, const OwnOption& option, int least, int most) {
        int number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error == std::errc{} && end == value.data() + value.size() && number >= least && number <= most) return number;
        return wrong(fmt::format("--{} needs a whole number from {} to {}", option.name, least, most));
    }

    static bool is_limit(const OwnOption& option) {
        return option.name == "settle" || option.name == "laneinterval" || option.name == "connections";
    }

    std::expected<void, Advice> set_limit(const OwnOption& option, std::string_view value) {
        auto& limits = target_.limits;
        const bool connections = option.name == "connections";
        const auto number = connections ? whole_number(value, option, 1, 20)
                                        : whole_number(value, option, option.name == "settle" ? 10 : 1, 600'000);
        if (!number) return std::unexpected(number.error());
        if (connections)
            limits.connections = static_cast<std::size_t>(*number);
        else
            (option.name == "settle" ? limits.settle : limits.lane_interval) = std::chrono::milliseconds(*number);
        return {};
    }

    std::expected<void, Advice> apply(sync::GivenOption given, std::string_view value) {
        const auto& option = *given.spec;
        if (option.name == "passfile1" || option.name == "passfile2") {
            if (value.empty()) return wrong(fmt::format("--{} needs a value", option.name));
            (option.name == "passfile1" ? out_.passfile1 : out_.passfile2) = value;
            return {};
        }
        if (option.name == "password1") out_.password1_given = true;
        if (option.name == "password2") out_.password2_given = true;
        if (auto applied = sync::apply_option(target_, given, value); !applied) {
            const auto& error = applied.error();
            return wrong(fmt::format("{} {}", error.context, error.cause));
        }
        return {};
    }

    std::expected<SyncArguments, Advice> finish() {
        const auto require = [](const std::string& value, std::string_view name) {
            return value.empty() ? fmt::format("--{} is missing", name) : std::string();
        };
        for (const auto& missing :
             {require(target_.source.endpoint.host, "host1"), require(target_.source.user, "user1"),
              require(target_.destination.endpoint.host, "host2"),
              require(target_.destination.user, "user2")})
            if (!missing.empty()) return wrong(missing);
        if (auto settled = sync::settle_options(target_); !settled) {
            const auto& error = settled.error();
            return wrong(error.context.empty() ? error.cause : fmt::format("{}: {}", error.context, error.cause));
        }
        if (verify_ && (just_login_ || undo_)) return wrong("--verify does not go with --undo, --justlogin and --justautomap");
        if (!verify_ && !undo_ && !out_.findings.empty()) return wrong("--findings goes with --verify and --undo");
        if (undo_)
            if (auto can = can_undo(); !can) return std::unexpected(can.error());
        out_.request.migration_id = "sync";
        out_.request.kind = verify_       ? sync::PassKind::verify
                            : undo_       ? sync::PassKind::undo
                            : just_login_ ? sync::PassKind::preflight
                                          : sync::PassKind::sync;
        out_.request.source = std::move(target_.source);
        out_.request.destination = std::move(target_.destination);
        out_.request.options = std::move(target_.options);
        out_.request.limits = target_.limits;
        return std::move(out_);
    }

    std::expected<void, Advice> can_undo() const {
        const auto& options = target_.options;
        if (just_login_ || options.justfolders || options.justfoldersizes)
            return wrong("--undo stands alone: no --justlogin, --justautomap, --justfolders or --justfoldersizes with it");
        if (out_.ledger.empty()) return wrong("--undo needs --ledger: the ledger alone knows what was put there");
        return {};
    }

    const std::vector<std::string>& arguments_;
    std::size_t at_ = 0;
    sync::OptionTarget target_;
    SyncArguments out_;
    bool just_login_ = false, verify_ = false, undo_ = false;
};

constexpr std::size_t help_column = 28, help_width = 110;

// One entry of the help, its text broken into lines.
std::string described(std::string_view name, std::string_view text) {
    std::string out = fmt::format("  {:<25} ", name), line;
    const auto flush = [&](std::string& into) { into += line + "\n"; };
    if (name.size() > help_column - 3) out += "\n" + std::string(help_column, ' ');
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        if (!line.empty() && help_column + line.size() + 1 + word.size() > help_width) {
            flush(out);
            out += std::string(help_column, ' ');
            line.clear();
        }
        line += (line.empty() ? "" : " ") + std::string(word);
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    flush(out);
    return out;
}

// "  --[no]subscribe   subscribe …", the help broken into lines.
std::string option_line(const OptionSpec& option) {
    const bool negatable = option.kind == sync::ValueKind::flag || option.kind == sync::ValueKind::choice;
    auto name = fmt::format("--{}{}", negatable ? "[no]" : "", option.name);
    if (!option.value.empty())
        name += (option.kind == sync::ValueKind::choice ? "[=" : " ") + std::string(option.value) +
                (option.kind == sync::ValueKind::choice ? "]" : "");
    std::string help(option.help);
    if (sync::is_on_by_default(option)) help += " (the default)";
    return described(name, help);
}

std::string option_lines(std::string_view group) {
    std::string out = fmt::format("{}:\n", group);
    for (const auto& option : sync::option_table())
        if (option.group == group) out += option_line(option);
    if (group == "Run")
        for (const auto& [name, value, help] : own_options)
            if (!help.empty()) out += described(fmt::format("--{} {}", name, value), help);
    return out + "\n";
}

Outcome<> find_password(std::string_view number, Secret<std::string>& password, const std::string& file,
                        const std::string& prompt, const Environment& environment, const AskPassword& ask) {
    if (!file.empty()) {
        auto line = first_line_of(file);
        if (!line) return std::unexpected(Failure{ExitCode::no_input, shown(line.error().to_string())});
        password = std::move(*line);
        return {};
    }
    for (const auto* prefix : {"GODWIT_PASSWORD", "IMAPSYNC_PASSWORD"})
        if (auto value = environment(fmt::format("{}{}", prefix, number))) {
            password = Secret<std::string>(std::move(*value));
            return {};
        }
    if (!password.empty()) return {};
    auto typed = ask(prompt);
    if (!typed && typed.error().kind == ErrorKind::cancelled)
        return std::unexpected(Failure{ExitCode::interrupted, "interrupted"});
    if (!typed)
        return std::unexpected(
            Failure{ExitCode::usage, fmt::format("no password for {}: give --passfile{} FILE or set "
                                                 "GODWIT_PASSWORD{}",
                                                 shown(prompt), number, number)});
    password = std::move(*typed);
    return {};
}

}  // namespace

std::expected<SyncArguments, Advice> parse_sync_arguments(std::vector<std::string> arguments) {
    auto parsed = Reader(arguments).read();
    for (auto& argument : arguments) wipe(argument);
    return parsed;
}

void hide_passwords(int count, char** arguments) {
    const auto is_password = [](std::string_view name) {
        const auto option = sync::find_option(name);
        return option && (option->spec->name == "password1" || option->spec->name == "password2");
    };
    const auto hide = [](char* text) { std::fill(text, text + std::char_traits<char>::length(text), 'x'); };
    for (int i = 1; i < count; ++i) {
        const auto word = option_word(arguments[i]);
        if (!word || !is_password(word->name)) continue;
        if (word->value) {
            hide(arguments[i] + (word->value->data() - arguments[i]));
        } else if (i + 1 < count) {
            hide(arguments[++i]);
        }
    }
}

Outcome<> find_passwords(SyncArguments& arguments, const Environment& environment, const AskPassword& ask) {
    const auto of = [](const sync::AccountSpec& account) {
        return fmt::format("{} at {}", account.auth_user.empty() ? account.user : account.auth_user,
                           account.endpoint.host);
    };
    auto& request = arguments.request;
    const bool source_needed = request.kind != sync::PassKind::undo;
    if (auto found = !source_needed ? Outcome<>() : find_password("1", request.source.password, arguments.passfile1, of(request.source),
                                   environment, ask);
        !found)
        return found;
    return find_password("2", request.destination.password, arguments.passfile2, of(request.destination),
                         environment, ask);
}

std::string sync_help() {
    std::string out =
        "godwit sync: copy one mailbox from an IMAP server to another, now, without a daemon.\n"
        "\n"
        "Usage: godwit sync --host1 HOST --user1 USER --host2 HOST --user2 USER [options]\n"
        "\n"
        "Option names and meanings are imapsync's; names may be abbreviated. Side 1 is the source, side 2 "
        "the\n"
        "destination. What is on the destination already is found and not copied again, so a run that was "
        "cut\n"
        "short is simply repeated. Nothing is deleted on either side.\n"
        "\n"
        "Example:\n"
        "  godwit sync --host1 imap.old.example --user1 ann --passfile1 old.txt \\\n"
        "              --host2 imap.new.example --user2 ann --passfile2 new.txt --exclude '^Junk'\n"
        "\n";
    std::vector<std::string_view> groups;
    for (const auto& option : sync::option_table())
        if (std::ranges::find(groups, option.group) == groups.end()) groups.push_back(option.group);
    for (const auto group : groups) out += option_lines(group);
    return out +
           "Passwords:\n"
           "  The first line of --passfileN, else $GODWIT_PASSWORDN, else $IMAPSYNC_PASSWORDN, else "
           "--passwordN,\n"
           "  else they are asked for at the terminal. Arguments can be seen by other users of the machine.\n"
           "State:\n"
           "  While it writes, a run keeps a note about its destination in --statedir, else "
           "$GODWIT_STATE_DIR, "
           "else\n"
           "  $XDG_STATE_HOME/godwit, else ~/.local/state/godwit. So a second run on that account is "
           "refused, "
           "and a run\n"
           "  after one that was killed first waits until the destination stands still.\n"
           "Undo:\n"
           "  With --undo and the --ledger of the runs before, messages that these put on the destination are "
           "removed, if\n"
           "  nobody has touched them since (other flags are a touch); flags of messages that were there before "
           "are set\n"
           "  back; folders that were made are dropped if they are empty. All else stays, and what was put and is "
           "left is\n"
           "  listed with the reason; then the exit code is 1. --host1 and --user1 name the copy, and are not "
           "signed in to.\n"
           "  Give the options of the copy, too. With --dry nothing is changed, and the list says what would "
           "be.\n"
           "Ctrl-C:\n"
           "  Once: stop after the message in hand. Twice: stop at once. Either way the next run goes on "
           "from there.\n"
           "Other options of imapsync are refused by name, or accepted if they change nothing that is "
           "copied.\n"
           "\n" +
           exit_code_help();
}

}  // namespace godwit::cli

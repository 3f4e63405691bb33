#include "tools/godwit/options.h"

#include <algorithm>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace godwit::cli {

namespace {

constexpr auto about =
    "godwit copies mailboxes between IMAP servers.\n"
    "\n"
    "One mailbox, now, without a daemon:  godwit sync\n"
    "Many mailboxes, by the daemon:       all other commands, which talk to godwitd's REST API\n";

constexpr auto examples =
    "Examples:\n"
    "  godwit sync --host1 imap.old.example --user1 ann --passfile1 old.txt \\\n"
    "              --host2 imap.new.example --user2 ann --passfile2 new.txt\n"
    "  godwit batch create spring --priority 5\n"
    "  godwit import spring accounts.csv --dry-run && godwit import spring accounts.csv\n"
    "  godwit watch spring\n"
    "  godwit batch show spring --state parked\n"
    "  godwit retry spring\n"
    "  godwit pause --all\n";

std::string footer_with(std::string_view examples_text) {
    return fmt::format("{}\n{}\n{}", examples_text, connection_help(), exit_code_help());
}

// What a subcommand sets when it is the one that was given.
class Parser {
public:
    Parser() : app_(about, "godwit") {
        app_.require_subcommand(1);
        app_.fallthrough();
        app_.footer(footer_with(examples));
        app_.add_option("--server", line_.global.server, "URL of the daemon")->type_name("URL");
        app_.add_option("--token-file", line_.global.token_file, "file with the token in its first line")
            ->type_name("FILE");
        app_.add_option("--ca", line_.global.ca_file, "certificate authorities to trust for an https server")
            ->type_name("FILE");
        app_.add_flag("--json", line_.global.json, "print the daemon's JSON; sync: print its report as JSON");
        add_sync();
        add_batch();
        add_import();
        add_status();
        add_watch();
        add_issues();
        add_folders();
        add_verify();
        add_undo();
        add_findings();
        add_report();
        add_actions();
        add_version();
    }

    std::expected<CommandLine, Advice> parse(std::vector<std::string> arguments) {
        join_options(arguments);
        std::ranges::reverse(arguments);  // as CLI11 wants them
        try {
            app_.parse(std::move(arguments));
        } catch (const CLI::CallForHelp&) {
            return std::unexpected(Advice{ExitCode::ok, help()});
        } catch (const CLI::ParseError& error) {
            return std::unexpected(Advice{
                ExitCode::usage, fmt::format("{}\nSee {} --help.", what_is_wrong(error), path_of(chosen()))});
        }
        if (sync_) return std::unexpected(Advice{ExitCode::usage, "sync comes first, its options follow"});
        if (const auto* act = std::get_if<Act>(&line_.command); act && act->target.empty() && !all_) {
            const bool can_all = act->action == "pause" || act->action == "resume";
            return std::unexpected(
                Advice{ExitCode::usage, fmt::format("{} needs the name or id of a batch or migration{}",
                                                    act->action, can_all ? ", or --all" : "")});
        }
        return line_;
    }

private:
    // CLI11 takes a value that begins with dashes for an option, unless it stands behind "=".
    static void join_options(std::vector<std::string>& arguments) {
        const auto given = std::ranges::find(arguments, "--options");
        if (given == arguments.end() || given + 1 == arguments.end()) return;
        *given += "=" + *(given + 1);
        arguments.erase(given + 1);
    }

    void add_sync() {
        // Only for the list of commands: parse_command_line takes "sync" away before.
        auto* sync = app_.add_subcommand(
            "sync", "copy one mailbox now (options as imapsync's); see godwit sync --help");
        sync->prefix_command();
        sync->callback([this] { sync_ = true; });
    }

    void add_batch() {
        auto* batch =
            app_.add_subcommand("batch", "create and look at batches, the named sets of migrations");
        batch->require_subcommand(1);
        batch->fallthrough();
        batch->footer(footer_with(examples));

        auto* create = batch->add_subcommand("create", "create an empty batch");
        create->add_option("NAME", create_.name, "its name")->required()->type_name("");
        create->add_option("--priority", create_.priority, "-1000 to 1000; batches with more go first")
            ->check(CLI::Range(-1000, 1000))
            ->type_name("N");
        choose(create, create_, "Example:\n  godwit batch create spring --priority 5\n");

        auto* list = batch->add_subcommand("list", "list batches with the states of their migrations");
        choose(list, list_, "Example:\n  godwit batch list\n");

        auto* show = batch->add_subcommand("show", "show a batch and its migrations");
        show->add_option("BATCH", show_.batch, "its name or id")->required()->type_name("");
        show->add_option("--state", show_.state, "only migrations in this state, e.g. parked or failed")
            ->type_name("STATE");
        show->add_option("--limit", show_.limit, "at most so many migrations; 0: all [100]")->type_name("N");
        choose(show, show_, "Example:\n  godwit batch show spring --state failed --limit 0\n");
    }

    void add_import() {
        auto* import = app_.add_subcommand("import", "add the account pairs of a file to a batch");
        import->add_option("BATCH", import_.batch, "its name or id")->required()->type_name("");
        import->add_option("FILE", import_.file, "a file, or - for standard input")
            ->required()
            ->type_name("");
        import
            ->add_option("--format", import_.format,
                         "native, imapsync, yaml, or auto: by the first line [auto]")
            ->check(CLI::IsMember({"native", "imapsync", "yaml", "auto"}))
            ->type_name("FORMAT");
        import->add_flag("--dry-run", import_.dry_run, "check every row, store nothing");
        add_import_side(import, "source", import_.source_host, import_.source_port, import_.source_tls);
        add_import_side(import, "destination", import_.destination_host, import_.destination_port,
                        import_.destination_tls);
        import
            ->add_option("--options", import_.options,
                         "options for all rows, in one word; see godwit sync --help")
            ->type_name("OPTIONS");
        choose(
            import, import_,
            "The forms of a file:\n"
            "  native    CSV (RFC 4180) with a header that names the columns\n"
            "  imapsync  host1;user1;password1;host2;user2;password2;options;\n"
            "  yaml      migrations: a list of maps with the columns' names; also defaults: for all of them\n"
            "Good rows are stored and start at once; wrong ones are listed with row and column.\n\n"
            "Examples:\n"
            "  godwit import spring accounts.csv --dry-run\n"
            "  godwit import spring accounts.csv --options \"--automap --exclude '^Junk'\"\n"
            "  generate-accounts | godwit import spring - --format native\n");
    }

    static void add_import_side(CLI::App* import, const std::string& side, std::string& host,
                                std::uint16_t& port, std::string& tls) {
        const auto where = fmt::format("{} of rows that name none", side);
        import->add_option("--" + side + "-host", host, fmt::format("host of the {}", where))
            ->type_name("HOST");
        import->add_option("--" + side + "-port", port, fmt::format("port of the {}", where))
            ->check(CLI::Range(1, 65535))
            ->type_name("PORT");
        import
            ->add_option("--" + side + "-tls", tls,
                         fmt::format("TLS of the {}: implicit, starttls or none", where))
            ->check(CLI::IsMember({"implicit", "starttls", "none"}))
            ->type_name("MODE");
    }

    void add_status() {
        choose(app_.add_subcommand("status", "show how the daemon and all migrations are"), status_,
               "Example:\n  godwit status --server https://godwit.example.org\n");
    }

    void add_watch() {
        auto* watch = app_.add_subcommand("watch", "follow a batch until nothing in it is going on any more");
        watch->add_option("BATCH", watch_.batch, "its name or id")->required()->type_name("");
        watch
            ->add_option_function<double>(
                "--interval",
                [this](double seconds) {
                    watch_.interval = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
                },
                "seconds between two looks [1 on a terminal, 10 otherwise]")
            ->check(CLI::Range(0.1, 3600.0))
            ->type_name("SECONDS");
        choose(watch, watch_,
               "It ends when no migration is waiting, ready, running or retrying and no preflight is under\n"
               "way (in a paused batch: when none is running and no preflight is): with 0 if all are\n"
               "done, with 1 if some are parked, paused, failed or cancelled, or messages were refused.\n\n"
               "Example:\n  godwit watch spring\n");
    }

    void add_issues() {
        auto* issues = app_.add_subcommand("issues", "list what could not be copied in a migration, and why");
        issues->add_option("MIGRATION", issues_.migration, "its id")->required()->type_name("");
        choose(issues, issues_,
               "Example:\n  godwit batch show spring\n  godwit issues mig_01JD2V7Q8E3M4N5P6R7S8T9V0W\n");
    }

    void add_folders() {
        auto* folders = app_.add_subcommand(
            "folders",
            "list the folders of a migration's last pass: where each one goes, and what became of it");
        folders->add_option("MIGRATION", folders_.migration, "its id")->required()->type_name("");
        choose(folders, folders_, "Example:\n  godwit folders mig_01JD2V7Q8E3M4N5P6R7S8T9V0W\n");
    }

    void add_verify() {
        auto* verify = app_.add_subcommand("verify", "compare source and destination, message by message; change nothing");
        verify->add_option("TARGET", verify_.target, "name or id of a batch, or id of a migration")->required()->type_name("");
        verify->add_option("--bytes", verify_.bytes, "compare the octets of so many messages as well; 100: of all")
            ->check(CLI::Range(0.0, 100.0))
            ->type_name("PERCENT");
        verify->add_flag("--wait", verify_.wait, "wait for the end; exit code 0 only if everything is as it should be");
        choose(verify, verify_,
               "Examples:\n  godwit verify spring --wait\n  godwit verify mig_01JD2V7Q8E3M4N5P6R7S8T9V0W --bytes 10\n");
    }

    void add_undo() {
        auto* undo = app_.add_subcommand(
            "undo", "take back what a migration put at the destination; a dry run unless --for-real is given");
        undo->add_option("TARGET", undo_.target, "name or id of a batch, or id of a migration")->required()->type_name("");
        undo->add_flag("--for-real", undo_.for_real, "do it; a dry run must have been the last pass, and have succeeded");
        undo->add_flag("--wait", undo_.wait, "wait for the end");
        choose(undo, undo_,
               "Messages that were at the destination before, and what others put there, stay. After an undo the\n"
               "migration is as new; godwit start copies again.\n\n"
               "Example:\n  godwit undo spring --wait && godwit undo spring --for-real\n");
    }

    void add_findings() {
        auto* findings = app_.add_subcommand("findings", "list what the last verify or undo pass has found");
        findings->add_option("MIGRATION", findings_.migration, "its id")->required()->type_name("");
        findings->add_option("--kind", findings_.kind, "only those of this kind, e.g. missing or altered")->type_name("KIND");
        choose(findings, findings_, "Example:\n  godwit findings mig_01JD2V7Q8E3M4N5P6R7S8T9V0W --kind missing\n");
    }

    void add_report() {
        auto* report = app_.add_subcommand("report", "fetch and check the signed reports of verify and undo passes");
        report->require_subcommand(1);
        report->fallthrough();
        auto* show = report->add_subcommand("show", "fetch the report of the last verify or undo pass");
        show->add_option("MIGRATION", report_show_.migration, "its id")->required()->type_name("");
        show->add_option("--format", report_show_.format, "json, csv or html [by the name of the file, else json]")
            ->check(CLI::IsMember({"json", "csv", "html"}))
            ->type_name("FORMAT");
        show->add_option("--output", report_show_.output, "write it to this file")->type_name("FILE");
        choose(show, report_show_, "Example:\n  godwit report show mig_01JD2V7Q8E3M4N5P6R7S8T9V0W --output ann.html\n");
        auto* verify = report->add_subcommand("verify", "tell whether a report is exactly as it was written, and by whom");
        verify->add_option("FILE", report_verify_.file, "a report as JSON or HTML")->required()->type_name("");
        verify->add_option("--csv", report_verify_.csv, "also whether this is the CSV file of its findings")->type_name("FILE");
        verify->add_option("--key", report_verify_.key,
                           "whose key it must be: a fingerprint, or a file with the public key (PEM or base64); else the\n"
                           "daemon is asked for its keys, where there is one")
            ->type_name("KEY");
        choose(verify, report_verify_,
               "Exit code 0: intact, and the key is the one given or the daemon's. 1: intact, but nobody says whose key\n"
               "it is. 65: altered, or another's key. 66: no report.\n\n"
               "Example:\n  godwit report verify ann.html --key customer-key.pem\n");
    }

    void add_actions() {
        struct Verb {
            const char *name, *help;
            bool all;
        };
        for (const auto& verb :
             {Verb{"start", "run another pass over what is done, waiting or failed", false},
              Verb{"pause", "stop working on something, at a message boundary", true},
              Verb{"resume", "go on with what was paused", true},
              Verb{"cancel", "give up on a migration or a whole batch", false},
              Verb{"retry", "try parked, failed and cancelled migrations again now", false},
              Verb{"preflight",
                   "sign in on both sides and map the folders, also of what is paused; write nothing",
                   false}}) {
            auto* command = app_.add_subcommand(verb.name, verb.help);
            auto* target =
                command->add_option("TARGET", target_, "name or id of a batch, or id of a migration");
            target->type_name("");
            if (verb.all) command->add_flag("--all", all_, "everything, on all nodes")->excludes(target);
            command->footer(footer_with(fmt::format("Example:\n  godwit {} spring\n", verb.name)));
            command->callback([this, name = verb.name] { line_.command = Act{name, target_}; });
            command->fallthrough();
        }
    }

    void add_version() {
        choose(app_.add_subcommand("version", "print what this program is"), version_,
               "Example:\n  godwit version\n");
    }

    template <class Command>
    void choose(CLI::App* command, Command& values, std::string_view example) {
        command->footer(footer_with(example));
        command->fallthrough();
        command->callback([this, &values] { line_.command = values; });
    }

    // The innermost subcommand that was given.
    const CLI::App* chosen() const {
        const CLI::App* at = &app_;
        while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
        return at;
    }
    // "godwit batch show".
    static std::string path_of(const CLI::App* app) {
        std::string path;
        for (const auto* at = app; at; at = at->get_parent())
            path = at->get_name() + (path.empty() ? "" : " ") + path;
        return path;
    }
    // CLI11 misses a subcommand before it looks at the words that are none.
    std::string what_is_wrong(const CLI::ParseError& error) const {
        const bool misses_command =
            dynamic_cast<const CLI::RequiredError*>(&error) && !chosen()->get_subcommands({}).empty();
        const auto words = chosen()->remaining();
        if (!misses_command) return error.what();
        return words.empty() ? "a command is missing"
                             : fmt::format("there is no command or option \"{}\"", words.front());
    }
    std::string help() const {
        const auto* parent = chosen()->get_parent();
        return chosen()->help(parent ? path_of(parent) : std::string());
    }

    CommandLine line_;
    BatchCreate create_;
    BatchList list_;
    BatchShow show_;
    Import import_;
    Status status_;
    Watch watch_;
    Issues issues_;
    Folders folders_;
    Verify verify_;
    Undo undo_;
    Findings findings_;
    ReportShow report_show_;
    ReportVerify report_verify_;
    Version version_;
    std::string target_;
    bool all_ = false;
    bool sync_ = false;
    CLI::App app_;
};

}  // namespace

std::expected<CommandLine, Advice> parse_command_line(std::vector<std::string> arguments) {
    CommandLine line;
    if (!arguments.empty() && arguments.front() == "sync") {
        arguments.erase(arguments.begin());
        line.command = Sync{std::move(arguments)};
        return line;
    }
    if (arguments == std::vector<std::string>{"--version"}) {
        line.command = Version{};
        return line;
    }
    return Parser().parse(std::move(arguments));
}

}  // namespace godwit::cli

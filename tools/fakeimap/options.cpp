#include "tools/fakeimap/options.h"

#include <charconv>

#include "tools/fakeimap/personas.h"

namespace godwit::fakeimap {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// "127.0.0.1:1143", "[::1]:0"
bool read_listen(std::string_view text, Options& options) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return false;
    auto address = text.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    options.address = address;
    return !address.empty() && read_number(text.substr(colon + 1), options.port);
}

bool read_setting(std::string_view text, Persona& persona) {
    const auto equals = text.find('=');
    return equals != std::string_view::npos &&
           set_field(persona, text.substr(0, equals), text.substr(equals + 1));
}

bool read_persona(std::string_view name, Options& options) {
    auto persona = persona_named(name);
    if (persona) options.persona = std::move(*persona);
    return persona.has_value();
}

bool read_value(std::string_view option, const std::string& value, Options& options) {
    if (option == "--listen") return read_listen(value, options);
    if (option == "--accounts") return read_number(value, options.accounts);
    if (option == "--folders") return read_number(value, options.folders) && options.folders > 0;
    if (option == "--messages") return read_number(value, options.messages);
    if (option == "--size") return read_number(value, options.size) && options.size < (1u << 30);
    if (option == "--seed") return read_number(value, options.seed);
    if (option == "--password") return options.password = value, true;
    return option == "--persona" || option == "--set";
}

bool is_option(std::string_view word) {
    static constexpr auto known =
        std::to_array<std::string_view>({"--listen", "--accounts", "--folders", "--messages", "--size",
                                         "--seed", "--password", "--persona", "--set"});
    return std::ranges::find(known, word) != known.end();
}

std::uint32_t seed_of(const Options& options, const std::string& user, std::uint32_t folder) {
    return static_cast<std::uint32_t>(
        std::hash<std::string>()(fmt::format("{}/{}/{}", options.seed, folder, user)));
}

bool exists(const Options& options, const std::string& user) {
    std::uint32_t number = 0;
    return options.accounts == 0 ||
           (user.starts_with("user") && read_number(std::string_view(user).substr(4), number) &&
            number >= 1 && number <= options.accounts);
}

}  // namespace

std::expected<Options, std::string> parse_options(const std::vector<std::string>& words) {
    Options options;
    options.persona = persona_named("plain").value();
    std::vector<std::string> settings;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string option = words[i], value;
        if (option == "--help" || option == "-h") {
            options.help = true;
            return options;
        }
        const auto equals = option.find('=');
        if (equals != std::string::npos) value = option.substr(equals + 1);
        option.resize(std::min(equals, option.size()));
        if (!is_option(option)) return std::unexpected("unknown argument \"" + words[i] + "\"");
        if (equals == std::string::npos) {
            if (++i == words.size()) return std::unexpected(option + " needs a value");
            value = words[i];
        }
        const bool good =
            option == "--persona" ? read_persona(value, options) : read_value(option, value, options);
        if (!good) return std::unexpected("not a value for " + option + ": \"" + value + "\"");
        if (option == "--set") settings.push_back(value);
    }
    options.persona.seed = options.seed;
    for (const auto& setting : settings)
        if (!read_setting(setting, options.persona)) return std::unexpected("cannot set \"" + setting + "\"");
    return options;
}

std::optional<Account> make_account(const Options& options, const std::string& user) {
    if (!exists(options, user)) return std::nullopt;
    Account account;
    account.password = options.password;
    for (std::uint32_t number = 1; number <= options.folders; ++number) {
        const auto name = number == 1 ? "INBOX" : options.persona.prefix + fmt::format("Folder {}", number);
        auto& folder = account.folders[name];
        folder.subscribed = true;
        folder.generate(seed_of(options, user, number), options.messages, options.size);
    }
    return account;
}

std::string help_text() {
    std::string text =
        R"(fakeimap is an IMAP server in memory that misbehaves on demand. For tests: no TLS, nothing is kept.

Usage: fakeimap [--listen ADDRESS:PORT] [--persona NAME] [--set FIELD=VALUE]... [options]

  --listen ADDRESS:PORT   numeric (default 127.0.0.1:0, a free port)
  --persona NAME          what server to be like (default plain)
  --set FIELD=VALUE       changes one field of the persona; may be repeated
  --accounts N            users user1 to userN (default 0: any user)
  --folders N             folders of each account, INBOX among them (default 1)
  --messages N            messages in each folder (default 0)
  --size N                octets of a message, on average (default 4000, at least 512)
  --password PASSWORD     of every account (default fake)
  --seed N                of the messages and of what is random (default 1)

The first line printed is "listening ADDRESS:PORT". SIGTERM and SIGINT end it.
)";
    const auto add = [&](std::string_view title, const std::vector<std::string_view>& names) {
        text += fmt::format("\n{}:\n", title);
        for (const auto name : names) text += fmt::format("  {}\n", name);
    };
    add("Personas", persona_names());
    add("Fields", field_names());
    return text;
}

}  // namespace godwit::fakeimap

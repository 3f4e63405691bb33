#include "daemon/config.h"

#include <fstream>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "daemon/config_settings.h"
#include "engine/base/utf8.h"

namespace godwit::daemon {
namespace {

bool is_section(const std::string& path) {
    return std::ranges::any_of(all_settings(), [&](const auto& s) { return s.name.starts_with(path + "."); });
}

// The names that may stand where `path` does.
std::vector<std::string_view> siblings(std::string_view section) {
    std::vector<std::string_view> names;
    for (const auto& setting : all_settings()) {
        auto name = setting.name;
        if (!section.empty() && !(name.starts_with(section) && name.substr(section.size()).starts_with('.')))
            continue;
        if (!section.empty()) name.remove_prefix(section.size() + 1);
        names.push_back(name.substr(0, name.find('.')));
    }
    return names;
}

std::string suggestion(const std::string& section, std::string_view key) {
    const auto close = nearest(key, siblings(section));
    if (!close.empty()) return fmt::format("unknown setting; did you mean {}?", close);
    for (const auto& setting : all_settings())  // right name, wrong place
        if (setting.name.ends_with(fmt::format(".{}", key)))
            return fmt::format("unknown setting; did you mean {}?", setting.name);
    return "unknown setting";
}

// Hears where a document begins, and nothing of what is in it.
class DocumentStart final : public YAML::EventHandler {
public:
    unsigned line = 0;

    void OnDocumentStart(const YAML::Mark& mark) override { line = static_cast<unsigned>(mark.line) + 1; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

// The line of what follows the first document, or 0. (YAML::LoadAll does not end when it meets a stray
// comma.)
unsigned line_after_document(std::string_view text) {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    DocumentStart start;
    parser.HandleNextDocument(start);
    return parser.HandleNextDocument(start) ? start.line : 0;
}

class Reader {
public:
    explicit Reader(std::string file) : file_(std::move(file)) {}

    ConfigResult read(std::string_view text) {
        // YAML allows no other, and yaml-cpp reads on for ever past an EOT.
        if (const auto line = static_cast<unsigned>(line_of_odd_text(text)); line > 0)
            return std::unexpected(std::vector{ConfigError{file_, line, "", "not UTF-8 text"}});
        try {
            const auto document = YAML::Load(std::string(text));
            if (const unsigned line = line_after_document(text); line > 0)
                errors_.push_back({file_, line, "", "one YAML document is enough"});
            if (document.IsDefined() && !document.IsNull()) section(document, "");
            if (errors_.empty()) compare();
        } catch (const YAML::Exception& e) {
            const unsigned line = e.mark.is_null() ? 0 : static_cast<unsigned>(e.mark.line) + 1;
            errors_.push_back({file_, line, "", "not YAML: " + printable(e.msg)});
        }
        std::ranges::sort(errors_, {},
                          [](const auto& error) { return std::pair(error.line, error.setting); });
        if (!errors_.empty()) return std::unexpected(std::move(errors_));
        return std::move(config_);
    }

private:
    void complain(const YAML::Node& at, const std::string& setting, std::string message) {
        errors_.push_back({file_, static_cast<unsigned>(at.Mark().line + 1), setting, std::move(message)});
    }

    void section(const YAML::Node& node, const std::string& path) {
        if (!node.IsMap()) return complain(node, path, "must hold settings, each as \"name: value\"");
        std::set<std::string> seen;
        for (const auto& entry : node) {
            if (!entry.first.IsScalar()) {
                complain(entry.first, path, "a name must be plain text");
                continue;
            }
            const std::string key = entry.first.Scalar();
            const std::string below = path.empty() ? key : path + "." + key;
            const bool again = !seen.insert(key).second;
            if (again)
                complain(entry.first, printable(below, 100), "stands twice");
            else if (const Setting* setting = find_setting(below))
                value(entry.first, entry.second, *setting);
            else if (!is_section(below))
                complain(entry.first, printable(below, 100), suggestion(path, key));
            else if (!entry.second.IsNull())
                section(entry.second, below);
        }
    }

    // A name without a value leaves the default.
    void value(const YAML::Node& key, const YAML::Node& node, const Setting& setting) {
        const std::string name(setting.name);
        if (node.IsNull()) return;
        config_.given.insert(name);
        lines_[name] = static_cast<unsigned>(key.Mark().line + 1);
        if (setting.list && !node.IsSequence()) return complain(key, name, "must be a list");
        if (!setting.list) return scalar(node, setting);
        for (const auto& item : node) scalar(item, setting);
    }

    void scalar(const YAML::Node& node, const Setting& setting) {
        const std::string name(setting.name);
        if (!node.IsScalar()) return complain(node, name, "must be one value");
        if (auto complaint = setting.read(node.Scalar(), config_); !complaint.empty())
            complain(node, name, std::move(complaint));
    }

    // What must hold between settings.
    void compare() {
        if (config_.retry.backoff_base > config_.retry.backoff_cap)
            relate("retry.backoff_base", "retry.backoff_cap", "must not exceed retry.backoff_cap");
        if (config_.sync.whole_message_bytes > config_.sync.buffer_bytes)
            relate("limits.whole_message", "limits.buffer_per_pass",
                   "must not exceed limits.buffer_per_pass");
    }
    void relate(const std::string& setting, const std::string& other, std::string message) {
        const unsigned line = lines_.contains(setting) ? lines_[setting] : lines_[other];
        errors_.push_back({file_, line, setting, std::move(message)});
    }

    std::string file_;
    Config config_;
    std::vector<ConfigError> errors_;
    std::map<std::string, unsigned> lines_;
};

}  // namespace

std::string ConfigError::to_string() const {
    std::string out = file;
    if (line > 0) out += fmt::format(":{}", line);
    if (!setting.empty()) out += ": " + setting;
    return out + ": " + message;
}

ConfigResult parse_config(std::string_view text, std::string file_name) {
    return Reader(std::move(file_name)).read(text);
}

ConfigResult load_config(const std::filesystem::path& file) {
    constexpr std::size_t longest = 1u << 20;
    const auto refuse = [&](std::string why) {
        return std::unexpected(std::vector{ConfigError{file.string(), 0, "", std::move(why)}});
    };
    std::ifstream in(file, std::ios::binary);
    if (!in) return refuse(std::string("cannot be read: ") + std::strerror(errno));
    std::string text(longest + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) return refuse("cannot be read");
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > longest) return refuse("is larger than 1 MiB");
    auto parsed = parse_config(text, file.string());
    wipe(text);
    return parsed;
}

std::vector<std::string_view> setting_names() {
    std::vector<std::string_view> names;
    for (const auto& setting : all_settings()) names.push_back(setting.name);
    return names;
}

std::vector<std::string_view> restart_needed(const Config& running, const Config& wanted) {
    std::vector<std::string_view> names;
    for (const auto& setting : all_settings())
        if (!setting.live && !setting.same(running, wanted)) names.push_back(setting.name);
    return names;
}

std::string default_text(std::string_view name) {
    const Setting* setting = find_setting(name);
    return setting ? setting->show(Config{}) : std::string();
}

}  // namespace godwit::daemon

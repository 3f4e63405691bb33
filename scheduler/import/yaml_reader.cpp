#include "scheduler/import/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <istream>
#include <streambuf>

#include "engine/base/text.h"
#include "engine/base/utf8.h"

namespace godwit::scheduler {

namespace {

// The document, migrations, a row, its options, a list.
constexpr std::size_t most_levels = 5;
constexpr std::size_t most_nodes = 2'000'000;

struct Refusal {
    YamlProblem problem;
};

[[noreturn]] void refuse(const YAML::Mark& mark, std::string detail,
                         ErrorKind kind = ErrorKind::invalid_argument) {
    throw Refusal{{static_cast<std::uint64_t>(std::max(mark.line, 0)) + 1, kind, std::move(detail)}};
}

// Reads where the text is: a stringstream would make a copy with passwords in it.
class TextBuffer final : public std::streambuf {
public:
    explicit TextBuffer(std::string_view text) {
        auto* begin = const_cast<char*>(text.data());  // only ever read
        setg(begin, begin, begin + text.size());
    }
};

}  // namespace

YamlDocument& YamlDocument::operator=(YamlDocument&& other) noexcept {
    wipe(octets_);
    octets_ = std::move(other.octets_);
    values_ = std::move(other.values_);
    rows_ = std::move(other.rows_);
    defaults_ = other.defaults_;
    return *this;
}

// Builds the document from what the parser meets.
class YamlEvents final : public YAML::EventHandler {
public:
    YamlEvents(YamlDocument& document, std::size_t text_size, std::uint64_t most_rows)
        : document_(document), most_rows_(most_rows) {
        document_.octets_.reserve(text_size);  // once, since growing leaves copies behind
    }

    // A document without migrations is none.
    bool has_migrations() const { return has_migrations_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (documents_++ > 0) refuse(mark, "one YAML document is enough");
    }
    void OnDocumentEnd() override {}
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        count(mark, anchor);
        if (levels_.empty()) refuse(mark, not_a_map);
        if (top().expects_name) return take_name({});
        if (top().place == Place::migrations) add_row(mark, false);
        value_ends();
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& text) override {
        count(mark, anchor);
        check_tag(mark, tag);
        if (levels_.empty()) refuse(mark, not_a_map);
        if (top().expects_name) return take_name(text);
        switch (top().place) {
            case Place::root: enter_root(mark, false, false); break;
            case Place::migrations: add_row(mark, false); break;
            case Place::row:
            case Place::options:
            case Place::list: add_value(mark, text, true); break;
            case Place::ignored: break;
        }
        value_ends();
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, false);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, true);
    }
    void OnMapEnd() override { close(); }

private:
    enum class Place { root, migrations, row, options, list, ignored };
    struct Level {
        Place place;
        bool is_map;
        bool expects_name;  // of a map: the next node is one
        bool in_options = false;
    };
    static constexpr auto not_a_map = "must be a map of migrations and, where wanted, defaults";

    Level& top() { return levels_.back(); }
    void value_ends() { top().expects_name = top().is_map; }

    [[noreturn]] static void refuse_anchor(const YAML::Mark& mark) {
        refuse(mark, "anchors (&) and aliases (*) are not read; put a value that begins so in quotes");
    }
    static void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str")
            refuse(mark, "tags (!) are not read; put a value that begins so in quotes");
    }
    void count(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != 0) refuse_anchor(mark);
        if (++nodes_ > most_nodes)
            refuse(mark, fmt::format("has more than {} values: use CSV", most_nodes),
                   ErrorKind::limit_exceeded);
    }

    std::uint32_t keep(const YAML::Mark& mark, std::string_view text) {
        auto& octets = document_.octets_;
        // Escapes that are longer when they are resolved: nobody writes that many.
        if (text.size() > octets.capacity() - octets.size())
            refuse(mark, "has too many escapes", ErrorKind::limit_exceeded);
        octets += text;
        return static_cast<std::uint32_t>(octets.size() - text.size());
    }

    void take_name(std::string_view text) {
        top().expects_name = false;
        name_ = text;
        name_is_kept_ = false;
    }

    void add_value(const YAML::Mark& mark, std::string_view text, bool is_text) {
        if (!name_is_kept_) {
            name_at_ = keep(mark, name_);
            name_is_kept_ = true;
        }
        document_.values_.push_back({.name = name_at_,
                                     .name_size = static_cast<std::uint32_t>(name_.size()),
                                     .text = keep(mark, text),
                                     .text_size = static_cast<std::uint32_t>(text.size()),
                                     .in_options = top().in_options,
                                     .in_list = top().place == Place::list,
                                     .is_text = is_text});
        ++row_->count;
    }

    void begin_row(YamlDocument::Row& row, const YAML::Mark& mark, bool is_map) {
        row = {static_cast<std::uint64_t>(mark.line) + 1,
               static_cast<std::uint32_t>(document_.values_.size()), 0, is_map};
        row_ = &row;
    }
    void add_row(const YAML::Mark& mark, bool is_map) {
        if (document_.rows_.size() >= most_rows_)
            refuse(mark, fmt::format("more than {} rows", most_rows_), ErrorKind::limit_exceeded);
        begin_row(document_.rows_.emplace_back(), mark, is_map);
    }

    // What one of the two names of the document has for its value.
    Place enter_root(const YAML::Mark& mark, bool is_map, bool is_list) {
        const bool is_defaults = name_ == "defaults";
        if (!is_defaults && name_ != "migrations")
            refuse(mark, printable(name_, 100) + " is not known: a document has migrations and defaults");
        if (is_defaults ? document_.defaults_.line != 0 : has_migrations_)
            refuse(mark, name_ + " stands twice");
        if (is_defaults ? !is_map : !is_list)
            refuse(mark, name_ + (is_defaults ? " must be a map" : " must be a list"));
        if (is_defaults) {
            begin_row(document_.defaults_, mark, true);
            return Place::row;
        }
        has_migrations_ = true;
        return Place::migrations;
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool is_map) {
        count(mark, anchor);
        if (tag != "tag:yaml.org,2002:map" && tag != "tag:yaml.org,2002:seq") check_tag(mark, tag);
        if (levels_.size() >= most_levels) refuse(mark, "is nested too deep");
        if (levels_.empty()) {
            if (!is_map) refuse(mark, not_a_map);
            levels_.push_back({Place::root, true, true});
            return;
        }
        if (top().expects_name) refuse(mark, "a name must be plain text");
        const bool in_options = top().in_options || (top().place == Place::row && is_map);
        levels_.push_back({place_of(mark, is_map), is_map, is_map, in_options});
    }

    Place place_of(const YAML::Mark& mark, bool is_map) {
        switch (top().place) {
            case Place::root: return enter_root(mark, is_map, !is_map);
            case Place::migrations: add_row(mark, is_map); return is_map ? Place::row : Place::ignored;
            case Place::row:
            case Place::options:
                if (!is_map) return Place::list;
                add_value(mark, {}, false);
                return top().place == Place::row && equals_ignoring_case(name_, "options") ? Place::options
                                                                                           : Place::ignored;
            case Place::list: add_value(mark, {}, false); return Place::ignored;
            case Place::ignored: return Place::ignored;
        }
        return Place::ignored;
    }

    void close() {
        levels_.pop_back();
        if (!levels_.empty()) value_ends();
    }

    YamlDocument& document_;
    const std::uint64_t most_rows_;
    std::vector<Level> levels_;
    std::string name_;  // the last one
    std::uint32_t name_at_ = 0;
    bool name_is_kept_ = false;
    YamlDocument::Row* row_ = nullptr;
    bool has_migrations_ = false;
    std::size_t nodes_ = 0, documents_ = 0;
};

std::expected<YamlDocument, YamlProblem> read_yaml(std::string_view text, std::uint64_t most_rows) {
    const auto wrong = [](std::uint64_t line, std::string detail) {
        return std::unexpected(YamlProblem{line, ErrorKind::invalid_argument, std::move(detail)});
    };
    // yaml-cpp reads on for ever past an EOT.
    if (const auto line = line_of_odd_text(text); line > 0)
        return wrong(line, "is not UTF-8 or has a control character");
    YamlDocument document;
    try {
        TextBuffer buffer(text);
        std::istream in(&buffer);
        YAML::Parser parser(in);
        YamlEvents events(document, text.size(), most_rows);
        while (parser.HandleNextDocument(events)) continue;
        if (!events.has_migrations()) return wrong(1, "migrations is missing");
    } catch (const Refusal& refusal) {
        return std::unexpected(refusal.problem);
    } catch (const YAML::Exception& error) {
        // What follows a colon is of the file, and may be of a password.
        const auto line = error.mark.is_null() ? 0 : std::max(error.mark.line, 0);
        return wrong(static_cast<std::uint64_t>(line) + 1,
                     "is not YAML: " + error.msg.substr(0, error.msg.find(':')));
    }
    return document;
}

}  // namespace godwit::scheduler

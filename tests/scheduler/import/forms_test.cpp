// Whatever the form of the file: the same accounts and options give the same rows.
#include <random>

#include "engine/sync/option_table.h"
#include "tests/scheduler/import/import_test_support.h"

namespace godwit::scheduler::test {
namespace {

struct Given {
    const sync::OptionSpec* option;
    std::string value;  // of a flag: yes or no
};
struct Row {
    std::array<std::string, 6> account;  // in the order of imapsync's list
    std::vector<Given> options;
};
constexpr std::array columns{"host1", "user1", "password1", "host2", "user2", "password2"};

class Maker {
public:
    explicit Maker(unsigned seed) : random_(seed) {}

    Row row(std::size_t number) {
        Row out{{"old.example", fmt::format("u{} \"{}", number, text()), "p" + text() + "\\", "[::1]:1143",
                 text() + "x", "'" + text()},
                {}};
        for (const auto& option : sync::option_table())
            if (!std::holds_alternative<std::monostate>(option.field) && below(8) == 0)
                for (std::size_t i = option.kind == sync::ValueKind::list ? 1 + below(3) : 1; i > 0; --i)
                    out.options.push_back({&option, value(option)});
        return out;
    }

private:
    std::size_t below(std::size_t end) { return random_() % end; }

    // Of what needs care in one form or the other; imapsync's list alone cannot hold ';'.
    std::string text() {
        constexpr std::array<std::string_view, 14> parts{"a", "B", "ü",  "€",  "\"", "'", "\\",
                                                         ",", "#", ": ", "- ", "$",  "{", "x"};
        std::string out = "t";
        for (auto i = below(6); i > 0; --i) out += parts[below(parts.size())];
        return out + "t";
    }

    std::string value(const sync::OptionSpec& option) {
        using enum sync::ValueKind;
        switch (option.kind) {
            case none: return "yes";
            case flag: return below(2) ? "yes" : "no";
            case choice: return below(2) ? "additive" : "off";
            case number:
            case bytes: return std::to_string(1 + below(100)) + (option.kind == bytes && below(2) ? "M" : "");
            case days:
            case percent:
            case rate: return fmt::format("{}.5", below(100));
            case text:
            case list: return words(option);
        }
        return {};
    }
    // Expressions must be right; what else there is may be anything.
    std::string words(const sync::OptionSpec& option) {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 6> examples{
            {{"REGEX", "^Ju \"nk$"},
             {"s/A/B/", "s,a',\"b,"},
             {"m/REGEX/", "m/x: #/"},
             {"A=B", "a'=b"},
             {"KEYS", "SEEN"},
             {"C", "/"}}};
        for (const auto& [value, example] : examples)
            if (option.value == value) return std::string(example);
        return option.name == "useheader" ? "Message-Id" : text();
    }

    std::mt19937 random_;
};

// A word as split_options takes it.
std::string shell_word(std::string_view text) {
    std::string out = "\"";
    for (const char c : text)
        out += std::string_view("\"\\$`").contains(c) ? std::string{'\\', c} : std::string{c};
    return out + "\"";
}

std::string options_text(const Row& row) {
    std::string out;
    for (const auto& [option, value] : row.options) {
        const bool is_flag = option->kind == sync::ValueKind::flag || option->kind == sync::ValueKind::none;
        if (is_flag)
            out += fmt::format("--{}{} ", value == "no" ? "no" : "", option->name);
        else
            out += fmt::format("--{}={} ", option->name, shell_word(value));
    }
    return out;
}

std::string imapsync_list(const std::vector<Row>& rows) {
    std::string out;
    for (const auto& row : rows) {
        for (const auto& value : row.account) out += value + ";";
        out += options_text(row) + ";\n";
    }
    return out;
}

std::string csv_cell(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? "\"\"" : std::string{c};
    return out + "\"";
}

// Every option that any row gives, as often as it is given there.
std::vector<const sync::OptionSpec*> option_columns(const std::vector<Row>& rows) {
    std::map<const sync::OptionSpec*, std::size_t> most;
    for (const auto& row : rows)
        for (const auto& [option, value] : row.options)
            most[option] =
                std::max<std::size_t>(most[option], std::ranges::count(row.options, option, &Given::option));
    std::vector<const sync::OptionSpec*> out;
    for (const auto& [option, count] : most) out.insert(out.end(), count, option);
    return out;
}

std::string csv(const std::vector<Row>& rows, bool by_columns) {
    const auto options = by_columns ? option_columns(rows) : std::vector<const sync::OptionSpec*>();
    std::string out = fmt::format("{}", fmt::join(columns, ","));
    if (!by_columns) out += ",options";
    for (const auto* option : options) out += fmt::format(",{}", option->name);
    out += "\n";
    for (const auto& row : rows) {
        for (const auto& value : row.account)
            out += csv_cell(value) + (&value == &row.account.back() ? "" : ",");
        if (!by_columns) out += "," + csv_cell(options_text(row));
        auto left = row.options;
        for (const auto* option : options) {
            const auto given = std::ranges::find(left, option, &Given::option);
            out += "," + (given == left.end() ? "" : csv_cell(given->value));
            if (given != left.end()) left.erase(given);
        }
        out += "\n";
    }
    return out;
}

std::string yaml_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text)
        out += std::string_view("\"\\").contains(c) ? std::string{'\\', c} : std::string{c};
    return out + "\"";
}

std::string yaml(const std::vector<Row>& rows, bool in_map) {
    std::string out = "migrations:\n";
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < columns.size(); ++i)
            out += fmt::format("{} {}: {}\n", i == 0 ? "-" : " ", columns[i], yaml_text(row.account[i]));
        if (in_map && !row.options.empty()) out += "  options:\n";
        std::map<std::string_view, std::string> values;
        for (const auto& [option, value] : row.options) {
            auto& text = values[option->name];
            text += (text.empty() ? "" : ", ") + yaml_text(value);
        }
        for (const auto& [name, text] : values)
            out += fmt::format(
                "{}{}: {}\n", in_map ? "    " : "  ", name,
                sync::find_row_option(name)->kind == sync::ValueKind::list ? "[" + text + "]" : text);
    }
    return out;
}

void expect_same(const Imported& out, const Imported& wanted, const std::string& file) {
    ASSERT_TRUE(out.errors.empty() && out.failure.empty()) << to_text(out) << file;
    ASSERT_EQ(out.rows.size(), wanted.rows.size());
    for (std::size_t i = 0; i < out.rows.size(); ++i) {
        EXPECT_EQ(to_text(out.rows[i].source), to_text(wanted.rows[i].source)) << file;
        EXPECT_EQ(to_text(out.rows[i].destination), to_text(wanted.rows[i].destination)) << file;
        EXPECT_TRUE(out.rows[i].options == wanted.rows[i].options) << "row " << i << "\n" << file;
    }
}

TEST(Forms, TheSameAccountsGiveTheSameRows) {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        Maker maker(seed);
        std::vector<Row> rows;
        for (std::size_t i = 0; i < 3; ++i) rows.push_back(maker.row(i));
        const auto wanted = import_file(ImportFormat::imapsync, imapsync_list(rows));
        ASSERT_EQ(wanted.rows.size(), rows.size()) << to_text(wanted) << imapsync_list(rows);
        for (const bool apart : {false, true}) {
            expect_same(import_file(ImportFormat::native, csv(rows, apart)), wanted, csv(rows, apart));
            expect_same(import_file(ImportFormat::yaml, yaml(rows, apart)), wanted, yaml(rows, apart));
        }
        if (HasFailure()) break;
    }
}

}  // namespace
}  // namespace godwit::scheduler::test

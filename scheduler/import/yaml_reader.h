// The YAML document of an import as flat rows of named values; what the names mean is YamlImporter's
// business. Pure.
//
// yaml-cpp does not stand up to hostile input by itself: this reads its events, not its tree, refuses
// anchors, aliases and tags, and limits how deep and how many values there are. It keeps copies of what it
// reads in memory that is not wiped when it is given back; what is kept here is.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace godwit::scheduler {

class YamlDocument {
public:
    // NAME: TEXT; NAME: [TEXT, …], which is a value for each entry; or NAME: {…}.
    struct Value {
        std::uint32_t name = 0, name_size = 0;  // all entries of one list have one and the same place as name
        std::uint32_t text = 0, text_size = 0;
        bool in_options = false;  // a map called options is opened up: its values follow its own
        bool in_list = false;
        bool is_text = true;  // not a map or list
    };
    struct Row {
        std::uint64_t line = 0;  // 0: not there
        std::uint32_t first = 0, count = 0;
        bool is_map = true;  // has no values otherwise
    };

    YamlDocument() = default;
    YamlDocument(YamlDocument&&) = default;
    YamlDocument& operator=(YamlDocument&& other) noexcept;
    ~YamlDocument() { wipe(octets_); }

    const Row& defaults() const { return defaults_; }
    std::span<const Row> rows() const { return rows_; }
    std::span<const Value> values(const Row& row) const {
        return std::span(values_).subspan(row.first, row.count);
    }
    std::string_view name(const Value& value) const { return view(value.name, value.name_size); }
    std::string_view text(const Value& value) const { return view(value.text, value.text_size); }

private:
    friend class YamlEvents;
    std::string_view view(std::uint32_t at, std::uint32_t size) const {
        return std::string_view(octets_).substr(at, size);
    }

    std::string octets_;
    std::vector<Value> values_;
    std::vector<Row> rows_;
    Row defaults_;
};

struct YamlProblem {
    std::uint64_t line = 1;
    ErrorKind kind = ErrorKind::invalid_argument;  // or limit_exceeded
    std::string detail;                            // shows nothing of the file but names
};

std::expected<YamlDocument, YamlProblem> read_yaml(std::string_view text, std::uint64_t most_rows);

}  // namespace godwit::scheduler

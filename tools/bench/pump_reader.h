#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/bench/pump_link.h"

namespace godwit::bench {

/// Cuts what a server says into lines. Literals become quoted strings in them, except those that are to
/// stream.
class Reader {
public:
    enum class Event { need_more, line, literal, octets };

    explicit Reader(Link& link) : link_(link) {}

    Event next();
    /// The line, or at `literal` what came before it; valid until next().
    std::string_view text() const { return text_; }
    std::uint64_t literal_size() const { return left_; }
    /// At `literal`: hand it out as `octets`.
    void stream() { mode_ = Mode::stream; }
    /// At `octets`: a part of the literal, and whether it is the last one.
    std::string_view octets() const { return octets_; }
    bool literal_ended() const { return left_ == 0; }

private:
    enum class Mode { text, collect, stream };

    std::string_view take(std::uint64_t most);
    bool announces_literal();

    Link& link_;
    Mode mode_ = Mode::text;
    bool complete_ = false;
    std::uint64_t left_ = 0;
    std::string text_;
    std::string_view octets_;
};

/// The next atom, quoted string (without its quotes and escapes) or list (with its brackets) of `text`, taken
/// off it.
std::string take_token(std::string_view& text);
/// Likewise; an unsigned number, 0 if it is none.
std::uint64_t to_number(std::string_view text);
std::string quoted(std::string_view text);
/// Whether a list in brackets, as take_token() gives it, has this flag; blind to case.
bool has_flag(std::string_view list, std::string_view flag);
bool same_text(std::string_view one, std::string_view other);

/// What one line `* n FETCH (…)` tells; the line may end where the literal of BODY[] begins.
struct FetchRow {
    std::optional<std::string> flags;  // in brackets, without \Recent
    std::optional<std::string> date;
    std::optional<std::string> body;  // where it is no literal
    bool body_follows = false;
};
std::optional<FetchRow> parse_fetch(std::string_view line);

}  // namespace godwit::bench

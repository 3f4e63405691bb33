#include "engine/imap/fragmenter.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "engine/imap/ascii.h"

namespace godwit::imap {
namespace {

constexpr std::size_t prefix_octets = 512;
constexpr std::size_t tail_octets = 64;        // "~{18446744073709551615+}" fits well
constexpr std::size_t kept_octets = 8u << 10;  // of memory, from one response to the next
constexpr std::size_t after_literal = 64;  // room for what usually follows, so that it causes no second copy

std::string_view last_octets(std::string_view text, std::size_t count) {
    return text.size() <= count ? text : text.substr(text.size() - count);
}

// The next word and the spaces before it are taken off `text`.
std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(" \r"));
    text.remove_prefix(word.size());
    return word;
}

bool is_text_only(std::string_view line) {
    if (line.starts_with('+')) return true;
    take_word(line);
    const std::string_view word = take_word(line);
    return is_word(word, "OK") || is_word(word, "NO") || is_word(word, "BAD") || is_word(word, "BYE") ||
           is_word(word, "PREAUTH");
}

enum class LineEnd { complete, literal, unreadable };

// What the end of a line, at most tail_octets of it, announces.
LineEnd read_announcement(std::string_view line, std::uint64_t& size) {
    if (!line.ends_with('}')) return LineEnd::complete;
    line.remove_suffix(1);
    if (line.ends_with('+')) line.remove_suffix(1);
    const std::size_t brace = line.find_last_not_of("0123456789");
    if (brace == std::string_view::npos)
        return line.size() + 2 >= tail_octets ? LineEnd::unreadable : LineEnd::complete;
    if (line[brace] != '{' || brace + 1 == line.size()) return LineEnd::complete;
    const auto [at, error] = std::from_chars(line.data() + brace + 1, line.data() + line.size(), size);
    const bool fits = error == std::errc{} && size <= std::numeric_limits<std::int64_t>::max();
    return fits ? LineEnd::literal : LineEnd::unreadable;
}

}  // namespace

Fragmenter::Fragmenter(WireLimits limits) : limits_(limits) {}

Fragmenter::Step Fragmenter::next(std::string_view input) {
    if (finished_) begin_response();
    std::size_t consumed = 0;
    for (;;) {
        if (mode_ == Mode::broken) return {Event::broken, consumed, {}};
        const std::string_view rest = input.substr(consumed);
        Step step = mode_ == Mode::line ? read_line(rest) : pass_literal(rest);
        step.consumed += consumed;
        if (step.event != Event::need_more || step.consumed == input.size()) return step;
        consumed = step.consumed;
    }
}

Fragmenter::Step Fragmenter::read_line(std::string_view input) {
    if (input.empty()) return {};
    const auto* lf = static_cast<const char*>(std::memchr(input.data(), '\n', input.size()));
    const std::size_t length = lf ? static_cast<std::size_t>(lf - input.data()) : input.size();
    add_to_line(input.substr(0, length));
    if (!lf) return {Event::need_more, length, {}};
    return {end_line(), length + 1, {}};
}

// One CR more than the budget is taken: it may turn out to belong to the line's end.
void Fragmenter::add_to_line(std::string_view octets) {
    line_length_ += octets.size();
    if (!dropping_ && line_length_ > line_budget() + 1) drop();
    if (!dropping_) {
        response_.text += octets;
        return;
    }
    const std::size_t room = prefix_octets - std::min(prefix_octets, response_.text.size());
    response_.text += octets.substr(0, room);
    tail_ += last_octets(octets, tail_octets);
    if (tail_.size() > tail_octets) tail_.erase(0, tail_.size() - tail_octets);
}

std::size_t Fragmenter::line_budget() const {
    return std::min(limits_.line_bytes,
                    limits_.response_bytes - std::min(line_start_, limits_.response_bytes));
}

void Fragmenter::drop() {
    dropping_ = true;
    tail_ = last_octets(std::string_view(response_.text).substr(line_start_), tail_octets);
    // A copy, so that the memory is given back.
    response_.text = std::string(response_.text, 0, prefix_octets);
    response_.literals.clear();
}

// Of the line, never of a literal before it.
void Fragmenter::strip_cr() {
    if (response_.text.size() > line_start_ && response_.text.back() == '\r') response_.text.pop_back();
}

// The last octets of the current line without its CR.
std::string_view Fragmenter::line_end() const {
    std::string_view line = tail_;
    if (!dropping_) line = std::string_view(response_.text).substr(line_start_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return last_octets(line, tail_octets);
}

Fragmenter::Event Fragmenter::end_line() {
    if (!dropping_ && line_length_ > line_budget() && !response_.text.ends_with('\r')) drop();
    std::uint64_t size = 0;
    LineEnd end = read_announcement(line_end(), size);
    if (end != LineEnd::complete && first_line_ && is_text_only(response_.text)) end = LineEnd::complete;
    first_line_ = false;
    switch (end) {
        case LineEnd::literal: return begin_literal(size);
        case LineEnd::unreadable:
            return break_off(ErrorKind::protocol_error, "literal of an unreadable size");
        case LineEnd::complete: break;
    }
    return end_response();
}

Fragmenter::Event Fragmenter::end_response() {
    finished_ = true;
    strip_cr();
    return dropping_ ? Event::oversized : Event::response;
}

Fragmenter::Event Fragmenter::begin_literal(std::uint64_t size) {
    if (size > limits_.literal_bytes)
        return break_off(ErrorKind::limit_exceeded, "literal of " + std::to_string(size) + " octets");
    const bool large = size > limits_.inline_literal_bytes;
    strip_cr();
    if (!dropping_) {
        std::string& text = response_.text;
        const std::uint64_t kept = text.size() + 2 + (large ? 0 : size);
        if (response_.literals.size() >= limits_.literals || kept > limits_.response_bytes ||
            (large && !streaming_)) {
            drop();
        } else {
            if (!large) text.reserve(kept + after_literal);
            text += "\r\n";
            response_.literals.push_back({text.size(), size, large});
        }
    }
    literal_left_ = size;
    mode_ = dropping_ ? Mode::skip : large ? Mode::stream : Mode::keep;
    if (mode_ == Mode::stream) {
        literal_size_ = size;
        return Event::literal_begin;
    }
    if (size == 0) begin_line();
    return Event::need_more;
}

Fragmenter::Step Fragmenter::pass_literal(std::string_view input) {
    const std::size_t length = static_cast<std::size_t>(std::min<std::uint64_t>(literal_left_, input.size()));
    const std::string_view octets = input.substr(0, length);
    if (mode_ == Mode::stream) {
        if (literal_left_ == 0) {
            begin_line();
            return {Event::literal_end, 0, {}};
        }
        literal_left_ -= length;
        return length == 0 ? Step{} : Step{Event::literal_data, length, octets};
    }
    if (mode_ == Mode::keep) response_.text += octets;
    literal_left_ -= length;
    if (literal_left_ == 0) begin_line();
    return {Event::need_more, length, {}};
}

Fragmenter::Event Fragmenter::break_off(ErrorKind kind, std::string cause) {
    error_ = {kind, Reach::account, std::move(cause), {}};
    mode_ = Mode::broken;
    return Event::broken;
}

void Fragmenter::begin_line() {
    mode_ = Mode::line;
    line_start_ = response_.text.size();
    line_length_ = 0;
    tail_.clear();
}

void Fragmenter::begin_response() {
    if (response_.text.capacity() > kept_octets) std::string().swap(response_.text);
    response_.text.clear();
    response_.literals.clear();
    first_line_ = true;
    dropping_ = false;
    finished_ = false;
    begin_line();
}

std::string_view Fragmenter::prefix() const {
    return std::string_view(response_.text).substr(0, prefix_octets);
}

bool Fragmenter::idle() const {
    return finished_ || (mode_ == Mode::line && first_line_ && line_length_ == 0);
}

void Fragmenter::reset() {
    begin_response();
    literal_size_ = 0;
    literal_left_ = 0;
    error_ = {};
}

}  // namespace godwit::imap

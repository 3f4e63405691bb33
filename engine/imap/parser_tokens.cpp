#include "engine/imap/parser_tokens.h"

namespace godwit::imap {

Reader::Reader(const RawResponse& raw, const WireLimits& limits)
    : text_(raw.text), raw_(&raw), limits_(limits) {}

Reader::Reader(std::string_view text, const WireLimits& limits) : text_(text), limits_(limits) {}

bool Reader::expect(char c) {
    if (accept(c)) return true;
    switch (c) {
        case '(': return fail("( expected");
        case ')': return fail(") expected");
        default: return fail("unexpected octet");
    }
}

bool Reader::nil() {
    if (at_ == text_.size() || (text_[at_] != 'N' && text_[at_] != 'n')) return false;
    const std::size_t before = at_;
    if (is_word(word(), "NIL")) return true;
    at_ = before;
    return false;
}

bool Reader::literal_starts() const {
    return next_is('{') || (next_is('~') && text_.substr(at_ + 1).starts_with('{'));
}

// The framing decides where literals are; here they are only found again. The two must agree.
bool Reader::literal(Octets& value) {
    const std::size_t line_end = text_.find('\n', at_);
    if (!raw_ || line_end == std::string_view::npos || literals_met_ == raw_->literals.size())
        return fail("literal expected");
    const RawResponse::Literal& found = raw_->literals[literals_met_];
    const std::size_t octets_at = line_end + 1;
    accept('~');
    std::uint64_t announced = 0;
    if (!expect('{') || !number(announced)) return false;
    accept('+');
    if (!accept('}') || at_ + 2 != octets_at || found.offset != octets_at || found.size != announced)
        return fail("literal out of place");
    ++literals_met_;
    at_ = octets_at;
    value = {{}, found.size, found.streamed};
    if (found.streamed) return true;
    if (found.size > text_.size() - at_) return fail("literal cut short");
    value.bytes = text_.substr(at_, static_cast<std::size_t>(found.size));
    at_ += value.bytes.size();
    return true;
}

// A backslash before anything but a quote or a backslash stays: servers forget to escape it.
bool Reader::quoted(std::string& value) {
    value.clear();
    if (!expect('"')) return false;
    for (;;) {
        value += run(ends_quoted_run);
        if (accept('"')) return true;
        if (!accept('\\')) return fail("quoted string without an end");
        if (!next_is('"') && !next_is('\\')) {
            value += '\\';
            continue;
        }
        value += text_[at_++];
    }
}

bool Reader::plain_quoted(std::string_view& value) {
    const std::size_t before = at_;
    if (accept('"')) {
        value = run(ends_quoted_run);
        if (accept('"')) return true;
    }
    at_ = before;
    return false;
}

bool Reader::string(std::string& value) {
    if (next_is('"')) return quoted(value);
    if (!literal_starts()) return fail("string expected");
    Octets octets;
    if (!literal(octets)) return false;
    if (octets.streamed) return fail("literal too large here");
    value = octets.bytes;
    return true;
}

bool Reader::astring(std::string& value) {
    if (next_is('"') || literal_starts()) return string(value);
    value = atom();
    return !value.empty() || fail("string or atom expected");
}

bool Reader::nstring(std::optional<std::string>& value) {
    value.reset();
    return nil() || astring(value.emplace());
}

bool Reader::skip_value() {
    std::size_t depth = 0;
    std::size_t count = 0;
    std::string ignored;
    do {
        skip_spaces();
        if (++count > limits_.list_items) return fail("list too long");
        if (accept('(')) {
            if (++depth > limits_.nesting) return fail("nested too deeply");
        } else if (depth > 0 && accept(')')) {
            --depth;
        } else if (next_is('"')) {
            if (!quoted(ignored)) return false;
        } else if (literal_starts()) {
            Octets octets;
            if (!literal(octets)) return false;
        } else if (atom().empty()) {
            return fail("value expected");
        }
    } while (depth > 0);
    return true;
}

bool Reader::finish() {
    skip_spaces();
    if (!at_end()) return fail("something after the end");
    if (raw_ && literals_met_ != raw_->literals.size()) return fail("a literal is left over");
    return true;
}

bool Reader::fail(const char* what) {
    if (!failure_) {
        failure_ = what;
        failed_at_ = at_;
    }
    return false;
}

Error Reader::error(std::string_view response_name) const {
    std::string cause = "bad " + printable(response_name, 40) + " response at octet " +
                        std::to_string(failed_at_) + ": " + (failure_ ? failure_ : "not understood");
    return {ErrorKind::protocol_error, Reach::account, std::move(cause), {}};
}

}  // namespace godwit::imap

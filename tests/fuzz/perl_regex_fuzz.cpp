// No expression and no text does harm: what is accepted answers twice alike, within its limit, and keeps UTF-8 what it is.
// Input: a byte for the kind of text, the expression, the text.
#include "engine/base/utf8.h"
#include "engine/sync/perl_regex.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace godwit::fuzz;
using namespace godwit::sync;

void check_substitution(std::string_view expression, std::string_view text, Subject subject) {
    const auto substitution = Substitution::parse(expression, subject);
    if (!substitution) return require(!substitution.error().cause.empty() && !substitution.error().context.empty());
    const auto out = substitution->apply(text);
    if (!out) return require(out.error().reach == godwit::Reach::message);
    require(out->size() <= std::max<std::size_t>(64 * text.size(), 1u << 20));
    require(subject == Subject::octets || godwit::is_utf8(*out));
    const auto again = substitution->apply(text);
    require(again && *again == *out);
}

void check_regex(std::string_view expression, std::string_view text, Subject subject) {
    const auto regex = Regex::parse(expression, subject);
    if (!regex) return require(!regex.error().cause.empty() && !regex.error().context.empty());
    require(regex->matches(text) == regex->matches(std::string(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const Subject subject = input.byte() % 2 ? Subject::utf8 : Subject::octets;
    const auto expression = input.text();
    // Longer texts only take longer.
    const auto text = input.rest().substr(0, 4096);
    check_substitution(expression, text, subject);
    check_regex(expression, text, subject);
    return 0;
}

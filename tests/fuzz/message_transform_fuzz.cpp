// What options do to messages. Input: a byte of options, one that chooses an expression, the message.
#include <array>

#include "engine/sync/message_key.h"
#include "engine/sync/message_transform.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace godwit::fuzz;
using namespace godwit::sync;

constexpr std::array<const char*, 6> expressions = {
    R"(s{\A(.*?(?! ^$)^Date:(.*?)$)(.*)\z}{$1\nReceived: From; $2\n$3}gsm)",
    R"(s{\A((?:[^\n]+\n)+|)^Disposition-Notification-To:[^\n]*\n(\r?\n|.*\n\r?\n)}{$1$2}xms)",
    R"(s/(.{10})/$1\r\n/g)",
    R"(s/(?<!\r)\n/\r\n/g)",
    R"(tr [\x80-\xff\0] [X?])",
    R"(s/(a+)+$/\U$1/gi)",
};

constexpr std::string_view receipt = "Disposition-Notification-To";

// Each of them alone, since what follows may hide what it did.
void check_one_option(const std::string& message) {
    const auto disarmed = MessageTransform::make({.disarmreadreceipts = true})->apply(message, 1, 2);
    require(disarmed.has_value() == !message.empty());
    if (disarmed) require(disarmed->octets.size() == message.size() + (header_field(message, receipt) ? 2 : 0));
    const auto added = MessageTransform::make({.addheader = true})->apply(message, 1, 2);
    if (!added) return;
    require(message_key(added->octets) == message_key(message));
    require(header_field(added->octets, "Message-ID") || header_field(added->octets, "Received"));
    require(added->octets.ends_with(message));
    require(MessageTransform::make({.addheader = true})->apply(added->octets, 1, 2)->octets == added->octets);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const auto options = input.byte(), number = input.byte();
    const std::string message(input.rest());
    check_one_option(message);
    SyncOptions chosen{.disarmreadreceipts = (options & 1) != 0, .addheader = (options & 2) != 0};
    if (options & 4) chosen.truncmess = number;
    if (options & 8) chosen.maxlinelength = number;
    if (options & 16) chosen.minmaxlinelength = number;
    if (options & 32) chosen.regexmess.push_back(expressions[number % expressions.size()]);
    if (options & 64) chosen.skipmess.push_back("/^Subject: .*secret/m");
    const auto transform = MessageTransform::make(chosen);
    require(transform.has_value());
    const auto out = transform->apply(message, 1, 2);
    if (!out) return require(out.error().reach == godwit::Reach::message), 0;
    if (!transform->needed()) require(out->octets == message);
    if (chosen.truncmess && !out->skipped) require(out->octets.size() <= chosen.truncmess);
    return 0;
}

#include "tools/fakeimap/personas.h"

#include <charconv>

#include "tools/fakeimap/rewrite.h"

namespace godwit::fakeimap {
namespace {

// All that the fake has, as Dovecot and Cyrus offer it.
constexpr std::string_view everything =
    "IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID ENABLE NAMESPACE CHILDREN LIST-EXTENDED LIST-STATUS "
    "STATUS=SIZE SPECIAL-USE "
    "UIDPLUS MULTIAPPEND UNSELECT MOVE ESEARCH CONDSTORE";

std::string without(std::string capabilities, std::string_view word) {
    const auto at = capabilities.find(" " + std::string(word));
    return capabilities.erase(at, word.size() + 1);
}

// Does all that it should: Dovecot on a good day.
Persona plain() { return {.capabilities = std::string(everything)}; }

// Dovecot whose client is killed within a MULTIAPPEND stores the messages 10 to 80 ms later, with nobody
// there to read the answer; so does any server behind a proxy that delivers what its client sent last.
Persona late_commit() {
    auto persona = plain();
    persona.late_commit_every = 5;
    return persona;
}

// GNU Mailutils and old Domino: no word of the UIDs given. The rest as on plain, so that only this differs.
Persona no_uidplus() {
    auto persona = plain();
    persona.capabilities = without(persona.capabilities, "UIDPLUS");
    return persona;
}

// hMailServer 4, and the servers in devices and old groupware: RFC 3501 and nothing beside.
Persona no_extensions() { return {.capabilities = "IMAP4rev1"}; }

// Domino, and Exchange where it rebuilds the header from what it has kept of a message; gateways that put a
// mark before the subject.
Persona rewriting() {
    auto persona = plain();
    persona.on_append = [](Message& message) { return rewrite_header(message), true; };
    return persona;
}

// Cyrus makes X of 8-bit octets of headers; DBmail writes Received anew; many fold long fields their own way.
Persona refolding() {
    auto persona = plain();
    persona.on_append = [](Message& message) { return refold_header(message), true; };
    return persona;
}

// Gmail.
Persona deduplicating() {
    Persona persona{
        .capabilities =
            "IMAP4rev1 UNSELECT NAMESPACE ID CHILDREN X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE ESEARCH "
            "LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE SASL-IR AUTH=PLAIN"};
    persona.folders = {{"[Gmail]", "\\Noselect"},
                       {"[Gmail]/All Mail", "\\All"},
                       {"[Gmail]/Sent Mail", "\\Sent"},
                       {"[Gmail]/Spam", "\\Junk"},
                       {"[Gmail]/Trash", "\\Trash"}};
    persona.deduplicates = true;
    persona.all_mail = "[Gmail]/All Mail";
    return persona;
}

// Exchange Online; its sizes are those of its own form of a message, not of what it delivers.
Persona backing_off() {
    Persona persona{
        .capabilities =
            "IMAP4 IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN NAMESPACE LITERAL+"};
    persona.throttle_every = 100;
    persona.size_lies = true;
    persona.errors_per_session = 10;
    return persona;
}

// Providers whose virus and spam filters look at what is in a folder already.
Persona filtering() {
    auto persona = plain();
    persona.filtered_every = 7;
    return persona;
}

// GNU Mailutils, where UIDVALIDITY is the time in seconds, and servers that keep everything in memory.
Persona reused_uidvalidity() {
    auto persona = plain();
    persona.reuses_uidvalidity = true;
    return persona;
}

// Dovecot and others whose index was lost or rebuilt; Proton Mail Bridge after an update.
Persona new_uidvalidity() {
    auto persona = plain();
    persona.renews_uidvalidity = true;
    return persona;
}

// Proton Mail Bridge: some answers have no APPENDUID, since the message comes back from elsewhere.
Persona deferred_appenduid() {
    auto persona = plain();
    persona.deferred_append_every = 3;
    return persona;
}

// DavMail had UID and UIDVALIDITY the wrong way round for years; servers that tell UIDNEXT for the UID race
// with others.
Persona wrong_appenduid() {
    auto persona = plain();
    persona.wrong_appenduid_every = 3;
    return persona;
}

// Stalwart stores a batch message by message and stops where the quota does; single messages: everybody.
Persona filling_up() {
    auto persona = plain();
    persona.quota_messages = 100;
    persona.atomic_multiappend = false;
    return persona;
}

// Stalwart: an error within a batch leaves what was stored before it.
Persona non_atomic_multiappend() {
    auto persona = plain();
    persona.refused_every = 50;
    persona.atomic_multiappend = false;
    return persona;
}

// WildDuck.
Persona thousand_selects() {
    auto persona = plain();
    persona.selects_per_session = 1'000;
    return persona;
}

// Courier: no extension to speak of, and a made-up message where the real one is gone.
Persona courier_gone() {
    Persona persona{.capabilities = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE AUTH=PLAIN ENABLE"};
    persona.delimiter = '.';
    persona.prefix = "INBOX.";
    persona.gone_is_made_up = true;
    return persona;
}

// GNU Mailutils; Courier at times.
Persona ignores_append_flags() {
    Persona persona{.capabilities = "IMAP4rev1 NAMESPACE ID LITERAL+ UNSELECT AUTH=PLAIN"};
    persona.keywords = false;
    persona.ignores_append_flags = true;
    return persona;
}

// Exchange, hMailServer, servers on macOS and Windows.
Persona case_blind() {
    auto persona = plain();
    persona.case_blind = true;
    return persona;
}

// What Dovecot 2.3 offers, and so tells: VANISHED too.
Persona dovecot() { return {.capabilities = std::string(everything) + " QRESYNC"}; }

// Servers behind whose back others write to the same store: HIGHESTMODSEQ is that of a cache.
Persona modseq_stands() {
    auto persona = plain();
    persona.modseq_stands = true;
    return persona;
}

// CONDSTORE as RFC 4551 had it, where an expunge need not raise HIGHESTMODSEQ; without QRESYNC.
Persona expunges_quietly() {
    auto persona = plain();
    persona.expunges_quietly = true;
    return persona;
}

struct Named {
    std::string_view name;
    Persona (*make)();
};
constexpr auto named = std::to_array<Named>({
    {"plain", plain},
    {"late_commit", late_commit},
    {"no_uidplus", no_uidplus},
    {"no_extensions", no_extensions},
    {"rewriting", rewriting},
    {"refolding", refolding},
    {"deduplicating", deduplicating},
    {"backing_off", backing_off},
    {"filtering", filtering},
    {"reused_uidvalidity", reused_uidvalidity},
    {"new_uidvalidity", new_uidvalidity},
    {"deferred_appenduid", deferred_appenduid},
    {"wrong_appenduid", wrong_appenduid},
    {"filling_up", filling_up},
    {"non_atomic_multiappend", non_atomic_multiappend},
    {"thousand_selects", thousand_selects},
    {"courier_gone", courier_gone},
    {"ignores_append_flags", ignores_append_flags},
    {"case_blind", case_blind},
    {"dovecot", dovecot},
    {"modseq_stands", modseq_stands},
    {"expunges_quietly", expunges_quietly},
});

struct Field {
    std::string_view name;
    std::variant<std::string Persona::*, char Persona::*, std::uint64_t Persona::*, bool Persona::*> member;
};
constexpr auto fields = std::to_array<Field>({
    {"capabilities", &Persona::capabilities},
    {"delimiter", &Persona::delimiter},
    {"prefix", &Persona::prefix},
    {"keywords", &Persona::keywords},
    {"seed", &Persona::seed},
    {"case_blind", &Persona::case_blind},
    {"searched_messages", &Persona::searched_messages},
    {"late_commit_every", &Persona::late_commit_every},
    {"late_commit_least_ms", &Persona::late_commit_least_ms},
    {"late_commit_most_ms", &Persona::late_commit_most_ms},
    {"deferred_append_every", &Persona::deferred_append_every},
    {"wrong_appenduid_every", &Persona::wrong_appenduid_every},
    {"refused_every", &Persona::refused_every},
    {"filtered_every", &Persona::filtered_every},
    {"quota_messages", &Persona::quota_messages},
    {"quota_bytes", &Persona::quota_bytes},
    {"atomic_multiappend", &Persona::atomic_multiappend},
    {"ignores_append_flags", &Persona::ignores_append_flags},
    {"deduplicates", &Persona::deduplicates},
    {"all_mail", &Persona::all_mail},
    {"reuses_uidvalidity", &Persona::reuses_uidvalidity},
    {"renews_uidvalidity", &Persona::renews_uidvalidity},
    {"modseq_stands", &Persona::modseq_stands},
    {"expunges_quietly", &Persona::expunges_quietly},
    {"size_lies", &Persona::size_lies},
    {"gone_is_made_up", &Persona::gone_is_made_up},
    {"throttle_every", &Persona::throttle_every},
    {"throttle_backoff_ms", &Persona::throttle_backoff_ms},
    {"errors_per_session", &Persona::errors_per_session},
    {"selects_per_session", &Persona::selects_per_session},
});

bool assign(std::string& field, std::string_view value) { return field = value, true; }
bool assign(char& field, std::string_view value) { return value.size() == 1 && (field = value[0], true); }
bool assign(bool& field, std::string_view value) {
    return field = value == "true", field || value == "false";
}
bool assign(std::uint64_t& field, std::string_view value) {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), field);
    return error == std::errc() && end == value.data() + value.size();
}

}  // namespace

std::optional<Persona> persona_named(std::string_view name) {
    const auto found = std::ranges::find(named, name, &Named::name);
    return found == named.end() ? std::nullopt : std::optional(found->make());
}

std::vector<std::string_view> persona_names() {
    std::vector<std::string_view> names(named.size());
    std::ranges::transform(named, names.begin(), &Named::name);
    return names;
}

Result<void> set_field(Persona& persona, std::string_view name, std::string_view value) {
    const auto refused = [&](std::string why) {
        return fail(ErrorKind::invalid_argument, Reach::node, std::move(why), "setting " + printable(name));
    };
    const auto found = std::ranges::find(fields, name, &Field::name);
    if (found == fields.end()) return refused("a persona has no such field");
    const bool good = std::visit([&](auto member) { return assign(persona.*member, value); }, found->member);
    if (!good) return refused("not a value for it: " + printable(value));
    return {};
}

std::vector<std::string_view> field_names() {
    std::vector<std::string_view> names(fields.size());
    std::ranges::transform(fields, names.begin(), &Field::name);
    return names;
}

}  // namespace godwit::fakeimap

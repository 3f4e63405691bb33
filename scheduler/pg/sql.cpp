#include "scheduler/pg/sql.h"

#include <openssl/evp.h>

#include <boost/json.hpp>
#include "engine/base/utf8.h"

namespace godwit::scheduler::pg {

namespace json = boost::json;

Executor::Refused refusal(ErrorKind kind, std::string cause) {
    return Executor::Refused{{kind, Reach::account, std::move(cause), {}}};
}

const std::string& require_text(const std::string& text, std::string_view what) {
    if (text.contains('\0') || !is_utf8(text))
        throw refusal(ErrorKind::invalid_argument, std::string(what) + " is not text");
    return text;
}

std::string text_array(const std::vector<std::string>& values) {
    std::string out = "{";
    for (const auto& value : values) {
        out += out.size() > 1 ? ",\"" : "\"";
        for (const char c : value) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out += '}';
}

std::string bytea(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\\x";
    out.reserve(2 + 2 * bytes.size());
    for (const unsigned char byte : bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string bytes_of(const pqxx::field& field) { return pqxx::binarystring(field).str(); }

std::string uuid_digest(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return bytea(std::string_view(reinterpret_cast<const char*>(digest.data()), 16)).substr(2);
}

WallTime time_of(const pqxx::field& epoch_seconds) {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(
        std::chrono::duration<double>(epoch_seconds.as<double>())));
}

std::optional<WallTime> optional_time_of(const pqxx::field& epoch_seconds) {
    if (epoch_seconds.is_null()) return std::nullopt;
    return time_of(epoch_seconds);
}

std::optional<Error> error_of(const pqxx::row& row, int first) {
    if (row[first].is_null()) return std::nullopt;
    Error error;
    error.kind = error_kind_of(row[first].c_str()).value_or(ErrorKind::internal);
    for (const Reach reach : {Reach::message, Reach::folder, Reach::account, Reach::host, Reach::node})
        if (name_of(reach) == row[first + 1].c_str()) error.reach = reach;
    error.cause = row[first + 2].as<std::string>("");
    error.context = row[first + 3].as<std::string>("");
    return error;
}

ErrorParameters::ErrorParameters(const std::optional<Error>& error) {
    if (!error) return;
    kind = name_of(error->kind);
    reach = name_of(error->reach);
    cause = printable(error->cause, 1000);
    context = printable(error->context, 1000);
}

sync::Counters counters_of(const pqxx::row& row, int first) {
    sync::Counters counters;
    for (const auto& field : sync::counter_fields()) counters.*field.member = row[first++].as<std::uint64_t>(0);
    return counters;
}

std::string counters_json(const sync::Counters& counters) {
    json::object out;
    for (const auto& field : sync::counter_fields()) out[field.name] = counters.*field.member;
    return json::serialize(out);
}

sync::Counters counters_from_json(const std::string& text) {
    sync::Counters counters;
    const auto parsed = json::parse(text).as_object();
    for (const auto& field : sync::counter_fields())
        if (const auto* value = parsed.if_contains(field.name))
            counters.*field.member = value->to_number<std::uint64_t>();
    return counters;
}

std::string skipped_json(const sync::SkipCounts& skipped) {
    json::object out;
    for (std::size_t i = 0; i < skipped.size(); ++i)
        if (skipped[i] > 0) out[name_of(static_cast<sync::SkipReason>(i))] = skipped[i];
    return json::serialize(out);
}

sync::SkipCounts skipped_from_json(const std::string& text) {
    sync::SkipCounts skipped{};
    const auto parsed = json::parse(text).as_object();
    for (std::size_t i = 0; i < skipped.size(); ++i)
        if (const auto* value = parsed.if_contains(name_of(static_cast<sync::SkipReason>(i))))
            skipped[i] = value->to_number<std::uint64_t>();
    return skipped;
}

Account account_of(const pqxx::row& row, int first) {
    Account account;
    account.host = row[first].c_str();
    account.port = static_cast<std::uint16_t>(row[first + 1].as<int>());
    account.tls = net::tls_mode_of(row[first + 2].c_str()).value_or(net::TlsMode::implicit);
    account.verify = row[first + 3].as<bool>();
    account.user = row[first + 4].c_str();
    account.auth_user = row[first + 5].c_str();
    return account;
}

}  // namespace godwit::scheduler::pg

#include "engine/sync/ledger_segment.h"

#include <array>

namespace godwit::sync {
namespace {

constexpr char format_1 = 1;
constexpr std::size_t entry_bytes = 18;

template <class Number>
void put(std::string& out, Number value) {
    for (int shift = 8 * (sizeof value - 1); shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift & 0xff);
}

template <class Number>
Number take(std::string_view& bytes) {
    Number value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
        value = static_cast<Number>(value << 8 | static_cast<unsigned char>(bytes[i]));
    bytes.remove_prefix(sizeof value);
    return value;
}

std::uint8_t provenance_bits(Provenance provenance) {
    static constexpr std::array<std::uint8_t, 4> bits{0, 0x80, 0x40, 0xc0};
    return bits[static_cast<std::size_t>(provenance)];
}

Provenance provenance_of(std::uint8_t bits) {
    static constexpr std::array by_bits{Provenance::put, Provenance::removed, Provenance::matched, Provenance::filtered};
    return by_bits[bits >> 6];
}

}  // namespace

std::string encode_segment(std::span<const LedgerEntry> entries) {
    std::string out(1, format_1);
    out.reserve(1 + entry_bytes * entries.size());
    for (const auto& entry : entries) {
        put(out, entry.source_uid);
        put(out, entry.destination_uid);
        put(out, provenance_bits(entry.provenance));
        put(out, entry.flags);
        put(out, entry.key_hash);
    }
    return out;
}

Result<std::vector<LedgerEntry>> decode_segment(std::string_view bytes) {
    const auto damaged = [](std::string cause) {
        return fail(ErrorKind::database, Reach::account, cause, "ledger segment");
    };
    if (bytes.empty() || bytes[0] != format_1) return damaged("unknown format");
    bytes.remove_prefix(1);
    if (bytes.size() % entry_bytes != 0) return damaged("wrong length");
    std::vector<LedgerEntry> entries;
    entries.reserve(bytes.size() / entry_bytes);
    while (!bytes.empty()) {
        LedgerEntry entry;
        entry.source_uid = take<std::uint32_t>(bytes);
        entry.destination_uid = take<std::uint32_t>(bytes);
        const auto bits = take<std::uint8_t>(bytes);
        entry.provenance = provenance_of(bits);
        entry.flags = take<std::uint8_t>(bytes);
        entry.key_hash = take<std::uint64_t>(bytes);
        if (!entries.empty() && entries.back().source_uid >= entry.source_uid) return damaged("out of order");
        entries.push_back(entry);
    }
    return entries;
}

std::vector<LedgerEntry> merge_entries(std::vector<LedgerEntry> older, std::vector<LedgerEntry> newer) {
    std::vector<LedgerEntry> out;
    out.reserve(older.size() + newer.size());
    auto a = older.begin();
    for (auto& entry : newer) {
        while (a != older.end() && a->source_uid < entry.source_uid) out.push_back(*a++);
        if (a != older.end() && a->source_uid == entry.source_uid) ++a;
        out.push_back(entry);
    }
    out.insert(out.end(), a, older.end());
    return out;
}

}  // namespace godwit::sync

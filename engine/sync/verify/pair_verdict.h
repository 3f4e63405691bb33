// What is wrong with a copy: a message and its copy in, findings in words out. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/imap/commands.h"
#include "engine/sync/octet_hash.h"
#include "engine/sync/request.h"

namespace godwit::sync {

// The octets of a message, as far as they are known.
struct Octets {
    OctetDigest digest{};
    std::uint64_t size = 0;
};

// "size 1234 at the source, 1236 at the destination".
std::string sizes_in_words(std::uint64_t source, std::uint64_t destination);

// Nothing: they are the same. The size says it where it differs, else the digests.
std::optional<std::string> octets_differ(const Octets& source, const Octets& destination);

// `wanted` is what the options make of the source's flags. Keywords are compared without regard to case (RFC 9051 section
// 2.3.2). What the copy has beyond that counts if the destination can store it and `gains_count` (resyncflags, exact).
// Nothing: no difference.
std::optional<std::string> flags_differ(const std::vector<std::string>& wanted, const std::vector<std::string>& there,
                                        const imap::SelectedFolder& destination, bool gains_count);

// Instants, in seconds since the epoch.
std::optional<std::string> dates_differ(std::int64_t source, std::int64_t destination);

// Whether messages whose listed sizes differ are read to see who is right: some servers list sizes of a form of the message
// that they never deliver (Exchange), others change what they store. One folder's.
class SizeDoubt {
public:
    // Asked for each pair with different sizes; true: read it, and tell.
    bool wants_to_read(std::uint64_t size) {
        const bool mixed = refuted_ > 0 && confirmed_ > 0;
        const bool reads = asked_ < pattern || (mixed && asked_ < most_read && bytes_ < most_bytes);
        if (reads) bytes_ += size, ++asked_;
        return reads;
    }
    void tell(bool differs) { ++(differs ? confirmed_ : refuted_); }
    // Of those that are not read: whether their sizes say that they were altered.
    bool believes_sizes() const { return refuted_ == 0; }

private:
    static constexpr std::uint64_t pattern = 20, most_read = 500, most_bytes = 64u << 20;
    std::uint64_t asked_ = 0, bytes_ = 0, confirmed_ = 0, refuted_ = 0;
};

}  // namespace godwit::sync

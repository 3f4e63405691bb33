// Displaced: messages without a copy in their folder, and destination messages without an original. One may be the other:
// somebody has moved it there.
//
// What is found is said at the end of the pass, when all folders are known; beyond some limits at once, so that memory stays
// flat.
#pragma once

#include <deque>
#include <map>
#include <unordered_map>

#include "engine/sync/verify/finding_log.h"

namespace godwit::sync {

class Displaced {
public:
    Displaced(Pass& pass, FindingLog& log) : pass_(pass), log_(log) {}

    // `kind` is what it is if its copy stands nowhere; `key_hash` 0: nobody can tell.
    struct Gone {
        FindingKind kind;
        std::uint32_t folder;      // from name_folder()
        std::uint32_t uid, destination_uid;
        std::uint64_t size, key_hash;
    };
    struct Stray {
        std::uint32_t uid;
        std::uint64_t size;
    };

    std::uint32_t name_folder(const std::string& source, const std::string& destination) {
        names_.emplace_back(source, destination);
        return static_cast<std::uint32_t>(names_.size() - 1);
    }
    bool takes_more() const { return gone_.size() < most_gone; }
    void add_gone(const Gone& gone);
    // A message of a destination folder (raw and display name) that belongs to no source message.
    void add_stray(const std::string& raw, const std::string& display, const Stray& stray);

    // Looks for what is gone among the strays, and then in `unvisited` folders of the destination (raw names), as far as they
    // are not too large for that; says all that was kept back.
    Awaitable<Result<void>> resolve(const std::vector<std::string>& unvisited);

private:
    static constexpr std::size_t most_gone = 100'000, most_strays = 200'000, most_searched = 200'000;
    struct Folder {
        std::string display;
        std::vector<Stray> strays;
    };

    Awaitable<Result<void>> look_among_strays(const std::string& raw, Folder& folder);
    Awaitable<Result<void>> look_everywhere_in(const std::string& raw);
    bool claim(std::uint64_t key_hash, std::uint32_t uid, const std::string& display);
    void say(const Gone& gone);
    void say_stray(const std::string& display, const Stray& stray);

    Pass& pass_;
    FindingLog& log_;
    std::vector<std::pair<std::string, std::string>> names_;   // display names at the source and at the destination
    std::deque<Gone> gone_;
    std::unordered_multimap<std::uint64_t, std::size_t> by_key_;   // of those still looked for
    std::map<std::string, Folder> folders_;                        // by raw name
    std::size_t strays_ = 0, searched_ = 0;
};

}  // namespace godwit::sync

// Random trees and options; what fault_of() says holds of all of them.
#include <gtest/gtest.h>

#include <random>

#include "engine/imap/folder_name.h"
#include "tests/engine/sync/folder_maps.h"
#include "tests/support/folder_map_checks.h"

namespace godwit::sync {
namespace {

class Dice {
public:
    explicit Dice(unsigned seed) : random_(seed) {}
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    template <class T, std::size_t n>
    const T& of(const T (&choices)[n]) {
        return choices[below(n)];
    }

private:
    std::mt19937 random_;
};

std::string name(Dice& dice, char delimiter) {
    static const char* const levels[] = {"INBOX",
                                         "inbox",
                                         "a",
                                         "A",
                                         "b",
                                         "a.b",
                                         "a_b",
                                         "a/b",
                                         "Sent",
                                         "sent",
                                         "Sent Items",
                                         "Trash",
                                         "Papierkorb",
                                         "Entw&APw-rfe",
                                         "ENTW&ANw-RFE",
                                         " x ",
                                         "100%",
                                         "a%b",
                                         "a*b",
                                         "&",
                                         "\xff",
                                         "",
                                         "cur",
                                         "S"};
    std::string raw = dice.of(levels);
    while (dice.one_in(3)) raw += delimiter + std::string(dice.of(levels));
    if (dice.one_in(40)) raw += std::string(dice.below(300), 'n');
    return raw;
}

FolderTree tree(Dice& dice) {
    static const char delimiters[] = {'/', '.', '\\', '^'};
    static const char* const attributes[] = {"\\Sent",        "\\Trash",  "\\Noselect",
                                             "\\NonExistent", "\\Drafts", "\\HasChildren"};
    const char delimiter = dice.of(delimiters);
    const std::string prefix = dice.one_in(2) ? "" : std::string("INBOX") + delimiter;
    std::vector<Listed> rows = {"INBOX"};
    for (std::size_t i = dice.below(25); i > 0; --i) {
        Listed row((dice.one_in(5) ? "" : prefix) + name(dice, delimiter), {}, dice.one_in(3));
        if (dice.one_in(6)) row.attributes.push_back(dice.of(attributes));
        rows.push_back(std::move(row));
    }
    std::vector<std::string> foreign;
    if (dice.one_in(4)) foreign.push_back(std::string("b") + delimiter);
    auto made =
        folder_tree(dice.one_in(20) ? std::nullopt : std::optional(delimiter), prefix, std::move(rows), std::move(foreign));
    made.case_blind = dice.one_in(3);
    return made;
}

SyncOptions options(Dice& dice, const FolderTree& source) {
    static const char* const patterns[] = {"^a", "Sent", "ü", "&APw-", "[A-C]", "b$"};
    static const char* const renames[] = {"s/a/b/", "s/^.*$/x/", "s,^[^/]*/,,", "s/Sent.*/Sent/", "s/a$//", "s/ü/ue/"};
    const auto known = [&] {
        return dice.one_in(8) ? "unknown" : source.folders[dice.below(source.folders.size())].data.name;
    };
    SyncOptions options;
    if (dice.one_in(4)) options.folder = {known(), known()};
    if (dice.one_in(4)) options.folderrec = {known()};
    if (dice.one_in(6)) options.include = {dice.of(patterns)};
    if (dice.one_in(4)) options.exclude = {dice.of(patterns)};
    if (dice.one_in(4)) options.folderfirst = {known(), known()};
    if (dice.one_in(4)) options.folderlast = {known()};
    options.subscribed = dice.one_in(8);
    options.automap = dice.one_in(2);
    options.fixslash2 = !dice.one_in(3);
    if (dice.one_in(3))
        if (const auto from = known(); !from.empty() && !from.contains('='))
            options.f1f2 = {from + "=" + dice.of(patterns), from + "=Sent"};
    for (std::size_t i = dice.below(3); i > 0; --i) options.regextrans2.push_back(dice.of(renames));
    if (dice.one_in(6)) options.subfolder2 = dice.one_in(2) ? "S" : "INBOX.Käse";
    if (dice.one_in(10)) options.subfolder1 = "a";
    if (dice.one_in(6)) options.prefix1 = dice.one_in(2) ? "" : "a.";
    if (dice.one_in(6)) options.prefix2 = dice.one_in(2) ? "" : "INBOX.";
    if (dice.one_in(8)) options.sep1 = "/";
    if (dice.one_in(8)) options.sep2 = ".";
    if (!dice.one_in(3)) options.mixfolders = dice.one_in(2);
    return options;
}

TEST(FolderMapProperty, NothingIsLostAndNothingMeetsUnasked) {
    int mapped = 0;
    for (unsigned seed = 0; seed < 4000; ++seed) {
        Dice dice(seed);
        const auto source = tree(dice), given = tree(dice);
        const auto rules = FolderRules::make(options(dice, source));
        ASSERT_TRUE(rules) << seed;
        const auto destination = rules->overridden(given, Side::destination);
        const auto map = map_folders(source, destination, *rules);
        if (!map) {
            EXPECT_EQ(map.error().context, "subfolder1 \"a\"") << seed;
            continue;
        }
        mapped += static_cast<int>(map->folders.size());
        ASSERT_EQ(fault_of(*map, source, destination), "") << seed;
        ASSERT_EQ(fault_of_renames(*map, source, destination), "") << seed;
        ASSERT_TRUE(same(*map, *map_folders(source, destination, *rules))) << seed;
    }
    EXPECT_GT(mapped, 10'000);
}

// What is selected, and in which order, decides not who keeps a name that none of the options has made.
TEST(FolderMapProperty, TheOrderOfTheListDoesNotMatter) {
    for (unsigned seed = 0; seed < 500; ++seed) {
        Dice dice(seed);
        auto source = tree(dice);
        const auto destination = tree(dice);
        std::set<std::string> keys;  // of a folder listed twice the first row counts
        std::erase_if(source.folders,
                      [&](const auto& folder) { return !keys.insert(listed_key(folder.data.name)).second; });
        const auto rules = FolderRules::make({.automap = true});
        const auto before = map_folders(source, destination, *rules);
        std::ranges::reverse(source.folders);
        ASSERT_TRUE(same(*before, *map_folders(source, destination, *rules))) << seed;
    }
}

}  // namespace
}  // namespace godwit::sync

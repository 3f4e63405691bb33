#include "engine/net/unwritten.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using godwit::net::Unwritten;

namespace {

using Pieces = std::vector<std::string_view>;

std::string gathered(const Unwritten& left, std::size_t vectors) {
    std::vector<iovec> room(vectors);
    std::string out;
    for (const auto& piece : left.gather(room)) {
        EXPECT_GT(piece.iov_len, 0u);
        out.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    }
    return out;
}

TEST(Unwritten, NothingIsLeftOfNothing) {
    EXPECT_TRUE(Unwritten({}).empty());
    const Pieces blank{"", ""};
    EXPECT_TRUE(Unwritten(blank).empty());
}

TEST(Unwritten, EveryStepLeavesTheRest) {
    const Pieces pieces{"", "ab", "", "cde", "f", ""};
    const std::string whole = "abcdef";
    std::array<char, 4> scratch;
    for (std::size_t step = 1; step <= whole.size(); ++step) {
        Unwritten left(pieces);
        for (std::size_t at = 0; at < whole.size(); at += step) {
            ASSERT_FALSE(left.empty());
            EXPECT_EQ(gathered(left, 8), whole.substr(at));
            EXPECT_EQ(left.joined(scratch), whole.substr(at, 4));
            left.advance(std::min(step, whole.size() - at));
        }
        EXPECT_TRUE(left.empty());
        EXPECT_EQ(left.joined(scratch), "");
    }
}

TEST(Unwritten, TakesWhatFits) {
    const Pieces pieces{"ab", "", "c", "d"};
    EXPECT_EQ(gathered(Unwritten(pieces), 1), "ab");
    EXPECT_EQ(gathered(Unwritten(pieces), 2), "abc");
}

TEST(Unwritten, LargePiecesAreNotCopied) {
    const Pieces pieces{"abcd", "e"};
    std::array<char, 4> scratch;
    Unwritten left(pieces);
    EXPECT_EQ(left.joined(scratch).data(), pieces[0].data());
    left.advance(2);
    EXPECT_EQ(left.joined(scratch), "cde");
    left.advance(2);
    EXPECT_EQ(left.joined(scratch).data(), pieces[1].data());
}

}  // namespace

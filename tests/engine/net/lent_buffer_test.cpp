#include "engine/net/lent_buffer.h"

#include <algorithm>

#include <gtest/gtest.h>

using godwit::net::LentBuffer;

namespace {

std::string_view fill(LentBuffer& buffer, std::string_view text) {
    const auto room = buffer.room();
    std::ranges::copy(text, room.begin());
    return {room.data(), text.size()};
}

TEST(LentBuffer, IsLentUntilReleased) {
    LentBuffer buffer;
    EXPECT_FALSE(buffer.held());
    EXPECT_EQ(buffer.room().size(), LentBuffer::capacity);
    EXPECT_TRUE(buffer.held());
    EXPECT_EQ(buffer.room().data(), buffer.room().data());
    buffer.release();
    EXPECT_FALSE(buffer.held());
}

TEST(LentBuffer, AThreadKeepsOne) {
    LentBuffer one, other;
    const char* memory = one.room().data();
    EXPECT_NE(other.room().data(), memory);
    one.release();
    other.release();
    EXPECT_EQ(other.room().data(), memory);
}

TEST(LentBuffer, WhatIsKeptNeedsNoRoom) {
    LentBuffer buffer, other;
    const auto kept = buffer.keep(fill(buffer, "rest"));
    EXPECT_FALSE(buffer.held());
    fill(other, "else");
    EXPECT_EQ(kept, "rest");
    EXPECT_EQ(buffer.keep(kept.substr(1)), "est") << "kept once more, where it is";
    EXPECT_EQ(buffer.keep({}), "");
    const std::string elsewhere = "elsewhere";
    EXPECT_EQ(buffer.keep(elsewhere).data(), elsewhere.data());
}

}  // namespace

#include "engine/base/utf8.h"

#include <gtest/gtest.h>

namespace godwit {

TEST(Utf8, TheLineOfWhatIsNoText) {
    for (const auto* text : {"", "a\tb\r\nc\n", "ü\n€\n"}) EXPECT_EQ(line_of_odd_text(text), 0u) << text;
    EXPECT_EQ(line_of_odd_text("\x04"), 1u);
    EXPECT_EQ(line_of_odd_text("a\nb\x7f"), 2u);
    EXPECT_EQ(line_of_odd_text("a\n\nü\xc3\n\x01"), 3u);
    EXPECT_EQ(line_of_odd_text("a\x01\n\xff"), 1u);
    EXPECT_EQ(line_of_odd_text(std::string_view("\n\0", 2)), 2u);
}

}  // namespace godwit

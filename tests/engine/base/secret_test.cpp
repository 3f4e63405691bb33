#include "engine/base/secret.h"

#include <cstring>
#include <new>
#include <ostream>
#include <type_traits>

#include <fmt/format.h>
#include <gtest/gtest.h>

using godwit::Secret;

namespace {

template <class T>
concept Prints = requires(std::ostream& out, const T& value) {
    out << value;
};

TEST(Secret, DoesNotPrintOrConvert) {
    static_assert(!Prints<Secret<std::string>>);
    static_assert(!fmt::is_formattable<Secret<std::string>>::value);
    static_assert(!std::is_convertible_v<Secret<std::string>, std::string>);
    static_assert(!std::is_convertible_v<std::string, Secret<std::string>>);
}

TEST(Secret, CopiesAndMoves) {
    Secret<std::string> first(std::string("swordfish"));
    Secret<std::string> copy(first);
    EXPECT_EQ(copy.reveal(), "swordfish");
    Secret<std::string> moved(std::move(first));
    EXPECT_EQ(moved.reveal(), "swordfish");
    EXPECT_TRUE(first.empty());
    Secret<std::string> assigned;
    assigned = moved;
    const auto& itself = assigned;
    assigned = itself;
    EXPECT_EQ(assigned.reveal(), "swordfish");
    assigned = Secret<std::string>(std::string("other"));
    EXPECT_EQ(assigned.reveal(), "other");
    assigned = std::move(copy);
    EXPECT_EQ(assigned.reveal(), "swordfish");
    EXPECT_TRUE(copy.empty());
}

// A short string's bytes are inside the object, where they can be looked at after its end.
TEST(Secret, IsWipedWhenItDies) {
    alignas(Secret<std::string>) std::array<char, sizeof(Secret<std::string>)> place{};
    auto* secret = new (place.data()) Secret<std::string>(std::string("swordfish"));
    const std::string_view bytes(place.data(), place.size());
    ASSERT_NE(bytes.find("swordfish"), std::string_view::npos);
    secret->~Secret();
    EXPECT_EQ(bytes.find("ordfish"), std::string_view::npos);
}

TEST(Secret, MovedFromObjectsKeepNothing) {
    alignas(Secret<std::string>) std::array<char, sizeof(Secret<std::string>)> place{};
    auto* secret = new (place.data()) Secret<std::string>(std::string("swordfish"));
    const Secret<std::string> moved(std::move(*secret));
    EXPECT_EQ(std::string_view(place.data(), place.size()).find("ordfish"), std::string_view::npos);
    secret->~Secret();
}

TEST(Wipe, OverwritesTheWholeBuffer) {
    std::string text = "a secret that does not fit into the string object itself";
    const std::size_t size = text.size();
    const char* data = text.data();
    godwit::wipe(text);
    EXPECT_TRUE(text.empty());
    ASSERT_EQ(text.data(), data) << "the buffer must not have been replaced";
    EXPECT_GE(text.capacity(), size);
    EXPECT_EQ(std::string_view(data + 1, size - 1).find_first_not_of('\0'), std::string_view::npos);
}

}  // namespace

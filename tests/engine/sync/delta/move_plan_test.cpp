#include "engine/sync/delta/move_plan.h"

#include <gmock/gmock.h>

namespace godwit::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

MoveCandidate message(std::uint64_t key, std::uint64_t size = 100, std::int64_t date = 1) {
    return {0, 1, MessageKey{{key, key}}, size, date};
}

TEST(MovePlan, KeySizeAndDateProveIt) {
    EXPECT_THAT(plan_moves({message(1)}, {message(2), message(1)}), ElementsAre(PlannedMove{0, 1}));
    EXPECT_THAT(plan_moves({message(1)}, {message(1, 101)}), IsEmpty());
    EXPECT_THAT(plan_moves({message(1)}, {message(1, 100, 2)}), IsEmpty());
}

TEST(MovePlan, EachOnce) {
    EXPECT_THAT(plan_moves({message(1), message(1), message(1)}, {message(1), message(1)}),
                ElementsAre(PlannedMove{0, 0}, PlannedMove{1, 1}));
    EXPECT_THAT(plan_moves({message(1)}, {message(1), message(1)}), ElementsAre(PlannedMove{0, 0}));
}

TEST(MovePlan, WithoutAKeyNothingIsProved) { EXPECT_THAT(plan_moves({message(0)}, {message(0)}), IsEmpty()); }

}  // namespace
}  // namespace godwit::sync

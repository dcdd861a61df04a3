// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// One class under two ids that has what is optional, and one beside it that has not.
#include <string_view>

#include "../broken/broken_loss.hpp"

class AbleLoss : public BrokenLoss {
public:
    using BrokenLoss::BrokenLoss;

    static graft::OptionTable options() {
        return {graft::option::boolean("mixes", true, "whether samples meet")};
    }
    static bool couples_samples(const graft::Options& options) { return options.boolean("mixes"); }
    static const void* ability(std::string_view name) {
        static const int answer = 42;
        return name == "levels.answer" ? &answer : nullptr;
    }
};

GRAFT_LOSS(AbleLoss, "levels_able", "1.0.0", "A loss with an ability")
GRAFT_LOSS(AbleLoss, "levels_able_too", "1.0.0", "The same class once more")
GRAFT_LOSS(BrokenLoss, "levels_plain", "1.0.0", "A loss without")
GRAFT_PLUGIN("levels", "BSD-3-Clause", "")

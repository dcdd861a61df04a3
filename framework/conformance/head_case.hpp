// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "conformance/case.hpp"

namespace graft::conformance {

/// One head as cases make it: its options, the kinds that its targets are bound to, inputs that fit.
class HeadCase {
public:
    static constexpr std::int64_t image_side = 96;  ///< pixels

    HeadCase(const Subject& subject, const std::vector<TargetKind>& kinds, std::size_t classes);

    const HeadPorts& ports() const { return ports_; }
    const HeadContext& context() const { return context_; }

    /// A new head, with parameters from that seed. A head may refuse a schema that its options do not go with
    /// (two classes only, say): Skip.
    plugin::HeadHandle make(std::uint64_t seed = 1) const;

    /// Random features for its ports, the same numbers every time.
    std::vector<at::Tensor> features(std::int64_t samples) const;

    /// Made-up targets for its ports; all present, or none.
    std::vector<Column> targets(std::int64_t samples, bool present) const;

    /// What the head predicts: its own list, or one prediction a target. Skip without a decode.
    std::vector<TargetSchema> predictions() const;

private:
    Subject subject_;
    HeadPorts ports_;
    HeadContext context_;
};

struct NamedHeadCase {
    std::string variant;  ///< "category/2_classes/activation:relu"
    HeadCase head;
};

/// The head with every kind of target that its ports take, few classes and more, and every other value of its
/// options that are choices.
std::vector<NamedHeadCase> head_variants(const Subject& subject);

/// Cases of what a head learns and keeps; add_head_cases adds these, too.
using HeadCheck = void (*)(const HeadCase&);
std::vector<std::pair<const char*, HeadCheck>> head_training_checks();

}  // namespace graft::conformance

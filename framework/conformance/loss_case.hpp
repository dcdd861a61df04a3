// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conformance/case.hpp"

namespace graft::conformance {

/// What a loss compares for one of its ports.
struct LossPair {
    at::Tensor output;
    Column target;
};

struct LossInputs {
    std::vector<at::Tensor> outputs;
    std::vector<Column> targets;
    std::int64_t samples() const { return outputs.front().size(0); }
};

/// One loss as cases make it, with something to compare for each of its ports.
class LossCase {
public:
    /// Outputs and targets are made up for the spaces that come with graft. For a space of the plugin's own
    /// they are the author's (`examples`), or what a head beside it gives and encodes.
    LossCase(const Subject& subject, const Library& library);

    const std::string& spaces() const { return named_; }

    /// Whether all spaces come with graft.
    bool is_common() const;

    bool couples_samples() const { return subject_.component.couples_samples(subject_.options); }

    plugin::LossHandle make() const;

    /// New tensors with the same numbers every time; targets are all present, or none. Skip where nothing is
    /// known of a space.
    LossInputs inputs(bool present) const;

private:
    /// Something to compare, and the targets that it was made from where a head made it.
    struct Source {
        std::optional<LossPair> pair = {};
        std::vector<TargetSchema> targets = {};
    };

    Source source_of(std::size_t port, bool present) const;
    Source example_of(std::size_t port, bool present) const;
    Source head_beside(std::size_t port, bool present) const;

    Subject subject_;
    Library library_;
    std::vector<LossPort> ports_;
    std::string named_;
};

}  // namespace graft::conformance

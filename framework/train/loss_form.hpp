// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "model/model.hpp"
#include "solve/targets.hpp"

namespace graft::train {

/// What a loss of a head wants of one output, read off the loss itself: at a few outputs its value and its
/// derivative tell how much every entry counts and which value it wants, options such as class weights,
/// smoothing and absent targets among it; at others it is held to the result. An entry that counts as usual
/// counts 1. Nothing where the loss has no such form, or compares several outputs. `encoded`: N samples of
/// the output's target, on the loss's device.
std::optional<solve::Targets> targets_of(const model::HeadPart& head, const model::LossPart& loss,
                                         const Column& encoded);

}  // namespace graft::train

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What some components can do beyond their kind (docs/plugin-abi.md), by name, each with the type that the
/// address has which `static const void* ability(std::string_view name)` gives. Free of LibTorch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graft/options.hpp"
#include "graft/target.hpp"

namespace at {
class Tensor;
}

namespace graft {
class Head;
struct Column;
}  // namespace graft

/// The names of abilities, and the type that the address of each has.
namespace graft::ability {

/// An option that does nothing, because of what the others are.
struct IdleOption {
    std::string name;    ///< of the option
    std::string reason;  ///< "there is no hidden layer"
};

/// Any component: which of these options do nothing. The host tells of those that the pipeline gives.
inline constexpr std::string_view idle_options = "idle_options";
/// What the address of `idle_options` is of.
using IdleOptions = std::vector<IdleOption> (*const)(const Options&);

/// A data set: its targets as far as options tell, without a look at any file; what only files tell (classes,
/// the number of points) is empty. The host checks a pipeline by it where the data are not there.
inline constexpr std::string_view outline = "outline";
/// What the address of `outline` is of.
using Outline = std::vector<TargetSchema> (*const)(const Options&);

/// A data set: the names of the splits that are there. Asked where a pipeline names none and there is no
/// split `train`. Touches no picture; gives none where nothing is found.
inline constexpr std::string_view split_names = "split_names";
/// What the address of `split_names` is of.
using SplitNames = std::vector<std::string> (*const)(const Options&);

/// A backbone that has its weights from a file of its own, so that `weights: none` leaves nothing random: the
/// address is of anything.
inline constexpr std::string_view own_weights = "own_weights";

/// A head of one input that keeps training samples, to compare others with them. A solved phase gives it the
/// training split once, before it finds what its outputs are linear in.
struct KeepsSamples {
    /// Keeps samples in place of those it had: features [N, D] as `forward` reads them, and what `encode`
    /// made of their targets, one column an output. Throws graft::Error where it cannot keep that many or so
    /// few.
    void (*keep)(Head& head, const at::Tensor& features, const std::vector<Column>& targets);

    /// Float [N, M], of features [N, D]: what every output is linear in while the head keeps these samples.
    /// Null: keeping them was all.
    at::Tensor (*basis)(Head& head, const at::Tensor& features);
};
/// A head that keeps training samples; the address is of a `KeepsSamples`.
inline constexpr std::string_view keeps_samples = "keeps_samples";

}  // namespace graft::ability

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What a backbone provides: stages over a module tree, its input, its published weights.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "graft/export.hpp"
#include "graft/feature.hpp"
#include "graft/options.hpp"

namespace graft {

/// Mean and standard deviation per RGB channel, in 0..1, that weights were trained with.
struct Normalization {
    std::array<double, 3> mean{0.485, 0.456, 0.406};  ///< is taken away
    std::array<double, 3> std{0.229, 0.224, 0.225};   ///< is divided by then
};

/// One set of published weights and the preprocessing that belongs to it.
struct WeightEntry {
    std::string id;                          ///< as written in `weights:`
    std::string url;                         ///< where the file is fetched from
    std::string file_name;                   ///< in the folder of weights
    std::string sha256_prefix;               ///< hexadecimal, at least 8 digits
    Normalization normalization;             ///< of the input
    std::int64_t size = 224;                 ///< side of the input in pixels
    std::int64_t resize = 256;               ///< shorter side before the centre crop to `size`
    std::string interpolation = "bilinear";  ///< or "bicubic"; both with antialiasing, as Pillow's
    std::string licence;                     ///< of the weights, shown by `graft weights list`
};

/// What a backbone takes when neither the pipeline nor the weights say so.
struct BackboneInput {
    std::int64_t size = 224;                 ///< side in pixels
    std::int64_t minimum_size = 32;          ///< of either side; less is refused
    std::int64_t multiple_of = 1;            ///< both sides must divide by it
    Normalization normalization;             ///< where neither pipeline nor weights have one
    std::string interpolation = "bilinear";  ///< as WeightEntry's
};

/// What the host knows when it creates a backbone.
struct BackboneContext {
    std::int64_t height = 224;  ///< of the input, in pixels
    std::int64_t width = 224;   ///< of the input, in pixels
};

/// A step of a backbone. `modules` are the paths below the backbone (modules, parameters or buffers)
/// that the stage owns; every parameter belongs to exactly one stage.
struct Stage {
    std::string name;                                      ///< unique in the backbone: "layer1"
    std::vector<std::string> modules;                      ///< what it owns: "layer1", "conv1"
    FeatureLayout output;                                  ///< what `forward` gives
    std::function<at::Tensor(const at::Tensor&)> forward;  ///< from the previous stage's feature
};

/// An ordered list of stages over a module tree whose state-dict names are torchvision's.
///
/// To write one: derive, register modules under their published names, call `add_stage` once a stage
/// in the constructor. Besides the constructor `(const Options&, const BackboneContext&)` a backbone
/// may have the static functions `OptionTable options()`, `BackboneInput input(const Options&)`,
/// `std::vector<WeightEntry> weights()` and `std::string example()`; each has a default.
///
/// A stage's forward takes the previous stage's tensor (the first: float [N, 3, height, width], RGB,
/// normalised, channels_last in memory), leaves it unchanged, gives back its type of numbers (bfloat16 in a
/// fast frozen prefix: docs/plugin-abi.md) and must be traceable: `at::` operators only, no branch on values,
/// and no size() of the batch, which a trace would keep as a constant
/// (`token.expand_as(feature)`, not `token.expand({feature.size(0), ...})`).
/// Thread-safety: one thread per object.
class GRAFT_API Backbone : public torch::nn::Module {
public:
    Backbone();
    ~Backbone() override;

    /// In the order in which they run.
    const std::vector<Stage>& stages() const { return stages_; }

    /// Turns a feature of the given layout, here float [N, ...], into a vector [N, channels]. Optional;
    /// default: the mean over the grid (map), over all tokens but the prefix, or the input itself.
    virtual at::Tensor pool(const at::Tensor& feature, const FeatureLayout& layout);

protected:
    /// Appends a stage. Throws std::logic_error when the name is taken.
    void add_stage(std::string name, std::vector<std::string> modules, FeatureLayout output,
                   std::function<at::Tensor(const at::Tensor&)> forward);

private:
    std::vector<Stage> stages_;
};

}  // namespace graft

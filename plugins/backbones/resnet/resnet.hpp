// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the members of the family share. To add one: a file like resnet18.cpp with its depths and
// weights, and a line in CMakeLists.txt.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "graft/backbone.hpp"

namespace graft::resnet {

/// Residual networks ("Deep Residual Learning for Image Recognition", He et al. 2015) with torchvision's
/// names, arithmetic and initialisation. Stages: stem, layer1..layer4, and fc where the option
/// `classifier` asks for the original 1000 classes.
class ResNet : public Backbone {
public:
    static OptionTable options();
    static BackboneInput input(const Options& options);

protected:
    using Depths = std::array<std::int64_t, 4>;  ///< blocks of layer1..layer4
    enum class BlockKind { basic, bottleneck };

    ResNet(const Options& options, const Depths& depths, BlockKind kind);

    /// An entry of torchvision's catalogue, whose file names end in the hash's first digits. `resize`:
    /// shorter side before the crop to 224 pixels.
    static WeightEntry entry(const std::string& id, const std::string& file_name, std::int64_t resize = 256);

private:
    void add_stem();
    void add_layer(std::size_t index, std::int64_t depth);
    void add_classifier();

    BlockKind kind_;
};

}  // namespace graft::resnet

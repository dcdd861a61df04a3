// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the members of the family share. To add one: a file like resnet18.cpp with its depths and
// weights, and a line in CMakeLists.txt.
#pragma once

#include <array>
#include <cstdint>

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
    /// `depths`: blocks of layer1..layer4.
    ResNet(const Options& options, const std::array<std::int64_t, 4>& depths);

private:
    void add_stem();
    void add_layer(const std::string& name, std::int64_t depth, std::int64_t inputs, std::int64_t outputs,
                   std::int64_t stride);
    void add_classifier(std::int64_t inputs);
};

}  // namespace graft::resnet

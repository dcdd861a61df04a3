// A small network of separable convolutions (Howard et al. 2017): each layer looks at every channel alone,
// then mixes channels, and halves the grid.
#pragma once

#include <cstdint>
#include <string>

#include <ATen/ATen.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

#include "graft/backbone.hpp"

class MyPlugin : public graft::Backbone {
public:
    /// The host checks pipelines against this table; `graft plugins my_plugin` prints it.
    static graft::OptionTable options() {
        return {graft::option::integer("width", 32, "channels of the first stage; each layer doubles them")
                    .between(8, 256),
                graft::option::integer("layers", 3, "after the first stage").between(1, 5)};
    }

    /// What it takes when neither the pipeline nor weights say so.
    static graft::BackboneInput input(const graft::Options&) {
        graft::BackboneInput input;
        input.size = 64;
        return input;
    }

    static std::string example() { return "use: my_plugin\nwidth: 32\nlayers: 3\n"; }

    /// Every parameter belongs to one stage: pipelines freeze, cut off and read stages by their names.
    MyPlugin(const graft::Options& options, const graft::BackboneContext&) {
        std::int64_t channels = options.integer("width");
        std::int64_t stride = 2;
        add("stem", torch::nn::Sequential(conv(3, channels, 3, 2, 1), torch::nn::BatchNorm2d(channels)),
            graft::map_feature(channels, stride));
        for (std::int64_t layer = 1; layer <= options.integer("layers"); ++layer) {
            const std::int64_t inputs = channels;
            channels *= 2;
            stride *= 2;
            add("layer" + std::to_string(layer),
                torch::nn::Sequential(conv(inputs, inputs, 3, 2, inputs), torch::nn::BatchNorm2d(inputs),
                                      conv(inputs, channels, 1, 1, 1), torch::nn::BatchNorm2d(channels)),
                graft::map_feature(channels, stride));
        }
    }

private:
    static torch::nn::Conv2d conv(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                                  std::int64_t stride, std::int64_t groups) {
        return torch::nn::Conv2d(torch::nn::Conv2dOptions(inputs, outputs, kernel)
                                     .stride(stride)
                                     .padding(kernel / 2)
                                     .groups(groups)
                                     .bias(false));
    }

    /// A stage's forward takes what the stage before gave and leaves it unchanged. Operators of at:: alone,
    /// and nothing that depends on values or on N: it is traced where the network is exported.
    void add(const std::string& name, torch::nn::Sequential modules, graft::FeatureLayout output) {
        register_module(name, modules);
        add_stage(name, {name}, output, [modules](const at::Tensor& feature) mutable {
            return at::relu(modules->forward(feature));
        });
    }
};

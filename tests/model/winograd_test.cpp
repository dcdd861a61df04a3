// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Convolutions by Winograd's way, judged by LibTorch's in double precision.
#include "model/winograd.hpp"

#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <doctest/doctest.h>

#include "model/fused_graph.hpp"
#include "model/winograd/kernel.hpp"
#include "support/skip.hpp"

namespace graft::model::test {
namespace {

using Function = std::function<at::Tensor(const at::Tensor&)>;
using Operators = std::vector<std::string>;

/// A convolution, what is done to it, and the side of its maps.
struct Layer {
    std::int64_t inputs = 64;
    std::int64_t outputs = 64;
    std::int64_t height = 14;
    std::int64_t width = 14;
    bool has_bias = true;
    bool has_relu = true;
    bool is_summed = false;  ///< with its own input
};

at::Tensor maps(std::int64_t count, const Layer& layer) {
    return at::relu(at::randn({count, layer.inputs, layer.height, layer.width}))
        .contiguous(at::MemoryFormat::ChannelsLast);
}

struct Weights {
    explicit Weights(const Layer& layer)
        : weight(at::randn({layer.outputs, layer.inputs, 3, 3}) * 0.05),
          bias(layer.has_bias ? at::randn({layer.outputs}) : at::Tensor()) {}
    at::Tensor weight;
    at::Tensor bias;

    at::Tensor convolved(const at::Tensor& input, const Layer& layer) const {
        const auto type = input.scalar_type();
        at::Tensor sum = at::conv2d(input, weight.to(type), bias.defined() ? bias.to(type) : bias, 1, 1);
        if (layer.is_summed) {
            sum = sum + input;
        }
        return layer.has_relu ? at::relu(sum) : sum;
    }

    FusedGraph graph(const at::Tensor& example, const Layer& layer) const {
        std::vector<NamedTensor> tensors{{"weight", weight, "", false}};
        if (bias.defined()) {
            tensors.push_back({"bias", bias, "", false});
        }
        return FusedGraph({tensors, example, "image", [&](const at::Tensor& input) {
                               return std::vector<at::Tensor>{convolved(input, layer)};
                           }});
    }
};

/// Says so, too.
bool lacks_kernel() {
    const std::string instructions = at::get_cpu_capability();
    if (instructions == "AVX2" || instructions == "AVX512") {
        return false;
    }
    tests::skip("this CPU, or ATEN_CPU_CAPABILITY, has neither AVX2 nor AVX-512");
    return true;
}

double largest(const at::Tensor& values) {
    return values.abs().max().item<double>();
}

}  // namespace

// Proves: borders, sides that tiles do not divide, groups of tiles that end inside a picture, bias, summand
// and ReLU. The bound: LibTorch's own convolution in float32 is up to 4e-6 of the largest value off here.
TEST_CASE("a convolution by Winograd's way is the convolution") {
    if (lacks_kernel()) {
        return;
    }
    at::manual_seed(2);
    const at::NoGradGuard no_gradients;
    const std::vector<Layer> layers = {{},
                                       {.height = 7, .width = 7},
                                       {.height = 33, .width = 18, .has_relu = false},
                                       {.inputs = 96, .outputs = 160, .has_bias = false},
                                       {.inputs = 128, .outputs = 64, .height = 56, .width = 56},
                                       {.inputs = 512, .outputs = 512, .height = 8, .width = 16},
                                       {.is_summed = true},
                                       {.height = 30, .width = 31, .has_relu = false, .is_summed = true}};
    for (std::size_t index = 0; index < layers.size(); ++index) {
        CAPTURE(index);
        const Layer& layer = layers[index];
        const Weights weights(layer);
        const at::Tensor input = maps(5, layer);
        const FusedGraph graph = weights.graph(input.slice(0, 0, 2), layer);
        CHECK(graph.operators() == Operators{winograd_operator});
        const at::Tensor ours = graph.run(input)[0];
        const at::Tensor wanted = weights.convolved(input.to(at::kDouble), layer);
        CHECK(ours.sizes() == wanted.sizes());
        CHECK(largest(ours - wanted) < 1e-5 * largest(wanted));
        for (const std::int64_t first : {0, 4}) {
            CHECK(graph.run(input.slice(0, first, first + 1))[0].equal(ours.slice(0, first, first + 1)));
        }
        const int threads = at::get_num_threads();
        at::set_num_threads(threads == 1 ? 2 : 1);
        CHECK(graph.run(input)[0].equal(ours));
        at::set_num_threads(threads);
    }
}

// Proves: the sum of a residual block lies over its summand, and only there where nobody reads that later.
TEST_CASE("a residual block by Winograd's way") {
    if (lacks_kernel()) {
        return;
    }
    at::manual_seed(2);
    const at::NoGradGuard no_gradients;
    const Layer layer;
    const Weights weights(layer);
    const at::Tensor input = maps(3, layer);
    const auto conv = [&](const at::Tensor& image) {
        return at::conv2d(image, weights.weight.to(image.scalar_type()), {}, 1, 1);
    };
    const auto block = [&](const at::Tensor& image) {
        const at::Tensor start = at::relu(conv(image));
        return at::relu(conv(at::relu(conv(start))) + start);
    };
    const auto read_again = [&](const at::Tensor& image) {
        const at::Tensor start = at::relu(conv(image));
        return at::mul(at::relu(conv(start) + start), start);
    };
    const auto graph_of = [&](const Function& function) {
        return FusedGraph(
            {{{"weight", weights.weight, "", false}}, input, "image", [&](const at::Tensor& image) {
                 return std::vector<at::Tensor>{function(image)};
             }});
    };
    const FusedGraph in_place = graph_of(block);
    CHECK(in_place.operators() ==
          Operators{winograd_operator, winograd_operator, winograd_operator_in_place});
    const FusedGraph apart = graph_of(read_again);
    CHECK(apart.operators() == Operators{winograd_operator, winograd_operator, "aten::mul"});
    for (const auto& [graph, function] : {std::pair<const FusedGraph&, Function>(in_place, block),
                                          std::pair<const FusedGraph&, Function>(apart, read_again)}) {
        const at::Tensor before = input.clone();
        const at::Tensor wanted = function(input.to(at::kDouble));
        CHECK(largest(graph.run(input)[0] - wanted) < 1e-5 * largest(wanted));
        CHECK(input.equal(before));
    }
}

// Proves: what cannot be computed so, or would not be faster, is left to oneDNN; numbers that are none stay
// so.
TEST_CASE("which convolutions go Winograd's way") {
    if (lacks_kernel()) {
        return;
    }
    const at::Tensor weight = at::zeros({64, 64, 3, 3});
    const ConvolutionShape shape{{2, 64, 14, 14}, {1, 1}, {1, 1}, {1, 1}, 1};
    CHECK(winograd_pays(weight, shape));
    CHECK(winograd_pays(weight, {{2, 64, 14, 14}, {1}, {1}, {1}, 1}));
    const auto with = [&](auto change) {
        ConvolutionShape changed = shape;
        change(changed);
        return changed;
    };
    CHECK_FALSE(winograd_pays(weight, with([](ConvolutionShape& it) { it.stride = {2, 2}; })));
    CHECK_FALSE(winograd_pays(weight, with([](ConvolutionShape& it) { it.padding = {0, 0}; })));
    CHECK_FALSE(winograd_pays(weight, with([](ConvolutionShape& it) { it.padding = {1, 0}; })));
    CHECK_FALSE(winograd_pays(weight, with([](ConvolutionShape& it) { it.dilation = {2, 2}; })));
    CHECK_FALSE(winograd_pays(weight, with([](ConvolutionShape& it) { it.input = {2, 64, 4, 4}; })));
    CHECK_FALSE(winograd_pays(weight, with([](ConvolutionShape& it) { it.input = {2, 64, 5, 5}; })));
    CHECK_FALSE(winograd_pays(at::zeros({64, 1, 3, 3}), with([](ConvolutionShape& it) { it.groups = 64; })));
    CHECK_FALSE(winograd_pays(at::zeros({64, 64, 1, 1}), shape));
    CHECK_FALSE(winograd_pays(at::zeros({72, 64, 3, 3}), shape));
    CHECK_FALSE(winograd_pays(at::zeros({32, 32, 3, 3}), shape));
    CHECK_FALSE(winograd_pays(weight.to(at::kBFloat16), shape));
    CHECK_FALSE(winograd_pays(weight.to(at::kDouble), shape));

    const Layer layer;
    const Weights weights(layer);
    at::Tensor input = maps(1, layer);
    input[0][3][5][5] = std::numeric_limits<float>::quiet_NaN();
    const at::Tensor result = weights.graph(maps(2, layer), layer).run(input)[0];
    CHECK(result[0][0][5][5].isnan().item<bool>());
}

#ifdef __x86_64__
namespace {

/// One picture of 9 x 6, 16 channels to 64: the three steps.
std::vector<float> computed(const winograd::Kernel& kernel) {
    using namespace winograd;
    const Geometry geometry{9, 6, 16, 64};
    const std::int64_t tiles = geometry.tiles_of_picture();
    const auto numbers = [](std::int64_t count, std::uint64_t seed) {
        std::vector<float> made(static_cast<std::size_t>(count));
        for (float& number : made) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            number = static_cast<float>(seed >> 40) / static_cast<float>(1 << 24) - 0.5F;
        }
        return made;
    };
    const std::vector<float> input = numbers(9 * 6 * 16, 1);
    const std::vector<float> weight = numbers(16 * 64 * 9, 2);  // input, place, output
    const std::vector<float> bias = numbers(64, 3);
    const std::vector<float> zeros(16);
    std::vector<float> values(static_cast<std::size_t>(positions * tiles * 16));
    std::vector<float> products(static_cast<std::size_t>(positions * tiles * 64));
    std::vector<float> result(9 * 6 * 64);
    kernel.transform_inputs(geometry, {0, tiles, 0, tiles}, input.data(), zeros.data(), values.data());
    std::vector<float> packed;  // the same by panels
    for (std::int64_t column = 0; column < 64; column += kernel.panel_width) {
        for (auto row = weight.begin(); row != weight.end(); row += 64) {
            packed.insert(packed.end(), row + column, row + column + kernel.panel_width);
        }
    }
    std::vector<float> panels(static_cast<std::size_t>(positions * 16 * 64));
    kernel.transform_weights(geometry, 0, 16 * 64 / kernel.panel_width, packed.data(), panels.data());
    for (std::int64_t position = 0; position < positions; ++position) {
        for (std::int64_t column = 0; column < 64; column += kernel.panel_width) {
            kernel.multiply(geometry, values.data() + position * tiles * 16, tiles,
                            panels.data() + position * 16 * 64 + 16 * column,
                            products.data() + position * tiles * 64 + column);
        }
    }
    kernel.transform_products(geometry, {0, tiles, 0, tiles}, products.data(), {bias.data(), nullptr, false},
                              result.data());
    return result;
}

}  // namespace

// Proves: features do not depend on which of both a machine has.
TEST_CASE("AVX2 and AVX-512 give the same bits") {
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx2") ||
        !__builtin_cpu_supports("fma")) {
        tests::skip("this CPU has no AVX-512");
        return;
    }
    CHECK(computed(winograd::kernel_avx2) == computed(winograd::kernel_avx512));
}
#endif

}  // namespace graft::model::test

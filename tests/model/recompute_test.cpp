// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Stages that run again in the backward pass, beside stages that keep what they made.
#include "model/recompute.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "model/fixture.hpp"
#include "model/freeze.hpp"

namespace graft::model::test {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

/// Gradients and buffers after one training step's passes; the model's numbers are put back.
Tensors after_a_pass(Model& model, const at::Tensor& input, std::size_t frozen_stages, bool recompute) {
    Tensors before;
    for (const NamedTensor& named : model.tensors()) {
        before[named.path] = named.tensor.detach().clone();
    }
    model.recompute(recompute);
    at::manual_seed(11);
    at::Tensor sum = at::zeros({});
    for (const auto& head : model.forward(input, frozen_stages)) {
        sum = sum + head.front().square().sum();
    }
    const double drawn = at::rand({1}).item<double>();
    sum.backward();
    Tensors after{
        {"loss", sum.detach()}, {"drawn before", at::tensor(drawn)}, {"drawn after", at::rand({1})}};
    const at::NoGradGuard no_gradients;
    for (const NamedTensor& named : model.tensors()) {
        if (named.is_buffer) {
            after[named.path] = named.tensor.clone();
        } else if (named.tensor.grad().defined()) {
            after[named.path] = named.tensor.grad().clone();
            at::Tensor(named.tensor).mutable_grad() = at::Tensor();
        }
        at::Tensor(named.tensor).copy_(before.at(named.path));
    }
    return after;
}

void check_equal(const Tensors& ours, const Tensors& wanted) {
    REQUIRE(ours.size() == wanted.size());
    for (const auto& [path, tensor] : wanted) {
        CAPTURE(path);
        CHECK(at::equal(ours.at(path), tensor));
    }
}

at::Tensor pictures(std::int64_t side) {
    at::manual_seed(3);
    return at::rand({4, 3, side, side}).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

// Proves: gradients, running statistics, the loss and what is drawn next are those of stages that run once,
// to the bit: where everything trains, behind a frozen stage, and in bfloat16.
TEST_CASE("recomputed stages give the same numbers") {
    Model model = sound(two_readers, {animals()});
    model.to(at::kCPU);
    set_mode(model, {}, true);
    const at::Tensor input = pictures(64);
    for (const std::size_t frozen : {0, 1}) {
        CAPTURE(frozen);
        const Tensors wanted = after_a_pass(model, input, frozen, false);
        CHECK(wanted.count("backbone.layer1.0.conv1.weight") == 1);
        check_equal(after_a_pass(model, input, frozen, true), wanted);
    }
    model.compute_in(at::kBFloat16);
    check_equal(after_a_pass(model, input, 0, true), after_a_pass(model, input, 0, false));
}

// Proves: the stage runs once a pass and draws for its Dropout what it drew before; what the first run left
// in a buffer stays, also where the second one fails.
TEST_CASE("the second run of a stage") {
    at::manual_seed(7);
    const at::Tensor weight = at::rand({3, 5}).set_requires_grad(true);
    const at::Tensor seen = at::zeros({1});
    int runs = 0;
    const Recomputed stage{[&](const at::Tensor& input) {
                               if (++runs == 4) {
                                   throw std::runtime_error("no second time");
                               }
                               seen.add_(1);
                               return at::dropout(at::linear(input, weight), 0.5, true);
                           },
                           {weight},
                           {seen}};
    const at::Tensor input = at::rand({4, 5}).set_requires_grad(true);
    const auto gradients = [&](const at::Tensor& output) {
        at::rand({9});  // what comes in between draws, too
        output.square().sum().backward();
        const std::vector<at::Tensor> found{input.grad().clone(), weight.grad().clone()};
        input.mutable_grad() = at::Tensor();
        weight.mutable_grad() = at::Tensor();
        return found;
    };
    at::manual_seed(8);
    const std::vector<at::Tensor> wanted = gradients(stage.forward(input));
    at::manual_seed(8);
    runs = 0;
    const std::vector<at::Tensor> found = gradients(recomputed(stage, input));
    CHECK(runs == 2);
    CHECK(at::equal(found[0], wanted[0]));
    CHECK(at::equal(found[1], wanted[1]));
    CHECK(seen.item<float>() == 2);
    CHECK_THROWS_WITH_AS(gradients(recomputed(stage, input)), "no second time", std::runtime_error);
    CHECK(seen.item<float>() == 3);
}

}  // namespace graft::model::test

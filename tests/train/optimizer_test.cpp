// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/optimizer.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include "toys.hpp"

namespace graft::test {
namespace {

using train::NamedTensors;
using train::UpdateKernel;

/// Parameters of several shapes, one of them in channels_last memory, the same every time.
NamedTensors parameters() {
    at::manual_seed(3);
    NamedTensors made{{"a", at::randn({3, 4})},
                      {"b", at::randn({5})},
                      {"c", at::randn({4, 3, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast)}};
    for (auto& [name, tensor] : made) {
        tensor.set_requires_grad(true);
    }
    return made;
}

/// The gradient of a step: a pure function of step and parameter, here contiguous.
void set_gradients(NamedTensors& tensors, int step) {
    for (std::size_t index = 0; index < tensors.size(); ++index) {
        at::manual_seed(static_cast<std::uint64_t>(100 * step) + index);
        at::Tensor& tensor = tensors[index].second;
        tensor.mutable_grad() = at::randn(tensor.sizes());
    }
}

std::vector<at::Tensor> values(const NamedTensors& tensors) {
    std::vector<at::Tensor> list;
    for (const auto& [name, tensor] : tensors) {
        list.push_back(tensor);
    }
    return list;
}

double largest_difference(const NamedTensors& left, const NamedTensors& right) {
    double largest = 0;
    for (std::size_t index = 0; index < left.size(); ++index) {
        const at::Tensor difference = (left[index].second - right[index].second).abs().max();
        largest = std::max(largest, difference.item<double>());
    }
    return largest;
}

std::unique_ptr<torch::optim::Optimizer> reference(const pipeline::Optimizer& options,
                                                   const NamedTensors& tensors) {
    namespace optim = torch::optim;
    const std::tuple<double, double> betas{options.betas[0], options.betas[1]};
    if (options.use == "adam") {
        return std::make_unique<optim::Adam>(values(tensors), optim::AdamOptions(options.learning_rate)
                                                                  .betas(betas)
                                                                  .eps(options.epsilon)
                                                                  .weight_decay(options.weight_decay));
    }
    if (options.use == "adamw") {
        return std::make_unique<optim::AdamW>(values(tensors), optim::AdamWOptions(options.learning_rate)
                                                                   .betas(betas)
                                                                   .eps(options.epsilon)
                                                                   .weight_decay(options.weight_decay));
    }
    return std::make_unique<optim::SGD>(values(tensors), optim::SGDOptions(options.learning_rate)
                                                             .momentum(options.momentum)
                                                             .nesterov(options.nesterov)
                                                             .weight_decay(options.weight_decay));
}

pipeline::Optimizer with(const char* use, double decay, double momentum = 0, bool nesterov = false) {
    pipeline::Optimizer options;
    options.use = use;
    options.learning_rate = 0.05;
    options.weight_decay = decay;
    options.momentum = momentum;
    options.nesterov = nesterov;
    options.betas = {0.8, 0.95};
    return options;
}

const std::vector<pipeline::Optimizer>& all_kinds() {
    static const std::vector<pipeline::Optimizer> kinds{
        with("adam", 0), with("adam", 0.1), with("adamw", 0),    with("adamw", 0.1),
        with("sgd", 0),  with("sgd", 0.1),  with("sgd", 0, 0.9), with("sgd", 0.1, 0.9, true),
    };
    return kinds;
}

}  // namespace

TEST_CASE("every optimiser moves as torch::optim's, step by step, fused and plain") {
    for (const UpdateKernel kernel : {UpdateKernel::fused, UpdateKernel::plain}) {
        for (const pipeline::Optimizer& options : all_kinds()) {
            CAPTURE(options.use);
            CAPTURE(options.weight_decay);
            CAPTURE(options.momentum);
            NamedTensors ours = parameters();
            NamedTensors theirs = parameters();
            train::Optimizer optimizer;
            optimizer.begin(options, ours, kernel);
            const auto expected = reference(options, theirs);
            for (int step = 0; step < 8; ++step) {
                set_gradients(ours, step);
                set_gradients(theirs, step);
                optimizer.step(options.learning_rate);
                expected->step();
                CHECK(largest_difference(ours, theirs) < 2e-6);
            }
            CHECK(largest_difference(ours, parameters()) > 0.01);
        }
    }
}

TEST_CASE("the learning rate of each step counts") {
    NamedTensors ours = parameters();
    train::Optimizer optimizer;
    optimizer.begin(with("sgd", 0), ours, UpdateKernel::fused);
    const NamedTensors before = parameters();
    set_gradients(ours, 0);
    optimizer.step(0);
    CHECK(largest_difference(ours, before) == 0);
    optimizer.step(0.5);
    const at::Tensor expected = before[1].second - 0.5 * ours[1].second.grad();
    CHECK((ours[1].second - expected).abs().max().item<double>() < 1e-6);
}

TEST_CASE("state that is saved and loaded goes on with the same bytes") {
    for (const pipeline::Optimizer& options : all_kinds()) {
        CAPTURE(options.use);
        NamedTensors straight = parameters();
        train::Optimizer whole;
        whole.begin(options, straight, UpdateKernel::fused);
        NamedTensors first = parameters();
        train::Optimizer half;
        half.begin(options, first, UpdateKernel::fused);
        for (int step = 0; step < 6; ++step) {
            set_gradients(straight, step);
            whole.step(0.05);
            if (step == 3) {
                const std::string saved = model::to_safetensors(half.state());
                half = train::Optimizer();
                half.begin(options, first, UpdateKernel::fused);
                half.load_state(model::from_safetensors(saved, "saved"), "saved");
            }
            set_gradients(first, step);
            half.step(0.05);
        }
        CHECK(largest_difference(straight, first) == 0);
        CHECK(model::to_safetensors(whole.state()) == model::to_safetensors(half.state()));
    }
}

TEST_CASE("state survives a phase for parameters that stay, and begins anew for others") {
    const pipeline::Optimizer options = with("adam", 0.1);
    NamedTensors ours = parameters();
    NamedTensors theirs = parameters();
    train::Optimizer optimizer;
    optimizer.begin(options, {ours[0], ours[1]}, UpdateKernel::fused);
    const auto both = reference(options, {theirs[0], theirs[1]});
    const auto later = reference(options, {theirs[2]});
    for (int step = 0; step < 6; ++step) {
        if (step == 3) {
            optimizer.begin(options, {ours[1], ours[2]}, UpdateKernel::fused);
            theirs[0].second.mutable_grad().reset();
        }
        set_gradients(ours, step);
        set_gradients(theirs, step);
        if (step < 3) {
            theirs[2].second.mutable_grad().reset();
        } else {
            theirs[0].second.mutable_grad().reset();
        }
        optimizer.step(options.learning_rate);
        both->step();
        later->step();
    }
    CHECK(largest_difference(ours, theirs) < 2e-6);
    const NamedTensors state = optimizer.state();
    REQUIRE(state.size() == 6);
    CHECK(state[0].first == "b/exp_avg");
    CHECK(state[5].first == "c/step");
    CHECK(state[2].second.item<float>() == 6);
    CHECK(state[5].second.item<float>() == 3);
}

TEST_CASE("Adam's state serves AdamW, and SGD drops it") {
    NamedTensors ours = parameters();
    train::Optimizer optimizer;
    optimizer.begin(with("adam", 0), ours, UpdateKernel::fused);
    set_gradients(ours, 0);
    optimizer.step(0.1);
    optimizer.begin(with("adamw", 0), ours, UpdateKernel::fused);
    CHECK(optimizer.state().size() == 9);
    optimizer.begin(with("sgd", 0, 0.9), ours, UpdateKernel::fused);
    CHECK(optimizer.state().empty());
    optimizer.step(0.1);
    CHECK(optimizer.state().size() == 3);
}

TEST_CASE("a parameter without a gradient stays as it is") {
    for (const pipeline::Optimizer& options : all_kinds()) {
        NamedTensors ours = parameters();
        train::Optimizer optimizer;
        optimizer.begin(options, ours, UpdateKernel::fused);
        set_gradients(ours, 0);
        ours[0].second.mutable_grad().reset();
        optimizer.step(0.1);
        CHECK(at::equal(ours[0].second, parameters()[0].second));
        CHECK(!at::equal(ours[1].second, parameters()[1].second));
        optimizer.clear_gradients();
        CHECK(!ours[1].second.grad().defined());
    }
}

TEST_CASE("state that fits no parameter is refused, all of it in one message") {
    NamedTensors ours = parameters();
    train::Optimizer optimizer;
    optimizer.begin(with("adam", 0), ours, UpdateKernel::fused);
    const NamedTensors wrong{
        {"z/exp_avg", at::zeros({5})}, {"b/exp_avg", at::zeros({4})}, {"a/step", at::zeros({})}};
    CHECK(failure_text([&] { optimizer.load_state(wrong, "last"); }) ==
          "last: optimiser state 'z/exp_avg' fits no trainable parameter\n"
          "last: optimiser state 'b/exp_avg' fits no trainable parameter\n"
          "last: optimiser state of 'a' is not complete");
}

}  // namespace graft::test

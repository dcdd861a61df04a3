// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a head learns and keeps: gradients, modes, state, memory, tracing.
#include <ATen/ATen.h>

#include "conformance/gradients.hpp"
#include "conformance/head_case.hpp"
#include "conformance/require.hpp"
#include "conformance/state.hpp"
#include "conformance/traceable.hpp"

namespace graft::conformance {
namespace {

using Tensors = std::vector<at::Tensor>;

void gradients(const HeadCase& one) {
    auto head = one.make();
    head.set_training(true);
    require_gradients(head.module(), head.forward(one.features(3)));
}

void jacobian(const HeadCase& one) {
    auto head = one.make();
    head.set_training(false);
    require_jacobian(head.module(), one.features(2), [&](const Tensors& in) { return head.forward(in); });
}

void eval_mode(const HeadCase& one) {
    const at::NoGradGuard no_gradients;
    auto head = one.make();
    head.set_training(false);
    const State before = state_of(head.module());
    const Tensors given = one.features(3);
    const Tensors together = head.forward(given);
    const Tensors again = head.forward(given);
    for (std::size_t index = 0; index < together.size(); ++index) {
        require_equal(again[index], together[index], 0, "a second pass over the same input in eval mode",
                      "something random (dropout, noise) runs in eval mode: do it while is_training() alone");
    }
    require_state_kept(head.module(), before, true, "after a pass in eval mode");
    Tensors first;
    for (const at::Tensor& feature : given) {
        first.push_back(feature.slice(0, 0, 1));
    }
    const Tensors alone = head.forward(first);
    for (std::size_t index = 0; index < together.size(); ++index) {
        require_equal(alone[index], together[index].slice(0, 0, 1), 1e-4,
                      "the first sample alone instead of in a batch, in eval mode",
                      "a sample's outputs depend on no other sample in eval mode: no mean over the batch");
    }
}

void inputs_unchanged(const HeadCase& one) {
    const at::NoGradGuard no_gradients;
    auto head = one.make();
    for (const bool training : {false, true}) {
        head.set_training(training);
        const Tensors given = one.features(3);
        head.forward(given);
        const Tensors fresh = one.features(3);
        for (std::size_t index = 0; index < given.size(); ++index) {
            require_equal(
                given[index], fresh[index], 0, "a feature after forward",
                "other heads read the same tensor: use relu(x) and not x.relu_(), x + y and not x += y");
        }
    }
}

void traceable(const HeadCase& one) {
    auto head = one.make();
    head.set_training(false);
    without_gradients(head.module());
    require_traceable([&](const Tensors& in) { return head.forward(in); }, one.features(2), one.features(5),
                      "forward");
}

void decode_traceable(const HeadCase& one) {
    one.predictions();
    const at::NoGradGuard no_gradients;
    auto head = one.make();
    head.set_training(false);
    without_gradients(head.module());
    require_traceable([&](const Tensors& in) { return head.decode(in); }, head.forward(one.features(2)),
                      head.forward(one.features(5)), "decode");
}

constexpr const char* not_saved =
    "what changes the outputs and is neither a parameter nor a buffer is lost when the model is saved: "
    "register_parameter, register_buffer, register_module";

/// What is saved is all that there is to know: another object gives the same after it was loaded.
void state(const HeadCase& one) {
    const at::NoGradGuard no_gradients;
    auto first = one.make(1);
    auto second = one.make(2);
    const State before = state_of(first.module());
    first.set_training(true);
    for (int pass = 0; pass < 2; ++pass) {
        first.forward(one.features(3));
    }
    require_state_kept(first.module(), before, false, "after two passes of training");
    copy_state(first.module(), second.module());
    require_same_state(first.module(), second.module());
    first.set_training(false);
    second.set_training(false);
    const Tensors wanted = first.forward(one.features(3));
    const Tensors got = second.forward(one.features(3));
    for (std::size_t index = 0; index < wanted.size(); ++index) {
        require_equal(got[index], wanted[index], 0,
                      "the outputs of another object with the same parameters and buffers", not_saved);
    }
}

void determinism(const HeadCase& one) {
    const at::NoGradGuard no_gradients;
    const char* remedy = "draw random numbers from LibTorch alone (at::randn): graft seeds its generator";
    auto first = one.make(3);
    auto second = one.make(3);
    require_same_state(first.module(), second.module(), remedy);
    Tensors outputs;
    for (auto* head : {&first, &second}) {
        head->set_training(true);
        const Tensors given = one.features(3);
        at::manual_seed(5);
        const Tensors made = head->forward(given);
        outputs.insert(outputs.end(), made.begin(), made.end());
    }
    for (std::size_t index = 0; index < outputs.size() / 2; ++index) {
        require_equal(outputs[index + outputs.size() / 2], outputs[index], 1e-6,
                      "the outputs of training from the same seed", remedy);
    }
}

void memory(const HeadCase& one) {
    auto head = one.make();
    head.set_training(true);
    const Tensors given = one.features(3);
    const auto targets = one.targets(3, true);
    require_no_growth(
        [&] {
            const Tensors made = head.forward(given);
            const at::NoGradGuard no_gradients;
            head.encode(targets);
            head.decode(made);
        },
        "forward, encode and decode");
}

}  // namespace

std::vector<std::pair<const char*, HeadCheck>> head_training_checks() {
    return {{"gradients", gradients}, {"jacobian", jacobian},
            {"eval_mode", eval_mode}, {"inputs_unchanged", inputs_unchanged},
            {"traceable", traceable}, {"decode_traceable", decode_traceable},
            {"state", state},         {"determinism", determinism},
            {"memory", memory}};
}

}  // namespace graft::conformance

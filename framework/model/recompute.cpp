// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/recompute.hpp"

#include <memory>
#include <mutex>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace graft::model {
namespace {

using torch::autograd::AutogradContext;

/// The generators that a stage on a device may draw from.
class Generators {
public:
    explicit Generators(const at::Device& device) {
        all_.push_back(at::globalContext().defaultGenerator(at::kCPU));
        if (!device.is_cpu()) {
            all_.push_back(at::globalContext().defaultGenerator(device));
        }
    }

    std::vector<at::Tensor> states() {
        std::vector<at::Tensor> states;
        states.reserve(all_.size());
        for (at::Generator& generator : all_) {
            const std::lock_guard lock(generator.mutex());
            states.push_back(generator.get_state());
        }
        return states;
    }

    void set(const std::vector<at::Tensor>& states) {
        for (std::size_t index = 0; index < all_.size(); ++index) {
            const std::lock_guard lock(all_[index].mutex());
            all_[index].set_state(states[index]);
        }
    }

private:
    std::vector<at::Generator> all_;
};

/// While it lives the generators go on from given states; afterwards all of it is as before, buffers too.
class SecondRun {
public:
    SecondRun(const at::Device& device, const std::vector<at::Tensor>& states,
              const std::vector<at::Tensor>& buffers)
        : generators_(device), before_(generators_.states()), buffers_(buffers) {
        kept_.reserve(buffers.size());
        for (const at::Tensor& buffer : buffers) {
            kept_.push_back(buffer.clone());
        }
        generators_.set(states);
    }
    ~SecondRun() {
        const at::NoGradGuard no_gradients;
        for (std::size_t index = 0; index < kept_.size(); ++index) {
            buffers_[index].copy_(kept_[index]);
        }
        generators_.set(before_);
    }
    SecondRun(const SecondRun&) = delete;
    SecondRun& operator=(const SecondRun&) = delete;

private:
    Generators generators_;
    std::vector<at::Tensor> before_;
    std::vector<at::Tensor> buffers_;
    std::vector<at::Tensor> kept_;
};

/// What the backward pass needs besides the input.
struct Kept : torch::CustomClassHolder {
    Recomputed stage;
    std::vector<at::Tensor> random_states;
};

struct Function : torch::autograd::Function<Function> {
    // The parameters are arguments so that autograd asks for their gradients.
    static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                              at::TensorList /*parameters*/, const c10::intrusive_ptr<Kept>& kept) {
        kept->random_states = Generators(input.device()).states();
        context->save_for_backward({input});
        context->saved_data["kept"] = c10::IValue::make_capsule(kept);
        return kept->stage.forward(input);
    }

    static std::vector<at::Tensor> backward(AutogradContext* context,
                                            const std::vector<at::Tensor>& gradients) {
        const auto kept = c10::static_intrusive_pointer_cast<Kept>(context->saved_data["kept"].toCapsule());
        const at::Tensor saved = context->get_saved_variables().front();
        const at::Tensor input = saved.detach().set_requires_grad(saved.requires_grad());
        std::vector<at::Tensor> wanted;
        if (input.requires_grad()) {
            wanted.push_back(input);
        }
        for (const at::Tensor& parameter : kept->stage.parameters) {
            wanted.push_back(parameter);
        }
        const SecondRun second(input.device(), kept->random_states, kept->stage.buffers);
        at::Tensor output;
        {
            const at::AutoGradMode with_gradients(true);
            output = kept->stage.forward(input);
        }
        std::vector<at::Tensor> found =
            torch::autograd::grad({output}, wanted, gradients, /*retain_graph=*/false, /*create_graph=*/false,
                                  /*allow_unused=*/true);
        if (!input.requires_grad()) {
            found.insert(found.begin(), at::Tensor());
        }
        found.emplace_back();  // what is kept has none
        return found;
    }
};

}  // namespace

at::Tensor recomputed(const Recomputed& stage, const at::Tensor& input) {
    const auto kept = c10::make_intrusive<Kept>();
    kept->stage = stage;
    return Function::apply(input, at::TensorList(kept->stage.parameters), kept);
}

}  // namespace graft::model

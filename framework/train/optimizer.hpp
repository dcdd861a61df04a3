// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/pipeline.hpp"

namespace graft::train {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// How the update is computed: all tensors in one call where the device has such a kernel, else tensor by
/// tensor from plain operators.
enum class UpdateKernel { fused, plain };

/// Adam (Kingma and Ba 2015, with L2 decay), AdamW (Loshchilov and Hutter 2019) and SGD with momentum, as
/// torch.optim defines them. State is kept by parameter path, so it survives a change of phase for the
/// parameters that stay trainable. Host thread only.
class Optimizer {
public:
    /// Begins a phase. State of parameters that are no longer here is dropped, as is state that the new
    /// algorithm cannot use; Adam and AdamW share theirs.
    void begin(const pipeline::Optimizer& options, NamedTensors parameters, UpdateKernel kernel);

    /// One update from the parameters' gradients; a parameter without one stays as it is.
    void step(double learning_rate);

    /// Forgets every gradient, so that the next backward pass makes new ones.
    void clear_gradients();

    /// "PARAMETER/exp_avg" and so on, sorted by name. Tensors share storage with the optimiser.
    NamedTensors state() const;

    /// Copies what `state` gave into the current parameters' state. Throws Failure(data) naming `source`
    /// for a name, shape or parameter that does not fit; all of them together. Then the state stays as it
    /// was.
    void load_state(const NamedTensors& tensors, const std::string& source);

private:
    struct State {
        at::Tensor step;  ///< float, on the parameter's device: updates so far
        at::Tensor exp_avg;
        at::Tensor exp_avg_sq;
        at::Tensor momentum_buffer;
    };
    /// The tensors of one fused call, index by index.
    struct Group {
        std::vector<at::Tensor> parameters;
        std::vector<at::Tensor> gradients;
        std::vector<State*> states;  ///< null for SGD without momentum
    };

    bool is_adam() const { return options_.use != "sgd"; }
    bool has_state() const { return is_adam() || options_.momentum != 0; }
    void make_state(State& state, const at::Tensor& parameter) const;
    std::vector<std::pair<std::string, at::Tensor*>> slots(State& state) const;
    Group gather(bool first_step);
    void adam(Group& group, double learning_rate) const;
    void plain_adam(Group& group, double learning_rate) const;
    void sgd(Group& group, double learning_rate, bool first_step) const;
    void plain_sgd(Group& group, double learning_rate, bool first_step) const;

    pipeline::Optimizer options_;
    NamedTensors parameters_;
    UpdateKernel kernel_ = UpdateKernel::fused;
    std::map<std::string, State> states_;
};

/// Fused where the device has fused kernels.
UpdateKernel update_kernel(const at::Device& device);

}  // namespace graft::train

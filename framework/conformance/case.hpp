// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// To add a case: append it in the `*_cases.cpp` of its kind. A case throws when it fails; its name says all
// that is needed to run it again: `graft plugins --verify PLUGIN.so --case NAME`.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/event.hpp"
#include "plugin/handles.hpp"

namespace graft::conformance {

/// A case that cannot be tried here, with the reason.
struct Skip : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What a component does wrong, and what its author does about it.
class Fault : public std::runtime_error {
public:
    Fault(const std::string& message, std::string remedy)
        : std::runtime_error(message), remedy_(std::move(remedy)) {}

    const std::string& remedy() const { return remedy_; }

private:
    std::string remedy_;
};

struct Case {
    std::string name;  ///< COMPONENT.CHECK or COMPONENT.CHECK/VARIANT/..., without '=' and blanks
    std::function<core::Json()> body;  ///< gives what it measured: rows of `what` and numbers; null: nothing
};

using Cases = std::vector<Case>;

inline void add_case(Cases& cases, std::string name, std::function<void()> check) {
    cases.push_back({std::move(name), [check = std::move(check)] {
                         check();
                         return core::Json();
                     }});
}

/// What the cases of a component start from: its options, from the table and `--option`.
struct Subject {
    std::string label;  ///< its id; KIND:ID where its library has two of that id
    plugin::ComponentHandle component;
    Options options;
};

/// Inputs that an author supplied, by name (docs/writing-plugins.md).
using Examples = std::vector<std::pair<std::string, at::Tensor>>;

/// All that one library holds: a loss may be tried with what the heads beside it give.
struct Library {
    std::vector<Subject> subjects;
    Examples examples;
};

void add_option_cases(Cases& cases, const Subject& subject);
void add_backbone_cases(Cases& cases, const Subject& subject);
void add_head_cases(Cases& cases, const Subject& subject);
void add_loss_cases(Cases& cases, const Subject& subject, const Library& library);
void add_dataset_cases(Cases& cases, const Subject& subject);

/// Cases that time the component; each gives rows {"what", "batch", "median_ms", ...}.
void add_measurements(Cases& cases, const Subject& subject, const Library& library);

/// Throws with the message, and what to do, unless the condition holds.
inline void require(bool condition, const std::string& message, const std::string& remedy = "") {
    if (!condition) {
        throw Fault(message, remedy);
    }
}

/// "[2, 64, 8, 8]".
std::string shape_text(const at::Tensor& tensor);

/// Throws unless shape, type and every value agree to the tolerance (0: bit by bit).
void require_equal(const at::Tensor& got, const at::Tensor& wanted, double tolerance, const std::string& what,
                   const std::string& remedy = "");

/// Throws unless the tensor is float and finite.
void require_float(const at::Tensor& tensor, const std::string& what);

using Function = std::function<std::vector<at::Tensor>(const std::vector<at::Tensor>&)>;

/// Traces the function on `example` and throws unless the trace agrees with it on `other` (of another batch
/// size). Parameters must not require gradients. `what`: "forward".
void require_traceable(const Function& function, const std::vector<at::Tensor>& example,
                       const std::vector<at::Tensor>& other, const std::string& what);

/// Runs what was traced of `what` with a number of samples on another number of them; throws when that fails.
void run_traced(const std::function<void()>& run, std::int64_t traced_samples, std::int64_t samples,
                const std::string& what);

/// Throws unless both modules hold the same names, shapes and values.
void require_same_state(const torch::nn::Module& left, const torch::nn::Module& right,
                        const std::string& remedy = "");

/// Copies parameters and buffers by name; shapes may differ.
void copy_state(const torch::nn::Module& from, const torch::nn::Module& into);

/// Turns gradients off for all parameters.
void without_gradients(const torch::nn::Module& module);

/// Copies of all parameters and buffers by name.
Examples state_of(const torch::nn::Module& module);

/// Throws where a tensor of the module has come, gone or changed its shape since `before`; with `values`
/// also where one has another value.
void require_state_kept(const torch::nn::Module& module, const Examples& before, bool values,
                        const std::string& after_what);

/// Calls `use` some times and throws where the process holds more memory after each of them.
void require_no_growth(const std::function<void()>& use, const std::string& what);

}  // namespace graft::conformance

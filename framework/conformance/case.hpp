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

}  // namespace graft::conformance

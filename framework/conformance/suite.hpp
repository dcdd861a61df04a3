// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The cases that every plugin is put through, by the kinds of its components.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "conformance/case.hpp"

namespace graft::conformance {

/// What `graft plugins --verify` was given.
struct SuiteRequest {
    std::vector<std::string> options;           ///< "COMPONENT.KEY=VALUE"
    std::string examples;                       ///< a safetensors file of inputs; empty: none
    std::vector<std::string> cases;             ///< names, or what stands before a '/' of them; empty: all
    std::map<std::string, std::string> waived;  ///< as `cases` -> why
    bool measure = false;                       ///< times, too
};

struct ChosenCase {
    Case one;
    std::string waived;  ///< the reason; empty: its failure counts
};

/// The cases of a library's components, in order. Throws Failure(pipeline) with all that is wrong with the
/// request: unknown components, options, cases; Failure(data) for a file of examples that cannot be read.
/// Calls the components' static functions, so a plugin may crash here, too.
std::vector<ChosenCase> choose_cases(const std::vector<plugin::ComponentHandle>& components,
                                     const SuiteRequest& request);

}  // namespace graft::conformance

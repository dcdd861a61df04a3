// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The parts that interpret (pipeline/pipeline.hpp) reads a pipeline in. Problems go where the section's go;
// none throws.
#pragma once

#include <string>
#include <vector>

#include "core/problem.hpp"
#include "pipeline/node.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"

namespace graft::pipeline {

/// The list of changes under the key `augment`, each an entry of that table of the format.
std::vector<Augment> read_augment(const Section& section, const std::string& table);

/// A document in which `train.phases` stand for `train.recipe`; as it came where there is no recipe, or one
/// that nobody knows.
Node expanded_recipe(Node document, core::Problems& problems);

/// The sections of the document `top`.
Data read_data(const Section& top);
Backbone read_backbone(const Section& top);
std::vector<Head> read_heads(const Section& top);
std::vector<std::string> names_of(const std::vector<Head>& heads);
Train read_train(const Section& top, const std::vector<Head>& heads);

/// The losses of one head out of its section.
std::vector<Loss> read_losses(const Section& head);

/// One phase; what it does not say itself comes from `defaults`.
Phase read_phase(const Section& section, const Phase& defaults, const std::vector<Head>& heads);

/// `optimizer`, `schedule` and `early_stop`, those that the section has.
void read_phase_parts(const Section& section, Phase& phase);

}  // namespace graft::pipeline

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The sections' tables, and how their lines are written. To add a key: one line in format_data.cpp,
// format_model.cpp or format_train.cpp with an example, its use in the file that reads the section, and
// GRAFT_UPDATE=1 test-pipeline for docs/pipeline.md.
#pragma once

#include <string>

#include "pipeline/format.hpp"

namespace graft::pipeline {

/// A key that `spec` describes as a whole.
FormatKey key(OptionSpec spec, std::string example);

/// A key whose value the section's own code reads.
FormatKey special(std::string name, std::string form, std::string doc, std::string example);

/// The same, with bounds: "{}" in `form` stands for what `spec` allows.
FormatKey special(OptionSpec spec, std::string form, std::string example);

// format_data.cpp
FormatSection pipeline_section();
FormatSection matrix_section();
FormatSection range_section();
FormatSection features_section();
FormatSection feature_augment_section();
FormatSection outputs_section();
FormatSection data_section();
FormatSection split_section();
FormatSection image_section();
FormatSection augment_section();

// format_model.cpp
FormatSection backbone_section();
FormatSection weights_section();
FormatSection head_section();
FormatSection loss_section();

// format_train.cpp
FormatSection train_section();
FormatSection sampler_section();
FormatSection phase_section();
FormatSection solve_section();
FormatSection optimizer_section();
FormatSection schedule_section();
FormatSection early_stop_section();

}  // namespace graft::pipeline

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Models from pipelines written in the test, with the plugins of this build.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/registry.hpp"
#include "support/temporary_folder.hpp"

namespace graft::model::test {

/// graft's own plugins and the toys; libraries stay loaded from one test to the next.
plugin::Registry& registry();

/// A pipeline from its `backbone`, `heads`, `data.image` ... sections; data and phases are filled in.
pipeline::Pipeline pipeline_of(const std::string& yaml, core::Problems& problems);

/// Composes it; the data set has these targets.
Model composed(const std::string& yaml, const std::vector<TargetSchema>& schema, core::Problems& problems);

/// Composes it without problems.
Model sound(const std::string& yaml, const std::vector<TargetSchema>& schema);

/// "message | remedy" of each problem.
std::vector<std::string> texts(const core::Problems& problems);

TargetSchema animals();  ///< a category of cat and dog

/// A phase that freezes these entries.
pipeline::Phase freezing(const std::vector<std::string>& entries);

using tests::TemporaryFolder;

/// What the call's Failure says; fails the test when there is none.
template <class Call>
std::string failure_of(Call&& call, core::Category category);

/// The recipe of the book's second experiment, on small images.
extern const char* const cats_dogs;

/// Two heads behind two stages of a ResNet18: one reads pooled features, one two maps.
extern const char* const two_readers;

template <class Call>
std::string failure_of(Call&& call, core::Category category) {
    try {
        call();
    } catch (const core::Failure& failure) {
        return failure.category() == category ? failure.what()
                                              : std::string("another category: ") + failure.what();
    }
    return "nothing was thrown";
}

}  // namespace graft::model::test

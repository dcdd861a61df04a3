// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/matrix.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::pipeline {

/// All pipelines that a file stands for: one, or those of its `matrix`. The file is read once.
class Expansion {
public:
    /// `request.variation` is not looked at. Throws Failure(pipeline) as load_document does.
    explicit Expansion(LoadRequest request);

    std::size_t size() const { return variations_.size(); }
    bool has_matrix() const { return has_matrix_; }

    /// The name without a variation's label.
    std::string name() const;

    /// Unique among them; empty without `matrix`.
    const std::string& label(std::size_t number) const { return variations_.at(number).label; }

    /// The values that it has of the matrix, by their paths.
    const std::vector<std::pair<std::string, std::string>>& values(std::size_t number) const {
        return variations_.at(number).texts;
    }

    /// As load_document gives it. Throws Failure(pipeline) with all problems of this one.
    Node document(std::size_t number) const;

private:
    LoadRequest request_;
    Node written_;  ///< file, `extends` and `--set`
    bool has_matrix_ = false;
    std::vector<Variation> variations_;
};

/// What a run of the document is called: its `name`, else the file's without its suffix.
std::string name_of(const Node& document, const std::string& file);

}  // namespace graft::pipeline

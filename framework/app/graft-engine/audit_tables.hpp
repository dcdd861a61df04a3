// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What an audit proposes, as tables for `data.exclude` and `data.relabel`.
#pragma once

#include <string>

#include "core/event.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::engine {

/// A table's text, and how many rows the audit added to those that the pipeline has already.
struct Proposal {
    std::string text;
    std::size_t added = 0;
};

/// Of a report: pictures that training shares with another split (in training), that are there twice (all but
/// the first), that cannot be read, and whose points are shifted. Rows of the pipeline's own table come
/// first.
Proposal propose_exclude(const core::Json& report, const pipeline::Data& data);

/// Of a report: the suggested classes of label errors, but for samples that are left out. Rows of the
/// pipeline's own table come first, without those about the same sample and target.
Proposal propose_relabel(const core::Json& report, const pipeline::Data& data);

}  // namespace graft::engine

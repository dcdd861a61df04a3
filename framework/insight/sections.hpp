// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The sections of a run's page, in their order.
#pragma once

#include "core/event.hpp"
#include "insight/document.hpp"
#include "insight/run_left.hpp"
#include "insight/samples.hpp"

namespace graft::insight {

/// What an engine tells for a page: docs/events.md has its fields. {}: nothing could be had.
struct Illustration {
    core::Json network = core::Json::object();
    Thumbnails thumbnails;
    std::string missing;  ///< why there are no pictures; empty: there are
};

void add_summary(Document& document, const RunLeft& run);
void add_curves(Document& document, const std::vector<RunLeft>& runs);
void add_answers(Document& document, const RunLeft& run, const Illustration& illustration);
void add_network(Document& document, const RunLeft& run, const Illustration& illustration);
void add_time(Document& document, const RunLeft& run);
void add_data(Document& document, const RunLeft& run);
void add_pipeline(Document& document, const RunLeft& run);

/// A section a head whose tables only its metrics made: masks, boxes, labels.
void add_evaluation_tables(Document& document, const std::string& id, const std::string& owner,
                           const core::Json& tables);

}  // namespace graft::insight

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The sections of a run's page, in their order.
#pragma once

#include <set>
#include <string>

#include "core/event.hpp"
#include "insight/document.hpp"
#include "insight/illustration.hpp"
#include "insight/run_left.hpp"

namespace graft::insight {

void add_summary(Document& document, const RunLeft& run);
void add_curves(Document& document, const std::vector<RunLeft>& runs);
void add_answers(Document& document, const RunLeft& run, const Illustration& illustration);
void add_map(Document& document, const RunLeft& run, const Illustration& illustration);
void add_network(Document& document, const RunLeft& run, const Illustration& illustration);
void add_time(Document& document, const RunLeft& run);
void add_data(Document& document, const RunLeft& run, const Illustration& illustration);
void add_pipeline(Document& document, const RunLeft& run);

/// A field that is a whole number, as people read it: "11,242,305"; "-" where there is none.
std::string whole_text(const core::Json& fields, const char* key);

/// Errors of points where the points are on average.
void add_point_errors(Document& document, const std::string& id, const Answered& answered,
                      const core::Json& data);

/// Of a number and classes that are known of the same samples: both by groups of the number. Adds nothing
/// where there are none.
void add_groups(Document& document, const RunLeft& run);

/// A section a head whose tables only its metrics made: masks, boxes, labels.
void add_evaluation_tables(Document& document, const std::string& id, const std::string& owner,
                           const core::Json& tables);

/// What a head finds, drawn: of the samples where it has the largest and the smallest loss. Adds nothing, and
/// says so, where there are no drawings of it.
bool add_drawn(Document& document, const std::string& head, const RunLeft& run,
               const Illustration& illustration);

/// The same of several heads, each in a section of its own, unless `told` names it.
void add_drawn_sections(Document& document, const RunLeft& run, const Illustration& illustration,
                        const std::set<std::string>& told);

}  // namespace graft::insight

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What is probably wrong with samples: a list of each kind, as docs/data.md describes audit.json, worst
// first.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "audit/likeness.hpp"
#include "audit_samples.hpp"
#include "core/event.hpp"

namespace graft::engine {

/// Samples that are one picture: same bytes, or alike to the network and to the eye.
std::vector<audit::Group> same_pictures(const AuditSamples& samples);

/// `duplicates`: [{"samples":[{"id","split"}],"exact","leak","cosine","labels"}].
core::Json duplicates_json(const AuditSamples& samples, const std::vector<audit::Group>& groups);

/// How samples are judged that a model must not have seen: which stay together, and what draws folds.
struct Judging {
    std::vector<std::string> together;  ///< a name a sample; those of one name stay in one split
    std::uint64_t seed = 0;
    const std::atomic<bool>* stop = nullptr;
};

/// `label_errors`: [{"id","split","target","given","suggested","given_probability","probability","quality"}],
/// `label_doubts` of the same form, and `small_classes`: [{"target","class","train"}] of those that no model
/// could learn. Begins `judges`: [{"target","samples","agree"}], how far whoever judged can be trusted: the
/// share of labels that it would have given, too.
void judge_labels(const AuditSamples& samples, const Judging& judging, core::Json& report);

/// `value_errors`: [{"id","split","target","unit","given","expected","deviations"}]; adds to `judges`, which
/// must be there, [{"target","samples","median_error","unit"}].
void judge_values(const AuditSamples& samples, const Judging& judging, core::Json& report);

/// `outliers`: [{"id","split","deviations","nearest"}].
void find_outliers(const AuditSamples& samples, core::Json& report);

/// `points_outside`, `shifted_columns` and `stray_points`.
void judge_points(const AuditSamples& samples, core::Json& report);

}  // namespace graft::engine

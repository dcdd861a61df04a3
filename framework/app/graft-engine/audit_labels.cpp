// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Of an audit: labels and numbers that models which had not seen the sample do not expect.
#include <algorithm>
#include <map>
#include <utility>

#include <ATen/ATen.h>

#include "audit/labels.hpp"
#include "audit/robust.hpp"
#include "audit_findings.hpp"
#include "solve/out_of_fold.hpp"

namespace graft::engine {
namespace {

using core::Json;

constexpr std::int64_t folds = 5;

/// A class of fewer is not judged: a fold could leave none of it to learn from.
constexpr std::int64_t fewest_to_judge = folds;

/// A class of fewer is too small to learn.
constexpr std::int64_t fewest_to_learn = 10;

/// Of fewer samples nothing is said.
constexpr std::int64_t fewest_samples = 20;

/// About how exactly the layers are found: what they say of a sample does not hang on more.
constexpr double tolerance = 1e-4;

/// Samples that a target is judged for, and what the layers want of them.
struct Chosen {
    std::vector<std::int64_t> samples;
    std::vector<std::int64_t> strata;
    at::Tensor wanted;  ///< [N, K]
};

/// What layers say of the chosen samples, [N, K], each by one that had not seen it.
at::Tensor judged(const AuditSamples& samples, const Judging& judging, const Chosen& chosen,
                  solve::Term term) {
    std::vector<std::string> names;
    std::vector<std::uint8_t> trains;
    for (const std::int64_t sample : chosen.samples) {
        const auto place = static_cast<std::size_t>(sample);
        names.push_back(judging.together[place]);
        trains.push_back(samples.trains(place) ? 1 : 0);
    }
    const at::Tensor index = at::tensor(chosen.samples, at::kLong);
    const auto columns = term == solve::Term::softmax ? 1 : chosen.wanted.size(1);
    const solve::LabelledFeatures labelled = {
        samples.features.index_select(0, index),
        {term, chosen.wanted, at::ones({chosen.wanted.size(0), columns}, at::kDouble)}};
    return solve::out_of_fold(labelled, at::tensor(trains, at::kByte).to(at::kBool), names, chosen.strata,
                              folds, judging.seed, {tolerance, judging.stop})
        .outputs;
}

std::int64_t training_among(const AuditSamples& samples, const std::vector<std::int64_t>& chosen) {
    return std::count_if(chosen.begin(), chosen.end(), [&](std::int64_t sample) {
        return samples.trains(static_cast<std::size_t>(sample));
    });
}

/// One category.
class Labels {
public:
    Labels(const AuditSamples& samples, std::size_t target)
        : samples_(samples),
          schema_(samples.targets[target]),
          values_(samples.columns[target].values.contiguous()),
          present_(samples.columns[target].present.contiguous()),
          trains_(schema_.classes.size()) {
        for (std::size_t sample = 0; sample < samples.size(); ++sample) {
            if (is_known(sample) && samples.trains(sample)) {
                ++trains_[class_of(sample)];
            }
        }
    }

    Json small_classes() const {
        Json list = Json::array();
        for (std::size_t each = 0; each < trains_.size(); ++each) {
            if (trains_[each] < fewest_to_learn) {
                list.push_back(
                    {{"target", schema_.name}, {"class", schema_.classes[each]}, {"train", trains_[each]}});
            }
        }
        return list;
    }

    /// Adds to `label_errors` and `label_doubts`.
    void judge(const Judging& judging, Json& report) const {
        std::vector<std::size_t> classes;
        std::map<std::size_t, int> number;
        for (std::size_t each = 0; each < trains_.size(); ++each) {
            if (trains_[each] >= fewest_to_judge) {
                number[each] = static_cast<int>(classes.size());
                classes.push_back(each);
            }
        }
        Chosen chosen;
        for (std::size_t sample = 0; sample < samples_.size(); ++sample) {
            if (is_known(sample) && number.contains(class_of(sample))) {
                chosen.samples.push_back(static_cast<std::int64_t>(sample));
                chosen.strata.push_back(number[class_of(sample)]);
            }
        }
        if (classes.size() < 2 || training_among(samples_, chosen.samples) < fewest_samples) {
            return;
        }
        const auto count = static_cast<std::int64_t>(classes.size());
        chosen.wanted = at::one_hot(at::tensor(chosen.strata, at::kLong), count).to(at::kDouble);
        const at::Tensor probabilities =
            judged(samples_, judging, chosen, solve::Term::softmax).softmax(1).contiguous();
        const double* first = probabilities.const_data_ptr<double>();
        const at::Tensor agree = probabilities.argmax(1).eq(at::tensor(chosen.strata, at::kLong));
        report["judges"].push_back({{"target", schema_.name},
                                    {"samples", chosen.samples.size()},
                                    {"agree", agree.to(at::kDouble).mean().item<double>()}});
        const audit::Judged all = {classes.size(),
                                   {chosen.strata.begin(), chosen.strata.end()},
                                   {first, first + probabilities.numel()}};
        for (const audit::LabelError& error : audit::label_errors(all)) {
            report["label_errors"].push_back(described(error, chosen, classes));
        }
        for (const audit::LabelError& error : audit::label_doubts(all)) {
            report["label_doubts"].push_back(described(error, chosen, classes));
        }
    }

private:
    bool is_known(std::size_t sample) const { return present_.const_data_ptr<bool>()[sample]; }
    std::size_t class_of(std::size_t sample) const {
        return static_cast<std::size_t>(values_.const_data_ptr<std::int64_t>()[sample]);
    }

    Json described(const audit::LabelError& error, const Chosen& chosen,
                   const std::vector<std::size_t>& classes) const {
        Json entry = samples_.name(static_cast<std::size_t>(chosen.samples[error.sample]));
        entry["target"] = schema_.name;
        entry["given"] = schema_.classes[classes[static_cast<std::size_t>(error.given)]];
        entry["suggested"] = schema_.classes[classes[static_cast<std::size_t>(error.suggested)]];
        entry["given_probability"] = error.given_probability;
        entry["probability"] = error.probability;
        entry["quality"] = error.quality;
        return entry;
    }

    const AuditSamples& samples_;
    const TargetSchema& schema_;
    at::Tensor values_;
    at::Tensor present_;
    std::vector<std::int64_t> trains_;  ///< samples of each class
};

void append(Json& list, const Json& more) {
    for (const Json& entry : more) {
        list.push_back(entry);
    }
}

Json wrong_values(const AuditSamples& samples, const Judging& judging, std::size_t target, Json& report) {
    constexpr double far = 4;
    const TargetSchema& schema = samples.targets[target];
    const at::Tensor present = samples.columns[target].present;
    Chosen chosen;
    for (std::size_t sample = 0; sample < samples.size(); ++sample) {
        if (present[static_cast<std::int64_t>(sample)].item<bool>()) {
            chosen.samples.push_back(static_cast<std::int64_t>(sample));
            chosen.strata.push_back(0);
        }
    }
    Json list = Json::array();
    if (training_among(samples, chosen.samples) < fewest_samples) {
        return list;
    }
    chosen.wanted = samples.columns[target]
                        .values.index_select(0, at::tensor(chosen.samples, at::kLong))
                        .to(at::kDouble)
                        .unsqueeze(1);
    const at::Tensor expected = judged(samples, judging, chosen, solve::Term::squares);
    const at::Tensor errors = (chosen.wanted - expected).squeeze(1).contiguous();
    const double* first = errors.const_data_ptr<double>();
    report["judges"].push_back({{"target", schema.name},
                                {"samples", chosen.samples.size()},
                                {"median_error", errors.abs().median().item<double>()},
                                {"unit", schema.unit}});
    for (const audit::Distant& each : audit::distant({first, first + errors.numel()}, far)) {
        const auto place = static_cast<std::int64_t>(each.sample);
        Json entry = samples.name(static_cast<std::size_t>(chosen.samples[each.sample]));
        entry["target"] = schema.name;
        entry["unit"] = schema.unit;
        entry["given"] = chosen.wanted[place][0].item<double>();
        entry["expected"] = expected[place][0].item<double>();
        entry["deviations"] = each.distance;
        list.push_back(std::move(entry));
    }
    return list;
}

}  // namespace

void judge_labels(const AuditSamples& samples, const Judging& judging, Json& report) {
    report["judges"] = Json::array();
    report["label_errors"] = Json::array();
    report["label_doubts"] = Json::array();
    report["small_classes"] = Json::array();
    for (std::size_t target = 0; target < samples.targets.size(); ++target) {
        if (samples.targets[target].kind == TargetKind::category) {
            const Labels labels(samples, target);
            labels.judge(judging, report);
            append(report["small_classes"], labels.small_classes());
        }
    }
    for (const char* key : {"label_errors", "label_doubts"}) {
        Json& list = report[key];
        std::stable_sort(list.begin(), list.end(), [](const Json& one, const Json& other) {
            return one["quality"].get<double>() < other["quality"].get<double>();
        });
    }
}

void judge_values(const AuditSamples& samples, const Judging& judging, Json& report) {
    report["value_errors"] = Json::array();
    for (std::size_t target = 0; target < samples.targets.size(); ++target) {
        if (samples.targets[target].kind == TargetKind::scalar) {
            append(report["value_errors"], wrong_values(samples, judging, target, report));
        }
    }
}

}  // namespace graft::engine

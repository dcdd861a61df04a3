// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "learnt.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

#include "core/problem.hpp"
#include "insight/constant.hpp"
#include "insight/predictions.hpp"
#include "picture_size.hpp"
#include "train/sample_table.hpp"

namespace graft::engine {
namespace {

/// The mean of numbers, each of which may be missing.
struct Means {
    void add(std::size_t index, double value) {
        if (sums.size() <= index) {
            sums.resize(index + 1);
            counts.resize(index + 1);
        }
        if (std::isfinite(value)) {  // another value is a sample that is skipped
            sums[index] += value;
            ++counts[index];
        }
    }

    std::vector<double> values() const {
        std::vector<double> means;
        for (std::size_t index = 0; index < sums.size(); ++index) {
            means.push_back(counts[index] > 0 ? sums[index] / static_cast<double>(counts[index])
                                              : std::numeric_limits<double>::quiet_NaN());
        }
        return means;
    }

    std::vector<double> sums;
    std::vector<std::int64_t> counts;
};

void add_places(const Points& points, const PictureSize& size, Means& means) {
    for (std::size_t point = 0; point < points.size(); ++point) {
        if (points[point] && size.first > 0 && size.second > 0) {
            means.add(2 * point, points[point]->x / size.first);
            means.add(2 * point + 1, points[point]->y / size.second);
        }
    }
}

int most_frequent(const Loaders& loaders, std::size_t target) {
    for (const data::ClassCounts& counts : loaders.classes) {
        const auto most = std::max_element(counts.train.begin(), counts.train.end());
        if (counts.target == target && most != counts.train.end() && *most > 0) {
            return static_cast<int>(most - counts.train.begin());
        }
    }
    return -1;
}

std::vector<insight::Constant> constants_of(const std::vector<train::Compared>& compared,
                                            const Loaders& loaders) {
    std::vector<Means> means(compared.size());
    const data::Subset& samples = loaders.splits.train;
    for (std::size_t index = 0; index < compared.size(); ++index) {
        const std::size_t target = compared[index].target;
        if (compared[index].kind == TargetKind::scalar) {
            for_samples(samples, samples.indices.size(), [&](std::int64_t sample) {
                const std::vector<TargetValue> values = samples.dataset.targets(sample);
                if (const auto* number = std::get_if<double>(&values.at(target))) {
                    means[index].add(0, *number);
                }
            });
        } else if (compared[index].kind == TargetKind::points) {
            for_samples(samples, most_headers, [&](std::int64_t sample) {
                const std::vector<TargetValue> values = samples.dataset.targets(sample);
                if (const auto* points = std::get_if<Points>(&values.at(target))) {
                    add_places(*points, size_of(samples.dataset.image(sample)), means[index]);
                }
            });
        }
    }
    std::vector<insight::Constant> constants;
    for (std::size_t index = 0; index < compared.size(); ++index) {
        insight::Constant constant{compared[index].answer.name, -1, means[index].values()};
        if (compared[index].kind == TargetKind::category) {
            constant.of_class = most_frequent(loaders, compared[index].target);
        }
        constants.push_back(std::move(constant));
    }
    return constants;
}

/// Sizes of validation pictures, where an answer is of places.
insight::PictureSizes sizes_of(const std::vector<train::Compared>& compared, const data::Subset& samples) {
    insight::PictureSizes sizes;
    if (std::any_of(compared.begin(), compared.end(),
                    [](const train::Compared& each) { return each.kind == TargetKind::points; })) {
        for_samples(samples, most_headers, [&](std::int64_t sample) {
            const PictureSize size = size_of(samples.dataset.image(sample));
            if (size.first > 0 && size.second > 0) {
                sizes.emplace(samples.dataset.id(sample), size);
            }
        });
    }
    return sizes;
}

}  // namespace

void record_baselines(CommandContext& context, const model::Model& model, const Loaders& loaders,
                      RunFolder& folder) {
    const std::vector<train::Compared> compared = train::compared_predictions(model);
    std::vector<insight::AnswerSchema> answers;
    answers.reserve(compared.size());
    for (const train::Compared& each : compared) {
        answers.push_back(each.answer);
    }
    folder.set("predictions", insight::to_json(answers));
    const auto predictions = insight::read_predictions(folder.path(), folder.record());
    if (!predictions) {
        return;
    }
    const std::vector<insight::Constant> constants = constants_of(compared, loaders);
    folder.set("constants", insight::to_json(constants, answers));
    const auto found =
        insight::against_constants(*predictions, constants, sizes_of(compared, loaders.splits.val));
    folder.set("against_constant", insight::to_json(found));
    for (const insight::AgainstConstant& each : found) {
        if (const std::string warning = insight::warning_of(each); !warning.empty()) {
            context.warn(warning);
        }
    }
}

}  // namespace graft::engine

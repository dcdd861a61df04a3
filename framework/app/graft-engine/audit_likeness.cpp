// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Of an audit: the same picture twice, and pictures like no other.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <opencv2/imgproc.hpp>

#include "audit/robust.hpp"
#include "audit_findings.hpp"
#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/problem.hpp"
#include "image/decode.hpp"
#include "solve/neighbours.hpp"

namespace graft::engine {
namespace {

using core::Json;

/// How many others of each sample are looked at.
constexpr std::int64_t alike_to_find = 10;

/// To the network: of features less their mean.
constexpr double alike = 0.9;

/// To the eye: of 64 bits.
constexpr int most_bits_apart = 8;

/// XXH3-64 of a picture's bytes; nothing where it cannot be read any more.
std::optional<std::uint64_t> content_of(const ImageSource& source) {
    const auto* path = std::get_if<std::filesystem::path>(&source);
    if (path == nullptr) {
        return image::content_in_memory(source);
    }
    const core::MappedFile file(*path);
    return core::hash64({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()});
}

std::uint64_t print_of(const ImageSource& source) {
    constexpr auto side = static_cast<int>(audit::print_side);
    image::PictureReader reader;
    const image::Picture picture = reader.read(source, {0, [](image::Extent original) {
                                                            const auto shorter =
                                                                std::min(original.width, original.height);
                                                            return 2.0 * side / static_cast<double>(shorter);
                                                        }});
    cv::Mat grey;
    cv::cvtColor(picture.pixels, grey, cv::COLOR_RGB2GRAY);
    cv::Mat small;
    cv::resize(grey, small, {side, side}, 0, 0, cv::INTER_AREA);
    cv::Mat numbers;
    small.convertTo(numbers, CV_64F);
    return audit::print_of({numbers.ptr<double>(), audit::print_side * audit::print_side});
}

/// What a function gives of a sample's picture; nothing where the picture cannot be read.
template <class Function>
auto of_picture(const AuditSamples& samples, std::size_t sample, const Function& function)
    -> std::optional<std::uint64_t> {
    try {
        return function(samples.sources[sample]());
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        return std::nullopt;
    }
}

/// Hashes of pictures as they are asked for.
class Prints {
public:
    explicit Prints(const AuditSamples& samples) : samples_(samples) {}

    bool are_near(std::size_t one, std::size_t other) {
        const auto first = print(one);
        const auto second = print(other);
        return first && second && audit::bits_apart(*first, *second) <= most_bits_apart;
    }

private:
    std::optional<std::uint64_t> print(std::size_t sample) {
        const auto found = known_.find(sample);
        return found != known_.end()
                   ? found->second
                   : known_.emplace(sample, of_picture(samples_, sample, print_of)).first->second;
    }

    const AuditSamples& samples_;
    std::map<std::size_t, std::optional<std::uint64_t>> known_;
};

std::vector<std::uint64_t> contents_of(const AuditSamples& samples) {
    std::vector<std::uint64_t> contents;
    for (std::size_t sample = 0; sample < samples.size(); ++sample) {
        const auto content = of_picture(
            samples, sample, [](const ImageSource& source) { return content_of(source).value_or(0); });
        contents.push_back(content.value_or(core::hash64("gone " + std::to_string(sample))));
    }
    return contents;
}

/// The class's name of each sample of a group, where one target has classes.
Json labels_of(const AuditSamples& samples, const audit::Group& group) {
    for (std::size_t target = 0; target < samples.targets.size(); ++target) {
        if (samples.targets[target].kind != TargetKind::category) {
            continue;
        }
        Json labels = Json::array();
        for (const std::size_t sample : group.samples) {
            const auto place = static_cast<std::int64_t>(sample);
            const bool present = samples.columns[target].present[place].item<bool>();
            const auto label = samples.columns[target].values[place].item<std::int64_t>();
            labels.push_back(present ? Json(samples.targets[target].classes[static_cast<std::size_t>(label)])
                                     : Json());
        }
        return labels;
    }
    return Json::array();
}

}  // namespace

std::vector<audit::Group> same_pictures(const AuditSamples& samples) {
    const std::vector<std::uint64_t> contents = contents_of(samples);
    std::vector<audit::Pair> pairs = audit::exact_pairs(contents);
    const solve::Neighbours near = solve::nearest(samples.features, alike_to_find);
    Prints prints(samples);
    const auto others = near.samples.accessor<std::int64_t, 2>();
    const auto cosines = near.cosines.accessor<double, 2>();
    for (std::int64_t sample = 0; sample < others.size(0); ++sample) {
        for (std::int64_t rank = 0; rank < others.size(1) && cosines[sample][rank] >= alike; ++rank) {
            const auto one = static_cast<std::size_t>(std::min(sample, others[sample][rank]));
            const auto other = static_cast<std::size_t>(std::max(sample, others[sample][rank]));
            if (contents[one] != contents[other] && prints.are_near(one, other)) {
                pairs.push_back({one, other, cosines[sample][rank], false});
            }
        }
    }
    return audit::groups_of(pairs);
}

Json duplicates_json(const AuditSamples& samples, const std::vector<audit::Group>& groups) {
    Json list = Json::array();
    for (const audit::Group& group : groups) {
        Json names = Json::array();
        std::set<std::string> splits;
        for (const std::size_t sample : group.samples) {
            names.push_back(samples.name(sample));
            splits.insert(samples.splits[sample]);
        }
        list.push_back({{"samples", names},
                        {"exact", group.exact},
                        {"leak", splits.size() > 1},
                        {"cosine", group.cosine},
                        {"labels", labels_of(samples, group)}});
    }
    std::stable_sort(list.begin(), list.end(), [](const Json& one, const Json& other) {
        const auto rank = [](const Json& each) {
            return std::pair(!each["leak"].get<bool>(), !each["exact"].get<bool>());
        };
        return rank(one) < rank(other);
    });
    return list;
}

void find_outliers(const AuditSamples& samples, Json& report) {
    constexpr double far = 5;
    Json list = Json::array();
    const solve::Neighbours near = solve::nearest(samples.features, alike_to_find);
    if (near.cosines.size(1) == 0) {
        report["outliers"] = list;
        return;
    }
    // The distance of directions, to the farthest of the neighbours.
    const at::Tensor distances =
        (2 - 2 * near.cosines.select(1, near.cosines.size(1) - 1)).clamp_min(0).sqrt().contiguous();
    const double* first = distances.const_data_ptr<double>();
    for (const audit::Distant& each :
         audit::distant({first, first + distances.numel()}, far, /*above_only=*/true)) {
        Json entry = samples.name(each.sample);
        entry["deviations"] = each.distance;
        const auto nearest = near.samples[static_cast<std::int64_t>(each.sample)][0].item<std::int64_t>();
        entry["nearest"] = samples.ids[static_cast<std::size_t>(nearest)];
        list.push_back(std::move(entry));
    }
    report["outliers"] = std::move(list);
}

}  // namespace graft::engine

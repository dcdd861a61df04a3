// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/feature_augment.hpp"

#include <functional>

#include <ATen/ATen.h>

#include "core/problem.hpp"

namespace graft::train {
namespace {

using Change = std::function<at::Tensor(const at::Tensor& feature)>;

void change_each(data::StoredFeatures& features, const Change& change) {
    for (auto& [tap, feature] : features.taps) {
        feature = change(feature);
    }
    if (features.cut.feature.defined()) {
        features.cut.feature = change(features.cut.feature);
    }
}

/// All but the channels: of maps [N, C, H, W], tokens [N, L, C] and vectors [N, C].
std::vector<std::int64_t> dimensions_of_samples(const at::Tensor& feature) {
    const std::int64_t channels = feature.dim() == 4 ? 1 : feature.dim() - 1;
    std::vector<std::int64_t> others;
    for (std::int64_t dimension = 0; dimension < feature.dim(); ++dimension) {
        if (dimension != channels) {
            others.push_back(dimension);
        }
    }
    return others;
}

at::Tensor with_noise(const at::Tensor& feature, double strength) {
    const at::Tensor deviation =
        feature.std(at::OptionalIntArrayRef(dimensions_of_samples(feature)), /*unbiased=*/false,
                    /*keepdim=*/true);
    return feature + at::randn_like(feature) * deviation * strength;
}

Mixture draw_mixture(double alpha, std::int64_t samples) {
    const at::Tensor shares = at::_sample_dirichlet(at::full({2}, alpha, at::kDouble));
    return {shares[0].item<double>(), at::randperm(samples, at::kLong)};
}

std::int64_t samples_of(const data::StoredFeatures& features) {
    return features.cut.feature.defined() ? features.cut.feature.size(0)
                                          : features.taps.begin()->second.size(0);
}

}  // namespace

std::optional<Mixture> change_features(const std::vector<pipeline::Augment>& augment,
                                       data::StoredFeatures& features) {
    const at::NoGradGuard no_gradients;
    std::optional<Mixture> mixture;
    for (const pipeline::Augment& entry : augment) {
        const double value = entry.values.at(0);
        if (entry.name == "noise") {
            change_each(features, [&](const at::Tensor& feature) { return with_noise(feature, value); });
        } else if (entry.name == "mixup") {
            mixture = draw_mixture(value, samples_of(features));
            change_each(features, [&](const at::Tensor& feature) {
                const at::Tensor partners = feature.index_select(0, mixture->partner.to(feature.device()));
                return at::lerp(partners, feature, mixture->share);
            });
        } else {
            throw core::Failure(core::Category::internal,
                                "no change of features is called '" + entry.name + "'");
        }
    }
    return mixture;
}

}  // namespace graft::train

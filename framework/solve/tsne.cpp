// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "solve/feature_map.hpp"

namespace graft::solve {
namespace {

constexpr std::int64_t lanes = 4;
using Lanes [[gnu::vector_size(lanes * sizeof(float))]] = float;  ///< numbers side by side, for vector code
constexpr float far_away = 1e9F;  ///< a place that fills up the last lanes and pulls at nobody

constexpr double exaggeration = 12;
constexpr int exaggerated_steps = 250;

using MapPlaces = std::array<std::vector<float>, 2>;  ///< x and y of the samples, filled up to whole lanes

/// How near each other the samples are: joint probabilities, rows of `stride` numbers.
struct Affinities {
    std::int64_t samples = 0;
    std::int64_t stride = 0;
    std::vector<float> numbers;

    float* row(std::int64_t sample) { return numbers.data() + sample * stride; }
    const float* row(std::int64_t sample) const { return numbers.data() + sample * stride; }
};

/// Writes exp(-beta (d - least)) of one row with its sum as 1, for the beta whose entropy is wanted.
void find_row(const float* distances, std::int64_t own, std::int64_t samples, double entropy, float* to) {
    double least = std::numeric_limits<double>::infinity();
    for (std::int64_t other = 0; other < samples; ++other) {
        least = other == own ? least : std::min<double>(least, distances[other]);
    }
    double beta = 1;
    double low = 0;
    double high = std::numeric_limits<double>::infinity();
    double sum = 1;
    for (int attempt = 0; attempt < 200; ++attempt) {
        sum = 0;
        double weighted = 0;
        for (std::int64_t other = 0; other < samples; ++other) {
            const double further = distances[other] - least;
            const double near = other == own ? 0 : std::exp(-beta * further);
            to[other] = static_cast<float>(near);
            sum += near;
            weighted += near * further;
        }
        const double difference = std::log(sum) + beta * weighted / sum - entropy;
        if (std::abs(difference) <= 1e-5) {
            break;
        }
        (difference > 0 ? low : high) = beta;
        beta = std::isinf(high) ? 2 * beta : (low + high) / 2;
    }
    for (std::int64_t other = 0; other < samples; ++other) {
        to[other] = static_cast<float>(to[other] / sum);
    }
}

Affinities affinities_of(const at::Tensor& distances) {
    const std::int64_t samples = distances.size(0);
    Affinities joint{samples, (samples + lanes - 1) / lanes * lanes, {}};
    joint.numbers.assign(static_cast<std::size_t>(samples * joint.stride), 0);
    const double perplexity = std::min(30.0, static_cast<double>(samples - 1) / 3);
    const float* all = distances.const_data_ptr<float>();
    at::parallel_for(0, samples, 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t sample = begin; sample < end; ++sample) {
            find_row(all + sample * samples, sample, samples, std::log(perplexity), joint.row(sample));
        }
    });
    const auto total = static_cast<float>(2 * samples);
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        for (std::int64_t other = 0; other < sample; ++other) {
            const float both = (joint.row(sample)[other] + joint.row(other)[sample]) / total;
            joint.row(sample)[other] = joint.row(other)[sample] = std::max(both, 1e-16F);
        }
    }
    return joint;
}

/// What the others do to one sample: pulls by nearness, pushes before they are divided by the sum of all.
struct Forces {
    double pull[2] = {0, 0};
    double push[2] = {0, 0};
    double sum = 0;
};

Lanes lanes_at(const float* numbers) {
    Lanes read;
    std::memcpy(&read, numbers, sizeof(read));
    return read;
}

double sum_of(const Lanes& numbers) {
    double sum = 0;
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
        sum += numbers[lane];
    }
    return sum;
}

Forces forces_on(const Affinities& joint, const MapPlaces& places, std::int64_t sample) {
    const float x = places[0][static_cast<std::size_t>(sample)];
    const float y = places[1][static_cast<std::size_t>(sample)];
    const float* near = joint.row(sample);
    Lanes pull_across{};
    Lanes pull_down{};
    Lanes push_across{};
    Lanes push_down{};
    Lanes sum{};
    for (std::int64_t first = 0; first < joint.stride; first += lanes) {
        const Lanes across = x - lanes_at(places[0].data() + first);
        const Lanes down = y - lanes_at(places[1].data() + first);
        const Lanes nearness = 1.0F / (1.0F + across * across + down * down);
        const Lanes pull = lanes_at(near + first) * nearness;
        const Lanes push = nearness * nearness;
        pull_across += pull * across;
        pull_down += pull * down;
        push_across += push * across;
        push_down += push * down;
        sum += nearness;
    }
    return {{sum_of(pull_across), sum_of(pull_down)},
            {sum_of(push_across), sum_of(push_down)},
            sum_of(sum) - 1};  // without itself
}

/// The way of the places downhill (Jacobs 1988).
class Descent {
public:
    explicit Descent(std::int64_t samples)
        : samples_(samples), moves_(2 * static_cast<std::size_t>(samples), 0), gains_(moves_.size(), 1) {}

    void step(MapPlaces& places, const std::vector<Forces>& forces, double emphasis, double momentum) {
        const double rate = std::max(static_cast<double>(samples_) / exaggeration / 4, 50.0);
        double sum = 0;
        for (const Forces& each : forces) {
            sum += each.sum;
        }
        for (std::size_t sample = 0; sample < forces.size(); ++sample) {
            for (std::size_t axis = 0; axis < 2; ++axis) {
                const std::size_t place = 2 * sample + axis;
                const double slope =
                    4 * (emphasis * forces[sample].pull[axis] - forces[sample].push[axis] / sum);
                double& gain = gains_[place];
                gain = std::max(0.01, moves_[place] * slope < 0 ? gain + 0.2 : gain * 0.8);
                moves_[place] = momentum * moves_[place] - rate * gain * slope;
                float& number = places[axis][sample];
                number = static_cast<float>(number + moves_[place]);
            }
        }
    }

private:
    std::int64_t samples_;
    std::vector<double> moves_;
    std::vector<double> gains_;
};

/// The start, so small that everything can pass everything.
MapPlaces small_places(const at::Tensor& start, std::int64_t stride) {
    const double spread = std::max(start.select(1, 0).std(0, false, false).item<double>(), 1e-300);
    const at::Tensor scaled = (start.to(at::kDouble) / spread * 1e-4).to(at::kFloat).t().contiguous();
    MapPlaces places;
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const float* numbers =
            scaled.const_data_ptr<float>() + static_cast<std::int64_t>(axis) * start.size(0);
        places[axis].assign(numbers, numbers + start.size(0));
        places[axis].resize(static_cast<std::size_t>(stride), far_away);
    }
    return places;
}

}  // namespace

at::Tensor tsne(const at::Tensor& distances, const at::Tensor& start, const std::atomic<bool>* stop,
                const std::function<void(std::int64_t)>& stepped) {
    const Affinities joint = affinities_of(distances);
    const std::int64_t samples = joint.samples;
    MapPlaces places = small_places(start, joint.stride);
    std::vector<Forces> forces(static_cast<std::size_t>(samples));
    Descent descent(samples);
    for (int step = 0; step < tsne_steps && (stop == nullptr || !*stop); ++step) {
        if (step == exaggerated_steps) {
            descent = Descent(samples);
        }
        at::parallel_for(0, samples, 64, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t sample = first; sample < last; ++sample) {
                forces[static_cast<std::size_t>(sample)] = forces_on(joint, places, sample);
            }
        });
        const bool is_exaggerated = step < exaggerated_steps;
        descent.step(places, forces, is_exaggerated ? exaggeration : 1, is_exaggerated ? 0.5 : 0.8);
        if (stepped) {
            stepped(step + 1);
        }
    }
    at::Tensor found = at::empty({samples, 2}, at::kDouble);
    double* to = found.mutable_data_ptr<double>();
    for (std::size_t sample = 0; sample < forces.size(); ++sample) {
        *to++ = places[0][sample];
        *to++ = places[1][sample];
    }
    return found;
}

}  // namespace graft::solve

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/balance.hpp"

#include <algorithm>
#include <numeric>

#include "core/problem.hpp"
#include "model/compose_head.hpp"
#include "model/head_part.hpp"

namespace graft::model {
namespace {

using core::Json;

constexpr const char* balanced_word = "balanced";

bool is_deferred(const OptionSpec& spec, const OptionValue& value) {
    const auto* word = std::get_if<std::string>(&value);
    return spec.type == OptionType::reals && word != nullptr && *word == balanced_word;
}

Json fill_in(LossPart& loss, const std::vector<double>& weights) {
    std::map<std::string, OptionValue> values = loss.options.values();
    Json told = Json::object();
    for (const std::string& option : loss.balanced) {
        values[option] = weights;
        told[option] = weights;
    }
    loss.options = Options(std::move(values));
    loss.balanced.clear();
    return told;
}

/// What was recorded of a loss, where it is one number a class.
std::vector<double> recorded_weights(const Json& recorded, const LossPart& loss, std::size_t classes) {
    const Json options = recorded.is_object() ? recorded.value(loss.name, Json::object()) : Json::object();
    const Json numbers = options.is_object() ? options.value(loss.balanced.front(), Json::array()) : Json();
    const bool fits =
        numbers.is_array() && numbers.size() == classes &&
        std::all_of(numbers.begin(), numbers.end(), [](const Json& number) { return number.is_number(); });
    return fits ? numbers.get<std::vector<double>>() : std::vector<double>();
}

}  // namespace

void defer_balanced(LossPart& loss, const OptionTable& table) {
    std::map<std::string, OptionValue> values = loss.options.values();
    for (const OptionSpec& spec : table) {
        OptionValue& value = values.at(spec.name);
        if (is_deferred(spec, value)) {
            value = spec.fallback;
            loss.balanced.push_back(spec.name);
        }
    }
    loss.options = Options(std::move(values));
}

std::vector<double> balanced_weights(const std::vector<std::int64_t>& counts) {
    const auto samples = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
    const auto classes = static_cast<double>(counts.size()) -
                         static_cast<double>(std::count(counts.begin(), counts.end(), std::int64_t{0}));
    std::vector<double> weights;
    weights.reserve(counts.size());
    for (const std::int64_t count : counts) {
        weights.push_back(count == 0 ? 1.0 : samples / (classes * static_cast<double>(count)));
    }
    return weights;
}

Json balance(Model& model, plugin::Registry& registry, std::uint64_t seed, const Json& recorded,
             const std::function<std::vector<std::int64_t>(std::size_t target)>& counts_of) {
    Json told = Json::object();
    for (std::size_t head = 0; head < model.heads().size(); ++head) {
        const HeadPart& part = model.heads()[head];
        for (std::size_t index = 0; index < part.losses.size(); ++index) {
            LossPart loss = part.losses[index];
            if (loss.balanced.empty()) {
                continue;
            }
            const std::size_t target = part.targets.front();
            std::vector<double> weights =
                recorded_weights(recorded, loss, model.schema()[target].classes.size());
            if (weights.empty()) {
                weights = balanced_weights(counts_of(target));
            }
            told[loss.name] = fill_in(loss, weights);
            core::Problems problems;
            const plugin::ComponentHandle component = registry.find("loss", loss.id, {}, problems);
            core::throw_if_any(core::Category::plugin, problems);
            seed_from(seed, "losses." + loss.name);
            create_loss(loss, part, component, {});
            model.replace_loss(head, index, std::move(loss));
        }
    }
    return told;
}

}  // namespace graft::model

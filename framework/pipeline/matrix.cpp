// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/matrix.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/random.hpp"
#include "pipeline/section.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {
namespace {

using core::Problems;

constexpr std::size_t most = 10'000;  // variations of a file

/// A path of the pipeline and what may stand there: some values, or any number of an interval.
struct Axis {
    std::string path;
    Place key_place;
    Place place;
    std::vector<Node> values;  ///< empty: any number from `low` to `high`
    double low = 0;
    double high = 0;
    bool is_logarithmic = false;
};

Node number_node(double number, const Place& place) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.scalar = fmt::format("{:.6g}", number);
    node.place = place;
    return node;
}

double between(const Axis& axis, double share) {
    return axis.is_logarithmic ? axis.low * std::pow(axis.high / axis.low, share)
                               : axis.low + share * (axis.high - axis.low);
}

/// Reads the entries of `matrix`.
class MatrixReader {
public:
    MatrixReader(const Node& matrix, Problems& problems)
        : section_(matrix, {"matrix", matrix.place}, {"matrix"}, problems), problems_(problems) {
        if (!matrix.is_map()) {
            return;
        }
        const bool samples = section_.values().has("sample");
        for (std::size_t index = 0; index < matrix.entries.size(); ++index) {
            const auto& [key, value] = matrix.entries[index];
            if (format_section("matrix").find(key) == nullptr) {
                add_axis({key, matrix.key_places[index], value.place, {}}, value, samples);
            }
        }
        excluded_ = read_maps("exclude");
        included_ = read_maps("include");
    }

    const std::vector<Axis>& axes() const { return axes_; }
    const std::vector<std::vector<Assignment>>& included() const { return included_; }
    const Section& section() const { return section_; }

    bool is_excluded(const std::vector<Assignment>& values) const {
        return std::any_of(excluded_.begin(), excluded_.end(), [&](const std::vector<Assignment>& entry) {
            return std::all_of(entry.begin(), entry.end(), [&](const Assignment& wanted) {
                return std::any_of(values.begin(), values.end(), [&](const Assignment& value) {
                    return value.path == wanted.path && is_same(value.value, wanted.value);
                });
            });
        });
    }

    /// Paths of `exclude` that no variation has would exclude nothing, in silence.
    void check_exclusions() const {
        std::vector<std::string> paths;
        for (const Axis& axis : axes_) {
            paths.push_back(axis.path);
        }
        for (const auto& entry : excluded_) {
            for (const Assignment& value : entry) {
                if (!contains(paths, value.path)) {
                    problems_.push_back(
                        {value.key_place,
                         fmt::format("matrix.exclude names '{}', which matrix does not vary", value.path),
                         core::suggest(value.path, paths)});
                }
            }
        }
    }

private:
    static bool is_same(const Node& left, const Node& right) {
        const auto one = as_real(left);
        const auto other = as_real(right);
        return one && other ? *one == *other : left.kind == right.kind && emit(left) == emit(right);
    }

    void add_axis(Axis axis, const Node& value, bool samples) {
        if (steps_of(axis.path).empty()) {
            problems_.push_back({axis.key_place, fmt::format("'{}' is no path", axis.path),
                                 "write it like train.optimizer.lr"});
            return;
        }
        if (value.is_map()) {
            read_interval(axis, value, samples);
        } else if (value.is_list() && !value.items.empty()) {
            axis.values = value.items;
        } else {
            problems_.push_back(
                {value.place,
                 fmt::format("matrix.{} is {}; must be a list of values, or a range", axis.path, got(value)),
                 "write [1, 2], {range: [1, 4]} or {log_range: [1e-4, 1e-1], count: 4}"});
            return;
        }
        axes_.push_back(std::move(axis));
    }

    void read_interval(Axis& axis, const Node& value, bool samples) {
        const Section interval(value, {"matrix." + axis.path, value.place}, {"range"}, problems_);
        axis.is_logarithmic = interval.values().has("log_range");
        if (axis.is_logarithmic == interval.values().has("range")) {
            problems_.push_back({value.place,
                                 fmt::format("matrix.{} must have either range or log_range", axis.path),
                                 "write {range: [1, 4]} or {log_range: [1e-4, 1e-1], count: 4}"});
            return;
        }
        const std::vector<double>& ends =
            interval.values().reals(axis.is_logarithmic ? "log_range" : "range");
        axis.low = ends.at(0);
        axis.high = ends.at(1);
        if (axis.low >= axis.high || (axis.is_logarithmic && axis.low <= 0)) {
            problems_.push_back(
                {value.place,
                 fmt::format("matrix.{} goes from {:g} to {:g}; the first must be the smaller one{}",
                             axis.path, axis.low, axis.high, axis.is_logarithmic ? ", and above 0" : ""),
                 ""});
            return;
        }
        fill_interval(axis, interval, samples);
    }

    void fill_interval(Axis& axis, const Section& interval, bool samples) const {
        const Options& values = interval.values();
        const bool is_whole = std::floor(axis.low) == axis.low && std::floor(axis.high) == axis.high;
        std::size_t count = 0;
        double step = 0;
        if (values.has("count")) {
            count = static_cast<std::size_t>(values.integer("count"));
            step = 1.0 / static_cast<double>(count - 1);
        } else if (!axis.is_logarithmic && (values.has("step") || is_whole)) {
            const double width = values.has("step") ? values.real("step") : 1;
            // Half a millionth of a step for what decimal fractions lose in binary.
            count = static_cast<std::size_t>(std::min(std::floor((axis.high - axis.low) / width + 5e-7) + 1,
                                                      static_cast<double>(most) + 1));
            step = width / (axis.high - axis.low);
        } else if (!samples) {
            problems_.push_back({axis.place,
                                 fmt::format("matrix.{} does not say how many values it has", axis.path),
                                 "add count: 4, or draw at random with matrix.sample"});
        }
        for (std::size_t index = 0; index < std::min(count, most + 1); ++index) {
            axis.values.push_back(number_node(between(axis, static_cast<double>(index) * step), axis.place));
        }
    }

    /// `include` and `exclude`: lists of maps from paths to values.
    std::vector<std::vector<Assignment>> read_maps(const std::string& key) const {
        std::vector<std::vector<Assignment>> maps;
        const Node* list = section_.find(key);
        if (list == nullptr) {
            return maps;
        }
        if (!list->is_list()) {
            section_.refuse(key, fmt::format("matrix.{} is {}; must be a list of maps", key, got(*list)));
            return maps;
        }
        for (const Node& item : list->items) {
            if (!item.is_map() || item.entries.empty()) {
                problems_.push_back(
                    {item.place,
                     fmt::format("an entry of matrix.{} is {}; must be a map of paths", key, got(item)), ""});
                continue;
            }
            maps.emplace_back();
            for (std::size_t index = 0; index < item.entries.size(); ++index) {
                const auto& [path, value] = item.entries[index];
                maps.back().push_back({path, steps_of(path), value, item.key_places[index]});
            }
        }
        return maps;
    }

    Section section_;
    Problems& problems_;
    std::vector<Axis> axes_;
    std::vector<std::vector<Assignment>> excluded_;
    std::vector<std::vector<Assignment>> included_;
};

Assignment at_axis(const Axis& axis, Node value) {
    return {axis.path, steps_of(axis.path), std::move(value), axis.key_place};
}

/// Every combination, the first path varying slowest.
std::vector<std::vector<Assignment>> grid(const MatrixReader& matrix, Problems& problems) {
    std::size_t size = matrix.axes().empty() ? 0 : 1;
    for (const Axis& axis : matrix.axes()) {
        size = std::min(size * axis.values.size(), most + 1);
    }
    if (size > most) {
        problems.push_back({matrix.section().place(),
                            fmt::format("matrix stands for more than {} pipelines", most),
                            "draw some of them with matrix.sample"});
        return {};
    }
    std::vector<std::vector<Assignment>> all;
    for (std::size_t number = 0; number < size; ++number) {
        std::vector<Assignment> values;
        std::size_t rest = number;
        for (auto axis = matrix.axes().rbegin(); axis != matrix.axes().rend(); ++axis) {
            values.insert(values.begin(), at_axis(*axis, axis->values[rest % axis->values.size()]));
            rest /= axis->values.size();
        }
        if (!matrix.is_excluded(values)) {
            all.push_back(std::move(values));
        }
    }
    return all;
}

std::string key_of(const std::vector<Assignment>& values) {
    std::string key;
    for (const Assignment& value : values) {
        key += value.path + "=" + emit(value.value) + "\n";
    }
    return key;
}

/// Different combinations drawn at random.
std::vector<std::vector<Assignment>> sample(const MatrixReader& matrix) {
    const auto wanted = static_cast<std::size_t>(matrix.section().values().integer("sample"));
    const auto seed = static_cast<std::uint64_t>(matrix.section().values().integer("sample_seed"));
    std::vector<std::vector<Assignment>> drawn;
    std::set<std::string> known;
    for (std::uint64_t trial = 0; drawn.size() < wanted && trial < 1000 + 50 * wanted; ++trial) {
        std::vector<Assignment> values;
        for (const Axis& axis : matrix.axes()) {
            core::RandomStream random(seed, trial, axis.path);
            values.push_back(at_axis(axis, axis.values.empty()
                                               ? number_node(between(axis, random.uniform()), axis.place)
                                               : axis.values[random.below(axis.values.size())]));
        }
        if (!matrix.is_excluded(values) && known.insert(key_of(values)).second) {
            drawn.push_back(std::move(values));
        }
    }
    if (drawn.size() < wanted) {
        matrix.section().refuse("sample",
                                fmt::format("matrix.sample is {}, but only {} different pipelines were found",
                                            wanted, drawn.size()),
                                "leave it out for all of them");
    }
    return drawn;
}

/// Names for paths, as short as they may be: the last step, of `backbone.use` the one before; the whole path
/// where two would have one name.
std::map<std::string, std::string> short_names(const std::vector<Variation>& variations) {
    std::map<std::string, std::string> names;
    std::map<std::string, std::set<std::string>> paths;
    for (const Variation& variation : variations) {
        for (const Assignment& value : variation.values) {
            const std::size_t last = value.steps.size() - 1;
            const std::string& name = value.steps[value.steps[last] == "use" && last > 0 ? last - 1 : last];
            names[value.path] = name;
            paths[name].insert(value.path);
        }
    }
    for (auto& [path, name] : names) {
        name = paths[name].size() > 1 ? path : name;
    }
    return names;
}

std::string value_text(const Node& value) {
    if (value.is_map() && value.find("use") != nullptr && value.find("use")->is_scalar()) {
        return value.find("use")->scalar;
    }
    if (value.is_scalar()) {
        return value.scalar;
    }
    std::string text = value.kind == Node::Kind::null ? "none" : emit(value);
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

void label(std::vector<Variation>& variations, const Place& place, Problems& problems) {
    const auto names = short_names(variations);
    std::set<std::string> known;
    for (Variation& variation : variations) {
        for (const Assignment& value : variation.values) {
            variation.texts.emplace_back(value.path, value_text(value.value));
            variation.label += (variation.label.empty() ? "" : ",") + names.at(value.path) + "=" +
                               variation.texts.back().second;
        }
        if (!known.insert(key_of(variation.values)).second) {
            problems.push_back(
                {place, fmt::format("matrix has {} twice", variation.label), "take one of them out"});
        }
        const std::string base = variation.label;
        for (int number = 2; !known.insert(variation.label).second; ++number) {
            variation.label = fmt::format("{},{}", base, number);
        }
    }
}

}  // namespace

std::vector<Variation> variations_of(const Node& document, Problems& problems) {
    const Node* node = document.is_map() ? document.find("matrix") : nullptr;
    if (node == nullptr) {
        return {{}};
    }
    const std::size_t before = problems.size();
    const MatrixReader matrix(*node, problems);
    matrix.check_exclusions();
    std::vector<Variation> variations;
    if (problems.size() > before) {
        return variations;
    }
    for (auto& values : matrix.section().values().has("sample") ? sample(matrix) : grid(matrix, problems)) {
        variations.push_back({"", std::move(values)});
    }
    for (const auto& values : matrix.included()) {
        variations.push_back({"", values});
    }
    if (variations.empty() && problems.size() == before) {
        problems.push_back({node->place, "matrix leaves no pipeline", "exclude less, or take it out"});
    }
    label(variations, node->place, problems);
    return variations;
}

void apply_variation(Node& document, const Variation& variation, const std::string& file,
                     Problems& problems) {
    document.erase("matrix");
    for (const Assignment& value : variation.values) {
        assign(document, value, problems);
    }
    const Node* given = document.find("name");
    Node name;
    name.kind = Node::Kind::scalar;
    name.quoted = true;
    name.place = given != nullptr ? given->place : document.place;
    name.scalar =
        given != nullptr && given->is_scalar() ? given->scalar : std::filesystem::path(file).stem().string();
    std::string behind = variation.label;
    std::replace(behind.begin(), behind.end(), '/', '_');
    name.scalar += "-" + behind;
    document.set("name", name, name.place);
}

}  // namespace graft::pipeline

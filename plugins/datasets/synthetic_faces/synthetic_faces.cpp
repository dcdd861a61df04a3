// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Faces drawn from numbers: something to learn from where there are no photographs. Every sample follows from
// (seed, split, index) alone; train, val and test come from separate streams.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "random.hpp"
#include "render.hpp"
#include "traits.hpp"

namespace graft::faces {
namespace {

const std::vector<std::string>& target_names() {
    static const std::vector<std::string> names{"expression", "points", "age", "gender"};
    return names;
}

TargetSchema target_schema(const std::string& name) {
    TargetSchema schema;
    schema.name = name;
    if (name == "expression") {
        schema.kind = TargetKind::category;
        schema.classes = {"happy", "neutral", "sad", "surprised"};
    } else if (name == "gender") {
        schema.kind = TargetKind::category;
        schema.classes = {"female", "male"};
    } else if (name == "age") {
        schema.kind = TargetKind::scalar;
        schema.unit = "years";
    } else {
        schema.kind = TargetKind::points;
        schema.point_names = {"left_brow",  "right_brow",  "left_eye",  "right_eye", "nose",
                              "mouth_left", "mouth_right", "upper_lip", "lower_lip", "chin"};
        schema.point_count = static_cast<std::int64_t>(schema.point_names.size());
        schema.mirrored_points = {{0, 1}, {2, 3}, {5, 6}};
        schema.ruler = {2, 3};
    }
    return schema;
}

class SyntheticFaces : public Dataset {
public:
    static OptionTable options() {
        return {
            option::integer("samples", 400, "faces of the training split; val and test have a quarter each")
                .between(4, 10'000'000),
            option::integer("size", 96, "side of a picture").between(16, 1024).in("pixels"),
            option::integer("seed", 0, "another seed draws other faces").at_least(0),
            option::real("difficulty", 0.5, "0: frontal, well lit, plain; 1: turned, dim, cluttered, noisy")
                .between(0, 1),
            option::texts("targets", target_names(),
                          "what is told of a face: any of expression, points, age, gender")};
    }

    static std::vector<TargetSchema> schema(const Options& options, const std::string&) {
        std::vector<TargetSchema> schemas;
        for (const std::string& name : options.texts("targets")) {
            const auto& known = target_names();
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                throw Error(ErrorKind::options,
                            "`targets` has '" + name + "'; allowed: expression, points, age, gender");
            }
            for (const TargetSchema& earlier : schemas) {
                if (earlier.name == name) {
                    throw Error(ErrorKind::options, "`targets` has '" + name + "' twice; once is enough");
                }
            }
            schemas.push_back(target_schema(name));
        }
        if (schemas.empty()) {
            throw Error(ErrorKind::options, "`targets` is empty; allowed: expression, points, age, gender");
        }
        return schemas;
    }

    static std::string example() {
        return "use: synthetic_faces\n"
               "samples: 1600\n"
               "size: 64\n"
               "targets: [expression, age]\n";
    }

    SyntheticFaces(const Options& options, const DatasetContext& context)
        : split_(context.split.empty() ? "train" : context.split),
          seed_(static_cast<std::uint64_t>(options.integer("seed"))),
          pixels_(static_cast<int>(options.integer("size"))),
          difficulty_(static_cast<float>(options.real("difficulty"))) {
        constexpr std::array<const char*, 3> splits{"train", "val", "test"};
        if (std::find(splits.begin(), splits.end(), split_) == splits.end()) {
            throw Error(ErrorKind::data,
                        "synthetic_faces has no split '" + split_ + "'; allowed: train, val, test");
        }
        const std::int64_t samples = options.integer("samples");
        samples_ = split_ == "train" ? samples : samples / 4;
        for (const TargetSchema& target : context.targets) {
            targets_.push_back(target.name);
        }
    }

    std::int64_t size() const override { return samples_; }

    std::string id(std::int64_t index) const override {
        std::array<char, 32> number{};
        std::snprintf(number.data(), number.size(), "/%06lld", static_cast<long long>(index));
        return split_ + number.data();
    }

    std::vector<TargetValue> targets(std::int64_t index) const override {
        const Traits traits = traits_of(index);
        std::vector<TargetValue> values;
        for (const std::string& name : targets_) {
            values.push_back(value(name, traits));
        }
        return values;
    }

    ImageSource image(std::int64_t index) const override {
        Random random(seed_, split_ + " scene", static_cast<std::uint64_t>(index));
        return render(traits_of(index), pixels_, difficulty_, random);
    }

private:
    Traits traits_of(std::int64_t index) const {
        Random random(seed_, split_ + " face", static_cast<std::uint64_t>(index));
        return draw_traits(random, pixels_, difficulty_);
    }

    static TargetValue value(const std::string& name, const Traits& traits) {
        if (name == "expression") {
            return static_cast<std::int64_t>(traits.expression);
        }
        if (name == "gender") {
            return std::int64_t{traits.male ? 1 : 0};
        }
        if (name == "age") {
            return static_cast<double>(traits.age);
        }
        Points points;
        for (const Position place : landmarks(traits, lay_out(traits))) {
            points.push_back(Point{place.x, place.y});
        }
        return points;
    }

    std::string split_;
    std::uint64_t seed_;
    int pixels_;
    float difficulty_;
    std::int64_t samples_ = 0;
    std::vector<std::string> targets_;
};

}  // namespace
}  // namespace graft::faces

GRAFT_DATASET(graft::faces::SyntheticFaces, "synthetic_faces", "1.0.0",
              "faces drawn procedurally: expression, landmarks, age and gender")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")

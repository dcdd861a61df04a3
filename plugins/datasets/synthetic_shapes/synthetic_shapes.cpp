// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Discs, squares and triangles on a noisy ground, with their masks and boxes: something to learn from where
// there are no annotations. Every sample follows from (seed, split, index) alone; train, val and test come
// from separate streams. Colours say nothing of the form.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "scene.hpp"

namespace graft::shapes {
namespace {

std::vector<std::string> forms() {
    return {form_names.begin(), form_names.end()};
}

TargetSchema schema_of(const std::string& name) {
    if (name == "boxes") {
        return boxes_target("boxes", forms());
    }
    std::vector<std::string> classes = forms();
    classes.insert(classes.begin(), "ground");
    return mask_target("mask", classes);
}

class SyntheticShapes : public Dataset {
public:
    static OptionTable options() {
        return {
            option::integer("samples", 400,
                            "pictures of the training split; val and test have a quarter each")
                .between(4, 10'000'000),
            option::integer("size", 96, "side of a picture").between(16, 1024).in("pixels"),
            option::integer("seed", 0, "another seed draws other pictures").at_least(0),
            option::integer("most", 4, "shapes in a picture at most; there is at least one").between(1, 20),
            option::real("noise", 0.3, "0: none; 1: so much that forms are hard to see").between(0, 1),
            option::texts("targets", {"mask", "boxes"}, "what is told of a picture: mask, boxes or both")};
    }

    static std::vector<TargetSchema> schema(const Options& options, const std::string&) {
        std::vector<TargetSchema> schemas;
        std::vector<std::string> names = options.texts("targets");
        for (const std::string& name : names) {
            if (name != "mask" && name != "boxes") {
                throw Error(ErrorKind::options, "`targets` has '" + name + "'; allowed: mask, boxes");
            }
            if (std::count(names.begin(), names.end(), name) > 1) {
                throw Error(ErrorKind::options, "`targets` has '" + name + "' twice; once is enough");
            }
            schemas.push_back(schema_of(name));
        }
        if (schemas.empty()) {
            throw Error(ErrorKind::options, "`targets` is empty; allowed: mask, boxes");
        }
        return schemas;
    }

    static std::string example() {
        return "use: synthetic_shapes\n"
               "samples: 800\n"
               "size: 64\n"
               "targets: [mask]\n";
    }

    SyntheticShapes(const Options& options, const DatasetContext& context)
        : split_(context.split.empty() ? "train" : context.split),
          seed_(static_cast<std::uint64_t>(options.integer("seed"))),
          side_(options.integer("size")),
          most_(options.integer("most")),
          noise_(options.real("noise")) {
        constexpr std::array<const char*, 3> splits{"train", "val", "test"};
        if (std::find(splits.begin(), splits.end(), split_) == splits.end()) {
            throw Error(ErrorKind::data,
                        "synthetic_shapes has no split '" + split_ + "'; allowed: train, val, test");
        }
        samples_ = split_ == "train" ? options.integer("samples") : options.integer("samples") / 4;
        for (const TargetSchema& target : context.targets) {
            targets_.push_back(target.kind);
        }
    }

    std::int64_t size() const override { return samples_; }

    std::string id(std::int64_t index) const override {
        std::array<char, 32> number{};
        std::snprintf(number.data(), number.size(), "/%06lld", static_cast<long long>(index));
        return split_ + number.data();
    }

    std::vector<TargetValue> targets(std::int64_t index) const override {
        const Scene scene = scene_of(index);
        std::vector<TargetValue> values;
        for (const TargetKind kind : targets_) {
            values.push_back(kind == TargetKind::mask ? TargetValue(MaskSource(mask_of(scene)))
                                                      : TargetValue(boxes_of(scene)));
        }
        return values;
    }

    ImageSource image(std::int64_t index) const override {
        Random random(seed_, split_ + " noise", static_cast<std::uint64_t>(index));
        return picture_of(scene_of(index), noise_, random);
    }

private:
    Scene scene_of(std::int64_t index) const {
        Random random(seed_, split_ + " shapes", static_cast<std::uint64_t>(index));
        return draw_scene(random, side_, most_);
    }

    std::string split_;
    std::uint64_t seed_;
    std::int64_t side_;
    std::int64_t most_;
    double noise_;
    std::int64_t samples_ = 0;
    std::vector<TargetKind> targets_;
};

}  // namespace
}  // namespace graft::shapes

GRAFT_DATASET(graft::shapes::SyntheticShapes, "synthetic_shapes", "1.0.0",
              "discs, squares and triangles drawn procedurally: masks and boxes")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")

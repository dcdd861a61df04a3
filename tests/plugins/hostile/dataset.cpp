// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include "graft/plugin.hpp"
#include "mischief.hpp"

namespace {

/// Twelve pictures in memory, red and blue ones in turn.
class HostileData : public graft::Dataset {
public:
    static graft::OptionTable options() { return hostile::Mischief::options(); }

    /// "shape": the same name twice.
    static std::vector<graft::TargetSchema> schema(const graft::Options& options, const std::string&) {
        const std::string wrong = hostile::Mischief("data", options).enter("schema");
        std::vector<graft::TargetSchema> schema = {graft::category_target("species", {"red", "blue"})};
        if (wrong == "shape") {
            schema.push_back(schema.front());
        }
        return schema;
    }

    HostileData(const graft::Options& options, const graft::DatasetContext&) : mischief_("data", options) {
        mischief_.enter("create");
    }

    /// "shape": fewer than none.
    std::int64_t size() const override { return mischief_.enter("size") == "shape" ? -1 : 12; }

    std::string id(std::int64_t index) const override {
        mischief_.enter("id");
        return "picture" + std::to_string(index);
    }

    /// "dtype": a number instead of a class; "shape": no value at all.
    std::vector<graft::TargetValue> targets(std::int64_t index) const override {
        const std::string wrong = mischief_.enter("targets");
        if (wrong == "dtype") {
            return {0.5};
        }
        return wrong == "shape" ? std::vector<graft::TargetValue>()
                                : std::vector<graft::TargetValue>{index % 2};
    }

    /// "undefined": nothing; "dtype": bytes that are no picture; "shape": fewer pixels than it says.
    graft::ImageSource image(std::int64_t index) const override {
        const std::string wrong = mischief_.enter("image");
        if (wrong == "dtype") {
            return graft::EncodedImage{{1, 2, 3}};
        }
        graft::RgbImage picture{side, side, std::vector<std::uint8_t>(3 * side * side, 30)};
        for (std::int64_t pixel = 0; pixel < side * side; ++pixel) {
            picture.pixels[static_cast<std::size_t>(3 * pixel + 2 * (index % 2))] = 220;
        }
        if (wrong == "shape") {
            picture.pixels.resize(picture.pixels.size() / 2);
        }
        return wrong == "undefined" ? graft::RgbImage() : picture;
    }

    std::string group(std::int64_t index) const override {
        mischief_.enter("group");
        return "person" + std::to_string(index / 2);
    }

    std::vector<graft::DataProblem> problems() const override {
        mischief_.enter("problems");
        return {};
    }

private:
    static constexpr std::int64_t side = 32;

    hostile::Mischief mischief_;
};

}  // namespace

GRAFT_DATASET(HostileData, "hostile_data", "1.0.0", "Twelve pictures, by a data set that may misbehave")

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "graft/plugin.hpp"

namespace {

/// Twelve plain pictures in memory. Those below differ in one thing.
class GoodData : public graft::Dataset {
public:
    static std::vector<graft::TargetSchema> schema(const graft::Options&, const std::string&) {
        return {graft::category_target("species", {"red", "blue"})};
    }
    GoodData(const graft::Options&, const graft::DatasetContext&) {}

    std::int64_t size() const override { return 12; }
    std::string id(std::int64_t index) const override { return "picture" + std::to_string(index); }
    std::vector<graft::TargetValue> targets(std::int64_t index) const override { return {index % 2}; }
    graft::ImageSource image(std::int64_t index) const override {
        constexpr std::int64_t side = 16;
        return graft::RgbImage{side, side,
                               std::vector<std::uint8_t>(3 * side * side, static_cast<std::uint8_t>(index))};
    }
};

/// Has an option that it cannot do without, as most data sets do.
struct RootedData : GoodData {
    using GoodData::GoodData;
    static graft::OptionTable options() {
        return {graft::option::text("root", "", "where the pictures are").must()};
    }
};
struct OtherRootedData : RootedData {
    using RootedData::RootedData;
};

struct RacyData : GoodData {
    using GoodData::GoodData;
    std::vector<graft::TargetValue> targets(std::int64_t index) const override {
        scratch_ = index % 2;
        std::this_thread::sleep_for(std::chrono::microseconds(50));
        return {std::int64_t{scratch_}};
    }
    mutable volatile std::int64_t scratch_ = 0;
};

struct RepeatingData : GoodData {
    using GoodData::GoodData;
    std::string id(std::int64_t index) const override { return "picture" + std::to_string(index / 2); }
};

struct DiceData : GoodData {
    using GoodData::GoodData;
    std::vector<graft::TargetValue> targets(std::int64_t index) const override {
        return {static_cast<std::int64_t>((seed_ >> index) % 2)};
    }
    unsigned int seed_ = std::random_device()();
};

struct FarData : GoodData {
    using GoodData::GoodData;
    std::vector<graft::TargetValue> targets(std::int64_t) const override { return {std::int64_t{7}}; }
};

struct LeakingData : GoodData {
    LeakingData(const graft::Options& options, const graft::DatasetContext& context)
        : GoodData(options, context), kept_(new std::vector<int>(10000)) {}
    std::vector<int>* kept_;
};

struct AbsoluteData : GoodData {
    using GoodData::GoodData;
    std::string id(std::int64_t index) const override { return "/data/picture" + std::to_string(index); }
};

struct TwinsData : GoodData {
    using GoodData::GoodData;
    static std::vector<graft::TargetSchema> schema(const graft::Options&, const std::string&) {
        return {graft::category_target("species", {"red", "red"})};
    }
};

struct ComplainingData : GoodData {
    using GoodData::GoodData;
    std::vector<graft::DataProblem> problems() const override { throw std::runtime_error("had enough"); }
};

/// A number of any size, as seeds are: doubles, in which bounds are, are too coarse for what lies beside the
/// last.
struct SeededData : GoodData {
    using GoodData::GoodData;
    static graft::OptionTable options() {
        return {graft::option::integer("draw", 1, "what the pictures are drawn by")
                    .between(0, 9223372036854775807.0)};
    }
};

}  // namespace

GRAFT_DATASET(GoodData, "good", "1.0.0", "Keeps every promise")
GRAFT_DATASET(RootedData, "rooted", "1.0.0", "Needs an option")
GRAFT_DATASET(OtherRootedData, "other_rooted", "1.0.0", "Needs an option of the same name")
GRAFT_DATASET(RacyData, "racy", "1.0.0", "Has scratch in the object")
GRAFT_DATASET(RepeatingData, "repeating", "1.0.0", "Has ids that occur twice")
GRAFT_DATASET(DiceData, "dice", "1.0.0", "Draws its targets")
GRAFT_DATASET(FarData, "far", "1.0.0", "Has a class that its schema lacks")
GRAFT_DATASET(LeakingData, "leaking", "1.0.0", "Never gives its memory back")
GRAFT_DATASET(AbsoluteData, "absolute", "1.0.0", "Has ids of one machine")
GRAFT_DATASET(TwinsData, "twins", "1.0.0", "Has two classes of one name")
GRAFT_DATASET(ComplainingData, "complaining", "1.0.0", "Cannot tell what it left out")
GRAFT_DATASET(SeededData, "seeded", "1.0.0", "Takes any number")
GRAFT_PLUGIN("graft tests", "BSD-3-Clause", "")

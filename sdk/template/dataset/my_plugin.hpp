// A data set that draws its pictures: bright squares and discs of any size on a noisy ground. One of files
// is written alike: the constructor reads the list, `image` gives the path of a picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "graft/dataset.hpp"
#include "graft/error.hpp"

class MyPlugin : public graft::Dataset {
public:
    /// The host checks pipelines against this table; `graft plugins my_plugin` prints it. One of files has an
    /// option::path("root", ...).must(), which `graft eval --data` replaces.
    static graft::OptionTable options() {
        return {graft::option::integer("samples", 400, "pictures of the training split; val has a quarter")
                    .between(4, 1'000'000),
                graft::option::integer("size", 32, "side of a picture").between(16, 1024).in("pixels"),
                graft::option::real("noise", 0.5, "strength of the ground").between(0, 1)};
    }

    /// What is known of each picture. It touches no picture, and no file where the options say enough.
    static std::vector<graft::TargetSchema> schema(const graft::Options&, const std::string&) {
        return {graft::category_target("shape", {"square", "disc"}), graft::scalar_target("side", "pixels")};
    }

    static std::string example() { return "use: my_plugin\nsamples: 800\nnoise: 0.3\n"; }

    MyPlugin(const graft::Options& options, const graft::DatasetContext& context)
        : split_(context.split.empty() ? "train" : context.split),
          size_(options.integer("size")),
          noise_(options.real("noise")) {
        if (split_ != "train" && split_ != "val") {
            throw graft::Error(graft::ErrorKind::data,
                               "my_plugin has no split '" + split_ + "'; allowed: train, val");
        }
        samples_ = split_ == "train" ? options.integer("samples") : options.integer("samples") / 4;
        for (const graft::TargetSchema& target : context.targets) {
            targets_.push_back(target.name);
        }
    }

    // Everything below is called by several threads at once and changes nothing.

    std::int64_t size() const override { return samples_; }

    /// The same on every machine and in every run.
    std::string id(std::int64_t index) const override { return split_ + "/" + std::to_string(index); }

    /// One value a target of the context, in that order.
    std::vector<graft::TargetValue> targets(std::int64_t index) const override {
        const Thing thing = thing_of(index);
        std::vector<graft::TargetValue> values;
        for (const std::string& name : targets_) {
            if (name == "shape") {
                values.emplace_back(std::int64_t{thing.is_disc ? 1 : 0});
            } else {
                values.emplace_back(static_cast<double>(thing.side));
            }
        }
        return values;
    }

    /// A path, the bytes of a file, or as here pixels.
    graft::ImageSource image(std::int64_t index) const override {
        const Thing thing = thing_of(index);
        std::uint64_t state = seed_of(index) + 1;
        graft::RgbImage picture{size_, size_, {}};
        for (std::int64_t y = 0; y < size_; ++y) {
            for (std::int64_t x = 0; x < size_; ++x) {
                const double ground = noise_ * 200 * uniform(state);
                const double light = inside(thing, x, y) ? 220 : ground;
                picture.pixels.insert(picture.pixels.end(), 3, static_cast<std::uint8_t>(light));
            }
        }
        return picture;
    }

private:
    struct Thing {
        bool is_disc;
        std::int64_t side;  ///< or diameter, in pixels
        std::int64_t left;
        std::int64_t top;
    };

    /// The numbers of a sample follow from its split and index alone.
    std::uint64_t seed_of(std::int64_t index) const {
        return (static_cast<std::uint64_t>(index) * 2 + (split_ == "train" ? 0 : 1)) << 32;
    }

    /// SplitMix64 (Steele et al. 2014), as a number in [0, 1).
    static double uniform(std::uint64_t& state) {
        state += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return static_cast<double>((mixed ^ (mixed >> 31)) >> 11) / static_cast<double>(1ULL << 53);
    }

    Thing thing_of(std::int64_t index) const {
        std::uint64_t state = seed_of(index);
        const auto draw = [&](std::int64_t low, std::int64_t high) {
            return low + static_cast<std::int64_t>(uniform(state) * static_cast<double>(high - low + 1));
        };
        const bool is_disc = draw(0, 1) == 1;
        const std::int64_t side = draw(size_ / 3, size_ * 2 / 3);
        return {is_disc, side, draw(0, size_ - side), draw(0, size_ - side)};
    }

    static bool inside(const Thing& thing, std::int64_t x, std::int64_t y) {
        const std::int64_t right = 2 * (x - thing.left) + 1 - thing.side;  // twice the way from the middle
        const std::int64_t down = 2 * (y - thing.top) + 1 - thing.side;
        return thing.is_disc
                   ? right * right + down * down <= thing.side * thing.side
                   : right * right <= thing.side * thing.side && down * down <= thing.side * thing.side;
    }

    std::string split_;
    std::int64_t size_;
    double noise_;
    std::int64_t samples_ = 0;
    std::vector<std::string> targets_;
};

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A data set that lives in memory and serves encoded bytes: plain PPM pictures of one colour each.
#include "graft/plugin.hpp"

class ToyBytes : public graft::Dataset {
public:
    static graft::OptionTable options() {
        return {graft::option::integer("count", 8, "pictures").between(1, 10'000)};
    }
    static std::vector<graft::TargetSchema> schema(const graft::Options&, const std::string&) {
        return {graft::category_target("colour", {"red", "green", "blue"}),
                graft::scalar_target("shade", "percent")};
    }
    ToyBytes(const graft::Options& options, const graft::DatasetContext&)
        : count_(options.integer("count")) {}

    std::int64_t size() const override { return count_; }
    std::string id(std::int64_t index) const override { return std::to_string(index); }
    std::vector<graft::TargetValue> targets(std::int64_t index) const override {
        std::vector<graft::TargetValue> values{index % 3, {}};
        if (index % 4 != 3) {  // else the shade is missing
            values[1] = static_cast<double>(index % 100);
        }
        return values;
    }
    graft::ImageSource image(std::int64_t index) const override {
        std::string text = "P6 8 8 255\n";
        for (int pixel = 0; pixel < 8 * 8 * 3; ++pixel) {
            text += static_cast<char>(pixel % 3 == index % 3 ? 255 : index % 100);
        }
        return graft::EncodedImage{{text.begin(), text.end()}};
    }

private:
    std::int64_t count_;
};

GRAFT_DATASET(ToyBytes, "toy_bytes", "1.0.0", "Pictures of one colour as PPM bytes in memory")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")

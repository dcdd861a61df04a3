// Without noise, the bright pixels of a picture are those of its shape: side * side of a square, pi / 4 of
// that of a disc.
#include "my_plugin.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

int main() {
    const graft::Options options({{"samples", std::int64_t{40}}, {"size", std::int64_t{32}}, {"noise", 0.0}});
    graft::DatasetContext context;
    context.targets = MyPlugin::schema(options, "");
    const MyPlugin dataset(options, context);
    int discs = 0;
    for (std::int64_t index = 0; index < dataset.size(); ++index) {
        const auto targets = dataset.targets(index);
        const bool is_disc = std::get<std::int64_t>(targets.at(0)) == 1;
        const double area = std::pow(std::get<double>(targets.at(1)), 2) * (is_disc ? 0.7854 : 1);
        const auto picture = std::get<graft::RgbImage>(dataset.image(index));
        const auto bright = std::count(picture.pixels.begin(), picture.pixels.end(), 220) / 3;
        discs += is_disc ? 1 : 0;
        if (std::abs(static_cast<double>(bright) - area) > (is_disc ? 0.1 * area : 0)) {
            std::fprintf(stderr, "sample %d: %d bright pixels, must be %.0f\n", static_cast<int>(index),
                         static_cast<int>(bright), area);
            return 1;
        }
    }
    if (dataset.size() != 40 || discs < 10 || discs > 30) {
        std::fprintf(stderr, "40 pictures, half of them discs; got %d discs\n", discs);
        return 1;
    }
    return 0;
}

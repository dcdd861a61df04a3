// How many numbers the network has, worked out by hand, and what its stages give.
#include "my_plugin.hpp"

#include <cstdio>

int main() {
    const at::NoGradGuard no_gradients;
    MyPlugin backbone(graft::Options({{"width", std::int64_t{8}}, {"layers", std::int64_t{1}}}), {});
    // stem: 3 * 8 * 9 and 2 * 8 of the norm; layer1: 8 * 9 and 2 * 8, 8 * 16 and 2 * 16.
    const std::int64_t wanted = (216 + 16) + (72 + 16) + (128 + 32);
    std::int64_t numbers = 0;
    for (const at::Tensor& parameter : backbone.parameters()) {
        numbers += parameter.numel();
    }
    at::Tensor feature = at::zeros({2, 3, 32, 32});
    for (const graft::Stage& stage : backbone.stages()) {
        feature = stage.forward(feature);
    }
    if (numbers != wanted || feature.sizes() != at::IntArrayRef({2, 16, 8, 8})) {
        std::fprintf(stderr, "%lld parameters, must be %lld; the feature must be [2, 16, 8, 8]\n",
                     static_cast<long long>(numbers), static_cast<long long>(wanted));
        return 1;
    }
    return 0;
}

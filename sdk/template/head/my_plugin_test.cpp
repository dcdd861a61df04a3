// What the head gives for features that can be worked out by hand.
#include "my_plugin.hpp"

#include <cstdio>

int main() {
    const at::NoGradGuard no_gradients;
    graft::HeadContext context;
    context.inputs = {{graft::vector_feature(2)}};
    context.targets = {graft::category_target("label", {"right", "up"})};
    MyPlugin head(graft::Options({{"scale", 10.0}}), context);
    head.named_parameters()["directions"].copy_(at::tensor({5.0, 0.0, 0.0, 2.0}).view({2, 2}));
    // Along the first direction, half way to the second, and against the second: lengths do not count.
    const at::Tensor features = at::tensor({3.0, 0.0, 7.0, 7.0, 0.0, -1.0}).view({3, 2}).to(at::kFloat);
    const double half = 10 * std::sqrt(0.5);
    const at::Tensor wanted = at::tensor({10.0, 0.0, half, half, 0.0, -10.0}).view({3, 2}).to(at::kFloat);
    if (!at::allclose(head.forward({features}).at(0), wanted, 1e-4, 1e-4)) {
        std::fputs("the logits must be 10 times the cosines 1, 0, 0.71, 0.71, 0, -1\n", stderr);
        return 1;
    }
    return 0;
}

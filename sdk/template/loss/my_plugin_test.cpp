// What the loss gives for logits that can be worked out by hand.
#include "my_plugin.hpp"

#include <cstdio>

int main() {
    MyPlugin loss(graft::Options({{"margin", 1.0}}), {});
    // The right class leads by 2: nothing. By 0.5: half the margin is missing. The last target is missing.
    const at::Tensor logits = at::tensor({3.0, 1.0, 0.0, 0.0, 0.5, -1.0, 0.0, 0.0, 9.0}).view({3, 3});
    const graft::Column classes = {at::tensor({0, 1, 0}, at::kLong), at::tensor({1, 1, 0}).to(at::kBool)};
    const graft::LossValue value = loss.forward({logits}, {classes});
    if (!at::allclose(value.loss.slice(0, 0, 2), at::tensor({0.0, 0.5})) ||
        !at::allclose(value.weight, at::tensor({1.0, 1.0, 0.0}))) {
        std::fputs("the losses must be 0 and 0.5, the weights 1, 1 and 0\n", stderr);
        return 1;
    }
    return 0;
}

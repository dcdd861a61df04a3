// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the rules for operators say of themselves, and those that choose and compare, one by one: LibTorch
// runs the function, OpenCV and, where this machine has it, ONNX Runtime what it becomes.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/jit/api/module.h>

#include <map>
#include "export/files.hpp"
#include "export/lowering.hpp"
#include "export/onnx_runtime.hpp"
#include "export/verify.hpp"
#include "support/generated_page.hpp"
#include "support/skip.hpp"

using namespace graft;
using namespace graft::exporting;

namespace {

/// All rules by name.
std::map<std::string, LoweringRule> all_rules() {
    std::map<std::string, LoweringRule> rules;
    for (const LoweringTable* table :
         {&layer_lowerings(), &arithmetic_lowerings(), &shape_lowerings(), &choice_lowerings()}) {
        rules.insert(table->begin(), table->end());
    }
    return rules;
}

std::string operators_page() {
    std::string text = "| operator | what of it | by OpenCV 4.6 |\n|---|---|---|\n";
    for (const auto& [name, rule] : all_rules()) {
        text += fmt::format("| `{}` | {} | {} |\n", name.substr(name.rfind(':') + 1), rule.limits,
                            rule.is_for_opencv ? "yes" : "no");
    }
    return text;
}

struct Use {
    std::string operation;  ///< the rule that is meant
    const char* body;       ///< of a function of `image`, float [N, 3, 6, 5] in 0..1
};

/// Pictures of noise; the function's outputs on them.
struct Tried {
    Network network;
    TestPictures pictures;
};

Tried tried(const Use& use) {
    Tried made;
    made.network.module = std::make_shared<torch::jit::Module>("Function");
    made.network.module->define(fmt::format("def forward(self, image):\n    {}\n", use.body));
    made.network.height = 6;
    made.network.width = 5;
    at::manual_seed(3);
    made.pictures.images = at::randint(0, 256, {3, 6, 5, 3}, at::kByte);
    made.pictures.expected = {made.network.module->forward({made.pictures.image()}).toTensor()};
    made.network.outputs = {{"result", made.pictures.expected[0].sizes().slice(1).vec()}};
    return made;
}

bool has_onnx_runtime() {
    try {
        const OnnxRuntime runtime;
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

const std::vector<Use> uses = {
    {"aten::add", "return torch.add(image, image, alpha=2)"},
    {"aten::sub", "return image - 0.25"},
    {"aten::rsub", "return 0.25 - image"},
    {"aten::mul", "return image * image"},
    {"aten::div", "return image / 3.0"},
    {"aten::pow", "return torch.pow(image, 2.0)"},
    {"aten::maximum", "return torch.maximum(image, torch.neg(image))"},
    {"aten::minimum", "return torch.minimum(image, torch.neg(image))"},
    {"aten::relu", "return torch.relu(image - 0.5)"},
    {"aten::clamp", "return torch.clamp(image * 2.0, 0.2, 0.6)"},
    {"aten::relu6", "return torch.relu6(image * 2.0)"},
    {"aten::hardtanh", "return torch.hardtanh(image * 2.0, 0.2, 0.6)"},
    {"aten::clamp_min", "return torch.clamp_min(image * 2.0, 0.3)"},
    {"aten::clamp_max", "return torch.clamp_max(image * 2.0, 0.6)"},
    {"aten::sigmoid", "return torch.sigmoid(image)"},
    {"aten::tanh", "return torch.tanh(image)"},
    {"aten::exp", "return torch.exp(image)"},
    {"aten::log", "return torch.log(image + 1.0)"},
    {"aten::neg", "return torch.neg(image)"},
    {"aten::sqrt", "return torch.sqrt(image)"},
    {"aten::square", "return torch.square(image - 0.5)"},
    {"aten::abs", "return torch.abs(image - 0.5)"},
    {"aten::erf", "return torch.erf(image)"},
    {"aten::softmax", "return torch.softmax(image, 1)"},
    {"aten::log_softmax", "return torch.log_softmax(image, 1)"},
    {"aten::mean", "return torch.mean(image, [2, 3])"},
    {"aten::sum", "return torch.sum(image.flatten(1), 1)"},
    {"aten::mean", "return torch.mean(image.flatten(1), 1)"},
    {"aten::amax", "return torch.amax(image, [2, 3])"},
    {"aten::amin", "return torch.amin(image, [2, 3])"},
    {"aten::narrow", "return torch.narrow(image.flatten(1), 1, 4, 7)"},
    {"aten::ones_like", "return torch.ones_like(image * 2.0) + image"},
    {"aten::zeros_like", "return torch.zeros_like(image * 2.0) + image"},
    {"aten::full_like", "return torch.full_like(image * 2.0, 0.5) * image"},
    {"aten::argmax", "return torch.argmax(image, 1).float()"},
    {"aten::argmin", "return torch.argmin(image, 2, True).float()"},
    {"aten::eq", "return torch.eq(torch.argmax(image, 1), 1).float()"},
    {"aten::ne", "return torch.ne(torch.argmax(image, 1), 1).float()"},
    {"aten::gt", "return torch.gt(image, 0.4).float()"},
    {"aten::ge", "return torch.ge(image, 0.4).float()"},
    {"aten::lt", "return torch.lt(image, 0.6).float()"},
    {"aten::le", "return torch.le(image, 0.4).float()"},
    {"aten::logical_not", "return torch.logical_not(torch.gt(image, 0.4)).float()"},
    {"aten::logical_and", "return torch.logical_and(torch.gt(image, 0.4), torch.lt(image, 0.6)).float()"},
    {"aten::logical_or", "return torch.logical_or(torch.gt(image, 0.6), torch.lt(image, 0.4)).float()"},
    {"aten::where", "return torch.where(torch.gt(image, 0.4), image, -image)"},
    {"aten::masked_fill", "return torch.masked_fill(image, torch.gt(image, 0.4), 7.0)"},
    {"aten::max", "values, places = torch.max(image, 1)\n    return values + places.float()"},
    {"aten::min", "values, places = torch.min(image, 1, True)\n    return values + places.float()"},
    {"aten::topk",
     "values, places = torch.topk(torch.narrow(image.flatten(1), 1, 0, 6), 3)\n    return values + "
     "places.float()"},
    {"aten::sort",
     "values, places = torch.sort(torch.narrow(image.flatten(1), 1, 0, 6), 1)\n    return values + "
     "places.float()"},
    {"aten::gather", "return torch.gather(image, 1, torch.argmax(image, 1, True))"},
    {"aten::index_select", "return torch.index_select(image * 2.0, 1, torch.tensor([2, 0]))"},
};

}  // namespace

// Proves: the page is the tables.
TEST_CASE("docs/export-operators.md lists every operator that has a rule") {
    tests::check_generated("export-operators.md",
                           "framework/export/lowerings_*.cpp by GRAFT_UPDATE=1 test-export",
                           operators_page());
}

// Proves: what a comparison or choice becomes says the same as LibTorch at another batch than the traced one,
// and the page is right about OpenCV.
TEST_CASE("operators that choose and compare") {
    const at::NoGradGuard no_gradients;
    const bool by_onnx_runtime = has_onnx_runtime();
    for (const Use& use : uses) {
        CAPTURE(use.operation);
        const Tried one = tried(use);
        const auto checks = check_onnx(to_onnx(one.network), one.pictures, one.network.outputs);
        CAPTURE(checks.at(0).not_verified);
        CHECK((checks.at(0).not_verified == "") == all_rules().at(use.operation).is_for_opencv);
        if (by_onnx_runtime) {
            REQUIRE(checks.size() == 2);
            CHECK(checks[1].not_verified == "");
            CHECK(checks[1].largest_difference < 1e-4);
        }
    }
    if (!by_onnx_runtime) {
        tests::skip("ONNX Runtime is not on this machine: only OpenCV ran what the operators became");
    }
}

// Proves: every rule that stands in the table of choices is tried above.
TEST_CASE("each rule for choices has a use") {
    for (const auto& [name, rule] : choice_lowerings()) {
        CAPTURE(name);
        CHECK(std::any_of(uses.begin(), uses.end(),
                          [&, wanted = name](const Use& use) { return wanted == use.operation; }));
    }
}

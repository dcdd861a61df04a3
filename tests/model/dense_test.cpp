// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The losses of pixels and boxes against the numbers of tools/goldens/dense.py, and what the box head makes
// of boxes and cells.
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "model/fixture.hpp"
#include "support/unguarded.hpp"

using namespace graft;
using namespace graft::model::test;

namespace {

using Given = std::map<std::string, OptionValue>;

Component component_of(const std::string& kind, const std::string& id) {
    core::Problems problems;
    const plugin::ComponentHandle found = registry().find(kind, id, {}, problems);
    REQUIRE(found);
    return plugin::Unguarded::component(found);
}

Options with_fallbacks(const Component& component, const Given& given) {
    std::map<std::string, OptionValue> values = given;
    for (const OptionSpec& spec : component.options()) {
        values.emplace(spec.name, spec.fallback);
    }
    return Options(values);
}

std::shared_ptr<Loss> loss_of(const std::string& id, const Given& given = {}) {
    const Component component = component_of("loss", id);
    return component.loss->create(with_fallbacks(component, given), {});
}

core::Json dense_goldens() {
    return core::parse_json(core::read_file(GRAFT_TEST_SOURCE "/tests/model/goldens/dense.json"));
}

at::Tensor doubles(const core::Json& list) {
    return at::tensor(list.get<std::vector<double>>(), at::kDouble);
}

/// A mask as a data set gives it.
Column mask_of(const core::Json& list, const std::vector<std::int64_t>& shape) {
    const at::Tensor values = at::tensor(list.get<std::vector<std::int64_t>>(), at::kLong);
    return {values.to(at::kByte).view({shape[0], shape[2], shape[3]}), at::ones({shape[0]}, at::kBool)};
}

double host_mean(const LossValue& value) {
    return ((value.loss * value.weight).sum() / value.weight.sum()).item<double>();
}

constexpr std::int64_t dense_rows = 4;
constexpr std::int64_t dense_columns = 6;

/// A box head on a grid of 4 x 6 cells of 16 x 16 pixels.
std::shared_ptr<Head> box_head() {
    const Component component = component_of("head", "boxes");
    auto head = component.head->create(
        with_fallbacks(component, {}),
        {{{map_feature(8, 16), dense_rows, dense_columns}}, {boxes_target("boxes", {"a", "b"})}, 64, 96});
    head->eval();
    return head;
}

Column boxes_column(const std::vector<std::vector<double>>& rows) {
    at::Tensor values = at::zeros({1, static_cast<std::int64_t>(rows.size()), 6});
    for (std::size_t row = 0; row < rows.size(); ++row) {
        values[0][static_cast<std::int64_t>(row)] = at::tensor(rows[row]).to(at::kFloat);
    }
    return {values, at::ones({1}, at::kBool)};
}

}  // namespace

TEST_CASE("pixel_cross_entropy is torch's mean over the pixels that count, with class weights and without") {
    const auto golden = dense_goldens();
    const auto shape = golden["shape"].get<std::vector<std::int64_t>>();
    const at::Tensor logits = doubles(golden["logits"]).view(shape);
    const Column mask = mask_of(golden["partly"], shape);
    const LossValue plain = loss_of("pixel_cross_entropy")->forward({logits}, {mask});
    CHECK(host_mean(plain) == doctest::Approx(golden["cross_entropy"].get<double>()).epsilon(1e-9));
    CHECK(plain.weight[0].item<double>() ==
          doctest::Approx(mask.values[0].ne(255).to(at::kDouble).mean().item<double>()));
    const auto weighted = loss_of("pixel_cross_entropy",
                                  {{"class_weights", golden["class_weights"].get<std::vector<double>>()}});
    CHECK(host_mean(weighted->forward({logits}, {mask})) ==
          doctest::Approx(golden["weighted"].get<double>()).epsilon(1e-9));
}

TEST_CASE("dice is MONAI's, and pixels that do not count do not") {
    const auto golden = dense_goldens();
    const auto shape = golden["shape"].get<std::vector<std::int64_t>>();
    const at::Tensor logits = doubles(golden["logits"]).view(shape);
    const auto dice = loss_of("dice");
    const LossValue value = dice->forward({logits}, {mask_of(golden["truth"], shape)});
    CHECK(at::allclose(value.loss, doubles(golden["dice"]), 1e-6, 1e-6));
    const Column partly = mask_of(golden["partly"], shape);
    at::Tensor other = logits.clone();
    other.masked_fill_(partly.values.eq(255).unsqueeze(1), 7);
    CHECK(at::allclose(dice->forward({other}, {partly}).loss, dice->forward({logits}, {partly}).loss));
    const Column nothing{at::full_like(partly.values, 255), partly.present};
    CHECK(dice->forward({logits}, {nothing}).weight.sum().item<double>() == 0);
    CHECK(loss_of("pixel_cross_entropy")->forward({logits}, {nothing}).weight.sum().item<double>() == 0);
}

TEST_CASE("box_cells: the part of the sides is torchvision's generalised overlap") {
    const auto golden = dense_goldens();
    const at::Tensor given = doubles(golden["given_sides"]).view({1, 20, 4}).transpose(1, 2).unsqueeze(3);
    const at::Tensor truth = doubles(golden["true_sides"]).view({1, 20, 4}).transpose(1, 2).unsqueeze(3);
    // The raw numbers whose distances they are; no cell is a middle, and all are surely none.
    const at::Tensor raw = at::atanh(given.log() / 5) * 5;
    const at::Tensor cells = at::cat({at::full({1, 1, 20, 1}, -60, at::kDouble), raw}, 1);
    const at::Tensor weight = at::full({1, 1, 20, 1}, 0.05, at::kDouble);
    const Column target{at::cat({at::zeros({1, 1, 20, 1}, at::kDouble), truth, weight}, 1),
                        at::ones({1, 20, 1}, at::kBool)};
    const LossValue value = loss_of("box_cells", {{"sides", 3.0}})->forward({cells}, {target});
    CHECK(value.weight.item<double>() == doctest::Approx(1));
    CHECK(value.loss.item<double>() ==
          doctest::Approx(3 * doubles(golden["overlap_loss"]).mean().item<double>()).epsilon(1e-5));
}

TEST_CASE("boxes: a middle a box, sides in cells, ignored boxes hide cells, missing samples stay missing") {
    const auto head = box_head();
    const Column encoded = head->encode({boxes_column({{8, 8, 40, 40, 1, 1},    // middle (24, 24): cell 1, 1
                                                       {64, 16, 96, 64, 0, 0},  // ignored
                                                       {0, 0, 0, 0, 0, -1}})})  // no box
                               .front();
    CHECK(encoded.values.sizes() == at::IntArrayRef({1, 2 + 5, dense_rows, dense_columns}));
    CHECK(at::equal(encoded.values[0][1].eq(1).nonzero(), at::ones({1, 2}, at::kLong)));
    CHECK(encoded.values[0][0].abs().sum().item<double>() == 0);
    for (std::int64_t side = 2; side < 6; ++side) {
        CHECK(encoded.values[0][side][1][1].item<double>() == doctest::Approx(1));  // 16 of 16 pixels
    }
    CHECK(encoded.values[0][6].sum().item<double>() == doctest::Approx(1));
    CHECK(encoded.present.logical_not().sum().item<std::int64_t>() == 6);  // 2 x 3 cells
    CHECK_FALSE(encoded.present[0][3][5].item<bool>());
    Column missing = boxes_column({{8, 8, 40, 40, 1, 1}});
    missing.present.fill_(false);
    CHECK_FALSE(head->encode({missing}).front().present.any().item<bool>());
}

TEST_CASE("boxes: decode gives the box of the surest cell, inside the picture, and hides its neighbours") {
    const auto head = box_head();
    at::Tensor cells = at::full({1, 6, dense_rows, dense_columns}, -8.0);
    cells.narrow(1, 2, 4).fill_(5 * std::atanh(std::log(2.0) / 5));  // 2 cells to each side
    cells[0][1][1][3] = 3;
    cells[0][0][1][4] = 2;  // beside it, less sure, of another class
    const at::Tensor boxes = head->decode({cells}).front();
    CHECK(boxes.sizes() == at::IntArrayRef({1, dense_rows * dense_columns, 6}));
    const at::Tensor sure = boxes[0].index_select(0, boxes[0].select(1, 5).gt(0.5).nonzero().flatten());
    REQUIRE(sure.size(0) == 1);
    const at::Tensor wanted =
        at::tensor({24.0, 0.0, 88.0, 56.0, 1.0, 1 / (1 + std::exp(-3.0))}).to(at::kFloat);
    CHECK(at::allclose(sure[0], wanted, 1e-4, 1e-3));
    CHECK(boxes[0][1 * dense_columns + 4][5].item<double>() < 0);
}

TEST_CASE("boxes and pixel losses refuse other shapes and counts") {
    CHECK_THROWS_AS(loss_of("box_cells")->forward({at::zeros({1, 6, 4, 6})}, {{at::zeros({1, 6, 4, 6}), {}}}),
                    Error);
    CHECK_THROWS_AS(loss_of("dice")->forward({at::zeros({1, 2, 4, 4})},
                                             {{at::zeros({1, 4, 5}, at::kByte), at::ones({1}, at::kBool)}}),
                    Error);
    const Component component = component_of("loss", "pixel_cross_entropy");
    CHECK_THROWS_WITH_AS(
        component.loss->create(with_fallbacks(component, {{"class_weights", std::vector<double>{1, 2}}}),
                               {{mask_target("mask", {"a", "b", "c"})}}),
        "class_weights has 2 numbers, but there are 3 classes; give one a class, in the order of the classes",
        Error);
}

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// keypoints, age_gender, regression and classification of labels: the book's counts, spaces, and errors.
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "model/fixture.hpp"
#include "support/unguarded.hpp"

using namespace graft;
using namespace graft::model::test;

namespace {

using Given = std::map<std::string, OptionValue>;

std::shared_ptr<Head> make(const std::string& id, const Given& given, const FeatureShape& input,
                           const std::vector<TargetSchema>& targets, std::int64_t height = 224,
                           std::int64_t width = 224) {
    core::Problems problems;
    const plugin::ComponentHandle found = registry().find("head", id, {}, problems);
    REQUIRE(found);
    const Component& component = plugin::Unguarded::component(found);
    std::map<std::string, OptionValue> values;
    for (const OptionSpec& spec : component.options()) {
        const auto own = given.find(spec.name);
        values.emplace(spec.name, own == given.end() ? spec.fallback : own->second);
    }
    auto head = component.head->create(Options(values), {{input}, targets, height, width});
    head->eval();
    return head;
}

std::int64_t count_parameters(const Head& head) {
    std::int64_t count = 0;
    for (const at::Tensor& parameter : head.parameters()) {
        count += parameter.numel();
    }
    return count;
}

const FeatureShape vgg16_map{map_feature(512, 32), 7, 7};
const std::vector<TargetSchema> age_and_gender{scalar_target("age", "years"),
                                               category_target("gender", {"male", "female"})};

std::string option_error(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.kind() == ErrorKind::options ? error.what() : "another kind of error";
    }
    return "nothing was thrown";
}

bool close(const at::Tensor& left, const at::Tensor& right) {
    return left.sizes() == right.sizes() && at::allclose(left, right, 1e-5, 1e-5);
}

}  // namespace

TEST_CASE("on VGG16's map keypoints and age_gender have as many parameters as the book prints") {
    const Given keypoints{{"neck", "conv"}, {"hidden", std::vector<std::int64_t>{512}}, {"dropout", 0.5}};
    CHECK(count_parameters(*make("keypoints", keypoints, vgg16_map, {points_target("points", 68)})) ==
          3'478'664);
    CHECK(count_parameters(*make("age_gender", {{"neck", "conv"}}, vgg16_map, age_and_gender)) == 3'482'946);
}

TEST_CASE("keypoints: points in pixels are shares of width and height, whatever the neck; presence stays") {
    for (const std::string neck : {"conv", "pool", "heatmap"}) {
        CAPTURE(neck);
        const FeatureShape input =
            neck == "pool" ? FeatureShape{vector_feature(8), 1, 1} : FeatureShape{map_feature(8, 32), 4, 6};
        const auto head = make("keypoints", {{"neck", neck}}, input, {points_target("points", 3)}, 128, 192);
        const at::Tensor points =
            at::tensor({0.0, 0.0, 96.0, 32.0, 192.0, 128.0}).view({1, 3, 2}).to(at::kFloat);
        const at::Tensor present = at::tensor({1, 0, 1}).to(at::kBool).unsqueeze(0);
        const Column encoded = head->encode({{points, present}}).front();
        CHECK(close(encoded.values,
                    at::tensor({0.0, 0.0, 0.5, 0.25, 1.0, 1.0}).view({1, 3, 2}).to(at::kFloat)));
        CHECK(at::equal(encoded.present, present));
        CHECK(close(head->decode({encoded.values}).front(), points));
        const at::Tensor feature = neck == "pool" ? at::randn({2, 8}) : at::randn({2, 8, 4, 6});
        const at::Tensor output = head->forward({feature}).front();
        CHECK(output.sizes() == at::IntArrayRef({2, 3, 2}));
        CHECK(output.gt(0).all().item<bool>());
        CHECK(output.lt(1).all().item<bool>());
    }
}

TEST_CASE("keypoints, heatmap: a flat map is the picture's middle, one that leans is beside it") {
    const auto head = make("keypoints", {{"neck", "heatmap"}}, {map_feature(2, 16), 2, 4},
                           {points_target("points", 2)}, 32, 64);
    const at::NoGradGuard no_gradients;
    const auto parameters = head->named_parameters();
    at::Tensor weight = parameters["heatmap.heat.weight"];
    weight.zero_();
    const at::Tensor map = at::randn({1, 2, 2, 4});
    const at::Tensor middle = head->decode(head->forward({map})).front();
    CHECK(close(middle, at::tensor({32.0, 16.0, 32.0, 16.0}).view({1, 2, 2}).to(at::kFloat)));
    // The heat is on the right: the feature grows with x, and so does what positive layers make of it.
    for (const char* name : {"heatmap.upsample.0.weight", "heatmap.upsample.3.weight"}) {
        at::Tensor positive = parameters[name];
        positive.fill_(0.1);
    }
    weight.fill_(1);
    const at::Tensor slope = at::arange(4, at::kFloat).expand({1, 2, 2, 4}) * 10;
    const at::Tensor leaning = head->decode(head->forward({slope})).front();
    CHECK(leaning[0][0][0].item<double>() > 40);
}

TEST_CASE("keypoints' metric knows the input's size") {
    const TargetSchema schema = points_target("points", 2);
    const auto head = make("keypoints", {{"neck", "pool"}}, {vector_feature(4), 1, 1}, {schema}, 50, 200);
    const auto metrics = head->metrics(schema);
    REQUIRE(metrics.size() == 1);
    const at::Tensor truth = at::zeros({2, 2, 2});
    at::Tensor given = truth.clone();
    given[0][0] += at::tensor({3.0F, 4.0F});
    given[0][1] += 1000;
    given[1] += 1000;
    const at::Tensor present = at::tensor({1, 0, 0, 0}).to(at::kBool).view({2, 2});
    metrics.front()->update({{given, {}}}, {{truth, present}});
    const MetricResult result = metrics.front()->compute();
    CHECK(result.scores.front().name == "error");
    CHECK(result.scores.front().value == doctest::Approx(5));
    CHECK(result.scores.back().name == "nme_image");
    CHECK(result.scores.back().value == doctest::Approx(std::hypot(3.0 / 200, 4.0 / 50)));
    CHECK_THROWS_AS(metrics.front()->update({{given.slice(1, 0, 1), {}}}, {{truth, present}}), Error);
}

TEST_CASE("keypoints and age_gender say how large a map their convolution needs") {
    const std::vector<TargetSchema> schema{points_target("points", 5), age_and_gender[0], age_and_gender[1]};
    core::Problems problems;
    composed(R"(
backbone: {use: resnet18}
heads: {face: {use: keypoints, neck: conv}, person: {use: age_gender, neck: conv}}
data: {image: {size: 96}}
)",
             schema, problems);
    const std::string remedy = " | read an earlier stage with `from`, or use larger images";
    CHECK(texts(problems) == std::vector<std::string>{
                                 "head 'keypoints' needs a grid of at least 4 x 4; stage 'layer4' makes 3 x "
                                 "3 of images of 96 x 96 pixels" +
                                     remedy,
                                 "head 'age_gender' needs a grid of at least 4 x 4; stage 'layer4' makes 3 "
                                 "x 3 of images of 96 x 96 pixels" +
                                     remedy});
}

TEST_CASE("age_gender: an age by the scale, a gender as one logit; what is missing stays missing") {
    const Given pooled{{"neck", "pool"}, {"age_scale", 80.0}};
    const auto head = make("age_gender", pooled, {vector_feature(8), 1, 1}, age_and_gender);
    const at::Tensor known = at::tensor({1, 0}).to(at::kBool);
    const auto encoded =
        head->encode({{at::tensor({40.0F, 100.0F}), known}, {at::tensor({1, 0}, at::kLong), known.flip(0)}});
    CHECK(close(encoded[0].values, at::tensor({0.5F, 1.25F})));  // 100 years: beyond what the sigmoid reaches
    CHECK(at::equal(encoded[0].present, known));
    CHECK(close(encoded[1].values, at::tensor({1.0F, 0.0F}).unsqueeze(1)));
    CHECK(at::equal(encoded[1].present, known.flip(0)));
    const auto decoded = head->decode({at::tensor({0.25F}), at::zeros({1, 1})});
    CHECK(close(decoded[0], at::tensor({20.0F})));
    CHECK(close(decoded[1], at::tensor({0.5F, 0.5F}).unsqueeze(0)));
    const at::Tensor feature = 1000 * at::randn({64, 8});
    const at::Tensor age = head->forward({feature}).front();
    CHECK(age.sizes() == at::IntArrayRef({64}));
    CHECK(age.max().item<double>() <= 1);
    const auto linear = make("age_gender", {{"neck", "pool"}, {"age_activation", "linear"}},
                             {vector_feature(8), 1, 1}, age_and_gender);
    const at::Tensor free = linear->forward({feature}).front().abs();
    CHECK(free.max().item<double>() > 1);
    CHECK(
        option_error([&] {
            make("age_gender", pooled, {vector_feature(8), 1, 1},
                 {age_and_gender[0], category_target("race", {"a", "b", "c"})});
        }) ==
        "target 'race' has 3 classes; age_gender tells exactly 2 apart. For more, use a head classification "
        "beside a head regression");
}

TEST_CASE("regression: a number by the scale") {
    const auto head =
        make("regression", {{"scale", 50.0}}, {vector_feature(4), 1, 1}, {scalar_target("price", "euro")});
    const at::Tensor known = at::ones({2}, at::kBool);
    CHECK(close(head->encode({{at::tensor({100.0F, -25.0F}), known}}).front().values,
                at::tensor({2.0F, -0.5F})));
    CHECK(close(head->decode({at::tensor({2.0F, -0.5F})}).front(), at::tensor({100.0F, -25.0F})));
    CHECK(head->forward({at::randn({3, 4})}).front().sizes() == at::IntArrayRef({3}));
}

TEST_CASE("classification of several labels: a sigmoid each, bce by default, missing labels stay missing") {
    const TargetSchema traits = labels_target("traits", {"hat", "beard", "glasses"});
    const model::Model model = sound(
        "{backbone: {use: resnet18}, head: {use: classification}, data: {image: {size: 32}}}", {traits});
    const model::HeadPart& part = model.heads().front();
    CHECK(part.ports.outputs.front().space == std::string(space::binary_logits));
    CHECK(part.losses.front().id == "bce");
    CHECK(part.output_shapes.front() == std::vector<std::int64_t>{3});
    const at::Tensor known = at::tensor({1, 0, 1}).to(at::kBool).unsqueeze(0);
    const at::Tensor values = at::tensor({1.0F, 0.0F, 0.0F}).unsqueeze(0);
    const Column encoded = part.head.encode({{values, known}}).front();
    CHECK(at::equal(encoded.values, values));
    CHECK(at::equal(encoded.present, known));
    CHECK(close(part.head.decode({at::zeros({1, 3})}).front(), at::full({1, 3}, 0.5)));
    CHECK(option_error([&] {
              make("classification", {{"activation", "softmax"}}, {vector_feature(4), 1, 1}, {traits});
          }) ==
          "activation 'softmax' chooses one class, target 'traits' may have several labels at once; leave "
          "`activation` out");
}

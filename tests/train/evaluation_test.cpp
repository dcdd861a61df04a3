// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/evaluation.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "core/files.hpp"
#include "support/unguarded.hpp"
#include "toys.hpp"
#include "train/store.hpp"

namespace graft::test {
namespace {

/// Passes the picture on: a head then predicts what its red value says, so predictions are known.
class Window : public Backbone {
public:
    Window() {
        add_stage("all", {}, map_feature(3, 1), [](const at::Tensor& input) { return input; });
    }
};

/// Predicts the class that the red value names, and the green value as age.
class ReadingHead : public Head {
public:
    bool column_of_one = false;  ///< predicts ages as [N, 1], which must be refused

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        const at::Tensor red = features[0].select(1, 0).round().to(at::kLong);
        return {at::one_hot(red, 3).to(at::kFloat), features[0].select(1, 1)};
    }
    std::vector<Column> encode(const std::vector<Column>& targets) const override { return targets; }
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {outputs[0], column_of_one ? outputs[1].unsqueeze(1) : outputs[1]};
    }
};

/// The distance of ages; it counts where the age is known.
class AgeDistance : public Loss {
public:
    LossValue forward(const std::vector<at::Tensor>& outputs, const std::vector<Column>& targets) override {
        return {(outputs[0] - targets[0].values).abs(), targets[0].present.to(at::kFloat)};
    }
};

std::unique_ptr<model::Model> reading_model(bool column_of_one = false) {
    model::ModelParts parts;
    parts.backbone = plugin::Unguarded::backbone(std::make_shared<Window>());
    parts.kept_stages = 1;
    parts.schema = toy_schema();
    parts.schema[0].classes = {"ant", "bee", "cat"};
    // A pixel's value comes through unchanged.
    parts.preprocess.normalization = {{0, 0, 0}, {1.0 / 255, 1.0 / 255, 1.0 / 255}};
    model::HeadPart part;
    part.name = "animal";
    part.id = "reading";
    part.ports.inputs = {{Layout::vector, 1}};
    part.ports.targets = {{"species", {}}, {"age", {}}};
    part.ports.outputs = {{"species", "any", ""}, {"age", "any", ""}};
    part.context.targets = parts.schema;
    part.stages = {0};
    part.targets = {0, 1};
    auto head = std::make_shared<ReadingHead>();
    head->column_of_one = column_of_one;
    part.predictions = part.context.targets;
    part.predictions[0].name = "species";
    part.head = plugin::Unguarded::head(part.id, part.name, part.ports, head);
    model::LossPart loss;
    loss.name = "animal/age";
    loss.id = "distance";
    loss.loss = plugin::Unguarded::loss(loss.id, std::make_shared<AgeDistance>());
    loss.outputs = {1};
    part.losses = {loss};
    parts.heads.push_back(part);
    return std::make_unique<model::Model>(std::move(parts));
}

/// A sample whose predictions and truths are given; -1 as truth: unknown.
struct KnownSample {
    int predicted_class;
    int true_class;
    int predicted_age;
    int true_age;
};

data::Batch batch_of(const std::vector<KnownSample>& samples) {
    data::Batch batch;
    const auto count = static_cast<std::int64_t>(samples.size());
    batch.images = at::zeros({count, 2, 2, 3}, at::kByte);
    batch.targets = {{at::zeros({count}, at::kLong), at::ones({count}, at::kBool)},
                     {at::zeros({count}), at::ones({count}, at::kBool)}};
    for (std::int64_t index = 0; index < count; ++index) {
        const KnownSample& known = samples[static_cast<std::size_t>(index)];
        batch.images[index].select(2, 0).fill_(known.predicted_class);
        batch.images[index].select(2, 1).fill_(known.predicted_age);
        batch.targets[0].values[index] = std::max(known.true_class, 0);
        batch.targets[0].present[index] = known.true_class >= 0;
        batch.targets[1].values[index] = std::max(known.true_age, 0);
        batch.targets[1].present[index] = known.true_age >= 0;
        batch.ids.push_back(std::to_string(index));
    }
    return batch;
}

/// The score of that name; the test ends without it.
double score_of(const train::Evaluation& evaluation, const train::ScoreName& name) {
    const train::NamedScore* score = evaluation.find(name);
    REQUIRE_MESSAGE(score != nullptr, name.key());
    return score->value;
}

std::vector<std::string> lower_is_better(const train::Evaluation& evaluation) {
    std::vector<std::string> names;
    for (const train::NamedScore& score : evaluation.scores) {
        if (score.direction == Direction::lower_is_better) {
            names.push_back(score.name.key());
        }
    }
    return names;
}

}  // namespace

TEST_CASE("scores of a whole set, calculated by hand, over batches of unequal size") {
    const auto model = reading_model();
    train::Evaluator evaluator(*model, cpu);
    evaluator.add(
        batch_of({{0, 0, 10, 12}, {0, 0, 20, 20}, {1, 0, 30, 29}, {1, 1, 40, -1}, {2, -1, 50, 50}}));
    evaluator.add(batch_of({{0, 1, 7, 0}}));
    evaluator.add(data::Batch{});
    const train::Evaluation evaluation = evaluator.result();
    CHECK(evaluation.samples == 6);
    const auto score = [&](const std::string& target, const std::string& metric) {
        return score_of(evaluation, {"animal", target, metric});
    };
    // Of the five with a known class three are right. ant: 2 of 3 chosen, 2 of 3 found; bee: 1 of 2, 1 of 2.
    CHECK(score("species", "accuracy") == doctest::Approx(3.0 / 5));
    CHECK(score("species", "precision/ant") == doctest::Approx(2.0 / 3));
    CHECK(score("species", "recall/ant") == doctest::Approx(2.0 / 3));
    CHECK(score("species", "precision/bee") == doctest::Approx(1.0 / 2));
    CHECK(score("species", "recall/bee") == doctest::Approx(1.0 / 2));
    CHECK(score("species", "f1/bee") == doctest::Approx(1.0 / 2));
    CHECK(std::isnan(score("species", "f1/cat")));
    CHECK(score("species", "f1") == doctest::Approx((2.0 / 3 + 1.0 / 2) / 2));
    // Errors of the five known ages: 2, 0, 1, 0, 7. The mean of the two batches' means would be 3.875.
    CHECK(score("age", "mae") == doctest::Approx(2));
    CHECK(score("age", "rmse") == doctest::Approx(std::sqrt((4.0 + 1 + 49) / 5)));
    CHECK(evaluation.scores.front().name.key() == "loss");
    CHECK(score_of(evaluation, {"", "", "loss"}) == doctest::Approx(2));
    CHECK(lower_is_better(evaluation) ==
          std::vector<std::string>{"loss", "animal/age/mae", "animal/age/rmse"});
    const core::Json json = train::to_json(evaluation);
    CHECK(json.at("samples") == 6);
    CHECK(json.at("metrics").at("animal/species/accuracy") == score("species", "accuracy"));
    CHECK(json.at("units") == core::Json{{"animal/age/mae", "years"}, {"animal/age/rmse", "years"}});
    const core::Json matrix = json.at("tables").at("animal/species").at(1);
    CHECK(matrix.at("name") == "confusion matrix (rows: truth, columns: prediction)");
    CHECK(matrix.at("rows") == core::Json{"ant", "bee", "cat"});
    CHECK(matrix.at("values") == core::Json{{2.0, 1.0, 0.0}, {1.0, 1.0, 0.0}, {0.0, 0.0, 0.0}});
}

TEST_CASE("a prediction of [N, 1] beside targets of [N] is refused") {
    const auto model = reading_model(true);
    train::Evaluator evaluator(*model, cpu);
    const std::string text = failure_text([&] { evaluator.add(batch_of({{0, 0, 10, 12}, {0, 0, 20, 20}})); });
    CHECK(text.find("shapes [2, 1] and [2] differ") != std::string::npos);
}

TEST_CASE("without any known target there is no loss and no score") {
    const auto model = reading_model();
    train::Evaluator evaluator(*model, cpu);
    evaluator.add(batch_of({{0, -1, 10, -1}}));
    const train::Evaluation evaluation = evaluator.result();
    CHECK(evaluation.samples == 1);
    CHECK(std::isnan(score_of(evaluation, {"", "", "loss"})));
    CHECK(std::isnan(score_of(evaluation, {"animal", "species", "accuracy"})));
}

TEST_CASE("evaluating leaves the model as it is and gives the same numbers at every batch size") {
    const auto model = toy_model({.backbone_norm = true, .dropout = 0.5, .with_age = true});
    const std::string before = bytes_of(*model);
    const ToySamples samples{.count = 11, .unknown = {4}};
    const auto one = train::evaluate(*model, *toy_loader(samples, 1, false), cpu, 0);
    const auto many = train::evaluate(*model, *toy_loader(samples, 4, false), cpu, 0);
    CHECK(bytes_of(*model) == before);
    CHECK(one.samples == 11);
    CHECK(many.samples == 11);
    const train::ScoreName loss{"", "", "loss"};
    const train::ScoreName accuracy{"species", "", "accuracy"};
    CHECK(score_of(one, loss) == doctest::Approx(score_of(many, loss)).epsilon(1e-5));
    CHECK(score_of(one, accuracy) == score_of(many, accuracy));
    CHECK(train::to_json(one).at("tables").contains("species"));
    CHECK(one.find({"age", "", "mae"}) != nullptr);
}

// Proves: parts of a set that were looked at apart give what the whole set gives.
TEST_CASE("evaluators of parts are merged into one of the whole") {
    const auto model = reading_model();
    const std::vector<KnownSample> first{{0, 0, 10, 12}, {1, 0, 30, 29}, {2, -1, 50, 50}};
    const std::vector<KnownSample> second{{0, 1, 7, 0}, {2, 2, 40, -1}};
    train::Evaluator whole(*model, cpu);
    whole.add(batch_of(first));
    whole.add(batch_of(second));
    train::Evaluator merged(*model, cpu);
    for (const std::vector<KnownSample>* part : {&second, &first}) {
        train::Evaluator alone(*model, cpu);
        alone.add(batch_of(*part));
        merged.merge(alone.state());
    }
    CHECK(merged.result().samples == 5);
    CHECK(train::to_json(merged.result()).dump() == train::to_json(whole.result()).dump());
    const auto other = toy_model();
    CHECK(failure_text([&] { merged.merge(train::Evaluator(*other, cpu).state()); }) ==
          "states of another model's evaluation cannot be merged");
}

/// Passes batches on and wants an end after so many.
class Interrupting : public data::BatchSource {
public:
    Interrupting(data::BatchSource& source, std::int64_t batches, std::atomic<bool>& stop)
        : source_(source), left_(batches), stop_(stop) {}
    std::int64_t size() const override { return source_.size(); }
    std::int64_t batches() const override { return source_.batches(); }
    void start(std::int64_t epoch, std::int64_t first_batch) override { source_.start(epoch, first_batch); }
    std::unique_ptr<data::Batch> next() override {
        stop_ = --left_ <= 0;
        return source_.next();
    }
    std::int64_t position() const override { return source_.position(); }
    void check_bad_images(double limit) const override { source_.check_bad_images(limit); }
    std::string statistics(std::int64_t epoch, std::int64_t batches) const override {
        return source_.statistics(epoch, batches);
    }
    void restore_statistics(const std::string& bytes) override { source_.restore_statistics(bytes); }

private:
    data::BatchSource& source_;
    std::int64_t left_;
    std::atomic<bool>& stop_;
};

// Proves: the states of metrics and losses carry an evaluation through a checkpoint, to the last bit, and so
// do the rows of its samples.
TEST_CASE("an evaluation that is broken off after any batch goes on from its checkpoint") {
    const auto model = toy_model({.with_age = true});
    const auto loader = toy_loader({.count = 11, .broken = {4}, .unknown = {2}}, 2, false);
    const std::atomic<bool> never{false};
    train::PartialEvaluation at_once;
    train::SampleTable all_rows(*model);
    const std::string whole =
        train::to_json(*train::evaluate_until(*model, *loader, cpu, never, at_once, 0, &all_rows)).dump();
    CHECK(whole == train::to_json(train::evaluate(*model, *loader, cpu, 0)).dump());
    const TemporaryFolder folder;
    for (std::int64_t batches = 1; batches <= 5; ++batches) {
        CAPTURE(batches);
        std::atomic<bool> stop{false};
        Interrupting source(*loader, batches, stop);
        train::PartialEvaluation part;
        train::SampleTable first_rows(*model);
        REQUIRE(!train::evaluate_until(*model, source, cpu, stop, part, 0, &first_rows));
        CHECK(part.batches == batches);
        train::RunKnowledge known;
        known.evaluation = part;
        train::Checkpoints(folder.path()).save({}, *model, {}, train::Optimizer(), known, {});
        train::PartialEvaluation read = train::read_run(folder.file("last")).known.evaluation;
        CHECK(read.batches == batches);
        stop = false;
        train::SampleTable rows(*model);
        const auto result = train::evaluate_until(*model, *loader, cpu, stop, read, 0, &rows);
        REQUIRE(result.has_value());
        CHECK(train::to_json(*result).dump() == whole);
        CHECK(rows.csv() == all_rows.csv());
    }
}

}  // namespace graft::test

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "toys.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <stdlib.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "core/random.hpp"
#include "data/sampler.hpp"
#include "support/unguarded.hpp"

namespace graft::test {
namespace {

namespace nn = torch::nn;

class ToyBackbone : public Backbone {
public:
    explicit ToyBackbone(bool norm) {
        stem_ = register_module("stem_conv", nn::Conv2d(nn::Conv2dOptions(3, 4, 3).padding(1)));
        std::vector<std::string> stem{"stem_conv"};
        if (norm) {
            norm_ = register_module("stem_norm", nn::BatchNorm2d(4));
            stem.push_back("stem_norm");
        }
        body_ = register_module("body_conv", nn::Conv2d(nn::Conv2dOptions(4, 8, 3).stride(2).padding(1)));
        add_stage("stem", stem, map_feature(4, 1), [this](const at::Tensor& input) {
            const at::Tensor made = stem_->forward(input);
            return at::relu(norm_ ? norm_->forward(made) : made);
        });
        add_stage("body", {"body_conv"}, map_feature(8, 2),
                  [this](const at::Tensor& input) { return at::relu(body_->forward(input)); });
    }

private:
    nn::Conv2d stem_{nullptr};
    nn::BatchNorm2d norm_{nullptr};
    nn::Conv2d body_{nullptr};
};

class SpeciesHead : public Head {
public:
    SpeciesHead(const ToyOptions& options, model::Model& model) : hook_(options.hook), model_(model) {
        if (options.head_norm) {
            norm_ = register_module("norm", nn::BatchNorm1d(8));
        }
        dropout_ = register_module("dropout", nn::Dropout(options.dropout));
        last_ = register_module("last", nn::Linear(8, 2));
    }
    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        if (hook_ && is_training()) {
            hook_(model_);
        }
        const at::Tensor input = norm_ ? norm_->forward(features[0]) : features[0];
        return {last_->forward(dropout_->forward(input))};
    }
    std::vector<Column> encode(const std::vector<Column>& targets) const override { return targets; }
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {outputs[0].softmax(1)};
    }

private:
    std::function<void(model::Model&)> hook_;
    model::Model& model_;
    nn::BatchNorm1d norm_{nullptr};
    nn::Dropout dropout_{nullptr};
    nn::Linear last_{nullptr};
};

class AgeHead : public Head {
public:
    AgeHead() { last_ = register_module("last", nn::Linear(8, 1)); }
    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {last_->forward(features[0]).squeeze(1)};
    }
    std::vector<Column> encode(const std::vector<Column>& targets) const override { return targets; }
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override { return outputs; }

private:
    nn::Linear last_{nullptr};
};

class SpeciesLoss : public Loss {
public:
    explicit SpeciesLoss(const ToyOptions& options)
        : weights_(at::tensor(options.class_weights, at::kFloat)), peeks_(options.peeking_loss) {}
    LossValue forward(const std::vector<at::Tensor>& outputs, const std::vector<Column>& targets) override {
        const at::Tensor& classes = targets[0].values;
        const at::Tensor chosen = outputs[0].log_softmax(1).gather(1, classes.unsqueeze(1)).squeeze(1);
        const at::Tensor weight =
            targets[0].present.to(at::kFloat) * weights_.to(classes.device()).index_select(0, classes);
        return {-chosen, peeks_ ? weight * (1 + outputs[0].detach().abs().sum(1)) : weight};
    }

private:
    at::Tensor weights_;
    bool peeks_;
};

class AgeLoss : public Loss {
public:
    LossValue forward(const std::vector<at::Tensor>& outputs, const std::vector<Column>& targets) override {
        require_same_shape(outputs[0], targets[0].values, "age loss");
        return {(outputs[0] - targets[0].values).square(), targets[0].present.to(at::kFloat)};
    }
};

/// Draws what the picture of an index looks like from (7, index).
RgbImage picture(std::int64_t index) {
    core::RandomStream random(7, 0, "toy", static_cast<std::uint64_t>(index));
    RgbImage image{8, 8, {}};
    for (int pixel = 0; pixel < 64; ++pixel) {
        for (int channel = 0; channel < 3; ++channel) {
            const bool bright = channel == (index % 2 == 0 ? 0 : 2);
            image.pixels.push_back(static_cast<std::uint8_t>(random.uniform(0, 90) + (bright ? 120 : 30)));
        }
    }
    return image;
}

class ToyDataset : public Dataset {
public:
    explicit ToyDataset(const ToySamples& samples) : samples_(samples) {}
    std::int64_t size() const override { return samples_.count; }
    std::string id(std::int64_t index) const override { return "toy/" + std::to_string(index); }
    std::vector<TargetValue> targets(std::int64_t index) const override {
        const bool unknown = has(samples_.unknown, index);
        const double age = index == samples_.poisoned ? 1e30 : 1.0 + static_cast<double>(index % 2);
        return {unknown ? TargetValue() : TargetValue(index % 2), age};
    }
    ImageSource image(std::int64_t index) const override {
        if (has(samples_.broken, index)) {
            return EncodedImage{{'n', 'o', ' ', 'p', 'i', 'c', 't', 'u', 'r', 'e'}};
        }
        return picture(index);
    }

private:
    static bool has(const std::vector<std::int64_t>& list, std::int64_t index) {
        return std::find(list.begin(), list.end(), index) != list.end();
    }
    ToySamples samples_;
};

/// `shape`: of the output, without the batch dimension.
model::HeadPart toy_head(const std::string& name, std::size_t target, const char* space,
                         std::vector<std::int64_t> shape, std::shared_ptr<Head> head,
                         std::shared_ptr<Loss> loss) {
    model::HeadPart part;
    part.name = name;
    part.id = "toy_" + name;
    part.version = "1";
    part.ports.inputs = {{Layout::vector, 1}};
    part.ports.targets = {{name, {}}};
    part.ports.outputs = {{"output", space, ""}};
    part.output_shapes = {std::move(shape)};
    part.context = {{{vector_feature(8), 1, 1}}, {toy_schema()[target]}, 8, 8};
    part.stages = {1};
    part.targets = {target};
    part.predictions = part.context.targets;
    part.predictions[0].name = name;
    part.head = plugin::Unguarded::head(part.id, name, part.ports, std::move(head));
    model::LossPart joined;
    joined.name = name;
    joined.id = "toy_loss";
    joined.loss = plugin::Unguarded::loss(joined.id, std::move(loss));
    joined.outputs = {0};
    part.losses = {std::move(joined)};
    return part;
}

image::Preprocess toy_preprocess() {
    image::Preprocess preprocess;
    preprocess.height = preprocess.width = 8;
    preprocess.normalization = {{0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
    return preprocess;
}

}  // namespace

std::unique_ptr<model::Model> toy_model(const ToyOptions& options) {
    at::manual_seed(1);
    auto model = std::make_unique<model::Model>();  // a head of it may want to look at the whole
    model::ModelParts parts;
    parts.backbone_id = "toy";
    parts.backbone_version = "1";
    parts.backbone = plugin::Unguarded::backbone(std::make_shared<ToyBackbone>(options.backbone_norm));
    parts.kept_stages = 2;
    parts.schema = toy_schema();
    parts.preprocess = toy_preprocess();
    parts.heads.push_back(toy_head("species", 0, space::class_logits, {2},
                                   std::make_shared<SpeciesHead>(options, *model),
                                   std::make_shared<SpeciesLoss>(options)));
    if (options.with_age) {
        parts.heads.push_back(
            toy_head("age", 1, space::values, {}, std::make_shared<AgeHead>(), std::make_shared<AgeLoss>()));
        parts.heads.back().losses.front().weight = 0.5;
    }
    *model = model::Model(std::move(parts));
    model->to(at::kCPU);
    return model;
}

std::vector<TargetSchema> toy_schema() {
    TargetSchema species;
    species.name = "label";
    species.kind = TargetKind::category;
    species.classes = {"ant", "bee"};
    TargetSchema age;
    age.name = "age";
    age.kind = TargetKind::scalar;
    age.unit = "years";
    return {species, age};
}

data::Subset toy_samples(const ToySamples& samples) {
    data::Subset subset{plugin::Unguarded::dataset(std::make_shared<ToyDataset>(samples)), {}};
    for (std::int64_t index = 0; index < samples.count; ++index) {
        subset.indices.push_back(index);
    }
    return subset;
}

std::unique_ptr<data::Loader> toy_loader(const ToySamples& samples, std::int64_t batch, bool shuffle) {
    data::LoaderOptions options;
    options.preprocess = toy_preprocess();
    options.targets = toy_schema();
    options.batch = batch;
    if (shuffle) {
        options.sampler = data::random_sampler(samples.count, 7);
    }
    options.seed = 7;
    options.augment = samples.augment;
    return std::make_unique<data::Loader>(toy_samples(samples), options);
}

train::StepBatches toy_step(const ToySamples& samples, std::int64_t batch) {
    const auto loader = toy_loader(samples, batch, false);
    loader->start(1);
    return train::StepReader(train::batches_of(*loader), loader->batches(), batch > 1, {0, 1}).next().value();
}

pipeline::Phase toy_phase(std::int64_t epochs, std::vector<std::string> freeze) {
    pipeline::Phase phase;
    phase.epochs = epochs;
    phase.freeze_places.resize(freeze.size());
    phase.freeze = std::move(freeze);
    phase.optimizer.learning_rate = 0.01;
    return phase;
}

pipeline::Pipeline toy_pipeline(std::int64_t epochs) {
    pipeline::Pipeline pipeline;
    pipeline.name = "toy";
    pipeline.seed = 7;
    pipeline.train.batch = 4;
    pipeline.train.phases = {toy_phase(epochs)};
    return pipeline;
}

std::vector<core::Json> Listener::named(const std::string& name) const {
    std::vector<core::Json> found;
    for (const core::Event& event : events) {
        if (event.name == name) {
            found.push_back(event.fields);
        }
    }
    return found;
}

train::TrainResult ToyRun::go(const std::string& resume_from) {
    ToyOptions options = model_options;
    std::int64_t passes = 0;
    options.hook = [&, given = model_options.hook](model::Model& running) {
        if (++passes == stop_at) {
            stop = true;
        }
        if (given) {
            given(running);
        }
    };
    stop = false;
    model = toy_model(options);
    const auto train_loader = toy_loader(samples, pipeline.train.batch, true);
    const auto val_loader = toy_loader(val_samples, pipeline.train.batch, false);
    return train::train({pipeline, *model, *train_loader, has_val ? val_loader.get() : nullptr,
                         at::Device(at::kCPU), folder.path(), events, stop, resume_from});
}

std::string ToyRun::weights() const {
    return bytes_of(*model);
}

at::Tensor tensor_of(const model::Model& model, const std::string& path) {
    for (const model::NamedTensor& tensor : model.tensors()) {
        if (tensor.path == path) {
            return tensor.tensor.detach();
        }
    }
    FAIL("no tensor " << path);
    return {};
}

std::string bytes_of(const model::Model& model) {
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const model::NamedTensor& tensor : model.tensors()) {
        tensors.emplace_back(tensor.path, tensor.tensor.detach());
    }
    return model::to_safetensors(tensors);
}

}  // namespace graft::test

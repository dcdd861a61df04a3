// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A small model, a data set in memory and a listener, for the tests of this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/events.hpp"
#include "core/problem.hpp"
#include "data/loader.hpp"
#include "model/model.hpp"
#include "support/temporary_folder.hpp"
#include "train/step_reader.hpp"
#include "train/trainer.hpp"

namespace graft::test {

inline const at::Device cpu(at::kCPU);

/// What the toy model is made of.
struct ToyOptions {
    bool backbone_norm = false;  ///< BatchNorm2d in the stem
    bool head_norm = false;      ///< BatchNorm1d before the head's last layer
    double dropout = 0;
    bool with_age = false;                         ///< a second head, a scalar with squared error
    std::vector<double> class_weights{1, 1};       ///< of the classification's loss
    bool peeking_loss = false;                     ///< weighs samples by the outputs: not allowed
    std::function<void(model::Model&)> hook = {};  ///< called by the head in each forward pass
};

/// Stages "stem" (8 x 8) and "body" (4 x 4, 8 channels); head "species" of two classes on target 0, and on
/// target 1 "age". Initialised from a fixed seed.
std::unique_ptr<model::Model> toy_model(const ToyOptions& options = {});

/// Pictures of 8 x 8: class 0 reddish, class 1 bluish, with noise; age: 1 or 2 with the class.
struct ToySamples {
    std::int64_t count = 16;
    std::vector<std::int64_t> broken = {};   ///< cannot be decoded
    std::vector<std::int64_t> unknown = {};  ///< class missing
    std::vector<pipeline::Augment> augment = {};
    std::int64_t poisoned = -1;  ///< its age is so large that its square is infinite
};
data::Subset toy_samples(const ToySamples& samples = {});
std::vector<TargetSchema> toy_schema();
std::unique_ptr<data::Loader> toy_loader(const ToySamples& samples, std::int64_t batch, bool shuffle);

/// All batches of a loader's first epoch, in parts of one step.
train::StepBatches toy_step(const ToySamples& samples, std::int64_t batch);

/// Batch 4, seed 7, one phase of Adam over everything.
pipeline::Pipeline toy_pipeline(std::int64_t epochs = 2);
pipeline::Phase toy_phase(std::int64_t epochs, std::vector<std::string> freeze = {});

/// Keeps every event; one that is not in the table ends the test.
class Listener : public core::EventSink {
public:
    std::vector<core::Event> events;
    std::function<void(const core::Event&)> then;

    void emit(const core::Event& event) override {
        core::require_complete(event);
        events.push_back(event);
        if (then) {
            then(event);
        }
    }
    std::vector<core::Json> named(const std::string& name) const;
};

using tests::TemporaryFolder;

/// A run of the toy model: everything that `train` needs, with defaults that a test changes.
struct ToyRun {
    ToyOptions model_options;
    ToySamples samples;
    ToySamples val_samples;
    pipeline::Pipeline pipeline = toy_pipeline();
    bool has_val = true;
    std::int64_t stop_at = 0;  ///< the signal comes in this forward pass of training; 0: never
    int threads = 1;

    TemporaryFolder folder;
    Listener events;
    std::atomic<bool> stop{false};
    std::unique_ptr<model::Model> model;

    /// Makes the model afresh and trains it.
    train::TrainResult go(const std::string& resume_from = "");
    std::string weights() const;  ///< bytes of all tensors of the model
};

/// A tensor of a model itself, without its gradient. Fails the test where there is none.
at::Tensor tensor_of(const model::Model& model, const std::string& path);

/// The bytes of every tensor of a model.
std::string bytes_of(const model::Model& model);

/// The message of the Failure that `function` throws; empty when it throws none.
template <class Function>
std::string failure_text(Function&& function) {
    try {
        function();
    } catch (const core::Failure& failure) {
        return failure.what();
    }
    return "";
}

}  // namespace graft::test

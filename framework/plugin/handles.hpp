// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What plugins made, each behind a handle that is the only way to it: calls are guarded (call.hpp) and what
// comes back is held to the contract of the SDK, so that nothing of ours meets a null tensor, another number
// type or another batch size. A breach is Failure(plugin). Copies share the object; a MetricHandle can only
// be moved.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graft/ability.hpp"
#include "graft/plugin.hpp"
#include "plugin/call.hpp"

namespace graft::plugin {

/// Access without handles, for objects that no plugin made (plugin/unguarded.hpp).
struct Unguarded;

/// A stage without its forward.
struct StageInfo {
    std::string name;
    std::vector<std::string> modules;
    FeatureLayout output;
};

/// The static functions of a component, guarded. A default one is empty: only operator bool may be called.
/// Thread-safety: any thread.
class ComponentHandle {
public:
    ComponentHandle() = default;
    /// `file`: the library that brings it, for messages.
    explicit ComponentHandle(const Component* component, std::uint32_t api_level = GRAFT_API_LEVEL,
                             std::string file = "")
        : component_(component), api_level_(api_level), file_(std::move(file)) {}

    explicit operator bool() const { return component_ != nullptr; }
    std::string kind() const { return component_->kind; }
    std::string id() const { return component_->id; }
    std::string version() const { return component_->version; }
    std::string summary() const { return component_->summary; }

    /// As it is told when a call fails: at this place of the pipeline, and by this name there.
    Caller caller(const core::Place& place, const std::string& name = "") const {
        return {kind(), id(), name, place, file_};
    }

    /// The API level that it was built against. What was appended to a class of the SDK at a later level is
    /// not in its virtual table: ask before calling it.
    std::uint32_t api_level() const { return api_level_; }

    OptionTable options(const core::Place& place = {}) const;
    std::string example() const;
    BackboneInput input(const Options& options, const core::Place& place = {}) const;
    std::vector<WeightEntry> weights(const core::Place& place = {}) const;
    HeadPorts head_ports(const Options& options, const std::vector<TargetKind>& bound,
                         const core::Place& place = {}) const;
    std::vector<LossPort> loss_ports(const Options& options, const core::Place& place = {}) const;
    bool couples_samples(const Options& options) const;

    std::vector<TargetSchema> schema(const Options& options, const std::string& split,
                                     const core::Place& place = {}) const;
    /// The names of the splits that a data set finds; none where it cannot tell (graft/ability.hpp).
    std::vector<std::string> split_names(const Options& options, const core::Place& place = {}) const;

    /// Abilities, see graft/ability.hpp; those that cannot: no option, nothing, false.
    std::vector<ability::IdleOption> idle_options(const Options& options,
                                                  const core::Place& place = {}) const;
    std::optional<std::vector<TargetSchema>> outline(const Options& options,
                                                     const core::Place& place = {}) const;
    bool has_own_weights() const;

private:
    friend struct Unguarded;
    friend class BackboneHandle;
    friend class HeadHandle;
    friend class LossHandle;
    friend class DatasetHandle;

    /// The address of an ability as its type; null: it cannot.
    template <class Type>
    const Type* ability(std::string_view name) const;

    const Component* component_ = nullptr;
    std::uint32_t api_level_ = GRAFT_API_LEVEL;
    std::string file_;
};

/// What handles of modules share. `module` gives the names and tensors below it; functions of
/// torch::nn::Module that a plugin may have overridden are called through the handle alone.
template <class Type>
class ModuleHandle {
public:
    explicit operator bool() const { return object_ != nullptr; }
    const Caller& caller() const { return caller_; }

    const torch::nn::Module& module() const { return *object_; }

    void set_training(bool training) {
        call(caller_, "train", {}, [&] { object_->train(training); });
    }
    void to(const at::Device& device) {
        call(caller_, "to", {}, [&] { object_->to(device); });
    }

protected:
    friend struct Unguarded;

    ModuleHandle() = default;
    ModuleHandle(Caller caller, std::shared_ptr<Type> object)
        : caller_(std::move(caller)), object_(std::move(object)) {}

    Caller caller_;
    std::shared_ptr<Type> object_;
};

/// One thread per object.
class BackboneHandle : public ModuleHandle<Backbone> {
public:
    BackboneHandle() = default;
    static BackboneHandle create(const ComponentHandle& component, const Options& options,
                                 const BackboneContext& context, const core::Place& place);

    const std::vector<StageInfo>& stages() const { return stages_; }
    at::Tensor forward(std::size_t stage, const at::Tensor& feature) const;
    at::Tensor pool(std::size_t stage, const at::Tensor& feature) const;

private:
    friend struct Unguarded;

    BackboneHandle(Caller caller, std::shared_ptr<Backbone> object);

    std::vector<StageInfo> stages_;
};

class MetricHandle;

/// One thread per object.
class HeadHandle : public ModuleHandle<Head> {
public:
    HeadHandle() = default;
    /// `name`: of the head in the pipeline.
    static HeadHandle create(const ComponentHandle& component, const std::string& name,
                             const Options& options, const HeadPorts& ports, const HeadContext& context,
                             const core::Place& place);

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) const;
    std::vector<Column> encode(const std::vector<Column>& targets) const;
    /// One tensor a prediction; for a head without decode its outputs as they are.
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const;
    std::vector<MetricHandle> metrics(const TargetSchema& target) const;
    std::vector<MetricHandle> head_metrics() const;

    /// Whether it keeps training samples (graft/ability.hpp); else `keep_samples` does nothing.
    bool keeps_samples() const { return keeper_ != nullptr; }
    void keep_samples(const at::Tensor& features, const std::vector<Column>& targets) const;

    /// What its outputs may be linear in, [N, M]: the one feature that it reads, flat, or what it makes of it
    /// with the samples that it keeps; not defined where keeping them is all that it learns.
    at::Tensor basis(const at::Tensor& feature) const;

    /// From now on `forward` must give these shapes, without the batch's side.
    void keep_shapes(std::vector<std::vector<std::int64_t>> shapes);

private:
    friend struct Unguarded;
    using ModuleHandle::ModuleHandle;

    std::size_t outputs_ = 0;
    std::size_t predictions_ = 0;
    bool decodes_ = true;
    std::vector<std::vector<std::int64_t>> shapes_;
    const ability::KeepsSamples* keeper_ = nullptr;
};

/// One thread per object.
class LossHandle : public ModuleHandle<Loss> {
public:
    LossHandle() = default;
    static LossHandle create(const ComponentHandle& component, const std::string& name,
                             const Options& options, const LossContext& context, const core::Place& place);

    LossValue forward(const std::vector<at::Tensor>& outputs, const std::vector<Column>& targets) const;

private:
    friend struct Unguarded;
    using ModuleHandle::ModuleHandle;
};

/// One thread per object.
class MetricHandle {
public:
    MetricHandle(Caller caller, std::unique_ptr<Metric> object);

    void update(const std::vector<Column>& predictions, const std::vector<Column>& targets) const;
    MetricState state() const;
    void merge(const MetricState& state) const;
    MetricResult compute() const;

private:
    Caller caller_;
    std::unique_ptr<Metric> object_;
};

/// Ids, groups, places and messages come as text (core::name_to_text), whatever bytes the plugin gives; a
/// context's names are turned back. Any thread.
class DatasetHandle {
public:
    DatasetHandle() = default;
    static DatasetHandle create(const ComponentHandle& component, const Options& options,
                                const DatasetContext& context, const core::Place& place);

    explicit operator bool() const { return object_ != nullptr; }
    bool operator==(const DatasetHandle& other) const { return object_ == other.object_; }

    std::int64_t size() const;
    std::string id(std::int64_t index) const;
    std::vector<TargetValue> targets(std::int64_t index) const;
    /// Runs a check of a sample's targets; a Failure(plugin) out of it names the data set and the sample.
    void hold(std::int64_t index, const std::function<void()>& check) const;
    ImageSource image(std::int64_t index) const;
    std::string group(std::int64_t index) const;
    std::vector<DataProblem> problems() const;

private:
    friend struct Unguarded;

    template <class Function>
    auto on_sample(const char* method, std::int64_t index, Function&& function) const {
        return call(caller_, method, {"sample", nullptr, index}, function);
    }

    Caller caller_;
    std::shared_ptr<const Dataset> object_;
};

}  // namespace graft::plugin

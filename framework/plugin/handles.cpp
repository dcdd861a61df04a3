// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/handles.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/text.hpp"

namespace graft::plugin {
namespace {

constexpr std::int64_t most_samples = std::int64_t(1) << 40;  // lists of more could not even be begun

std::string shape_of(const at::Tensor& tensor) {
    return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

/// A tensor of numbers with a fraction and of N samples.
void require_tensor(const Caller& caller, const char* method, const Detail& detail, const at::Tensor& tensor,
                    std::int64_t samples, const std::string& which) {
    if (!tensor.defined()) {
        throw fault(caller, method, detail, which + " is a tensor that is not defined");
    }
    if (!tensor.is_floating_point()) {
        throw fault(caller, method, detail,
                    fmt::format("{} is of type {}; must be floating point", which,
                                at::toString(tensor.scalar_type())));
    }
    if (tensor.dim() == 0 || (samples >= 0 && tensor.size(0) != samples)) {
        throw fault(caller, method, detail,
                    fmt::format("{} has the shape {}; its first side must be the {} samples of the batch{}",
                                which, shape_of(tensor), samples,
                                tensor.dim() == 0 ? ": no mean() or sum() over them" : ""));
    }
}

/// The number of sides and the channels that a stage declares.
void require_layout(const Caller& caller, const Detail& detail, const at::Tensor& made,
                    const FeatureLayout& layout) {
    const std::int64_t sides = layout.layout == Layout::map ? 4 : layout.layout == Layout::tokens ? 3 : 2;
    const std::int64_t channels = layout.layout == Layout::tokens ? 2 : 1;
    if (made.dim() != sides || made.size(channels) != layout.channels) {
        throw fault(caller, "forward", detail,
                    fmt::format("what it gives has the shape {}; it declares {} sides and {} channels",
                                shape_of(made), sides, layout.channels));
    }
}

void require_count(const Caller& caller, const char* method, std::size_t got, std::size_t wanted,
                   const char* what) {
    if (got != wanted) {
        throw fault(caller, method, {}, fmt::format("gives {} {}, its ports declare {}", got, what, wanted));
    }
}

std::int64_t samples_of(const std::vector<at::Tensor>& tensors) {
    return tensors.empty() ? -1 : tensors.front().size(0);
}

template <class Type>
std::shared_ptr<Type> not_null(const Caller& caller, std::shared_ptr<Type> made) {
    if (made == nullptr) {
        throw fault(caller, "create", {}, "its factory gave nothing");
    }
    return made;
}

void require_column(const Caller& caller, const Column& column, std::int64_t samples, std::size_t index) {
    const std::string which = fmt::format("column {}", index + 1);
    if (!column.values.defined() && !column.present.defined()) {
        return;  // an output without a target
    }
    if (!column.values.defined() || !column.present.defined()) {
        throw fault(caller, "encode", {}, which + " has a tensor that is not defined");
    }
    if (column.present.scalar_type() != at::kBool) {
        throw fault(caller, "encode", {},
                    fmt::format("{}: `present` is of type {}; must be bool", which,
                                at::toString(column.present.scalar_type())));
    }
    const auto fits = [&](const at::Tensor& tensor) {
        return tensor.dim() > 0 && (samples < 0 || tensor.size(0) == samples);
    };
    if (!fits(column.values) || !fits(column.present)) {
        throw fault(caller, "encode", {},
                    fmt::format("{} has the shapes {} and {}; their first side must be the {} samples", which,
                                shape_of(column.values), shape_of(column.present), samples));
    }
}

/// Names in a schema are bytes in a data set and text everywhere else.
std::vector<TargetSchema> with_texts(std::vector<TargetSchema> schemas,
                                     std::string (*change)(std::string_view)) {
    for (TargetSchema& schema : schemas) {
        schema.name = change(schema.name);
        schema.unit = change(schema.unit);
        std::transform(schema.classes.begin(), schema.classes.end(), schema.classes.begin(), change);
        std::transform(schema.point_names.begin(), schema.point_names.end(), schema.point_names.begin(),
                       change);
    }
    return schemas;
}

DatasetContext with_names(DatasetContext context) {
    context.split = core::text_to_name(context.split);
    context.targets = with_texts(std::move(context.targets), core::text_to_name);
    return context;
}

std::vector<MetricHandle> handles_of(const Caller& head, const char* method,
                                     std::vector<std::unique_ptr<Metric>> made) {
    std::vector<MetricHandle> handles;
    for (std::unique_ptr<Metric>& metric : made) {
        if (metric == nullptr) {
            throw fault(head, method, {}, "one of the metrics is null");
        }
        Caller caller = head;
        caller.kind = "a metric of head";
        handles.emplace_back(std::move(caller), std::move(metric));
    }
    return handles;
}

}  // namespace

OptionTable ComponentHandle::options(const core::Place& place) const {
    return call(caller(place), "options", {}, [&] { return component_->options(); });
}

std::string ComponentHandle::example() const {
    return call(caller({}), "example", {}, [&] { return component_->example(); });
}

BackboneInput ComponentHandle::input(const Options& options, const core::Place& place) const {
    return call(caller(place), "input", {}, [&] { return component_->backbone->input(options); });
}

std::vector<WeightEntry> ComponentHandle::weights(const core::Place& place) const {
    return call(caller(place), "weights", {}, [&] { return component_->backbone->weights(); });
}

HeadPorts ComponentHandle::head_ports(const Options& options, const std::vector<TargetKind>& bound,
                                      const core::Place& place) const {
    return call(caller(place), "ports", {}, [&] { return component_->head->ports(options, bound); });
}

std::vector<LossPort> ComponentHandle::loss_ports(const Options& options, const core::Place& place) const {
    return call(caller(place), "ports", {}, [&] { return component_->loss->ports(options); });
}

bool ComponentHandle::couples_samples(const Options& options) const {
    return call(caller({}), "couples_samples", {}, [&] {
        return component_->loss->couples_samples != nullptr && component_->loss->couples_samples(options);
    });
}

std::vector<TargetSchema> ComponentHandle::schema(const Options& options, const std::string& split,
                                                  const core::Place& place) const {
    const std::string name = core::text_to_name(split);
    return with_texts(
        call(caller(place), "schema", {}, [&] { return component_->dataset->schema(options, name); }),
        core::name_to_text);
}

template <class Type>
const Type* ComponentHandle::ability(std::string_view name) const {
    if (component_->ability == nullptr) {
        return nullptr;
    }
    const std::string text(name);  // plugins get a text that ends with 0
    return static_cast<const Type*>(
        call(caller({}), "ability", {}, [&] { return component_->ability(text.c_str()); }));
}

std::vector<ability::IdleOption> ComponentHandle::idle_options(const Options& options,
                                                               const core::Place& place) const {
    const auto* found = ability<ability::IdleOptions>(ability::idle_options);
    return found == nullptr ? std::vector<ability::IdleOption>()
                            : call(caller(place), "idle_options", {}, [&] { return (*found)(options); });
}

std::vector<std::string> ComponentHandle::split_names(const Options& options,
                                                      const core::Place& place) const {
    const auto* found = ability<ability::SplitNames>(ability::split_names);
    if (found == nullptr) {
        return {};
    }
    std::vector<std::string> names =
        call(caller(place), "split_names", {}, [&] { return (*found)(options); });
    std::transform(names.begin(), names.end(), names.begin(), core::name_to_text);
    return names;
}

std::optional<std::vector<TargetSchema>> ComponentHandle::outline(const Options& options,
                                                                  const core::Place& place) const {
    const auto* found = ability<ability::Outline>(ability::outline);
    if (found == nullptr) {
        return std::nullopt;
    }
    return with_texts(call(caller(place), "outline", {}, [&] { return (*found)(options); }),
                      core::name_to_text);
}

bool ComponentHandle::has_own_weights() const {
    return ability<void>(ability::own_weights) != nullptr;
}

BackboneHandle::BackboneHandle(Caller caller, std::shared_ptr<Backbone> object)
    : ModuleHandle(std::move(caller), std::move(object)) {
    for (const Stage& stage : object_->stages()) {
        if (!stage.forward) {
            throw fault(caller_, "create", {}, fmt::format("stage '{}' has no forward", stage.name));
        }
        stages_.push_back({stage.name, stage.modules, stage.output});
    }
}

BackboneHandle BackboneHandle::create(const ComponentHandle& component, const Options& options,
                                      const BackboneContext& context, const core::Place& place) {
    const Caller caller = component.caller(place);
    auto made =
        call(caller, "create", {}, [&] { return component.component_->backbone->create(options, context); });
    return BackboneHandle(caller, not_null(caller, std::move(made)));
}

at::Tensor BackboneHandle::forward(std::size_t stage, const at::Tensor& feature) const {
    const Detail detail{"stage", &stages_[stage].name, 0};
    const at::Tensor made =
        call(caller_, "forward", detail, [&] { return object_->stages()[stage].forward(feature); });
    require_tensor(caller_, "forward", detail, made, feature.size(0), "what it gives");
    require_layout(caller_, detail, made, stages_[stage].output);
    return made;
}

at::Tensor BackboneHandle::pool(std::size_t stage, const at::Tensor& feature) const {
    const Detail detail{"stage", &stages_[stage].name, 0};
    const at::Tensor made =
        call(caller_, "pool", detail, [&] { return object_->pool(feature, stages_[stage].output); });
    require_tensor(caller_, "pool", detail, made, feature.size(0), "what it gives");
    const std::int64_t channels = stages_[stage].output.channels;
    if (made.dim() != 2 || made.size(1) != channels) {
        throw fault(caller_, "pool", detail,
                    fmt::format("what it gives has the shape {}; must be [N, {}]", shape_of(made), channels));
    }
    return made;
}

HeadHandle HeadHandle::create(const ComponentHandle& component, const std::string& name,
                              const Options& options, const HeadPorts& ports, const HeadContext& context,
                              const core::Place& place) {
    const Caller caller = component.caller(place, name);
    auto made =
        call(caller, "create", {}, [&] { return component.component_->head->create(options, context); });
    HeadHandle handle(caller, not_null(caller, std::move(made)));
    handle.outputs_ = ports.outputs.size();
    handle.decodes_ = ports.decodes;
    handle.predictions_ = ports.predictions.empty() ? ports.targets.size() : ports.predictions.size();
    handle.keeper_ = component.ability<ability::KeepsSamples>(ability::keeps_samples);
    return handle;
}

void HeadHandle::keep_samples(const at::Tensor& features, const std::vector<Column>& targets) const {
    if (keeper_ != nullptr) {
        call(caller_, "keeps_samples", {}, [&] { keeper_->keep(*object_, features, targets); });
    }
}

at::Tensor HeadHandle::basis(const at::Tensor& feature) const {
    if (keeper_ == nullptr) {
        return feature.flatten(1);
    }
    if (keeper_->basis == nullptr) {
        return {};
    }
    const auto made = call(caller_, "keeps_samples", {}, [&] { return keeper_->basis(*object_, feature); });
    require_tensor(caller_, "keeps_samples", {}, made, feature.size(0), "the basis");
    return made.flatten(1);
}

std::vector<at::Tensor> HeadHandle::forward(const std::vector<at::Tensor>& features) const {
    const auto made = call(caller_, "forward", {}, [&] { return object_->forward(features); });
    require_count(caller_, "forward", made.size(), outputs_, "tensors");
    for (std::size_t index = 0; index < made.size(); ++index) {
        const std::string which = fmt::format("output {}", index + 1);
        require_tensor(caller_, "forward", {}, made[index], samples_of(features), which);
        if (index < shapes_.size() && made[index].sizes().slice(1) != at::IntArrayRef(shapes_[index])) {
            throw fault(caller_, "forward", {},
                        fmt::format("{} has the shape {}; when it was composed each sample had [{}]", which,
                                    shape_of(made[index]), fmt::join(shapes_[index], ", ")));
        }
    }
    return made;
}

void HeadHandle::keep_shapes(std::vector<std::vector<std::int64_t>> shapes) {
    shapes_ = std::move(shapes);
}

std::vector<Column> HeadHandle::encode(const std::vector<Column>& targets) const {
    const auto made = call(caller_, "encode", {}, [&] { return object_->encode(targets); });
    require_count(caller_, "encode", made.size(), outputs_, "columns");
    const std::int64_t samples = targets.empty() ? -1 : targets.front().present.size(0);
    for (std::size_t index = 0; index < made.size(); ++index) {
        require_column(caller_, made[index], samples, index);
    }
    return made;
}

std::vector<at::Tensor> HeadHandle::decode(const std::vector<at::Tensor>& outputs) const {
    if (!decodes_) {
        return outputs;
    }
    const auto made = call(caller_, "decode", {}, [&] { return object_->decode(outputs); });
    require_count(caller_, "decode", made.size(), predictions_, "tensors");
    for (std::size_t index = 0; index < made.size(); ++index) {
        require_tensor(caller_, "decode", {}, made[index], samples_of(outputs),
                       fmt::format("prediction {}", index + 1));
    }
    return made;
}

std::vector<MetricHandle> HeadHandle::metrics(const TargetSchema& target) const {
    return handles_of(caller_, "metrics", call(caller_, "metrics", {"target", &target.name, 0}, [&] {
                          return object_->metrics(target);
                      }));
}

std::vector<MetricHandle> HeadHandle::head_metrics() const {
    return handles_of(caller_, "head_metrics",
                      call(caller_, "head_metrics", {}, [&] { return object_->head_metrics(); }));
}

LossHandle LossHandle::create(const ComponentHandle& component, const std::string& name,
                              const Options& options, const LossContext& context, const core::Place& place) {
    const Caller caller = component.caller(place, name);
    auto made =
        call(caller, "create", {}, [&] { return component.component_->loss->create(options, context); });
    return LossHandle(caller, not_null(caller, std::move(made)));
}

LossValue LossHandle::forward(const std::vector<at::Tensor>& outputs,
                              const std::vector<Column>& targets) const {
    LossValue made = call(caller_, "forward", {}, [&] { return object_->forward(outputs, targets); });
    const std::int64_t samples = samples_of(outputs);
    for (const auto& [tensor, which] : {std::pair{&made.loss, "the loss"}, {&made.weight, "the weight"}}) {
        require_tensor(caller_, "forward", {}, *tensor, samples, which);
        if (tensor->dim() != 1) {
            throw fault(caller_, "forward", {},
                        fmt::format("{} has the shape {}; must be [{}], a number a sample", which,
                                    shape_of(*tensor), samples));
        }
    }
    return made;
}

MetricHandle::MetricHandle(Caller caller, std::unique_ptr<Metric> object)
    : caller_(std::move(caller)), object_(std::move(object)) {}

void MetricHandle::update(const std::vector<Column>& predictions, const std::vector<Column>& targets) const {
    call(caller_, "update", {}, [&] { object_->update(predictions, targets); });
}

MetricState MetricHandle::state() const {
    MetricState state = call(caller_, "state", {}, [&] { return object_->state(); });
    for (const at::Tensor& tensor : state) {
        if (!tensor.defined() || !tensor.device().is_cpu()) {
            throw fault(caller_, "state", {}, "a tensor of the state is not defined, or not on the CPU");
        }
    }
    return state;
}

void MetricHandle::merge(const MetricState& state) const {
    call(caller_, "merge", {}, [&] { object_->merge(state); });
}

MetricResult MetricHandle::compute() const {
    return call(caller_, "compute", {}, [&] { return object_->compute(); });
}

DatasetHandle DatasetHandle::create(const ComponentHandle& component, const Options& options,
                                    const DatasetContext& context, const core::Place& place) {
    DatasetHandle handle;
    handle.caller_ = component.caller(place);
    handle.object_ = not_null(handle.caller_, call(handle.caller_, "create", {}, [&] {
                                  return component.component_->dataset->create(options, with_names(context));
                              }));
    handle.caller_.place = {};  // a record has a place of its own
    return handle;
}

std::int64_t DatasetHandle::size() const {
    const std::int64_t size = call(caller_, "size", {}, [&] { return object_->size(); });
    if (size < 0 || size > most_samples) {
        throw fault(caller_, "size", {}, fmt::format("gives {}; must be in [0, {}]", size, most_samples));
    }
    return size;
}

std::string DatasetHandle::id(std::int64_t index) const {
    return core::name_to_text(on_sample("id", index, [&] { return object_->id(index); }));
}

std::vector<TargetValue> DatasetHandle::targets(std::int64_t index) const {
    return on_sample("targets", index, [&] { return object_->targets(index); });
}

void DatasetHandle::hold(std::int64_t index, const std::function<void()>& check) const {
    try {
        check();
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::plugin) {
            throw;
        }
        throw fault(caller_, "targets", {"sample", nullptr, index}, core::messages(failure.problems()));
    }
}

ImageSource DatasetHandle::image(std::int64_t index) const {
    return on_sample("image", index, [&] { return object_->image(index); });
}

std::string DatasetHandle::group(std::int64_t index) const {
    return core::name_to_text(on_sample("group", index, [&] { return object_->group(index); }));
}

std::vector<DataProblem> DatasetHandle::problems() const {
    std::vector<DataProblem> problems = call(caller_, "problems", {}, [&] { return object_->problems(); });
    for (DataProblem& problem : problems) {
        problem.place = core::name_to_text(problem.place);
        problem.message = core::name_to_text(problem.message);
    }
    return problems;
}

}  // namespace graft::plugin

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What plugins that are built already rely on (docs/plugin-abi.md). A line that fails to compile here is a
// change that raises GRAFT_SDK_ABI, or one that belongs elsewhere: into an ability, a property, a context.
#include <cstddef>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "graft/plugin.hpp"

namespace graft {
namespace {

// Read by copying: fixed offsets, and a size that comes first.
template <class Type>
constexpr bool is_sized =
    std::is_standard_layout_v<Type>&& std::is_trivially_copyable_v<Type>&& offsetof(Type, size) == 0 &&
    sizeof(Type) >= Type::first_size;
static_assert(is_sized<Descriptor> && is_sized<Component>);
static_assert(is_sized<BackboneFactory> && is_sized<HeadFactory> && is_sized<DatasetFactory> &&
              is_sized<LossFactory>);

// The first layout of each: these lines never change within an ABI.
static_assert(offsetof(Descriptor, api_level_built) == 4 && offsetof(Descriptor, api_level_needed) == 8);
static_assert(offsetof(Descriptor, stamp) == 16 && offsetof(Descriptor, components) == 48);
static_assert(offsetof(Descriptor, component_count) + sizeof(std::size_t) == Descriptor::first_size);
static_assert(offsetof(Component, kind) == 8 && offsetof(Component, options) == 40);
static_assert(offsetof(Component, backbone) == 56);
static_assert(offsetof(Component, loss) + sizeof(void*) == Component::first_size);
static_assert(offsetof(BackboneFactory, weights) + sizeof(void*) == BackboneFactory::first_size);
static_assert(offsetof(HeadFactory, ports) + sizeof(void*) == HeadFactory::first_size);
static_assert(offsetof(DatasetFactory, schema) + sizeof(void*) == DatasetFactory::first_size);
static_assert(offsetof(LossFactory, ports) + sizeof(void*) == LossFactory::first_size);

// What was added since: at the end, one line each, never moved.
static_assert(offsetof(Component, ability) == Component::first_size);
static_assert(offsetof(LossFactory, couples_samples) == LossFactory::first_size);

// Passed by value or in vectors, so they never grow.
constexpr std::size_t text = sizeof(std::string);
constexpr std::size_t list = sizeof(std::vector<int>);
static_assert(sizeof(WeightEntry) == 6 * text + 64 && sizeof(BackboneInput) == text + 72);
static_assert(sizeof(InputPort) == 16 && sizeof(OutputPort) == 3 * text && sizeof(HeadPorts) == 4 * list + 8);
static_assert(sizeof(TargetPort) == text + list && sizeof(LossPort) == text + list);
static_assert(sizeof(Score) == 2 * text + 16 && sizeof(Table) == text + 3 * list);
static_assert(sizeof(MetricResult) == 2 * list && sizeof(DataProblem) == 2 * text + 8);
static_assert(sizeof(OptionSpec) == 3 * text + list + sizeof(OptionValue) + 40);
static_assert(sizeof(FeatureLayout) == 32 && sizeof(FeatureShape) == 48);
static_assert(sizeof(TargetSchema) == 2 * text + 5 * list + 72 && sizeof(Box) == 48);
static_assert(sizeof(Point) == 16 && sizeof(Normalization) == 48);
static_assert(sizeof(Column) == 2 * sizeof(at::Tensor) && sizeof(LossValue) == 2 * sizeof(at::Tensor));

// What a value can hold: appended to, and no larger than its largest.
static_assert(std::variant_size_v<TargetValue> >= 8);
static_assert(std::is_same_v<std::variant_alternative_t<5, TargetValue>, std::vector<float>>);
static_assert(sizeof(TargetValue) == sizeof(MaskSource) + sizeof(void*) && sizeof(MaskSource) == 48);
static_assert(std::variant_size_v<OptionValue> >= 8);

}  // namespace
}  // namespace graft

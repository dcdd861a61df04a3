// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a descriptor may say, and what the host says to one that cannot be right.
#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "plugin/description.hpp"

namespace {

using namespace graft;
using plugin::Description;
using plugin::read_description;
using plugin::read_sized;

/// A sound descriptor with one component of every kind, to be spoilt.
struct Sample {
    BackboneFactory backbone;
    HeadFactory head;
    DatasetFactory dataset;
    LossFactory loss;
    Component components[4];
    std::vector<const Component*> list;
    Descriptor descriptor;

    Sample() {
        backbone.create = [](const Options&, const BackboneContext&) { return std::shared_ptr<Backbone>(); };
        backbone.input = [](const Options&) { return BackboneInput{}; };
        backbone.weights = [] { return std::vector<WeightEntry>{}; };
        head.create = [](const Options&, const HeadContext&) { return std::shared_ptr<Head>(); };
        head.ports = [](const Options&, const std::vector<TargetKind>&) { return HeadPorts{}; };
        dataset.create = [](const Options&, const DatasetContext&) { return std::shared_ptr<Dataset>(); };
        dataset.schema = [](const Options&, const std::string&) { return std::vector<TargetSchema>{}; };
        loss.create = [](const Options&, const LossContext&) { return std::shared_ptr<Loss>(); };
        loss.ports = [](const Options&) { return std::vector<LossPort>{}; };
        const char* const kinds[] = {"backbone", "head", "dataset", "loss"};
        for (std::size_t index = 0; index < 4; ++index) {
            components[index].kind = kinds[index];
            components[index].id = "x";
            components[index].options = [] { return OptionTable{}; };
            components[index].example = [] { return std::string(); };
            list.push_back(&components[index]);
        }
        components[0].backbone = &backbone;
        components[1].head = &head;
        components[2].dataset = &dataset;
        components[3].loss = &loss;
        descriptor.components = list.data();
        descriptor.component_count = list.size();
    }
    Sample(const Sample&) = delete;
    Sample& operator=(const Sample&) = delete;
};

std::string refusal(const Descriptor* descriptor) {
    Description description;
    try {
        read_description(descriptor, "p.so", description);
    } catch (const core::Failure& failure) {
        CHECK(failure.category() == core::Category::plugin);
        return failure.what();
    }
    return "read";
}

/// The reason told of a sample that `spoil` spoils.
template <class Spoil>
std::string reason(Spoil&& spoil) {
    Sample sample;
    spoil(sample);
    const std::string text = refusal(&sample.descriptor);
    const std::string before = "plugin 'p.so' cannot be used: ";
    const std::string after = "\n  rebuild it against this graft's SDK, or tell its author";
    if (text.rfind(before, 0) != 0 || text.size() < before.size() + after.size() ||
        text.substr(text.size() - after.size()) != after) {
        return text;
    }
    return text.substr(before.size(), text.size() - before.size() - after.size());
}

// Proves: the host's copies are its own, factories of other kinds are not looked at, and what a plugin may
// leave null can be called.
TEST_CASE("a sound descriptor is copied") {
    Sample sample;
    HeadFactory* const nowhere = reinterpret_cast<HeadFactory*>(8);
    sample.components[3].head = nowhere;
    Description description;
    read_description(&sample.descriptor, "p.so", description);
    REQUIRE(description.components.size() == 4);
    CHECK(description.components[0].backbone != &sample.backbone);
    CHECK((description.components[0].backbone->create == sample.backbone.create));
    CHECK((description.components[1].head->ports == sample.head.ports));
    CHECK((description.components[2].dataset->schema == sample.dataset.schema));
    CHECK(description.components[3].head == nullptr);
    CHECK(description.components[3].ability("anything") == nullptr);
    CHECK_FALSE(description.components[3].loss->couples_samples({}));
    CHECK(description.notes.empty());
}

// Proves: sizes and counts that cannot be are refused by name.
TEST_CASE("impossible sizes and counts are refused") {
    CHECK(refusal(nullptr) ==
          "plugin 'p.so' cannot be used: its descriptor is missing (a null pointer)\n"
          "  rebuild it against this graft's SDK, or tell its author");
    CHECK(reason([](Sample& sample) { sample.descriptor.size = 63; }) ==
          "its descriptor has 63 bytes, the first of this SDK ABI had 64");
    CHECK(reason([](Sample& sample) { sample.descriptor.size = 0; }) ==
          "its descriptor has 0 bytes, the first of this SDK ABI had 64");
    CHECK(reason([](Sample& sample) { sample.descriptor.size = (1U << 20U) + 1; }) ==
          "its descriptor says that it has 1048577 bytes, which cannot be");
    CHECK(reason([](Sample& sample) { sample.components[1].size = 80; }) ==
          "its component 2 has 80 bytes, the first of this SDK ABI had 88");
    CHECK(reason([](Sample& sample) { sample.components[1].size = ~0U; }) ==
          "its component 2 says that it has 4294967295 bytes, which cannot be");
    CHECK(reason([](Sample& sample) { sample.backbone.size = 31; }) ==
          "the factory of backbone 'x' has 31 bytes, the first of this SDK ABI had 32");
    CHECK(reason([](Sample& sample) { sample.descriptor.component_count = ~std::size_t{0}; }) ==
          "its descriptor says that it has 18446744073709551615 components, which cannot be");
    CHECK(reason([](Sample& sample) { sample.descriptor.api_level_built = 0; }) ==
          "its descriptor says that it was built against API level 0 and needs 1; levels count from 1");
    CHECK(reason([](Sample& sample) { sample.descriptor.component_count = 0; }) == "read");
}

// Proves: whatever the host would have called or read as null is refused by name.
TEST_CASE("what is missing is named") {
    CHECK(reason([](Sample& sample) { sample.descriptor.stamp = sample.descriptor.url = nullptr; }) ==
          "its descriptor has no stamp, no url");
    CHECK(reason([](Sample& sample) { sample.descriptor.components = nullptr; }) ==
          "its descriptor has no components");
    CHECK(reason([](Sample& sample) { sample.list[2] = nullptr; }) ==
          "its component 3 is missing (a null pointer)");
    CHECK(reason([](Sample& sample) { sample.components[0].id = nullptr; }) == "its component 1 has no id");
    CHECK(reason([](Sample& sample) { sample.components[0].options = nullptr; }) ==
          "backbone 'x' has no options function");
    CHECK(reason([](Sample& sample) { sample.components[1].head = nullptr; }) ==
          "the factory of head 'x' is missing (a null pointer)");
    CHECK(reason([](Sample& sample) { sample.backbone.input = nullptr; }) ==
          "backbone 'x' has no input function");
    CHECK(reason([](Sample& sample) { sample.head.create = nullptr; }) == "head 'x' has no create function");
    CHECK(reason([](Sample& sample) { sample.dataset.schema = nullptr; }) ==
          "dataset 'x' has no schema function");
    CHECK(reason([](Sample& sample) { sample.loss.ports = nullptr; }) == "loss 'x' has no ports function");
    CHECK(reason([](Sample& sample) { sample.components[0].kind = "tail"; }) ==
          "tail 'x' is of no kind that there is (backbone, head, dataset, loss)");
}

/// HeadFactory as a later graft may have it.
struct GrownFactory {
    static constexpr std::uint32_t first_size = HeadFactory::first_size;

    std::uint32_t size = sizeof(GrownFactory);
    void* create = nullptr;
    void* ports = nullptr;
    void* later = nullptr;
};

// Proves: a later host, whose structs have grown, reads a struct of today up to its end: what came later is
// null although the bytes behind it are not.
TEST_CASE("a host whose structs have grown reads those of today") {
    static_assert(sizeof(GrownFactory) > sizeof(HeadFactory));
    alignas(GrownFactory) unsigned char bytes[sizeof(GrownFactory)];
    std::memset(bytes, 0xAA, sizeof bytes);
    const Sample sample;
    std::memcpy(bytes, &sample.head, sizeof sample.head);
    const auto read = read_sized(reinterpret_cast<const GrownFactory*>(bytes));
    CHECK(read.problem == "");
    CHECK(read.unread() == 0);
    CHECK(read.value.create != nullptr);
    CHECK(read.value.ports != nullptr);
    CHECK(read.value.later == nullptr);
}

}  // namespace

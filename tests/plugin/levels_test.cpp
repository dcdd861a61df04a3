// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Plugins of other API levels, as libraries (tests/plugins/levels): the older are whole, the newer named.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "plugin/registry.hpp"
#include "support/unguarded.hpp"

namespace {

using namespace graft;
using plugin::Registry;

const std::filesystem::path levels = std::filesystem::path(GRAFT_TEST_BINARY) / "tests/plugins/levels";

Registry registry(const std::string& folder) {
    return Registry(catalog::Catalog({levels / folder}, catalog::host_stamp()));
}

plugin::ComponentHandle handle_of(Registry& registry, const std::string& kind, const std::string& id) {
    core::Problems problems;
    const plugin::ComponentHandle handle = registry.find(kind, id, {}, problems);
    REQUIRE_MESSAGE(handle, core::render(problems));
    return handle;
}

const Component& found(Registry& registry, const std::string& kind, const std::string& id) {
    return plugin::Unguarded::component(handle_of(registry, kind, id));
}

Options defaults(const Component& component) {
    std::map<std::string, OptionValue> values;
    for (const OptionSpec& spec : component.options()) {
        values.emplace(spec.name, spec.fallback);
    }
    return Options(values);
}

/// Goes through one plugin of every kind as a run does: options, ports, an object, its first work.
void use_every_kind(Registry& registry) {
    const Component& backbone = found(registry, "backbone", "toy_vit");
    const BackboneInput input = backbone.backbone->input(defaults(backbone));
    CHECK(input.size == 64);
    CHECK(backbone.backbone->weights().empty());
    const auto network = backbone.backbone->create(defaults(backbone), {input.size, input.size});
    at::Tensor feature = at::zeros({2, 3, 64, 64});
    for (const Stage& stage : network->stages()) {
        feature = stage.forward(feature);
    }
    CHECK(feature.sizes() == at::IntArrayRef({2, 17, 32}));

    const Component& head = found(registry, "head", "toy_ordinal");
    CHECK(head.head->ports(defaults(head), {}).outputs.at(0).name == "above");
    const auto ordinal = head.head->create(
        defaults(head), {{{vector_feature(32), 1, 1}}, {category_target("size", {"s", "m", "l"})}, 64, 64});
    const auto outputs = ordinal->forward({network->pool(feature, network->stages().back().output)});
    CHECK(ordinal->decode(outputs).at(0).sizes() == at::IntArrayRef({2, 3}));

    const Component& dataset = found(registry, "dataset", "toy_bytes");
    const auto schema = dataset.dataset->schema(defaults(dataset), "");
    CHECK(schema.at(1).name == "shade");
    CHECK(dataset.dataset->create(defaults(dataset), {"", schema})->size() == 8);

    const Component& loss = found(registry, "loss", "toy_pair");
    CHECK(loss.loss->ports(defaults(loss)).size() == 2);
    CHECK_FALSE(loss.loss->couples_samples(defaults(loss)));
    const at::Tensor numbers = at::ones({2, 5});
    const Column target{at::zeros({2, 5}), at::ones({2}, at::kBool)};
    const LossValue value =
        loss.loss->create(defaults(loss), {})->forward({numbers, numbers}, {target, target});
    CHECK(value.loss.sum().item<double>() ==
          doctest::Approx(4));  // a squared error of 1 an output and sample
}

std::vector<std::string> notes(Registry& registry) {
    std::vector<std::string> all;
    for (const catalog::PluginFile& file : registry.catalog().files()) {
        registry.load(file);
        for (const std::string& note : registry.notes(file)) {
            all.push_back(note);
        }
    }
    return all;
}

std::string why_not_used(const std::string& folder) {
    Registry made = registry(folder);
    REQUIRE(made.catalog().files().size() == 1);
    const catalog::PluginFile& file = made.catalog().files()[0];
    try {
        made.load(file);
    } catch (const core::Failure& failure) {
        CHECK(failure.category() == core::Category::plugin);
        std::string text = failure.what();
        const std::size_t offset = text.find(file.path.string());
        return offset == std::string::npos ? text : text.replace(offset, file.path.string().size(), "FILE");
    }
    return "loaded";
}

TEST_SUITE("smoke") {
    // Proves: a plugin of every kind whose structs are as short as the first ones of this ABI loads and
    // works; a byte read beyond them would have ended this program. What they lack does nothing.
    TEST_CASE("plugins of the first API level are whole") {
        Registry older = registry("older");
        use_every_kind(older);
        CHECK(notes(older).empty());
        const Component& loss = found(older, "loss", "toy_pair");
        CHECK(loss.size == Component::first_size);
        CHECK(loss.loss->size == LossFactory::first_size);
        CHECK(loss.ability("levels.answer") == nullptr);
        CHECK(handle_of(older, "loss", "toy_pair").api_level() == 1);
    }
}

// Proves: a plugin of every kind from a later SDK loads and works, and what was not read of it is named.
TEST_CASE("plugins built against a later API level load, and what they have beyond is named") {
    Registry newer = registry("newer");
    use_every_kind(newer);
    CHECK(notes(newer) ==
          std::vector<std::string>{
              "built against API level 7; this graft knows 1: 16 bytes of its descriptor, 16 bytes of its "
              "component 1, 16 bytes of the factory of dataset 'toy_bytes' were not read",
              "built against API level 7; this graft knows 1: 16 bytes of its descriptor, 16 bytes of its "
              "component 1, 16 bytes of the factory of head 'toy_ordinal' were not read",
              "built against API level 7; this graft knows 1: 16 bytes of its descriptor, 16 bytes of its "
              "component 1, 16 bytes of the factory of loss 'toy_pair' were not read",
              "built against API level 7; this graft knows 1: 16 bytes of its descriptor, 16 bytes of its "
              "component 1, 16 bytes of the factory of backbone 'toy_vit' were not read"});
    CHECK(handle_of(newer, "head", "toy_ordinal").api_level() == 7);
}

// Proves: a plugin that needs a later level is refused with both numbers and a remedy, by its note before it
// is loaded (where what it misses would be an undefined symbol), and by its descriptor where it has no note.
TEST_CASE("a plugin that needs a later API level is refused") {
    const std::string reason =
        "needs API level 7, this graft has 1 (SDK ABI 2): update graft, or build the plugin for API level 1 "
        "or lower";
    CHECK(registry("later").catalog().files().at(0).problem == reason);
    CHECK(why_not_used("later") == reason);
    CHECK(registry("unnoted").catalog().files().at(0).problem == "");
    CHECK(why_not_used("unnoted") == "plugin 'FILE' cannot be used: it " + reason);
}

// Proves: another ABI is refused unread, and named.
TEST_CASE("a plugin of the ABI before is refused") {
    const std::string libtorch = catalog::host_stamp().at("libtorch");
    CHECK(why_not_used("first_abi") ==
          "was built for another graft:\n"
          "  sdk_abi: plugin 1, host 2\n"
          "  rebuild the plugin with this graft's SDK and LibTorch " +
              libtorch + ", or remove the file");
}

// Proves: abilities are asked for by name, one class may stand under two ids, and optional statics of a class
// reach the host.
TEST_CASE("abilities and optional functions of a class") {
    Registry able = registry("able");
    const Component& loss = found(able, "loss", "levels_able");
    CHECK(std::string(loss.id) == "levels_able");
    CHECK(std::string(found(able, "loss", "levels_able_too").id) == "levels_able_too");
    const void* answer = loss.ability("levels.answer");
    REQUIRE(answer != nullptr);
    CHECK(*static_cast<const int*>(answer) == 42);
    CHECK(loss.ability("levels.question") == nullptr);
    CHECK(loss.loss->couples_samples(Options({{"mixes", true}})));
    CHECK_FALSE(loss.loss->couples_samples(Options({{"mixes", false}})));
    const Component& plain = found(able, "loss", "levels_plain");
    CHECK(plain.ability("levels.answer") == nullptr);
    CHECK_FALSE(plain.loss->couples_samples(defaults(plain)));
}

}  // namespace

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/fixture.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "model/compose.hpp"

namespace graft::model::test {

const char* const two_readers = R"(
backbone: {use: resnet18, until: layer2}
heads:
  flat: {use: classification, from: layer1}
  both: {use: toy_two_maps, from: [layer1, layer2]}
data: {image: {size: 64}}
)";

const char* const cats_dogs = R"(
backbone: {use: resnet18, until: layer4}
heads:
  species: {use: classification, hidden: [128], dropout: 0.2, activation: sigmoid}
data: {image: {size: 64}}
)";

plugin::Registry& registry() {
    const std::filesystem::path build = GRAFT_TEST_BINARY;
    static plugin::Registry made(
        catalog::Catalog({build / "lib/graft/plugins", build / "tests/plugins/toys"}, catalog::host_stamp()));
    return made;
}

pipeline::Pipeline pipeline_of(const std::string& yaml, core::Problems& problems) {
    pipeline::Node document = pipeline::parse_document(yaml, "test.yaml");
    const auto add = [](pipeline::Node& node, const std::string& key, const std::string& value) {
        if (node.find(key) == nullptr) {
            node.set(key, pipeline::parse_document(value, "test.yaml"), {});
        }
    };
    add(document, "graft", "1");
    add(document, "data", "{}");
    add(document, "train", "{epochs: 1}");
    add(*document.find("data"), "use", "toy_bytes");
    return pipeline::interpret(document, "test.yaml", problems);
}

Model composed(const std::string& yaml, const std::vector<TargetSchema>& schema, core::Problems& problems) {
    const pipeline::Pipeline pipeline = pipeline_of(yaml, problems);
    return compose({pipeline, registry(), schema}, problems);
}

Model sound(const std::string& yaml, const std::vector<TargetSchema>& schema) {
    core::Problems problems;
    Model model = composed(yaml, schema, problems);
    REQUIRE_MESSAGE(problems.empty(), core::render(problems));
    return model;
}

std::vector<std::string> texts(const core::Problems& problems) {
    std::vector<std::string> lines;
    for (const core::Problem& problem : problems) {
        lines.push_back(problem.message + " | " + problem.remedy);
    }
    return lines;
}

TargetSchema animals() {
    return category_target("animal", {"cat", "dog"});
}

pipeline::Phase freezing(const std::vector<std::string>& entries) {
    pipeline::Phase phase;
    phase.freeze = entries;
    phase.freeze_places.resize(entries.size());
    return phase;
}

}  // namespace graft::model::test

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Renames that are guessed from shapes and order. A guess is right when applying it gives the wanted names.
#include <doctest/doctest.h>

#include <map>
#include <regex>
#include <sstream>

#include "core/files.hpp"
#include "model/fixture.hpp"
#include "model/rename_hint.hpp"

using namespace graft;
using namespace graft::model;
using namespace graft::model::test;

namespace {

std::string renamed(std::string name, const RenameRules& rules) {
    for (const pipeline::Rename& rule : rules) {
        name = std::regex_replace(name, std::regex(rule.pattern), rule.replacement,
                                  std::regex_constants::format_sed);
    }
    return name;
}

/// Whether the first guess gives every wanted name to a tensor of its shape.
bool first_fits(const std::vector<NamedShape>& have, const std::vector<NamedShape>& wanted) {
    const std::vector<RenameRules> guesses = guess_renames(have, wanted);
    REQUIRE_FALSE(guesses.empty());
    std::map<std::string, std::vector<std::int64_t>> made;
    for (const NamedShape& each : have) {
        made[renamed(each.name, guesses.front())] = each.shape;
    }
    return std::all_of(wanted.begin(), wanted.end(), [&](const NamedShape& each) {
        const auto found = made.find(each.name);
        return found != made.end() && found->second == each.shape;
    });
}

std::vector<NamedShape> backbone(const std::string& id) {
    std::vector<NamedShape> names;
    for (const NamedTensor& tensor :
         sound("backbone: {use: " + id + "}\nheads: {animal: {use: classification}}\n", {animals()})
             .tensors()) {
        if (tensor.path.starts_with("backbone.") && !tensor.path.ends_with("num_batches_tracked")) {
            names.push_back({tensor.path.substr(9), tensor.tensor.sizes().vec()});
        }
    }
    return names;
}

std::vector<NamedShape> changed(std::vector<NamedShape> names, const std::string& pattern,
                                const std::string& replacement) {
    for (NamedShape& each : names) {
        each.name = std::regex_replace(each.name, std::regex(pattern), replacement);
    }
    return names;
}

}  // namespace

// Proves: whole stages and blocks under other numbers and words are found, heads and wrappers apart.
TEST_CASE("renames are guessed from the order and the shapes of modules") {
    const std::vector<NamedShape> wanted = backbone("resnet18");
    std::vector<NamedShape> sequence = wanted;  // nn.Sequential(*network.children())
    const std::vector<std::pair<std::string, std::string>> places = {
        {"conv1", "0"}, {"bn1", "1"}, {"layer1", "4"}, {"layer2", "5"}, {"layer3", "6"}, {"layer4", "7"}};
    for (const auto& [name, number] : places) {
        sequence = changed(sequence, "^" + name + "\\.", number + ".");
    }
    CHECK(first_fits(sequence, wanted));
    CHECK(guess_renames(sequence, wanted).front().size() == 6);
    const std::vector<NamedShape> wrapped = changed(sequence, "^", "module.net.");
    CHECK(first_fits(wrapped, wanted));
    CHECK(guess_renames(wrapped, wanted).front().size() == 6);
    const std::vector<NamedShape> numbered = changed(wanted, "^layer(\\d)\\.", "stages.$1.");
    CHECK(rename_text(guess_renames(numbered, wanted).front()) ==
          "rename: {'^stages\\.(\\d+)\\.': 'layer\\1.'}");
    std::vector<NamedShape> with_head = changed(numbered, "\\.conv(\\d)\\.", ".convolution.$1.");
    with_head.push_back({"head.weight", {1000, 512}});
    CHECK(first_fits(with_head, wanted));
    // Another order, as names alone give it: trees of the same shapes go together.
    std::sort(sequence.begin(), sequence.end(),
              [](const NamedShape& left, const NamedShape& right) { return left.name > right.name; });
    CHECK(first_fits(sequence, wanted));
}

// Proves: timm's EfficientNet-Lite0 (tools/goldens/timm_names.py), whose first block has fewer convolutions
// and whose blocks are counted in stages, becomes graft's.
TEST_CASE("timm's names of EfficientNet-Lite0") {
    std::vector<NamedShape> have;
    std::istringstream lines(core::read_file(GRAFT_TEST_SOURCE "/tests/model/goldens/timm_names.txt"));
    for (std::string name; lines >> name;) {
        NamedShape each{name, {}};
        std::string sides;
        lines >> sides;
        std::istringstream numbers(sides);
        for (std::string side; std::getline(numbers, side, ',');) {
            each.shape.push_back(std::stoll(side));
        }
        have.push_back(each);
    }
    const std::vector<NamedShape> wanted = backbone("efficientnet_lite0");
    CHECK(have.size() == 247);
    CHECK(wanted.size() == 245);
    CHECK(first_fits(have, wanted));
}

// Proves: where shapes or modules differ, nothing is guessed: no pattern would be right.
TEST_CASE("no rename is guessed for another network") {
    const std::vector<NamedShape> wanted = backbone("resnet18");
    CHECK(guess_renames(backbone("resnet34"), wanted).empty());
    std::vector<NamedShape> shorter = changed(wanted, "^", "net.");
    shorter.resize(shorter.size() - 5);
    CHECK(guess_renames(shorter, wanted).empty());
    CHECK(guess_renames({}, wanted).empty());
}

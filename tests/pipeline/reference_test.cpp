// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/reference.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "pipeline/format_tables.hpp"
#include "pipeline/matrix.hpp"
#include "support.hpp"
#include "support/generated_page.hpp"

namespace {

using namespace graft;
using pipeline::FormatKey;
using pipeline::FormatSection;
using pipeline::FormatWord;
using pipeline::Node;

/// A cell of a table in Markdown.
std::string cell(std::string text) {
    for (std::size_t bar = text.find('|'); bar != std::string::npos; bar = text.find('|', bar + 2)) {
        text.replace(bar, 1, "\\|");
    }
    return text;
}

std::string row(const FormatKey& key) {
    const std::string goes_with = key.only.empty()
                                      ? ""
                                      : " (with `use: " + key.only.front() + "`" +
                                            (key.only.size() > 1 ? ", `" + key.only.back() + "`)" : ")");
    const std::string link =
        key.section.empty() ? "" : ": [its keys](#" + pipeline::format_section(key.section).name + ")";
    return "| `" + key.spec.name + "` | " + cell(pipeline::takes(key)) + " | " +
           cell(pipeline::without(key)) + " | " + cell(key.spec.doc) + goes_with + link + " | `" +
           cell(key.example) + "` |\n";
}

/// The generated half of docs/pipeline.md.
std::string markdown() {
    std::string text;
    for (const FormatSection& section : pipeline::format()) {
        text += "### " + section.name + "\n\n" + (section.path.empty() ? "" : "`" + section.path + "`: ") +
                section.doc +
                ".\n\n| key | takes | without it | what it is | example |\n|---|---|---|---|---|\n";
        for (const FormatKey& key : section.keys) {
            text += row(key);
        }
        text += section.open ? "\n" + section.others + ".\n" : "";
        for (const FormatKey& key : section.keys) {
            text += key.words.empty()
                        ? ""
                        : "\nValues of `" + key.spec.name + "`:\n\n| value | what it is |\n|---|---|\n";
            for (const FormatWord& word : key.words) {
                text += "| `" + word.name + "` | " + cell(word.doc) + " |\n";
            }
        }
        text += "\n";
    }
    return text;
}

Node map_at(const Node& place) {
    Node map;
    map.kind = Node::Kind::map;
    map.place = place.place;
    return map;
}

/// The node at a section's path, made where it is not there yet; N is the only item of a list.
Node& descend(Node& document, const std::string& path) {
    Node* node = &document;
    std::istringstream levels(path);
    for (std::string level; std::getline(levels, level, '.');) {
        if (level == "N") {
            *node = map_at(*node);
            node->kind = Node::Kind::list;
            node->items = {map_at(*node)};
            node = &node->items.front();
            continue;
        }
        const std::string key = level == "NAME" ? "species" : level;
        if (node->find(key) == nullptr || !(node->find(key)->is_map())) {
            node->set(key, map_at(*node), node->place);
        }
        const auto found = std::find_if(node->entries.begin(), node->entries.end(),
                                        [&](const auto& entry) { return entry.first == key; });
        node = &found->second;
    }
    return *node;
}

/// The problems of a whole pipeline that has the text in a section.
std::string problems_with(const FormatSection& section, const std::string& text) {
    Node document = pipeline::parse_document(
        "{graft: 1, name: t, data: {use: faces, augment: [flip]}, backbone: {use: net}, heads: {species: "
        "{use: "
        "classification}}}",
        "p.yaml");
    const Node given = pipeline::parse_document("{" + text + "}", "p.yaml");
    Node& node = descend(document, section.path);
    for (const auto& [key, value] : given.entries) {
        if (key == "head") {
            std::erase_if(node.entries, [](const auto& entry) { return entry.first == "heads"; });
            node.key_places.pop_back();
        }
        node.set(key, value, given.place);
    }
    if (section.name == "phase") {  // some keys tell of the phase before
        std::vector<Node>& phases = document.find("train")->find("phases")->items;
        phases.insert(phases.begin(), pipeline::parse_document("{epochs: 1}", "p.yaml"));
    }
    core::Problems problems;
    pipeline::variations_of(document, problems);
    pipeline::interpret(document, "p.yaml", problems);
    return core::render(problems);
}

}  // namespace

// Proves: the page says what the checks do, because both are the tables. GRAFT_UPDATE writes it instead.
TEST_CASE("docs/pipeline.md holds every key of the format") {
    tests::check_generated("pipeline.md", "framework/pipeline/format_*.cpp by GRAFT_UPDATE=1 test-pipeline",
                           markdown());
}

// Proves: a key that is added without example, default or meaning is noticed.
TEST_CASE("every key of the format has an example, a default and sentences") {
    for (const FormatSection& section : pipeline::format()) {
        CAPTURE(section.name);
        for (const FormatKey& key : section.keys) {
            CAPTURE(key.spec.name);
            CHECK(pipeline::takes(key) != "");
            CHECK(pipeline::without(key) != "");
            REQUIRE(key.example != "");
            const Node example = pipeline::parse_document("{" + key.example + "}", "example");
            const Node* use = example.find("use");
            CHECK(example.find(key.spec.name) != nullptr);
            CHECK((key.only.empty() || use == nullptr ||
                   std::find(key.only.begin(), key.only.end(), use->scalar) != key.only.end()));
            for (const std::string& choice : key.spec.choices) {
                CAPTURE(choice);
                CHECK(std::any_of(key.words.begin(), key.words.end(), [&](const FormatWord& word) {
                    return word.name == choice && word.doc != "";
                }));
            }
            if (!key.section.empty()) {
                CHECK_NOTHROW(pipeline::format_section(key.section));
            }
        }
    }
}

// Proves: each example is taken as written, in the place that the page names.
TEST_CASE("every example of the format is valid") {
    for (const FormatSection& section : pipeline::format()) {
        for (const FormatKey& key : section.keys) {
            CAPTURE(section.name);
            CAPTURE(key.example);
            CHECK(problems_with(section, key.example) == "");
        }
    }
}

// Proves: what the page calls bounds is refused beyond them, for every number of the format.
TEST_CASE("every bound of the format is held") {
    int bounds = 0;
    for (const FormatSection& section : pipeline::format()) {
        for (const FormatKey& key : section.keys) {
            const bool number = key.spec.type == OptionType::integer || key.spec.type == OptionType::real;
            for (const double beyond : {key.spec.minimum - 1, key.spec.maximum + 1}) {
                if (!number || !std::isfinite(beyond)) {
                    continue;
                }
                const std::string use = key.only.empty() ? "" : "use: " + key.only.front() + ", ";
                const std::string text = use + key.spec.name + ": " + std::to_string(std::llround(beyond));
                CAPTURE(section.name);
                CAPTURE(text);
                CHECK(problems_with(section, text).find(key.spec.name + " is ") != std::string::npos);
                ++bounds;
            }
        }
    }
    CHECK(bounds > 30);
}

// Proves: what the page calls required is.
TEST_CASE("every required key of the format is missed") {
    for (const FormatSection& section : pipeline::format()) {
        for (const FormatKey& key : section.keys) {
            if (!key.spec.required || section.name == "augment") {
                continue;  // a change's parameter is told of as such
            }
            CAPTURE(section.name);
            CAPTURE(key.spec.name);
            Node document = pipeline::parse_document(
                "{graft: 1, name: t, data: {use: faces}, backbone: {use: net}, heads: {species: {use: c}}}",
                "p");
            Node& node = descend(document, section.path);
            node.erase(key.spec.name);
            core::Problems problems;
            pipeline::interpret(document, "p", problems);
            CHECK(core::render(problems).find("'" + key.spec.name + "' is missing") != std::string::npos);
        }
    }
}

namespace {

std::vector<std::string> meant(const std::string& words) {
    std::vector<std::string> shown;
    for (const pipeline::Meaning& meaning : pipeline::look_up(words)) {
        shown.push_back(meaning.section->name + (meaning.key == nullptr ? "" : "." + meaning.key->spec.name) +
                        (meaning.word == nullptr ? "" : "=" + meaning.word->name));
    }
    return shown;
}

using Texts = std::vector<std::string>;

}  // namespace

// Proves: sections, keys and values are found by their names and by any end of their paths.
TEST_CASE("a word of the format is looked up") {
    CHECK(meant("train") == Texts{"train", "split.train"});
    CHECK(meant("data.image") == Texts{"image"});
    CHECK(meant("heads") == Texts{"head", "weights.heads"});
    CHECK(meant("heads.species") == Texts{"head"});
    CHECK(meant("heads.species.loss") == Texts{"loss"});
    CHECK(meant("train.phases") == Texts{"phase"});
    CHECK(meant("train.phases.0.schedule") == Texts{"schedule"});
    CHECK(meant("lr") == Texts{"optimizer.lr"});
    CHECK(meant("train.optimizer.lr") == Texts{"optimizer.lr"});
    CHECK(meant("train.phases.1.optimizer.lr") == Texts{"optimizer.lr"});
    CHECK(meant("train.epochs") == Texts{"phase.epochs"});
    CHECK(meant("seed") == Texts{"pipeline.seed", "split.seed"});
    CHECK(meant("data.split.seed") == Texts{"split.seed"});
    CHECK(meant("cosine") == Texts{"schedule.use=cosine"});
    CHECK(meant("schedule.cosine") == Texts{"schedule.use=cosine"});
    CHECK(meant("train.schedule.use.cosine") == Texts{"schedule.use=cosine"});
    CHECK(meant("ADAMW") == Texts{"optimizer.use=adamw"});
    CHECK(meant("weight-decay") == Texts{"optimizer.weight_decay"});
    CHECK(meant("data.augment.2.rotate") == Texts{"augment.rotate"});
    CHECK(meant("cosin") == Texts{});
    CHECK(meant("") == Texts{});
    CHECK(meant("train.lr") == Texts{});
    CHECK(meant("matrix") == Texts{"matrix"});  // of a later version
}

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/matrix.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "pipeline/expansion.hpp"
#include "support/temporary_folder.hpp"

namespace {

namespace pipeline = graft::pipeline;
using Texts = std::vector<std::string>;

const std::string base =
    "graft: 1\nname: ants\ndata: {use: image_folder, root: photos}\nbackbone: {use: resnet18}\n"
    "head: {use: classification}\ntrain: {optimizer: sgd, epochs: 3}\n";

struct File {
    explicit File(const std::string& matrix) {
        folder.write("p.yaml", base + (matrix.empty() ? "" : "matrix: " + matrix + "\n"));
    }

    pipeline::LoadRequest request(std::optional<std::size_t> variation = {}, Texts sets = {}) const {
        return {(folder.path() / "p.yaml").string(), std::move(sets), {}, variation};
    }

    graft::tests::TemporaryFolder folder;
};

Texts labels(const std::string& matrix, Texts sets = {}) {
    const pipeline::Expansion pipelines(File(matrix).request({}, std::move(sets)));
    Texts all;
    for (std::size_t number = 0; number < pipelines.size(); ++number) {
        all.push_back(pipelines.label(number));
    }
    return all;
}

std::string value_at(const pipeline::Node& document, const std::string& path) {
    const pipeline::Node* node = &document;
    for (const std::string& step : pipeline::steps_of(path)) {
        node = node == nullptr ? nullptr : node->find(step);
    }
    return node == nullptr ? "nothing" : node->scalar;
}

// Proves: the first path varies slowest, labels are short, and a file without a matrix is one pipeline.
TEST_CASE("a matrix stands for every combination") {
    CHECK(labels("") == Texts{""});
    CHECK(labels("{train.optimizer.lr: [0.1, 0.01], backbone.use: [resnet18, vgg16]}") ==
          Texts{"lr=0.1,backbone=resnet18", "lr=0.1,backbone=vgg16", "lr=0.01,backbone=resnet18",
                "lr=0.01,backbone=vgg16"});
    CHECK(labels("{seed: [1]}", {"matrix.seed=[4, 5]"}) == Texts{"seed=4", "seed=5"});
    // Two paths that end alike keep their whole names.
    CHECK(labels("{train.epochs: [1], data.epochs: [2]}") == Texts{"train.epochs=1,data.epochs=2"});
}

// Proves: ranges reach both ends in equal steps or factors. Values by hand.
TEST_CASE("ranges") {
    CHECK(labels("{seed: {range: [1, 3]}}") == Texts{"seed=1", "seed=2", "seed=3"});
    CHECK(labels("{a.b: {range: [0, 0.3], step: 0.1}}") == Texts{"b=0", "b=0.1", "b=0.2", "b=0.3"});
    CHECK(labels("{a.b: {range: [1, 2], count: 3}}") == Texts{"b=1", "b=1.5", "b=2"});
    CHECK(labels("{a.b: {log_range: [1e-4, 1e-1], count: 4}}") ==
          Texts{"b=0.0001", "b=0.001", "b=0.01", "b=0.1"});
}

// Proves: exclusion compares numbers as numbers and needs all values of a map; what is included stands alone.
TEST_CASE("exclude and include") {
    CHECK(labels("{seed: [1, 2], train.epochs: [3, 4], exclude: [{seed: 1.0, train.epochs: 4}]}") ==
          Texts{"seed=1,epochs=3", "seed=2,epochs=3", "seed=2,epochs=4"});
    CHECK(labels("{seed: [1], include: [{train.batch: 8}, {seed: 7, train.batch: 9}]}") ==
          Texts{"seed=1", "batch=8", "seed=7,batch=9"});
    CHECK(labels("{include: [{seed: 3}]}") == Texts{"seed=3"});
}

// Proves: the same seed draws the same, another one others; draws differ and stay in their bounds.
TEST_CASE("a random sample") {
    const std::string open = "train.optimizer.lr: {log_range: [1e-5, 1e-1]}";
    const Texts first = labels("{sample: 20, " + open + "}");
    CHECK(first.size() == 20);
    CHECK(std::set<std::string>(first.begin(), first.end()).size() == 20);
    CHECK(labels("{sample: 20, " + open + "}") == first);
    CHECK(labels("{sample: 20, sample_seed: 1, " + open + "}") != first);
    std::size_t small = 0;
    for (const std::string& label : first) {
        const double rate = std::stod(label.substr(3));
        CHECK(rate >= 1e-5);
        CHECK(rate <= 1e-1);
        small += rate < 1e-3 ? 1 : 0;
    }
    CHECK(small > 4);  // half of them, by the logarithm; by the number itself one in a hundred
    CHECK(small < 16);
    // All of a grid, in some order.
    const Texts all = labels("{sample: 6, seed: [1, 2, 3], train.epochs: [1, 2]}");
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == 6);
}

// Proves: the values stand in the document, the label behind the name, and the matrix is gone.
TEST_CASE("a variation is a pipeline") {
    const File file("{train.optimizer.lr: [0.1, 0.01], data.root: [a/b]}");
    const pipeline::Expansion pipelines(file.request({}, {"train.epochs=9"}));
    CHECK(pipelines.size() == 2);
    CHECK(pipelines.name() == "ants");
    const pipeline::Node document = pipelines.document(1);
    CHECK(pipeline::emit(document) ==
          pipeline::emit(pipeline::load_document(file.request(1, {"train.epochs=9"}))));
    CHECK(value_at(document, "train.optimizer.lr") == "0.01");
    CHECK(value_at(document, "train.optimizer.use") == "sgd");  // the short form was widened
    CHECK(value_at(document, "train.epochs") == "9");
    CHECK(value_at(document, "name") == "ants-lr=0.01,root=a_b");
    CHECK(document.find("matrix") == nullptr);
}

// Proves: whoever expects one pipeline is told of the others.
TEST_CASE("a command for one pipeline refuses a matrix") {
    const File file("{seed: [1, 2]}");
    CHECK_THROWS_WITH_AS(pipeline::load_document(file.request()),
                         doctest::Contains("this file stands for 2 pipelines; one is expected"),
                         graft::core::Failure);
}

}  // namespace

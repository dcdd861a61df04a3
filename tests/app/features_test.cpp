// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What frozen stages gave is kept: by runs, with augmented views among it, and read again by what follows
// them.
#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "app/finches.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::finch_rows;
using graft::tests::has;
using graft::tests::has_engine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;
using graft::tests::write_finches;
using Texts = std::vector<std::string>;

void require_done(const Printed& printed) {
    CAPTURE(printed.err);
    REQUIRE(printed.exit_code == 0);
}

std::vector<double> losses_of(const CommandLine& line, const std::string& run) {
    std::vector<double> losses;
    std::istringstream lines(slurp(line.folder / (run + "/metrics.jsonl")));
    for (std::string text; std::getline(lines, text);) {
        losses.push_back(parse_json(text)["train"]["loss"]);
    }
    return losses;
}

Json tables(const CommandLine& line) {
    return parse_json(line.graft({"features", "list", "--folder", "store", "--json"}).out)["tables"];
}

int rows_of(const Json& list) {
    int sum = 0;
    for (const Json& table : list) {
        sum += table["rows"].get<int>();
    }
    return sum;
}

}  // namespace

// Proves: with as many views as epochs a run learns what it learns without a store; the second run finds
// every view there; and a run whose augmentation nothing keeps says once what to set.
TEST_CASE("augmented views of training pictures are kept") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_finches(line, 2);
    const std::string augment = "data.augment=[flip, {rotate: 10}, {color: 0.2}]";
    const Printed plain = line.graft({"run", "finches.yaml", "--out", "plain", "--set", augment});
    require_done(plain);
    const std::string told = "features: {views: 4} keeps what they give of four views";
    CHECK(has(plain.err, told));
    const std::string log = slurp(line.folder / "plain/log.txt");
    CHECK(log.find(told) == log.rfind(told));
    CHECK(rows_of(tables(line)) == finch_rows / 2);  // of the validation
    for (const std::string run : {"cold", "warm"}) {
        const Printed printed =
            line.graft({"run", "finches.yaml", "--out", run, "--set", augment, "--set", "features.views=2"});
        require_done(printed);
        CHECK_FALSE(has(printed.err, told));
        CHECK(
            has(printed.err, run == "cold" ? "0 augmented views are there" : "12 augmented views are there"));
        CHECK(rows_of(tables(line)) == finch_rows / 2 + 2 * finch_rows / 2);
        const std::vector<double> expected = losses_of(line, "plain");
        const std::vector<double> losses = losses_of(line, run);
        REQUIRE(losses.size() == 2);
        for (std::size_t epoch = 0; epoch < 2; ++epoch) {
            CHECK(losses[epoch] == doctest::Approx(expected[epoch]).epsilon(1e-5));
        }
    }
}

// Proves: an index that cannot be written is told of, and what frozen stages gave is kept all the same; of
// two tables verify and clear tell of the one that is broken, and do their work on the other.
TEST_CASE("a store with something else in it") {
    if (!has_engine()) {
        return;
    }
    namespace fs = std::filesystem;
    const CommandLine line;
    write_finches(line, 1);
    fs::create_directories(line.folder / "store/files");
    const Printed run = line.graft({"run", "finches.yaml", "--out", "run"});
    require_done(run);
    const std::string told = "what picture files hold cannot be noted, so the next run reads them again";
    CHECK(has(run.err, told));
    CHECK(run.err.find(told, run.err.find(told) + 1) == run.err.rfind(told));  // as it came, and at the end
    CHECK(rows_of(tables(line)) == finch_rows);
    const fs::path broken = line.folder / "store/broken";
    fs::create_directories(broken / "rows/more");
    line.folder.write("store/broken/used", "");
    line.folder.write("store/broken/about.json", "{\"row_bytes\": 64}");
    const Printed verified = line.graft({"features", "verify", "--folder", "store"});
    CHECK(verified.exit_code == 6);
    CHECK(has(verified.out, ": 0 of 12 rows are damaged\n"));
    CHECK(has(verified.err, "cannot open store/broken/rows: Is a directory"));
    const Printed cleared = line.graft({"features", "clear", "--folder", "store"});
    CHECK(cleared.exit_code == 6);
    CHECK(has(cleared.out, "1 table removed"));
    CHECK_FALSE(has(cleared.out, "a run uses"));
    CHECK(has(cleared.err, "cannot take away store/broken/rows"));
    CHECK(tables(line).size() == 1);
}

// Proves: after a run its evaluation reads the rows that the run left, adds those of pictures that it had not
// seen, and gives the same numbers as from pixels.
TEST_CASE("eval reads what the run kept") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_finches(line, 2);
    require_done(line.graft({"run", "finches.yaml", "--out", "run", "--set", "data.limit=8"}));
    CHECK(rows_of(tables(line)) == 8);
    const Printed kept = line.graft({"eval", "run", "--json"});
    require_done(kept);
    CHECK(has(kept.err, "8 pictures are there"));
    CHECK(tables(line).size() == 1);
    CHECK(rows_of(tables(line)) == 8);
    const Printed more = line.graft({"eval", "run", "--json", "--data", "finches"});
    require_done(more);
    CHECK(rows_of(tables(line)) == finch_rows);
    std::string text = slurp(line.folder / "run/pipeline.yaml");
    text.replace(text.find("folder: store"), std::string("folder: store").size(), "cache: off");
    line.folder.write("run/pipeline.yaml", text);
    for (const auto& [words, expected] : {std::pair<Texts, Printed>{{"eval", "run", "--json"}, kept},
                                          {{"eval", "run", "--json", "--data", "finches"}, more}}) {
        const Printed pixels = line.graft(words);
        require_done(pixels);
        CHECK_FALSE(has(pixels.err, "are there"));
        const Json one = parse_json(expected.out)["metrics"];
        const Json other = parse_json(pixels.out)["metrics"];
        REQUIRE(one.size() == other.size());
        for (const auto& [name, score] : one.items()) {
            CAPTURE(name);
            CHECK(score.get<double>() == doctest::Approx(other[name].get<double>()).epsilon(1e-5));
        }
    }
}

namespace {

/// What stands behind the header of an .npy of float32, and the header.
std::pair<std::string, std::vector<float>> read_npy(const std::string& bytes) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[8])) +
                        256 * static_cast<std::size_t>(static_cast<unsigned char>(bytes[9]));
    std::vector<float> values((bytes.size() - 10 - length) / sizeof(float));
    std::memcpy(values.data(), bytes.data() + 10 + length, values.size() * sizeof(float));
    return {bytes.substr(10, length), values};
}

}  // namespace

// Proves: features, targets, predictions and ids of every sample are written, in both forms; of rows of the
// store the same as of pixels; of a pipeline the backbone alone; nothing that is there is replaced unasked.
TEST_CASE("embed writes features for other programs") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_finches(line, 2);
    require_done(line.graft({"run", "finches.yaml", "--out", "run"}));
    const Printed kept = line.graft({"embed", "run", "--out", "kept"});
    require_done(kept);
    CHECK(has(kept.err, "12 pictures are there"));
    CHECK(has(kept.out, "12 samples, features of layer1: 12 x 64\n"));
    require_done(line.graft({"embed", "run", "--out", "two.safetensors", "--split", "val"}));
    CHECK(has(slurp(line.folder / "two.safetensors"), "\"features\":{\"dtype\":\"F32\",\"shape\":[6,64]"));
    CHECK(has(slurp(line.folder / "two.safetensors"), "predictions.species"));
    const auto [header, features] = read_npy(slurp(line.folder / "kept/features.npy"));
    CHECK(has(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (12,64,), }"));
    CHECK((10 + header.size()) % 64 == 0);
    REQUIRE(features.size() == 12 * 64);
    std::istringstream table(slurp(line.folder / "kept/samples.csv"));
    std::string row;
    std::getline(table, row);
    CHECK(row == "id,split,targets.species,predictions.species,predictions.species.probability");
    std::getline(table, row);
    CHECK(has(row, ",train,"));
    CHECK((has(row, ".ppm,train,siskin,") || has(row, ".ppm,train,serin,")));

    std::string text = slurp(line.folder / "run/pipeline.yaml");
    text.replace(text.find("folder: store"), std::string("folder: store").size(), "cache: off");
    line.folder.write("run/pipeline.yaml", text);
    const Printed pixels = line.graft({"embed", "run", "--out", "pixels"});
    require_done(pixels);
    CHECK_FALSE(has(pixels.err, "are there"));
    const auto from_pixels = read_npy(slurp(line.folder / "pixels/features.npy")).second;
    REQUIRE(from_pixels.size() == features.size());
    for (std::size_t index = 0; index < features.size(); ++index) {
        CHECK(features[index] == doctest::Approx(from_pixels[index]).epsilon(1e-4));
    }

    const Printed map =
        line.graft({"embed", "finches.yaml", "finches", "--out", "map", "--stage", "stem", "--unpooled"});
    require_done(map);
    CHECK(has(map.out, "12 samples, features of stem: 12 x 64 x 8 x 8\n"));
    CHECK_FALSE(std::filesystem::exists(line.folder / "map/predictions.species.npy"));

    const auto refused = [&](const Texts& words) {
        const Printed printed = line.graft(words);
        CHECK(printed.exit_code == 2);
        return printed.err;
    };
    CHECK(has(refused({"embed", "run", "--out", "kept"}), "'kept' is there already"));
    CHECK(has(refused({"embed", "run", "--out", "a.npz"}), "--out 'a.npz' ends with .npz"));
    CHECK(has(refused({"embed", "run"}), "where to? --out FILE.safetensors, or --out FOLDER"));
    CHECK(has(refused({"embed", "run", "--out", "x", "--stage", "layer4"}),
              "the backbone has no stage 'layer4'"));
    CHECK(has(refused({"embed", "run", "--out", "x", "--split", "test"}), "there is no split 'test'"));
}

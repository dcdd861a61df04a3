// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Run folders that graft 0.1.0 (SDK ABI 1) wrote, tests/app/goldens, before this build: old runs are not
// lost. Their plugins are toy_bytes, toy_vit, classification and regression.
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;
using Texts = std::vector<std::string>;

const fs::path goldens = fs::path(GRAFT_TEST_SOURCE) / "tests/app/goldens";
const fs::path toys = fs::path(GRAFT_TEST_BINARY) / "tests/plugins/toys";

bool has_toys() {
    return graft::tests::has_engine({"toys"});
}

/// A copy of an old run, which commands may change, as `run`.
class OldRun {
public:
    explicit OldRun(const std::string& name) {
        fs::copy(goldens / name, line.folder / "run", fs::copy_options::recursive);
        line.folder.write("red.ppm", colored(0));
        line.folder.write("blue.ppm", colored(2));
    }

    Printed graft(Texts words) const {
        words.insert(words.end(), {"--plugin-dir", toys.string()});
        return line.graft(words);
    }

    Json read(const std::string& name) const { return parse_json(slurp(line.folder / "run" / name)); }

    CommandLine line;

private:
    /// A picture as toy_bytes draws them.
    static std::string colored(int channel) {
        std::string text = "P6 8 8 255\n";
        for (int byte = 0; byte < 8 * 8 * 3; ++byte) {
            text += static_cast<char>(byte % 3 == channel ? 255 : 0);
        }
        return text;
    }
};

// Proves: a model of version 0.1.0 sees what it saw.
TEST_CASE("an old run predicts") {
    if (!has_toys()) {
        return;
    }
    const OldRun run("finished");
    const Printed printed = run.graft({"predict", "run", "red.ppm", "blue.ppm", "--json"});
    CAPTURE(printed.err);
    REQUIRE(printed.exit_code == 0);
    std::istringstream lines(printed.out);
    for (const char* expected : {"red", "blue"}) {
        std::string text;
        REQUIRE(std::getline(lines, text));
        const Json heads = parse_json(text)["heads"];
        CAPTURE(heads.dump());
        CHECK(heads["colour"]["class"] == expected);
        CHECK(heads["shade"]["unit"] == "percent");
    }
}

// Proves: its evaluation gives the numbers that 0.1.0 wrote down.
TEST_CASE("an old run is evaluated") {
    if (!has_toys()) {
        return;
    }
    const OldRun run("finished");
    const Json expected = run.read("evaluation.json");
    REQUIRE(expected.at("metrics").size() > 1);
    const Printed printed = run.graft({"eval", "run", "--json"});
    CAPTURE(printed.err);
    REQUIRE(printed.exit_code == 0);
    const Json result = parse_json(printed.out);
    CHECK(result["samples"] == expected["samples"]);
    for (const auto& [name, value] : expected["metrics"].items()) {
        CAPTURE(name);
        REQUIRE(result["metrics"].contains(name));
        CHECK(result["metrics"][name].get<double>() == doctest::Approx(value.get<double>()).epsilon(1e-5));
    }
}

// Proves: its weights come out as they are stored.
TEST_CASE("an old run is exported") {
    if (!has_toys()) {
        return;
    }
    const OldRun run("finished");
    const Printed printed = run.graft({"export", "run", "--to", "safetensors", "--out", "old.safetensors"});
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 0);
    CHECK(fs::file_size(run.line.folder / "old.safetensors") > 100'000);
}

// Proves: export writes over nothing unless told, and gives no file another format's suffix; both are said at
// once.
TEST_CASE("an export replaces nothing in silence") {
    if (!has_toys()) {
        return;
    }
    const OldRun run("finished");
    const fs::path file = run.line.folder / "old.onnx";
    run.line.folder.write("old.onnx", "kept");
    const Printed refused = run.graft({"export", "run", "--to", "safetensors", "--out", file.string()});
    CHECK(refused.exit_code == 2);
    CHECK(refused.err == "error: --out '" + file.string() +
                             "' does not end as a file of the format safetensors does\n"
                             "  allowed: .safetensors; or choose another format with --to\n"
                             "'" +
                             file.string() +
                             "' is there already\n"
                             "  --force replaces it; --out names another file\n");
    CHECK(slurp(file) == "kept");
    run.line.folder.write("old.safetensors", "kept");
    const Texts words = {"export", "run", "--to", "safetensors", "--out", "old.safetensors"};
    CHECK(run.graft(words).exit_code == 2);
    CHECK(slurp(run.line.folder / "old.safetensors") == "kept");
    Texts forced = words;
    forced.emplace_back("--force");
    CHECK(run.graft(forced).exit_code == 0);
    CHECK(fs::file_size(run.line.folder / "old.safetensors") > 100'000);
}

// Proves: a run that 0.1.0 was interrupted in goes on where it stopped, to its end.
TEST_CASE("an old interrupted run goes on") {
    if (!has_toys()) {
        return;
    }
    const OldRun run("interrupted");
    const std::string first_epoch = slurp(run.line.folder / "run/metrics.jsonl");
    const Printed printed = run.graft({"run", "--resume", "run"});
    CAPTURE(printed.err);
    REQUIRE(printed.exit_code == 0);
    const Json record = run.read("run.json");
    CHECK(record["status"] == "finished");
    CHECK(record["final"]["epoch"] == 3);
    const std::string metrics = slurp(run.line.folder / "run/metrics.jsonl");
    CHECK(metrics.starts_with(first_epoch));
    std::istringstream lines(metrics);
    std::vector<int> epochs;
    for (std::string text; std::getline(lines, text);) {
        epochs.push_back(parse_json(text)["epoch"].get<int>());
    }
    CHECK(epochs == std::vector<int>{1, 2, 3});
    CHECK(fs::exists(run.line.folder / "run/model/model.json"));
}

// Proves: a record of a version to come is refused by its version, whatever else stands in it, and told what
// helps.
TEST_CASE("a record of a later version is refused") {
    if (!has_toys()) {
        return;
    }
    const OldRun run("finished");
    Json record = run.read("model/model.json");
    record["graft_model"] = 99;
    record["backbone"] = "another thing";
    run.line.folder.write("run/model/model.json", record.dump());
    for (const Texts& words : {Texts{"predict", "run", "red.ppm"}, Texts{"eval", "run"},
                               Texts{"export", "run", "--to", "safetensors"}}) {
        CAPTURE(words.front());
        const Printed printed = run.graft(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 4);
        CHECK(printed.err.find("run/model/model.json' ") != std::string::npos);
        CHECK(printed.err.find("99") != std::string::npos);
        CHECK(printed.err.find("newer graft") != std::string::npos);
    }
}

}  // namespace

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Runs that carry their plugins: RUN/plugins, `--trust-run-plugins`.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::has_engine;
using graft::tests::Json;
using graft::tests::json_lines;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;

using Texts = std::vector<std::string>;

const fs::path ordinal = GRAFT_TEST_BINARY "/tests/plugins/toys/toy_ordinal.so";

constexpr const char* with_ordinal = R"(
graft: 1
name: ordinal
data: {use: synthetic_faces, samples: 16, size: 32, image: {size: 32, resize: stretch}}
backbone: {use: resnet18, until: layer1}
heads: {step: {use: toy_ordinal, target: expression}}
train: {batch: 8, epochs: 1}
)";

/// A run that was trained with a plugin of a folder `mine`, which is a folder of its own.
struct Trained {
    explicit Trained(const Texts& more = {}) {
        fs::create_directory(line.folder / "mine");
        fs::copy(ordinal, line.folder / "mine/toy_ordinal.so");
        line.folder.write("ordinal.yaml", with_ordinal);
        line.folder.write("one.ppm", graft::tests::plain_picture());
        Texts words{"run", "ordinal.yaml", "--out", "run", "--plugin-dir", "mine"};
        words.insert(words.end(), more.begin(), more.end());
        const Printed trained = line.graft(words);
        CAPTURE(trained.err);
        REQUIRE(trained.exit_code == 0);
    }

    std::string sha256_of(const std::string& file) const {
        return line.shell("sha256sum " + file).out.substr(0, 64);
    }

    Json record() const { return parse_json(slurp(line.folder / "run/run.json")); }

    /// Writes the record with another entry for the plugin that the run carries.
    void record_instead(const char* key, const std::string& value) const {
        Json changed = record();
        changed["carried_plugins"][0][key] = value;
        line.folder.write("run/run.json", changed.dump());
    }

    Printed predict(Texts more = {}) const {
        more.insert(more.begin(), {"predict", "run", "one.ppm", "--json"});
        return line.graft(more);
    }

    void refused(const Printed& printed, const Texts& parts) const {
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 3);
        for (const std::string& part : parts) {
            CAPTURE(part);
            CHECK(has(printed.err, part));
        }
    }

    CommandLine line;
};

/// Another file that loads as the same plugin.
void make_other(const fs::path& library) {
    std::ofstream(library, std::ios::app | std::ios::binary) << "another build";
}

TEST_SUITE_BEGIN("slow");

// Proves: a run that is handed to a machine without the plugin names what it carries, loads nothing of it
// unasked, and is used and goes on with --trust-run-plugins, whichever command opens it.
TEST_CASE("a run carries its plugins, which are used where it is trusted") {
    if (!has_engine({"toys"})) {
        return;
    }
    const Trained trained;
    const CommandLine& line = trained.line;
    CHECK(slurp(line.folder / "run/plugins/toy_ordinal.so") == slurp(ordinal));
    const std::string hash = trained.sha256_of("mine/toy_ordinal.so");
    const Json carried = trained.record()["carried_plugins"];
    REQUIRE(carried.size() == 1);  // and nothing of what graft comes with
    CHECK(carried[0]["file"] == "toy_ordinal.so");
    CHECK(carried[0]["sha256"] == hash);
    CHECK(carried[0]["components"][0]["id"] == "toy_ordinal");
    const std::string here = trained.predict({"--plugin-dir", "mine"}).out;
    fs::remove_all(line.folder / "mine");

    const Texts offer = {"no plugin of this machine brings what the run needs: head 'toy_ordinal'",
                         "nothing that a run carries is loaded unasked",
                         "run/plugins/toy_ordinal.so: head 'toy_ordinal'", "SHA-256 " + hash,
                         "--trust-run-plugins loads it"};
    for (const Texts& words :
         {Texts{"predict", "run", "one.ppm"}, Texts{"eval", "run"},
          Texts{"embed", "run", "--out", "e.safetensors"}, Texts{"audit", "run"},
          Texts{"export", "run", "--to", "safetensors"}, Texts{"show", "run/pipeline.yaml"},
          Texts{"check", "run/pipeline.yaml"}, Texts{"run", "run/pipeline.yaml", "--out", "again"},
          Texts{"run", "--resume", "run", "--set", "train.epochs=2"}}) {
        CAPTURE(words.front());
        trained.refused(line.graft(words), offer);
    }
    const Printed page = line.graft({"report", "run"});
    CHECK(page.exit_code == 0);
    CHECK(has(page.err, "the page has no pictures: "));
    CHECK(has(page.err, offer[2]));

    CHECK(trained.predict({"--trust-run-plugins"}).out == here);
    for (const Texts& words : {Texts{"eval", "run"}, Texts{"check", "run/pipeline.yaml"},
                               Texts{"run", "--resume", "run", "--set", "train.epochs=2"}}) {
        CAPTURE(words.front());
        Texts trusting = words;
        trusting.emplace_back("--trust-run-plugins");
        const Printed printed = line.graft(trusting);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        CHECK_FALSE(has(printed.err, "warning: --trust-run-plugins"));
    }
    CHECK(slurp(line.folder / "run/plugins/toy_ordinal.so") == slurp(ordinal));
    CHECK(trained.record()["carried_plugins"] == carried);

    const Printed again = line.graft({"run", "run/pipeline.yaml", "--out", "again", "--trust-run-plugins"});
    CAPTURE(again.err);
    CHECK(again.exit_code == 0);
    CHECK(has(again.out, "graft predict again IMAGE... --trust-run-plugins"));
    CHECK(slurp(line.folder / "again/plugins/toy_ordinal.so") == slurp(ordinal));
}

// Proves: nothing is loaded but the bytes that the run recorded, out of the run's own folder.
TEST_CASE("a carried plugin that is not what the run recorded is refused") {
    if (!has_engine({"toys"})) {
        return;
    }
    const Trained trained;
    const CommandLine& line = trained.line;
    const fs::path carried = line.folder / "run/plugins/toy_ordinal.so";
    const std::string hash = trained.sha256_of("mine/toy_ordinal.so");

    // One of the machine's, another file: it is used unless the run is trusted.
    fs::create_directory(line.folder / "newer");
    fs::copy(carried, line.folder / "newer/renamed.so");
    CHECK_FALSE(has(trained.predict({"--plugin-dir", "newer", "--trust-run-plugins", "--verbose"}).err,
                    "which the run carries"));
    make_other(line.folder / "newer/renamed.so");
    const Printed other = trained.predict({"--plugin-dir", "newer"});
    CHECK(other.exit_code == 0);
    CHECK(other.err == "");
    const Printed chosen = trained.predict({"--plugin-dir", "newer", "--trust-run-plugins"});
    CHECK(chosen.exit_code == 0);
    CHECK(chosen.err ==
          "warning: run/plugins/toy_ordinal.so is used, which the run carries, and not newer/renamed.so, "
          "which is another one\n");

    fs::remove_all(line.folder / "mine");
    make_other(carried);
    const std::string changed = trained.sha256_of("run/plugins/toy_ordinal.so");
    trained.refused(trained.predict({"--trust-run-plugins"}),
                    {"run/plugins/toy_ordinal.so: is not what the run was trained with: its SHA-256 is " +
                     changed + ", the run recorded " + hash});
    trained.refused(trained.predict(), {"but it is not what the run was trained with"});
    fs::remove(carried);
    trained.refused(trained.predict({"--trust-run-plugins"}), {"is missing"});
    fs::copy(ordinal, line.folder / "run/plugins/another.so");
    trained.refused(trained.predict({"--trust-run-plugins"}),
                    {"another.so: is not among the plugins that the run recorded"});
    fs::remove(line.folder / "run/plugins/another.so");
    fs::create_symlink(ordinal, carried);
    trained.refused(trained.predict({"--trust-run-plugins"}), {"is reached by a link"});
    fs::remove(carried);
    fs::copy(ordinal, line.folder / "run/toy_ordinal.so");
    trained.record_instead("file", "../toy_ordinal.so");
    trained.refused(trained.predict({"--trust-run-plugins"}),
                    {"is not the name of a library in 'run/plugins'"});
    trained.record_instead("components", "none");
    const Printed damaged = trained.predict();
    CHECK(damaged.exit_code == 4);
    CHECK(has(damaged.err, "its field 'carried_plugins' is no list of plugins"));
}

// Proves: a pipeline that says so leaves plugins out of its run, and the option says where it does nothing.
TEST_CASE("a run carries no plugins where its pipeline says so") {
    if (!has_engine({"toys"})) {
        return;
    }
    const Trained trained({"--set", "outputs.plugins=false"});
    CHECK_FALSE(fs::exists(trained.line.folder / "run/plugins"));
    CHECK_FALSE(trained.record().contains("carried_plugins"));
    const Printed printed = trained.predict({"--plugin-dir", "mine", "--trust-run-plugins"});
    CHECK(printed.exit_code == 0);
    CHECK(printed.err == "warning: --trust-run-plugins does nothing: 'run' carries no plugins\n");
}

TEST_SUITE_END();

// Proves: what the engine is asked, also when a job of a queue goes on.
TEST_CASE("the wish to trust a run reaches the engine") {
    CommandLine line;
    line.engine(R"(printf '%s\n' '{"event":"result","data":{}}')");
    for (const Texts& words :
         {Texts{"eval", "runs/one"}, Texts{"run", "minimal.yaml"}, Texts{"run", "--resume", "runs/one"}}) {
        CAPTURE(words.front());
        Texts trusting = words;
        trusting.emplace_back("--trust-run-plugins");
        line.graft(trusting);
        CHECK(json_lines(line.requests()).back()["trust_run_plugins"] == true);
        line.graft(words);
        CHECK_FALSE(json_lines(line.requests()).back().contains("trust_run_plugins"));
    }
    const Printed near = line.graft({"eval", "runs/one", "--trust-run-plugin"});
    CHECK(near.exit_code == 2);
    CHECK(has(near.err, "--trust-run-plugins"));
}

}  // namespace

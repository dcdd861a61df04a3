// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Where a run's time goes: what it tells of it, what stays in memory, what is not loaded.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::has_engine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;

/// Two pictures of two classes, JPEGs that OpenCV does not decode.
constexpr const char* pictures = R"(
graft: 1
name: pictures
data: {use: image_folder, root: data, split: {val: 0.5, stratify: label}, image: {size: 32, resize: stretch}, augment: [flip]}
backbone: {use: resnet18}
heads: {label: {use: classification}}
train: {batch: 2, epochs: 2, optimizer: {use: adamw, lr: 1e-3}}
)";

void write_turned_pictures(const CommandLine& line) {
    const std::string jpeg = slurp(GRAFT_TEST_SOURCE "/tests/data/goldens/modes/turned6.jpg");
    for (const char* name : {"data/a/1.jpg", "data/a/2.jpg", "data/b/3.jpg", "data/b/4.jpg"}) {
        line.folder.write(name, jpeg);
    }
    line.folder.write("pictures.yaml", pictures);
}

constexpr const char* engine_of_profile =
    R"(
echo '{"event":"result","data":{"status":"finished","name":"toy","seconds":12,"profile":{"seconds":12.5,)"
    R"("train":{"start_up":1.25,"wait":0,"prefix":0,"forward":5,"backward":5.25,"step":0.5,"evaluation":0,)"
    R"("store":0,"writing":0.25,"other":0.25},"loader":{"decode":3.5,"warp":1.5,"rows":0}}}}')";

}  // namespace

// Proves: the whole text, works that took no time left out.
TEST_CASE("run --profile tells where the time went") {
    CommandLine line;
    line.engine(engine_of_profile);
    const Printed printed = line.graft({"run", "minimal.yaml", "--profile"});
    CHECK(printed.exit_code == 0);
    const std::size_t begin = printed.out.find("where ");
    REQUIRE(begin != std::string::npos);
    CHECK(printed.out.substr(begin) ==
          "where 13 s went\n"
          "  start-up   1.25 s  10 %\n"
          "  forward    5.00 s  40 %\n"
          "  backward   5.25 s  42 %\n"
          "  optimiser  0.50 s   4 %\n"
          "  writing    0.25 s   2 %\n"
          "  other      0.25 s   2 %\n"
          "beside it, in the threads that fill batches, all together\n"
          "  reading and decoding     3.50 s\n"
          "  resizing and augmenting  1.50 s\n"
          "on a GPU, work counts where it is waited for\n");
    CHECK_FALSE(has(line.graft({"run", "minimal.yaml"}).out, "where "));
}

// Proves: an option that would do nothing is refused.
TEST_CASE("run --profile beside options that leave it nothing to do") {
    CommandLine line;
    line.engine("exit 9");
    const Printed dry = line.graft({"run", "minimal.yaml", "--profile", "--dry-run"});
    CHECK(dry.exit_code == 2);
    CHECK(has(dry.err, "--profile cannot go with --dry-run: a dry run takes two batches alone"));
    const Printed json = line.graft({"run", "minimal.yaml", "--profile", "--json"});
    CHECK(json.exit_code == 2);
    CHECK(has(json.err, "--profile cannot go with --json: the result holds the profile in any case"));
    CHECK(line.requests() == "");
}

TEST_SUITE("slow") {
    // Proves: the works of a run add up to its time; what stays in memory is told; JPEGs need none of
    // OpenCV's codecs, from the first picture to predictions.png.
    TEST_CASE("a run of JPEGs: its profile, its memory, its libraries") {
        if (!has_engine()) {
            return;
        }
        CommandLine line;
        write_turned_pictures(line);
        const Printed printed = line.shell(
            "LD_DEBUG=files LD_DEBUG_OUTPUT=\"$PWD/libraries\" \"$graft\" run pictures.yaml --out run "
            "--profile");
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
        CHECK(has(printed.out, "reading and decoding"));
        CHECK(has(printed.err, "4 decoded pictures stay in memory"));
        CHECK(has(slurp(line.folder / "run/log.txt"), "\"decoded\""));
        const Json profile = parse_json(slurp(line.folder / "run/run.json"))["profile"];
        double sum = 0;
        for (const auto& [work, seconds] : profile["train"].items()) {
            CHECK(seconds.get<double>() >= 0);
            sum += seconds.get<double>();
        }
        CHECK(sum == doctest::Approx(profile["seconds"].get<double>()).epsilon(0.01));
        for (const char* work : {"start_up", "forward", "backward", "step", "evaluation", "writing"}) {
            CAPTURE(work);
            CHECK(profile["train"][work].get<double>() > 0);
        }
        CHECK(profile["loader"]["decode"].get<double>() > 0);
        const std::string loaded = line.shell("cat libraries.*").out;
        CHECK(has(loaded, "libtorch_cpu"));
        CHECK_FALSE(has(loaded, "libopencv_imgcodecs"));
    }

    // Proves: other formats are read all the same, by the library that is loaded then.
    TEST_CASE("a run of PNGs loads the decoders that it needs") {
        if (!has_engine()) {
            return;
        }
        CommandLine line;
        write_turned_pictures(line);
        line.folder.write("data/b/5.jpg", slurp(GRAFT_TEST_SOURCE "/tests/data/goldens/modes/palette.png"));
        const Printed printed = line.shell(
            "LD_DEBUG=files LD_DEBUG_OUTPUT=\"$PWD/libraries\" \"$graft\" run pictures.yaml --out run "
            "--set data.decoded_cache=off");
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
        CHECK_FALSE(has(printed.err, "stay in memory"));
        CHECK(has(line.shell("cat libraries.*").out, "libopencv_imgcodecs"));
    }
}

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft plugins --verify` on plugins that break one promise each (tests/plugins/wrong): the case that must
// find it does, and what it says names the fault.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::json_lines;
using graft::tests::Printed;
using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;

const fs::path plugin_folders = fs::path(GRAFT_TEST_BINARY) / "tests/plugins";

/// What a case must say of a component.
struct Wanted {
    std::string one;   ///< "double.outputs"; all of its variants are tried
    const char* text;  ///< a part of what is wrong; empty: it passes
    const char* remedy;
};

Printed verify(const std::string& library, const Texts& more) {
    const CommandLine line;
    Texts words = {"plugins", "--verify", (plugin_folders / library).string()};
    words.insert(words.end(), more.begin(), more.end());
    return line.graft(words);
}

Texts asking_for(const std::vector<Wanted>& wanted) {
    Texts words = {"--json"};
    for (const Wanted& one : wanted) {
        words.push_back("--case");
        words.push_back(one.one);
    }
    return words;
}

/// Each of the wanted cases was tried and has its verdict, in each variant.
void check_verdicts(const std::string& library, const std::vector<Wanted>& wanted) {
    if (!graft::tests::has_engine({"wrong"})) {
        return;
    }
    const Printed printed = verify(library, asking_for(wanted));
    CAPTURE(printed.err);
    const auto lines = json_lines(printed.out);
    for (const Wanted& one : wanted) {
        CAPTURE(one.one);
        std::size_t tried = 0;
        for (const Json& line : lines) {
            const std::string name = line.value("case", "");
            if (name != one.one && name.rfind(one.one + "/", 0) != 0 && name.rfind(one.one + ".", 0) != 0) {
                continue;
            }
            ++tried;
            CAPTURE(name);
            const bool passes = *one.text == '\0';
            CHECK(line.value("verdict", "") == (passes ? "passed" : "failed"));
            CHECK_MESSAGE(has(line.value("text", ""), one.text), line.value("text", ""));
            CHECK_MESSAGE(has(line.value("remedy", ""), one.remedy), line.value("remedy", ""));
            CHECK_FALSE(has(line.value("text", ""), "tell its author"));
        }
        CHECK(tried > 0);
    }
    CHECK(printed.exit_code == 3);
}

}  // namespace

TEST_CASE("verify: each wrong head is told what is wrong with it") {
    check_verdicts(
        "wrong/wrong_heads.so",
        {{"good.outputs", "", ""},
         {"good.state", "", ""},
         {"good.memory", "", ""},
         {"double.outputs", "output logits is of type Double; must be Float", "stays float"},
         {"longer.outputs", "has the shape [2, ", ""},
         {"editing.inputs_unchanged", "a feature after forward", "x.relu_()"},
         {"dice.determinism", "start: differs", "draw random numbers from LibTorch alone"},
         {"noisy.eval_mode", "a second pass over the same input in eval mode", "something random"},
         {"forgetful.state", "the outputs of another object with the same parameters and buffers",
          "register_buffer"},
         {"unregistered.gradients", "forward uses a trainable tensor of shape", "register_module"},
         {"unregistered.state", "the outputs of another object", "register_module"},
         {"idle.gradients", "no gradient reaches parameter idle", "use it in forward"},
         {"detached.jacobian", "along a random direction of", "detach"},
         {"counting.traceable", "with 2 samples", "no size(0) of the batch"},
         {"branching.traceable", "reads a tensor's values", "without branches on values"},
         {"throwing.outputs", "head 'throwing': forward threw something that is no std::exception", ""},
         {"crashing.outputs", "ended by SIGSEGV (Segmentation fault) in head 'crashing': forward",
          "-fsanitize"},
         {"exiting.outputs", "the process ended with exit code 0 on its way", "never calls exit"},
         {"leaking.memory", "after each forward, encode and decode the process holds at least",
          "kept at every call"},
         {"growing.state", "after two passes of training seen has the shape [3], before it had [1]",
          "keeps its shape"},
         {"uneven.eval_mode", "after a pass in eval mode seen has other values", "is_training()"},
         {"wide.decode", "decoded category ", "graft/column.hpp"},
         {"untraced.decode_traceable", "decode", "no size(0) of the batch"},
         {"backwards.round_trip", "decode of encode of category, its likeliest class",
          "decode undoes encode"},
         {"all_there.encode", "encoded logits: what is missing is there", "pass on `present`"},
         {"outside.option_table", "option 'share': its fallback is refused",
          "within the option's own bounds"}});
}

TEST_CASE("verify: each wrong loss is told what is wrong with it") {
    check_verdicts(
        "wrong/wrong_losses.so",
        {{"good", "", ""},
         {"average.alone", "the loss of the first sample alone", "couples_samples"},
         {"scalar.per_sample", "the loss has the shape []", ""},
         {"scalar.alone", "the 4 samples of the batch: no mean() or sum() over them", ""},
         {"double.per_sample", "the loss is of type Double; must be Float", ""},
         {"editing.inputs_unchanged", "a target after forward", "no operator with _ at its end"},
         {"weighing.missing", "a missing target has weight", "`present` is false"},
         {"dividing.missing", "holds a number that is not finite", "division by zero"},
         {"checking.refuses_broadcast", "end in: loss 'checking': forward threw: these do not fit",
          "graft::require_same_shape"},
         {"taking.refuses_broadcast", "are taken: they would broadcast", "graft::require_same_shape"},
         {"detached.jacobian", "the backward pass says", "detach"},
         {"outside.option_table", "option 'mode': its fallback is refused", ""}});
}

TEST_CASE("verify: each wrong backbone is told what is wrong with it") {
    check_verdicts(
        "wrong/wrong_backbones.so",
        {{"good.ownership", "", ""},
         {"good.jacobian", "", ""},
         {"unregistered.gradients",
          "forward uses a trainable tensor of shape [16, 8, 3, 3] that is not registered", "register_module"},
         {"unregistered.traceable", "forward uses a trainable tensor that is not registered",
          "register_module"},
         {"lost_path.ownership", "stage body owns 'boddy', and there is no module", "as it was registered"},
         {"orphan.ownership", "orphan belongs to no stage", "freezing goes by stages"},
         {"stride.shapes", "declared stride 8", "add_stage"},
         {"growing.state", "body.seen has the shape [3], before it had [1]", "keeps its shape"},
         {"noisy.eval_mode", "stage body: a second pass over the same input in eval mode",
          "something random"},
         {"editing.inputs_unchanged", "the input of stage body after its forward", "x.relu_()"},
         {"counting.traceable", "with 2 samples", "no size(0) of the batch"},
         {"counting.fused", "fails with 3: RuntimeError: The size of tensor a", "no size(0) of the batch"},
         {"crashing.shapes", "in backbone 'crashing': forward, stage body", "-fsanitize"}});
}

TEST_CASE("verify: each wrong data set is told what is wrong with it") {
    if (!graft::tests::has_engine({"wrong"})) {
        return;
    }
    const std::vector<Wanted> wanted = {
        {"good", "", ""},
        {"rooted", "", ""},
        {"seeded", "", ""},
        {"absolute.ids", "the id '/data/picture0' is a path of this machine", "its path below the root"},
        {"twins.targets", "target 'species' has two classes 'red'", "known by its name alone"},
        {"complaining.problems", "problems threw: had enough", ""},
        {"racy.threads_of_targets", "are others when several threads ask at once",
         "keep no scratch in the object"},
        {"repeating.ids", "the id 'picture0' occurs twice", "a sample's alone"},
        {"dice.repeated", "is another in a second object", "draws nothing at random"},
        {"far.targets", "7", ""},
        {"leaking.memory", "after each opening and reading the process holds", "kept at every call"}};
    // Two data sets of one library have an option of one name, which each must be given by itself.
    const Printed without = verify("wrong/wrong_datasets.so", {"--option", "rooted.root=here"});
    CHECK(without.exit_code == 2);
    CHECK(has(without.err, "other_rooted: "));
    CHECK_FALSE(has(without.err, "error: rooted: "));
    CHECK(has(without.err, "CONFORMANCE COMPONENT.KEY=VALUE"));
    Texts words = asking_for(wanted);
    for (const char* option : {"rooted.root=here", "other_rooted.root=there"}) {
        words.insert(words.end(), {"--option", option});
    }
    const Printed printed = verify("wrong/wrong_datasets.so", words);
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 3);
    const auto lines = json_lines(printed.out);
    for (const Wanted& one : wanted) {
        CAPTURE(one.one);
        const auto is_of = [&](const Json& line) {
            const std::string name = line.value("case", "");
            return name == one.one || name.rfind(one.one + ".", 0) == 0;
        };
        CHECK(std::any_of(lines.begin(), lines.end(), is_of));
        for (const Json& line : lines) {
            if (is_of(line)) {
                CAPTURE(line.dump());
                CHECK(line.value("verdict", "") == (*one.text == '\0' ? "passed" : "failed"));
                CHECK(has(line.value("text", ""), one.text));
                CHECK(has(line.value("remedy", ""), one.remedy));
            }
        }
    }
}

TEST_CASE("verify: a case that hangs is ended at its limit, and told where it hung") {
    if (!graft::tests::has_engine({"wrong"})) {
        return;
    }
    const Printed printed = verify("wrong/wrong_heads.so",
                                   {"--case", "hanging.outputs/category/2_classes", "--case-limit", "1s"});
    CHECK(printed.exit_code == 3);
    CHECK(has(printed.out, "did not end within 1 s in head 'hanging': forward"));
    CHECK(has(printed.out, "--case-limit"));
    CHECK(has(printed.out, "0 passed, 1 failed, 0 skipped\n"));
}

TEST_CASE("verify: a file that is named without its folder is the one in the folder where graft is started") {
    if (!graft::tests::has_engine({"wrong"})) {
        return;
    }
    const CommandLine line;
    fs::create_symlink(plugin_folders / "wrong/wrong_losses.so", line.folder / "here.so");
    const Printed listed = line.graft({"plugins", "--verify", "here.so", "--list"});
    CAPTURE(listed.err);
    CHECK(listed.exit_code == 0);
    CHECK(has(listed.out, "good.permutation"));
}

TEST_CASE("verify: names, waivers, skipped cases and how to run a case again") {
    if (!graft::tests::has_engine({"wrong"})) {
        return;
    }
    const std::string heads = "wrong/wrong_heads.so";
    const Printed failed =
        verify(heads, {"--case", "crashing.outputs", "--case", "good.outputs", "--case-limit", "50s"});
    CHECK(failed.exit_code == 3);
    CHECK(has(failed.out, "[1/4] good.outputs/category/2_classes ... ok\n"));
    CHECK(has(failed.out, "] crashing.outputs/category/2_classes ... FAILED\n"));
    CHECK(has(failed.out,
              "] crashing.outputs/category/5_classes ... FAILED, as "
              "crashing.outputs/category/2_classes\nagain: "));  // told once
    CHECK(has(failed.out, "again: graft plugins --verify "));
    CHECK(has(failed.out,
              " --case-limit 50s --case crashing.outputs/category/5_classes\n"));  // all that it needs
    CHECK(has(failed.out, "2 passed, 2 failed, 0 skipped\n"));

    const Printed waived =
        verify(heads, {"--case", "crashing.outputs", "--case", "good.outputs", "--waive",
                       "crashing.outputs=until its bug 7 is mended", "--waive", "good=no need"});
    CHECK(waived.exit_code == 0);
    CHECK(has(waived.out, "failed, waived: until its bug 7 is mended\n"));
    CHECK(has(waived.out, "ok, so that its waiver is not needed: no need\n"));
    CHECK(has(waived.out, "2 passed, 0 failed, 0 skipped, 2 waived\n"));

    const Printed lonely = verify("wrong/wrong_losses.so", {"--case", "lonely.per_sample"});
    CHECK(lonely.exit_code == 0);
    CHECK(has(lonely.out, "skipped: the space 'lonely' is the plugin's own"));
    CHECK(has(lonely.out, "0 passed, 0 failed, 1 skipped\n"));

    const Printed list = verify(heads, {"--list", "--case", "good.decode"});
    CHECK(list.exit_code == 0);
    CHECK(list.out == "good.decode/category/2_classes\ngood.decode/category/5_classes\n");
}

TEST_CASE("verify: what cannot be meant is refused, all of it together") {
    if (!graft::tests::has_engine({"wrong"})) {
        return;
    }
    const std::string heads = "wrong/wrong_heads.so";
    const auto refused = [&](const Texts& words, const char* told) {
        const Printed printed = verify(heads, words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 2);
        CHECK(has(printed.err, told));
    };
    refused({"--case", "good.decodes"}, "there is no case 'good.decodes'\n  did you mean 'good.decode'?");
    refused({"--waive", "good.decode"}, "--waive good.decode: must be CASE=REASON");
    refused({"--waive", "gone=a reason"}, "--waive: there is no case 'gone'");
    refused({"--option", "none.root=1"}, "--option none.root=1: must be COMPONENT.KEY=VALUE");
    refused({"--case-limit", "soon"}, "--case-limit is 'soon'; must be a number and a unit");
    refused({"good"}, "--verify takes a plugin's file, not the id 'good'");
    const Printed alone = CommandLine().graft({"plugins", "--case", "good.decode"});
    CHECK(alone.exit_code == 2);
    CHECK(has(alone.err, "--case goes with --verify FILE alone"));
    const Printed nothing = CommandLine().graft({"plugins", "--verify", "gone.so"});
    CHECK(nothing.exit_code != 0);
    CHECK(has(nothing.err, "gone.so"));
}

namespace {

/// safetensors of float tensors [4, 5].
std::string examples_file(const Texts& names) {
    Json header = Json::object();
    std::size_t bytes = 0;
    for (const std::string& name : names) {
        header[name] = {{"dtype", "F32"}, {"shape", {4, 5}}, {"data_offsets", {bytes, bytes + 80}}};
        bytes += 80;
    }
    std::string text = header.dump();
    text.append(8 - text.size() % 8, ' ');
    std::string file;
    for (int shift = 0; shift < 64; shift += 8) {
        file += static_cast<char>((static_cast<std::uint64_t>(text.size()) >> shift) & 0xff);
    }
    file += text;
    for (std::size_t number = 0; number < bytes / 4; ++number) {
        const float value = 0.25F * static_cast<float>(number % 7);
        file.append(reinterpret_cast<const char*>(&value), sizeof(value));
    }
    return file;
}

}  // namespace

TEST_CASE("verify: a loss of a space of its own is tried with the author's examples") {
    if (!graft::tests::has_engine({"wrong"})) {
        return;
    }
    const CommandLine line;
    line.folder.write("examples.safetensors",
                      examples_file({"lonely.output.output", "lonely.output.target"}));
    const std::string library = (plugin_folders / "wrong/wrong_losses.so").string();
    const Printed tried = line.graft(
        {"plugins", "--verify", library, "--case", "lonely", "--examples", "examples.safetensors"});
    CAPTURE(tried.out);
    CHECK(tried.exit_code == 0);
    CHECK(has(tried.out, "lonely.per_sample/lonely ... ok"));
    CHECK(has(tried.out, "lonely.jacobian/lonely ... ok"));
    CHECK(has(tried.out, " 0 failed, 1 skipped\n"));  // partly_missing
    line.folder.write("other.safetensors", examples_file({"lonely.input.output"}));
    const Printed refused = line.graft({"plugins", "--verify", library, "--examples", "other.safetensors"});
    CHECK(refused.exit_code == 2);
    CHECK(has(refused.err, "no loss of this library takes the example 'lonely.input.output'"));
    CHECK(has(refused.err, "lonely.output.target"));
}

TEST_CASE("verify: an ordinal head of numbers passes, and a loss is tried with the head beside it") {
    if (!graft::tests::has_engine({"toys"})) {
        return;
    }
    const Printed printed = verify("toys/toy_ages.so", {"--json"});
    CAPTURE(printed.out);
    CHECK(printed.exit_code == 0);
    bool has_round_trip = false;
    bool has_loss = false;
    for (const Json& line : json_lines(printed.out)) {
        const std::string name = line.value("case", "");
        const bool passed = line.value("verdict", "") == "passed";
        has_round_trip = has_round_trip || (has(name, "toy_ages.round_trip") && passed);
        has_loss = has_loss || (has(name, "toy_logarithm_loss.jacobian") && passed);
    }
    CHECK(has_round_trip);
    CHECK(has_loss);
}

TEST_CASE("verify: --measure times what a component does") {
    if (!graft::tests::has_engine({"wrong"})) {
        return;
    }
    const auto rows_of = [](const std::string& library, const Texts& more) {
        Texts words = {"--measure", "--json"};
        words.insert(words.end(), more.begin(), more.end());
        const Printed printed = verify(library, words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        Json rows = Json::array();
        for (const Json& line : json_lines(printed.out)) {
            for (const Json& row : line.value("measured", Json::array())) {
                rows.push_back(row);
            }
        }
        return rows;
    };
    const Json backbone = rows_of("wrong/wrong_backbones.so", {"--case", "good.measure"});
    REQUIRE(backbone.size() == 2);
    CHECK(backbone[0]["what"] == "forward at 32 x 32");
    CHECK(backbone[1]["what"] == "forward and backward");
    for (const Json& row : backbone) {
        CHECK(row["median_ms"].get<double>() > 0);
        CHECK(row["fastest_ms"].get<double>() <= row["median_ms"].get<double>());
        CHECK(row["median_ms"].get<double>() <= row["slowest_ms"].get<double>());
        CHECK(row["repeats"].get<int>() >= 5);
        CHECK(row["samples_per_second"].get<double>() ==
              doctest::Approx(row["samples"].get<double>() / row["median_ms"].get<double>() * 1000));
    }
    const Json dataset =
        rows_of("wrong/wrong_datasets.so",
                {"--case", "good.measure", "--option", "rooted.root=a", "--option", "other_rooted.root=b"});
    REQUIRE(dataset.size() == 1);
    CHECK(dataset[0]["samples"] == 12);
}

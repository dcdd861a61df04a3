// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Plugins that misbehave (tests/plugins/hostile), run by the real programs: each is named with the method
// that did it, and no other plugin is named.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::core::Json;
using graft::core::parse_json_or_discard;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Printed;
using graft::tests::slurp;
using Texts = std::vector<std::string>;

const fs::path hostile = fs::path(GRAFT_TEST_BINARY) / "tests/plugins/hostile";

constexpr const char* pipeline = R"(
graft: 1
name: hostile
seed: 1
data: {use: hostile_data, split: {val: 0.34}}
backbone: {use: hostile_backbone}
heads:
  species: {use: hostile_head, loss: {use: hostile_loss}}
train: {device: cpu, batch: 4, threads: 1, epochs: 2}
)";

/// A component misbehaves in one method: what comes of it.
struct Case {
    const char* section;  ///< of the pipeline
    const char* method;
    const char* how;
    int after;  ///< calls that go well first
    int exit_code;
    Texts told;  ///< what the message must contain, besides the component
};

constexpr const char* data = "data";
constexpr const char* backbone = "backbone";
constexpr const char* head = "heads.species";
constexpr const char* loss = "heads.species.loss";

/// The kind and the id by which a section's component is told.
Texts names_of(const std::string& section) {
    if (section == data) {
        return {"dataset", "hostile_data"};
    }
    if (section == backbone) {
        return {"backbone", "hostile_backbone"};
    }
    return section == head ? Texts{"head", "hostile_head", "species"}
                           : Texts{"loss", "hostile_loss", "species"};
}

Texts options_of(const Case& wanted) {
    const std::string section = wanted.section;
    return {"--set",        section + ".method=" + wanted.method,
            "--set",        section + ".how=" + wanted.how,
            "--set",        section + ".after=" + std::to_string(wanted.after),
            "--plugin-dir", hostile.string()};
}

/// "run: data.image crash".
std::string text_of(const std::string& command, const Case& wanted) {
    return command + ": " + wanted.section + "." + wanted.method + " " + wanted.how;
}

/// The parts that a message lacks, one after another.
std::string lacking(const std::string& message, const Texts& parts) {
    std::string missing;
    for (const std::string& part : parts) {
        missing += has(message, part) ? "" : "'" + part + "' ";
    }
    return missing;
}

/// The line that says what is wrong; those below it show the pipeline, which names everything.
std::string first_line(const std::string& message) {
    const std::size_t begin = std::min(message.find("error: "), message.size());
    return message.substr(begin, message.find('\n', begin) - begin);
}

/// Nobody is blamed but the plugin, whose file is told where it is its fault; it is gone from the stack when
/// the process ends itself.
void check_blame(const std::string& message, const Case& wanted) {
    if (wanted.exit_code == 3 && std::string(wanted.how) != "exit") {
        CHECK(has(message, (hostile / "hostile.so").string()));
    }
    CHECK(lacking(first_line(message), names_of(wanted.section)) == "");
    CHECK(lacking(message, wanted.told) == "");
    CHECK_FALSE(has(message, "a fault of graft itself"));
    CHECK_FALSE(has(message, "it is not known which part"));
    for (std::size_t offset = message.find(".so"); offset != std::string::npos;
         offset = message.find(".so", offset + 1)) {
        CHECK(has(message.substr(0, offset), "/hostile"));
    }
}

/// Runs the command in a folder of its own.
Printed attempt(Texts command, const Case& wanted) {
    CommandLine line;
    line.folder.write("hostile.yaml", pipeline);
    const Texts options = options_of(wanted);
    command.insert(command.end(), options.begin(), options.end());
    return line.graft(command);
}

/// All at once, a few at a time: a start of the engine takes longer than what it does here.
std::vector<Printed> attempts(const Texts& command, const std::vector<Case>& cases) {
    constexpr std::size_t at_once = 4;
    std::vector<Printed> printed;
    for (std::size_t first = 0; first < cases.size(); first += at_once) {
        std::vector<std::future<Printed>> running;
        for (std::size_t index = first; index < std::min(first + at_once, cases.size()); ++index) {
            running.push_back(std::async(std::launch::async, attempt, command, cases[index]));
        }
        for (std::future<Printed>& one : running) {
            printed.push_back(one.get());
        }
    }
    return printed;
}

void check_cases(const Texts& command, const std::vector<Case>& cases) {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    const std::vector<Printed> all = attempts(command, cases);
    for (std::size_t index = 0; index < cases.size(); ++index) {
        const std::string what = text_of(command.front(), cases[index]);
        CAPTURE(what);
        CAPTURE(all[index].err);
        CHECK(all[index].exit_code == cases[index].exit_code);
        check_blame(all[index].err, cases[index]);
    }
}

const Texts check = {"check", "hostile.yaml"};
const Texts run = {"run", "hostile.yaml", "--out", "run"};

constexpr const char* unknown = "something that is no std::exception";
constexpr const char* segv = "ended by SIGSEGV";

TEST_SUITE_BEGIN("slow");

// Proves: what a plugin does wrong while a model is put together is told by its name, and by the method
// unless that is its constructor.
TEST_CASE("components that misbehave in check") {
    check_cases(check, {{backbone, "create", "throw_text", 0, 3, {"had enough"}},
                        {backbone, "create", "crash", 0, 3, {"create", segv}},
                        {backbone, "input", "throw_int", 0, 3, {"input", unknown}},
                        {backbone, "input", "shape", 0, 2, {"at least 8"}},
                        {backbone, "forward", "throw_int", 0, 3, {"forward", "stage body", unknown}},
                        {backbone, "forward", "dtype", 0, 3, {"forward", "stage body", "Long"}},
                        {backbone, "forward", "crash", 0, 3, {"forward", "stage body", segv}},
                        {head, "create", "bad_alloc", 0, 3, {"bad_alloc"}},
                        {head, "forward", "abort", 0, 3, {"forward", "ended by SIGABRT"}},
                        {head, "encode", "undefined", 0, 3, {"encode", "not defined"}},
                        {head, "encode", "dtype", 0, 3, {"encode", "bool"}},
                        {head, "decode", "crash", 0, 3, {"decode", segv}},
                        {head, "metrics", "crash", 0, 3, {"metrics", segv, "target species"}},
                        {head, "head_metrics", "undefined", 0, 3, {"head_metrics", "null"}},
                        {head, "compute", "throw_text", 0, 3, {"metric", "compute", "had enough"}},
                        {loss, "create", "crash", 0, 3, {"create", segv}},
                        {data, "schema", "throw_text", 0, 3, {"schema", "had enough"}},
                        {data, "schema", "crash", 0, 3, {"schema", segv}}});
}

// Proves: ports and schemas that cannot be are told before anything is built on them. They are asked for by
// id alone, so the head's name in the pipeline is not known to them.
TEST_CASE("components that describe themselves wrongly") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    CommandLine line;
    line.folder.write("hostile.yaml", pipeline);
    const auto checked = [&](const Case& wanted) {
        Texts words = check;
        const Texts options = options_of(wanted);
        words.insert(words.end(), options.begin(), options.end());
        const Printed printed = line.graft(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == wanted.exit_code);
        CHECK_FALSE(has(printed.err, "a fault of graft itself"));
        return printed.err;
    };
    CHECK(has(checked({head, "ports", "throw_int", 0, 3, {}}), "head 'hostile_head': ports threw something"));
    CHECK(has(checked({head, "ports", "shape", 0, 3, {}}), "gives 1 tensors, its ports declare 2"));
    CHECK(has(checked({loss, "couples_samples", "throw_text", 0, 3, {}}),
              "loss 'hostile_loss': couples_samples threw: had enough"));
    CHECK(has(checked({loss, "ports", "crash", 0, 3, {}}), "loss 'hostile_loss': ports: ended by SIGSEGV"));
    CHECK(has(checked({loss, "ports", "shape", 0, 2, {}}), "loss hostile_loss joins "));
    CHECK(has(checked({data, "schema", "shape", 0, 3, {}}),
              "dataset 'hostile_data': target 'species' is declared twice"));

    const Printed weights = line.shell(
        "HOSTILE_WEIGHTS=throw_text \"$graft\" check hostile.yaml --plugin-dir '" + hostile.string() + "'");
    CAPTURE(weights.err);
    CHECK(weights.exit_code == 3);
    CHECK(has(weights.err, "backbone 'hostile_backbone': weights threw: had enough"));
}

// Proves: what a plugin says on purpose keeps its kind.
TEST_CASE("errors of the SDK have exit codes of their own") {
    check_cases(check, {{head, "create", "error_options", 0, 2, {"had enough"}},
                        {data, "schema", "error_data", 0, 4, {"schema", "had enough"}},
                        {head, "encode", "error_internal", 0, 3, {"encode", "had enough"}}});
    check_cases(run, {{loss, "forward", "error_training", 1, 5, {"forward", "had enough"}},
                      {data, "create", "error_data", 0, 4, {"had enough"}}});
}

// Proves: the same of networks in the middle of a training, with the stage.
TEST_CASE("networks that misbehave in a run") {
    check_cases(run, {{backbone, "forward", "undefined", 1, 3, {"forward", "stage body", "not defined"}},
                      {backbone, "forward", "crash", 2, 3, {"forward", "stage body", segv}},
                      {backbone, "pool", "throw_int", 0, 3, {"pool", "stage body", unknown}},
                      {backbone, "pool", "shape", 1, 3, {"pool", "stage body", "[5, 16]", "4 samples"}},
                      {head, "forward", "shape", 1, 3, {"forward", "output 1", "[5, 2]", "4 samples"}},
                      {head, "encode", "shape", 2, 3, {"encode", "[5]"}},
                      {head, "decode", "undefined", 1, 3, {"decode", "not defined"}},
                      {loss, "forward", "dtype", 1, 3, {"forward", "the loss", "Long"}},
                      {loss, "forward", "shape", 2, 3, {"forward", "the loss", "[5]"}},
                      {loss, "forward", "crash", 2, 3, {"forward", segv}}});
}

// Proves: who gives other sides than it declared, or than it gave before, is blamed for it, and not who reads
// that.
TEST_CASE("networks whose features change") {
    check_cases(run, {{backbone, "forward", "channels", 1, 3, {"forward", "stage body", "[4, 15, 8, 8]"}},
                      {backbone, "pool", "channels", 0, 3, {"pool", "stage body", "[4, 15]"}},
                      {head, "forward", "channels", 1, 3, {"forward", "[4, 1]"}}});
}

// Proves: the same of the metrics that a head brings, in an evaluation.
TEST_CASE("metrics that misbehave in a run") {
    check_cases(run, {{head, "metrics", "undefined", 2, 3, {"metrics", "null"}},
                      {head, "update", "throw_text", 0, 3, {"metric", "update", "had enough"}},
                      {head, "update", "crash", 1, 3, {"metric", "update", segv}},
                      {head, "compute", "bad_alloc", 4, 3, {"metric", "compute", "bad_alloc"}}});
}

// Proves: the same of data sets, which threads call, with the sample.
TEST_CASE("data sets that misbehave in a run") {
    check_cases(run, {{data, "create", "throw_int", 0, 3, {unknown}},
                      {data, "size", "shape", 0, 3, {"size", "gives -1; must be in [0, "}},
                      {data, "id", "throw_text", 3, 3, {"id", "sample 3", "had enough"}},
                      {data, "id", "crash", 24, 3, {"id", segv, "sample "}},
                      {data, "targets", "shape", 0, 3, {"targets", "sample "}},
                      {data, "targets", "dtype", 12, 3, {"targets", "sample ", "no class index"}},
                      {data, "image", "throw_int", 2, 3, {"image", "sample ", unknown}},
                      {data, "image", "crash", 3, 3, {"image", segv, "sample "}},
                      {data, "problems", "throw_text", 0, 3, {"problems", "had enough"}}});
}

// Proves: a thread's own stack that is full, the end of the program, and an exception without a text are told
// by who did that, too.
TEST_CASE("ways out that nobody thinks of") {
    check_cases(run, {{head, "forward", "overflow", 1, 3, {"forward", segv}},
                      {data, "image", "overflow", 3, 3, {"image", segv, "sample "}},
                      {head, "forward", "exit", 1, 3, {"forward"}},
                      {head, "forward", "throw_mute", 1, 3, {"forward"}},
                      {head, "decode", "throw_bytes", 1, 3, {"decode", "had ", " enough"}},
                      {data, "id", "error_data", 24, 4, {"id", "had enough"}}});
}

// Proves: what a plugin says cannot command the terminal.
TEST_CASE("control characters of a plugin's message are not printed") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    const Printed printed = attempt(check, {head, "create", "throw_bytes", 0, 3, {}});
    CHECK(printed.exit_code == 3);
    CHECK(has(printed.err, "enough"));
    CHECK_FALSE(has(printed.err, "\x1b"));
    CHECK_FALSE(has(printed.err, "\xff"));
}

// Proves: a picture that is none is a bad sample, named by its id, and not a fault of the plugin.
TEST_CASE("pictures that are none are left out and counted") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    CommandLine line;
    line.folder.write("hostile.yaml", pipeline);
    for (const std::string how : {"undefined", "dtype", "shape", "error_data"}) {
        CAPTURE(how);
        const Printed printed =
            line.graft({"run", "hostile.yaml", "--out", how, "--set", "data.method=image", "--set",
                        "data.how=" + how, "--set", "data.after=2", "--plugin-dir", hostile.string()});
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 4);
        CHECK(has(printed.err, "picture"));
        CHECK_FALSE(has(printed.err, "a fault of"));
    }
}

// Proves: samples whose targets cannot be read are left out, named and counted like pictures, also where the
// run looks at targets before it trains.
TEST_CASE("targets that cannot be read are left out and counted") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    CommandLine line;
    line.folder.write("hostile.yaml", pipeline);
    const Printed printed = line.graft({"run", "hostile.yaml", "--out", "run", "--set", "data.method=targets",
                                        "--set", "data.how=error_data", "--plugin-dir", hostile.string()});
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 4);
    CHECK(has(printed.err, " samples cannot be read:\n"));
    CHECK(has(printed.err, ": had enough\n"));
    CHECK(has(printed.err, "allow more than 0.05 with data.bad_images"));
}

// Proves: a data set that is asked for groups may fail there, too.
TEST_CASE("a data set that misbehaves in group") {
    check_cases({"run", "hostile.yaml", "--out", "run", "--set", "data.split.group=person"},
                {{data, "group", "throw_int", 1, 3, {"group", "sample 1", unknown}}});
}

// Proves: whatever ends a run, its record says that it failed and why, also when the data set throws again
// while that is written down; after a crash nothing is left to write it.
TEST_CASE("a run that a plugin ended is recorded as failed") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    CommandLine line;
    line.folder.write("hostile.yaml", pipeline);
    const auto record_of = [&](const char* section, const char* method, int after) {
        const std::string out = std::string("run-") + method;
        Texts words = {"run", "hostile.yaml", "--out", out};
        const Texts options = options_of({section, method, "throw_text", after, 3, {}});
        words.insert(words.end(), options.begin(), options.end());
        const Printed printed = line.graft(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 3);
        return parse_json_or_discard(slurp(line.folder / out / "run.json"));
    };
    for (const Json& record : {record_of(head, "forward", 2), record_of(data, "problems", 2)}) {
        CAPTURE(record.dump());
        REQUIRE(record.is_object());
        CHECK(record["status"] == "failed");
        CHECK(has(record.value("error", ""), "had enough"));
    }
}

/// A run that went well, whose records are then edited.
class HostileRun {
public:
    HostileRun() {
        line.folder.write("hostile.yaml", pipeline);
        line.folder.write("one.ppm", "P6 4 4 255\n" + std::string(48, 'a'));
        trained = line.graft({"run", "hostile.yaml", "--out", "run", "--plugin-dir", hostile.string()});
        record_ = parse_json_or_discard(slurp(line.folder / "run/model/model.json"));
    }

    /// The model as it was, but for one component.
    void spoil(const std::string& section, const Case& wanted) {
        Json record = record_;
        Json& options = section == backbone ? record["backbone"]["options"]
                        : section == head   ? record["heads"][0]["options"]
                                            : record["heads"][0]["losses"][0]["options"];
        options["method"] = wanted.method;
        options["how"] = wanted.how;
        options["after"] = wanted.after;
        line.folder.write("run/model/model.json", record.dump());
    }

    void check(Texts words, const Case& wanted) {
        const std::string what = text_of(words.front(), wanted);
        CAPTURE(what);
        spoil(wanted.section, wanted);
        words.insert(words.end(), {"--plugin-dir", hostile.string()});
        const Printed printed = line.graft(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == wanted.exit_code);
        check_blame(printed.err, wanted);
    }

    CommandLine line;
    Printed trained;

private:
    Json record_;
};

// Proves: a trained model whose plugins went bad is told the same way by predict, eval and export.
TEST_CASE("plugins that misbehave when a model is used") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    HostileRun run;
    CAPTURE(run.trained.err);
    REQUIRE(run.trained.exit_code == 0);
    const Texts predict = {"predict", "run", "one.ppm"};
    run.check(predict, {backbone, "forward", "crash", 1, 3, {"forward", "stage body", segv}});
    run.check(predict, {backbone, "pool", "dtype", 0, 3, {"pool", "stage body", "Long"}});
    run.check(predict, {head, "decode", "shape", 1, 3, {"decode", "prediction 1", "[2, 2]"}});
    run.check(predict, {head, "decode", "throw_text", 1, 3, {"decode", "had enough"}});
    const Texts eval = {"eval", "run"};
    run.check(eval, {head, "metrics", "undefined", 0, 3, {"metrics", "null"}});
    run.check(eval, {head, "compute", "crash", 0, 3, {"metric", "compute", segv}});
    run.spoil(head, {head, "compute", "shape", 0, 0, {}});
    const Printed table = run.line.graft({"eval", "run", "--plugin-dir", hostile.string()});
    CAPTURE(table.err);
    CHECK(table.exit_code == 0);
    CHECK(has(table.out, "species: empty"));
    run.check(eval, {loss, "forward", "undefined", 1, 3, {"forward", "not defined"}});
    const Texts to_torchscript = {"export", "run", "--to", "torchscript"};
    run.check(to_torchscript, {head, "forward", "throw_int", 1, 3, {"forward", unknown}});
    run.check(to_torchscript, {head, "decode", "crash", 1, 3, {"decode", segv}});
    run.check({"export", "run", "--to", "onnx"},
              {backbone, "forward", "undefined", 1, 3, {"forward", "stage body", "not defined"}});
}

// Proves: what a plugin prints is kept in the run's log, shown only to who asks, and never taken for an
// event.
TEST_CASE("what plugins print goes to the log") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    CommandLine line;
    line.folder.write("hostile.yaml", pipeline);
    const auto run = [&](const std::string& out, int after, const Texts& more) {
        Texts words = {"run", "hostile.yaml", "--out", out};
        Texts options = options_of({head, "forward", "print", after, 0, {}});
        options.insert(options.end(), more.begin(), more.end());
        words.insert(words.end(), options.begin(), options.end());
        const Printed printed = line.graft(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        const std::string log = slurp(line.folder / out / "log.txt");
        for (const char* text : {"hostile on standard output", "hostile on standard error"}) {
            CAPTURE(text);
            CHECK(has(log, text));
            CHECK_FALSE(has(printed.out, text));
            CHECK(has(printed.err, text) == !more.empty());
        }
    };
    run("in-training", 1, {});
    run("while-composing", 0, {});
    run("shown", 1, {"--verbose"});
}

TEST_SUITE_END();

}  // namespace

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The commands against an engine that is a script: what they ask it, and what they make of its answers.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "app/scripted_engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::Json;
using graft::tests::json_lines;
using graft::tests::Printed;
using graft::tests::resources;
using graft::tests::training;

// Proves: the request of `check`, its table for people and its report for programs.
TEST_CASE("check prints the engine's table, or its report") {
    CommandLine line;
    line.engine(R"(echo '{"event":"warning","data":{"text":"mind the gap"}}'
        printf '%s\n' '{"event":"result","data":{"report":{"name":"x"},"text":"a table\n"}}')");
    const Printed table = line.graft({"check", "minimal.yaml", "--set", "seed=3", "--plugin-dir", "."});
    CHECK(table.exit_code == 0);
    CHECK(table.out == "a table\n");
    CHECK(table.err == "warning: mind the gap\n");
    CHECK(json_lines(line.requests()).at(0) == Json({{"command", "check"},
                                                     {"pipeline", "minimal.yaml"},
                                                     {"sets", {"seed=3"}},
                                                     {"trace_shapes", false},
                                                     {"plugin_dirs", {"."}}}));
    const Printed report = line.graft({"check", "minimal.yaml", "--json"});
    CHECK(report.out == "{\"name\":\"x\"}\n");
}

// Proves: an unreadable document costs no engine; one that the engine refuses keeps text and exit code.
TEST_CASE("errors come from the side that can tell") {
    CommandLine line;
    line.engine(
        R"(echo '{"event":"failed","data":{"category":3,"text":"minimal.yaml:1:1: no such plugin"}}'; exit 3)");
    line.folder.write("broken.yaml", "graft: 1\nname: [a\n");
    const Printed broken = line.graft({"check", "broken.yaml"});
    CHECK(broken.exit_code == 2);
    CHECK(broken.err.find("error: broken.yaml:") == 0);
    CHECK(line.requests() == "");
    const Printed refused = line.graft({"check", "minimal.yaml", "--json"});
    CHECK(refused.exit_code == 3);
    CHECK(refused.err == "error: minimal.yaml:1:1: no such plugin\n");
    CHECK(refused.out == "{\"error\":{\"category\":3,\"text\":\"minimal.yaml:1:1: no such plugin\"}}\n");
}

// Proves: results on standard output, all else on standard error, plain where there is no terminal.
TEST_CASE("run keeps results and progress apart") {
    CommandLine line;
    line.engine(training);
    const Printed text = line.graft({"run", "minimal.yaml"});
    CHECK(text.exit_code == 0);
    CHECK(text.out ==
          "minimal finished\n"
          "  metric  best (epoch 1)  last\n"
          "  loss            0.2500     -\n"
          "  run folder       runs/x\n"
          "  to use it        graft predict runs/x IMAGE...\n"
          "  to look into it  graft report runs/x\n"
          "  to pass it on    graft export runs/x --to onnx\n");
    CHECK(text.err ==
          "minimal: 8 training, 2 validation samples, 2 of 10 parameters trainable, 1 epoch on cpu\n"
          "run folder: runs/x\n"
          "        train     val\n"
          "epoch    loss    loss       time\n"
          "  1/1  0.5000  0.2500      1.0 s\n");
    const Printed json = line.graft({"run", "minimal.yaml", "--json"});
    REQUIRE(json_lines(json.out).size() == 1);
    CHECK(json_lines(json.out)[0]["status"] == "finished");
    CHECK_FALSE(json_lines(json.out)[0].contains("event"));
}

// Proves: what `run` asks for.
TEST_CASE("run hands its options on") {
    CommandLine line;
    line.engine(training);
    line.graft({"run", "minimal.yaml", "--out", "there", "--dry-run", "--set", "seed=1", "--set", "name=b"});
    line.graft({"run", "--resume", "runs", "--device", "cuda:1", "--threads", "3", "--set",
                "train.epochs=9"});  // the only one below
    const auto requests = json_lines(line.requests());
    REQUIRE(requests.size() == 2);
    CHECK(requests[0] == Json({{"command", "run"},
                               {"pipeline", "minimal.yaml"},
                               {"sets", {"seed=1", "name=b"}},
                               {"dry_run", true},
                               {"resources", resources("", 0)},
                               {"plugin_dirs", Json::array()},
                               {"out", "there"}}));
    CHECK(requests[1] == Json({{"command", "run"},
                               {"resume", "runs/one"},
                               {"sets", {"train.epochs=9"}},
                               {"resources", resources("cuda:1", 3)},
                               {"plugin_dirs", Json::array()}}));
}

// Proves: what cannot be granted is refused before an engine starts, all of it at once.
TEST_CASE("devices and threads that mean nothing are refused") {
    CommandLine line;
    line.engine(training);
    for (const std::string command : {"run", "eval", "predict"}) {
        CAPTURE(command);
        const Printed printed = line.graft(
            {command, command == "run" ? "minimal.yaml" : "runs/one", "--device", "gpu", "--threads", "0"});
        CHECK(printed.exit_code == 2);
        if (command != "predict") {
            CHECK(printed.err ==
                  "error: --device is 'gpu'; must be auto, cpu, cuda, or cuda: with a number\n"
                  "--threads is '0'; must be a whole number from 1 to 1024\n");
        }
    }
    CHECK(line.requests() == "");
}

// Proves: SIGTERM to graft reaches the engine, which saves, and 75 comes out.
TEST_CASE("an interrupted run says how to go on") {
    CommandLine line;
    line.engine(
        R"(trap 'echo "{\"event\":\"result\",\"data\":{\"status\":\"interrupted\",\"folder\":\"runs/x\"}}"; exit 75' TERM
        : > begun
        while :; do sleep 0.01; done)");
    const Printed printed = line.shell(R"("$graft" run minimal.yaml & pid=$!
        while [ ! -e begun ]; do sleep 0.01; done
        kill -TERM $pid; wait $pid)");
    CHECK(printed.exit_code == 75);
    CHECK(printed.out ==
          "the run interrupted\n  run folder  runs/x\n  to go on    graft run --resume runs/x\n");
    CHECK(printed.err ==
          "SIGTERM (Terminated): the step is finished and saved; a second signal ends it at once\n");
}

// Proves: the request of `export`, its summary for people and its report for programs; it asks for a format.
TEST_CASE("export hands its options on") {
    CommandLine line;
    line.engine(
        R"(printf '%s\n' '{"event":"result","data":{"report":{"file":"a.onnx"},"text":"a.onnx\n"}}')");
    CHECK(line.graft({"export", "runs", "--to", "onnx", "--out", "a.onnx", "--fold"}).out == "a.onnx\n");
    CHECK(line.graft({"export", "runs", "--to", "pth", "--part", "backbone", "--json"}).out ==
          "{\"file\":\"a.onnx\"}\n");
    const auto requests = json_lines(line.requests());
    REQUIRE(requests.size() == 2);
    CHECK(requests[0] == Json({{"command", "export"},
                               {"run", "runs/one"},
                               {"to", "onnx"},
                               {"out", "a.onnx"},
                               {"force", false},
                               {"fold", true},
                               {"raw", false},
                               {"part", ""},
                               {"plugin_dirs", Json::array()}}));
    CHECK(requests[1]["part"] == "backbone");
    const Printed refused = line.graft({"export", "runs"});
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("to which format? --to onnx, torchscript, safetensors or pth") !=
          std::string::npos);
}

// Proves: a table and where the picture is for people; a line an image, and no picture, for programs.
TEST_CASE("predict prints a table or JSON lines") {
    CommandLine line;
    line.engine(
        R"(echo '{"event":"prediction","data":{"image":"a.jpg","heads":{"species":{"class":"ants","probability":0.75}}}}'
        echo '{"event":"prediction","data":{"image":"b.txt","error":"b.txt: no image"}}'
        echo '{"event":"result","data":{"images":2,"failed":1,"picture":"seen.png"}}')");
    const Printed table = line.graft({"predict", "runs/one", "a.jpg", "b.txt"});
    CHECK(table.out ==
          "image  species\na.jpg  ants 0.7500\ncannot be read  b.txt: no image\npicture: seen.png\n");
    const Printed json = line.graft({"predict", "runs/one", "a.jpg", "--json"});
    CHECK(json.out ==
          "{\"image\":\"a.jpg\",\"heads\":{\"species\":{\"class\":\"ants\",\"probability\":0.75}}}\n"
          "{\"image\":\"b.txt\",\"error\":\"b.txt: no image\"}\n");
    line.graft({"predict", "runs/one", "a.jpg", "--json", "--picture", "x.png"});
    const auto requests = json_lines(line.requests());
    CHECK(requests.at(0)["picture"] == "runs/one/predict.png");
    CHECK(requests.at(0)["images"] == Json({"a.jpg", "b.txt"}));
    CHECK(requests.at(1)["picture"] == "");
    CHECK(requests.at(2)["picture"] == "x.png");
}

// Proves: heads called as our own keys are predictions like any other.
TEST_CASE("predict with heads called as our own keys") {
    CommandLine line;
    const std::string heads =
        R"({"event":{"value":1.5,"unit":""},"image":{"value":2.5,"unit":""},"error":{"class":"a","probability":1.0}})";
    line.engine("echo '{\"event\":\"prediction\",\"data\":{\"image\":\"a.jpg\",\"heads\":" + heads + R"(}}'
        echo '{"event":"result","data":{"images":1,"failed":0,"picture":""}}')");
    const Printed table = line.graft({"predict", "runs/one", "a.jpg"});
    CHECK(table.exit_code == 0);
    CHECK(table.out == "image  event  image  error\na.jpg  1.5    2.5    a 1.0000\n");
    CHECK(line.graft({"predict", "runs/one", "a.jpg", "--json"}).out ==
          "{\"image\":\"a.jpg\",\"heads\":" + heads + "}\n");
}

// Proves: an engine of another build is not half understood.
TEST_CASE("an engine that says what is no event") {
    CommandLine line;
    line.engine(R"(echo '{"event":"prediction","image":"a.jpg"}'; echo '{"event":"result","data":{}}')");
    const Printed printed = line.graft({"predict", "runs/one", "a.jpg"});
    CHECK(printed.exit_code == 1);
    CHECK(printed.out == "");
    CHECK(printed.err ==
          "error: graft-engine said what graft does not understand: not an event of the form "
          "{\"event\":NAME,\"data\":{..}}: {\"event\":\"prediction\",\"image\":\"a.jpg\"}\n"
          "  build or install both again, they belong together\n");
}

// Proves: what plugins print is in the run's log, and on the terminal with --verbose alone.
TEST_CASE("what a plugin prints") {
    CommandLine line;
    fs::create_directories(line.folder / "runs/x");
    line.engine("echo 'libfoo: hello' >&2" + training);
    const Printed quiet = line.graft({"run", "minimal.yaml"});
    CHECK(quiet.exit_code == 0);
    CHECK(quiet.err.find("libfoo") == std::string::npos);
    const std::string log = graft::tests::slurp(line.folder / "runs/x/log.txt");
    CHECK(log.find("{\"event\":\"output\",\"data\":{\"text\":\"libfoo: hello\"}}\n") == 20);
    const Printed loud = line.graft({"run", "minimal.yaml", "--verbose"});
    CHECK(loud.exit_code == 0);
    // Standard error is a channel of its own, so the line may come before or after any event.
    const std::string told = "| libfoo: hello\n";
    const std::size_t offset = loud.err.find(told);
    REQUIRE(offset != std::string::npos);
    CHECK(std::string(loud.err).erase(offset, told.size()) == quiet.err);
    CHECK(loud.out == quiet.out);
}

// Proves: what is to be typed next finds the plugins that the run was made with.
TEST_CASE("run names its plugin folders in what comes next") {
    CommandLine line;
    line.engine(training);
    fs::create_directory(line.folder / "p");
    const Printed printed = line.graft({"run", "minimal.yaml", "--plugin-dir", "p"});
    CHECK(printed.out.find("  to use it        graft predict runs/x IMAGE... --plugin-dir p\n") !=
          std::string::npos);
}

// Proves: when no image could be read the exit code says so, with a reason.
TEST_CASE("predict without a single readable image") {
    CommandLine line;
    line.engine(R"(echo '{"event":"prediction","data":{"image":"b.txt","error":"no image"}}'
        echo '{"event":"result","data":{"images":1,"failed":1,"picture":""}}'; exit 4)");
    const Printed printed = line.graft({"predict", "runs/one", "b.txt"});
    CHECK(printed.exit_code == 4);
    CHECK(printed.out == "cannot be read  b.txt: no image\n");
    CHECK(printed.err == "error: none of the images could be read\n");
}

// Proves: what could not be read is in the exit code, and said, also where the rest was predicted.
TEST_CASE("predict with some unreadable images") {
    CommandLine line;
    line.engine(
        R"(echo '{"event":"prediction","data":{"image":"a.jpg","heads":{"x":{"value":1.5,"unit":""}}}}'
        echo '{"event":"prediction","data":{"image":"b.txt","error":"no image"}}'
        echo '{"event":"result","data":{"images":2,"failed":1,"picture":""}}'; exit 4)");
    const Printed table = line.graft({"predict", "runs/one", "pictures"});
    CHECK(table.exit_code == 4);
    CHECK(table.out == "image  x\na.jpg  1.5\ncannot be read  b.txt: no image\n");
    CHECK(table.err == "error: 1 of 2 images could not be read; the others were predicted\n");
    const Printed json = line.graft({"predict", "runs/one", "pictures", "--json"});
    CHECK(json.exit_code == 4);
    const auto lines = json_lines(json.out);
    REQUIRE(lines.size() == 3);
    CHECK(lines[1] == Json({{"image", "b.txt"}, {"error", "no image"}}));
    CHECK(lines[2]["error"]["category"] == 4);
}

// Proves: a dataset takes the place of named images, and never stands beside them.
TEST_CASE("predict hands options of the dataset on") {
    CommandLine line;
    line.engine(R"(echo '{"event":"result","data":{"images":0,"failed":0,"picture":""}}')");
    CHECK(line.graft({"predict", "runs/one", "--set", "data.csv=b.csv"}).exit_code == 0);
    CHECK(json_lines(line.requests()).at(0)["sets"] == Json({"data.csv=b.csv"}));
    const Printed both = line.graft({"predict", "runs/one", "a.jpg", "--set", "data.csv=b.csv"});
    CHECK(both.exit_code == 2);
    CHECK(both.err.find("error: --set names the pictures of a dataset, and images are named, too; keep one "
                        "of them\n") == 0);
}

// Proves: of several runs none is taken in silence; the only one is named.
TEST_CASE("a folder of runs") {
    CommandLine line;
    line.engine(R"(echo '{"event":"result","data":{"samples":3,"metrics":{"loss":0.5}}}')");
    const Printed one = line.graft({"eval", "runs"});
    CHECK(one.exit_code == 0);
    CHECK(one.err == "run: runs/one\n");
    CHECK(line.graft({"eval", "runs/one"}).err == "");
    line.folder.write("runs/two/run.json", "{}");
    for (const std::string command : {"eval", "predict", "export"}) {
        CAPTURE(command);
        const Printed several =
            line.graft(command == "predict"  ? std::vector<std::string>{command, "runs", "a.jpg"}
                       : command == "export" ? std::vector<std::string>{command, "runs", "--to", "onnx"}
                                             : std::vector<std::string>{command, "runs"});
        CHECK(several.exit_code == 2);
        CHECK(several.err.find("error: 'runs' holds 2 runs; which one?\n  newest first:\n    runs/") == 0);
    }
}

// Proves: eval's request and its JSON.
TEST_CASE("eval hands data and split on") {
    CommandLine line;
    line.engine(R"(echo '{"event":"result","data":{"samples":3,"metrics":{"loss":0.5}}}')");
    const Printed printed = line.graft({"eval", "runs/one", "--data", "more", "--split", "test", "--json",
                                        "--set", "data.csv=b.csv", "--set", "data.classes=[a, b]"});
    CHECK(printed.out == "{\"samples\":3,\"metrics\":{\"loss\":0.5}}\n");
    CHECK(json_lines(line.requests()).at(0) == Json({{"command", "eval"},
                                                     {"run", "runs/one"},
                                                     {"data", "more"},
                                                     {"sets", {"data.csv=b.csv", "data.classes=[a, b]"}},
                                                     {"split", "test"},
                                                     {"resources", resources("", 0)},
                                                     {"plugin_dirs", Json::array()}}));
    CHECK(line.graft({"eval", "runs/one"}).out == "3 samples\n  metric   value\n  loss    0.5000\n");
}

// Proves: a plugin that takes the engine down is named and left out, the others are still tried, exit code 3.
TEST_CASE("plugins survives a plugin that crashes the engine") {
    CommandLine line;
    const fs::path good = fs::path(GRAFT_TEST_BINARY) / "tests/catalog/test-catalog-note.so";
    fs::create_directory(line.folder / "p");
    fs::copy_file(good, line.folder / "p/deadly.so");
    line.engine(R"(case "$request" in
        *'"skip":[]'*) echo '{"event":"loading","data":{"path":"p/deadly.so"}}'; kill -ABRT $$;;
        *) echo '{"event":"result","data":{"plugins":[]}}';; esac)");
    const Printed printed = line.graft({"plugins", "--plugin-dir", "p", "--json"});
    CHECK(printed.exit_code == 3);
    REQUIRE(json_lines(printed.out).size() == 1);
    const Json plugin = json_lines(printed.out)[0]["plugins"][0];
    CHECK(plugin["path"] == "p/deadly.so");
    CHECK(plugin["problem"] ==
          "p/deadly.so: graft-engine was ended by SIGABRT (Aborted) while it loaded this plugin\n"
          "  build that plugin again, or remove the file");
    CHECK(plugin["components"].size() == 3);
    CHECK(json_lines(line.requests()).at(1)["skip"] == Json({"p/deadly.so"}));
}

// Proves: a plugin that crashes when it is tried, not when it is loaded, is left out as well.
TEST_CASE("plugins survives a plugin that crashes when it is called") {
    const fs::path good = fs::path(GRAFT_TEST_BINARY) / "tests/catalog/test-catalog-note.so";
    const auto problem = [&](const std::string& crashed) {
        CommandLine line;
        fs::create_directory(line.folder / "p");
        fs::copy_file(good, line.folder / "p/deadly.so");
        line.engine(R"(case "$request" in
            *'"skip":[]'*) echo '{"event":"loading","data":{"path":"p/deadly.so"}}'
                echo '{"event":"loaded","data":{"path":"p/deadly.so"}}'
                )" + crashed +
                    R"(
                ;;
            *) echo '{"event":"result","data":{"plugins":[]}}';; esac)");
        const Printed printed = line.graft({"plugins", "--plugin-dir", "p", "--json"});
        CHECK(printed.exit_code == 3);
        CHECK(json_lines(line.requests()).at(1)["skip"] == Json({"p/deadly.so"}));
        return json_lines(printed.out).at(0)["plugins"][0]["problem"].get<std::string>();
    };
    CHECK(
        problem(
            R"(echo '{"event":"crashed","data":{"signal":11,"kind":"head","id":"toy","name":"","method":"options","detail":""}}'; kill -SEGV $$)") ==
        "head 'toy': options: ended by SIGSEGV (Segmentation fault)");
    CHECK(problem("exit 0") == "ended graft-engine when it was tried");
    CHECK(problem("kill -SEGV $$") == "ended graft-engine by SIGSEGV (Segmentation fault) when it was tried");
}

// Proves: one component goes through as the engine tells it; an unknown one keeps the engine's message.
TEST_CASE("plugins ID") {
    CommandLine line;
    line.engine(
        R"(echo '{"event":"result","data":{"component":{"kind":"head","id":"toy","version":"1","summary":"A head"}}}')");
    CHECK(line.graft({"plugins", "toy", "--json"}).out ==
          "{\"kind\":\"head\",\"id\":\"toy\",\"version\":\"1\",\"summary\":\"A head\"}\n");
    CHECK(line.graft({"plugins", "toy"}).out.find("head toy 1\nA head\n") == 0);
    CHECK(json_lines(line.requests()).at(0) ==
          Json({{"command", "plugins"}, {"id", "toy"}, {"plugin_dirs", Json::array()}}));
}

}  // namespace

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "app/command_line.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::Printed;

TEST_SUITE("smoke") {
    // Proves: --version answers from the light program alone.
    TEST_CASE("--version tells the build and starts no engine") {
        CommandLine line;
        line.engine("exit 9");
        const Printed printed = line.graft({"--version"});
        CHECK(printed.exit_code == 0);
        CHECK(printed.err == "");
        CHECK(printed.out.find("graft 0.") == 0);
        CHECK(printed.out.find("\nSDK ABI 2, API level 1\n") != std::string::npos);
        CHECK(printed.out.find("\nLibTorch 2.11.") != std::string::npos);
        CHECK(printed.out.find("\ncompiler ") != std::string::npos);
        CHECK(line.requests() == "");
    }
}

// Proves: the light program stays light.
TEST_CASE("graft links neither LibTorch nor OpenCV") {
    const Printed printed = CommandLine().shell("ldd \"$graft\"");
    REQUIRE(printed.exit_code == 0);
    CHECK(printed.out.find("libstdc++") != std::string::npos);
    for (const char* heavy : {"torch", "opencv", "libc10", "cuda", "graft_sdk"}) {
        CAPTURE(heavy);
        CHECK(printed.out.find(heavy) == std::string::npos);
    }
}

// Proves: the whole text of the first help that a person sees.
TEST_CASE("graft --help") {
    const Printed printed = CommandLine().graft({"--help"});
    CHECK(printed.exit_code == 0);
    CHECK(printed.out ==
          "usage: graft COMMAND ...\n"
          "\n"
          "Grafts new heads onto pretrained backbones.\n"
          "\n"
          "commands:\n"
          "  run       train what a pipeline describes\n"
          "  jobs      follow, cancel and go on with what was begun\n"
          "  check     put a pipeline together without training it\n"
          "  show      draw samples as the network will get them\n"
          "  predict   show images to a trained model\n"
          "  eval      measure a trained model\n"
          "  report    write a page that shows what a network learnt\n"
          "  audit     look for what is wrong with the data\n"
          "  compare   print runs beside each other\n"
          "  embed     write features of samples for other programs\n"
          "  export    write a trained model for other programs\n"
          "  weights   list, fetch, look into and convert weight files\n"
          "  features  list, verify and clear what frozen stages gave\n"
          "  devices   list what runs may use: cores, memory, GPUs\n"
          "  plugins   list, explain, check or install plugins\n"
          "  where     tell where the parts of this graft are, LibTorch too\n"
          "  init      write a pipeline for a folder of data\n"
          "  schema    print a JSON Schema of pipelines, for editors\n"
          "  new       write a plugin's project\n"
          "  help      explain a word of the pipeline format, or a command\n"
          "\n"
          "`graft COMMAND --help` explains one; `graft help WORD` a word of the pipeline format.\n"
          "`graft --version` tells what this is.\n"
          "\n"
          "example:\n"
          "  graft check configs/synthetic.yaml\n"
          "  graft run configs/synthetic.yaml\n");
}

// Proves: a command's help is made from the table that parses its options.
TEST_CASE("graft eval --help") {
    CHECK(
        CommandLine().graft({"eval", "--help"}).out ==
        "usage: graft eval RUN [options]\n"
        "\n"
        "Measures a trained model on a whole set of samples: all metrics, and tables such as the confusion "
        "matrix.\n"
        "\n"
        "options:\n"
        "  --data DIR            other data: the dataset's root replaced, every sample used\n"
        "  --set data.KEY=VALUE  other data: another option of the dataset replaced, every sample used (may "
        "be repeated)\n"
        "  --split NAME          train, val or test; default val\n"
        "  --device NAME         auto, cpu, cuda or cuda:N, whatever the pipeline says\n"
        "  --threads N           threads of the CPU, for all that the job does; default one a core\n"
        "  --plugin-dir DIR      look for plugins there first (may be repeated)\n"
        "  --trust-run-plugins   load the plugins that the run carries, which are programs: for runs of "
        "people you trust\n"
        "  --verbose             show what plugins and libraries print, too\n"
        "  --json                print results as JSON, for programs\n"
        "  --help                print this\n"
        "\n"
        "example:\n"
        "  graft eval runs/first --data more/photographs\n"
        "  graft eval runs/first --set data.csv=other.csv\n");
}

/// The first words of the lines below "commands:" in `graft --help`.
std::vector<std::string> listed_commands() {
    std::istringstream help(CommandLine().graft({"--help"}).out);
    std::vector<std::string> commands;
    std::string line;
    while (std::getline(help, line) && line != "commands:") {
    }
    while (std::getline(help, line) && !line.empty()) {
        std::istringstream(line) >> commands.emplace_back();
    }
    return commands;
}

// Proves: every command has help with an example that begins as one types it.
TEST_CASE("every command has help and an example") {
    const std::vector<std::string> commands = listed_commands();
    REQUIRE(commands.size() == 20);
    for (const std::string& command : commands) {
        CAPTURE(command);
        const Printed printed = CommandLine().graft({command, "--help"});
        CHECK(printed.exit_code == 0);
        CHECK(printed.err == "");
        CHECK(printed.out.find("usage: graft " + command + " ") == 0);
        // What plugins print is shown by commands that start an engine.
        CHECK((printed.out.find("  --verbose") != std::string::npos) ==
              (command != "features" && command != "devices" && command != "where" && command != "new" &&
               command != "compare"));
        CHECK(printed.out.find("\nexample:\n  graft " + command + " ") != std::string::npos);
        CHECK(CommandLine().graft({command, "-h"}).out == printed.out);
    }
}

// Proves: the engine's threads spin for a short time while they wait, unless the user asks for something
// else.
TEST_CASE("the engine's environment") {
    CommandLine line;
    line.engine("printf '%s,%s\\n' \"$OMP_WAIT_POLICY\" \"$GOMP_SPINCOUNT\" >> waits; exit 1");
    line.shell("unset OMP_WAIT_POLICY GOMP_SPINCOUNT; \"$graft\" eval runs/one");
    line.shell("unset GOMP_SPINCOUNT; OMP_WAIT_POLICY=ACTIVE \"$graft\" eval runs/one");
    line.shell("unset OMP_WAIT_POLICY; GOMP_SPINCOUNT=7 \"$graft\" eval runs/one");
    CHECK(graft::tests::slurp(line.folder / "waits") == ",3000\nACTIVE,\n,7\n");
}

// Proves: wrong usage ends with 2, one message each, the nearest name where there is one.
TEST_CASE("wrong usage is told with the nearest name") {
    const auto message = [](const std::vector<std::string>& words) {
        const Printed printed = CommandLine().graft(words);
        CHECK(printed.exit_code == 2);
        CHECK(printed.out == "");
        return printed.err;
    };
    CHECK(message({}) ==
          "error: which command?\n  allowed: run, jobs, check, show, predict, eval, report, audit, compare, "
          "embed, "
          "export, weights, features, devices, "
          "plugins, where, init, schema, new, help\n  "
          "`graft "
          "--help` "
          "explains "
          "them\n");
    CHECK(message({"chekc"}) ==
          "error: graft has no command 'chekc'\n  did you mean 'check'?\n  `graft --help` lists the "
          "commands\n");
    CHECK(
        message({"frobnicate"}) ==
        "error: graft has no command 'frobnicate'\n  allowed: run, jobs, check, show, predict, eval, report, "
        "audit, compare, embed, export, weights, "
        "features, devices, "
        "plugins, where, init, schema, new, help\n  "
        "`graft "
        "--help` lists the commands\n");
    CHECK(message({"--versoin"}) ==
          "error: graft has no option '--versoin'\n  did you mean '--version'?\n  `graft --help` lists the "
          "commands\n");
    CHECK(message({"run", "--dry-rum", "a"}) ==
          "error: graft run has no option '--dry-rum'\n  did you mean '--dry-run'?\n  `graft run --help` "
          "tells what it takes\n");
    CHECK(message({"run", "--dry", "a"}) ==
          "error: graft run has no option '--dry'\n  allowed: --help, --set, --out, --jobs, --devices, "
          "--time-limit, --detach, --dry-run, --resume, --profile, --trace-shapes, --device, --threads, "
          "--on, --slurm, --slurm-template, --tasks, --plugin-dir, --trust-run-plugins, --verbose, --json\n"
          "  `graft run --help` tells what it takes\n");
    CHECK(message({"run", "a", "--set"}) ==
          "error: --set needs a value\n  `graft run --help` tells what it takes\n");
    CHECK(message({"check", "a", "--json=1"}) ==
          "error: --json takes no value\n  `graft check --help` tells what it takes\n");
    CHECK(
        message({"check", "a", "b"}) ==
        "error: graft check does not know what to do with 'b'\n  `graft check --help` tells what it takes\n");
    CHECK(message({"run", "a", "--out", "x", "--out", "y"}) ==
          "error: --out is given twice\n  `graft run --help` tells what it takes\n");
    CHECK(message({"run"}) == "error: which pipeline?\n  `graft run --help` tells what it takes\n");
    CHECK(
        message({"run", "a", "--resume", "b"}) ==
        "error: --resume takes no pipeline: the run has its own\n  `graft run --help` tells what it takes\n");
    CHECK(message({"run", "--resume", "runs/one", "--out", "b"}) ==
          "error: --out cannot go with --resume: a run goes on as it was begun\n  `graft run --help` tells "
          "what it takes\n");
    CHECK(message({"predict", "runs/one"}) ==
          "error: which images?\n  `graft predict --help` tells what it takes\n");
    CHECK(message({"eval", "nowhere"}) ==
          "error: 'nowhere' is no run: there is no run.json in it or in a folder below it\n"
          "  name the folder that `graft run` printed\n");
    CHECK(message({"check", "minimal.yaml", "--plugin-dir", "nowhere"}) ==
          "error: --plugin-dir nowhere: there is no such folder\n");
}

// Proves: a program that asked for JSON gets its failures as JSON, a person the text all the same.
TEST_CASE("wrong usage with --json") {
    const Printed printed = CommandLine().graft({"eval", "--json"});
    CHECK(printed.exit_code == 2);
    CHECK(
        printed.out ==
        "{\"error\":{\"category\":2,\"text\":\"which run?\\n  `graft eval --help` tells what it takes\"}}\n");
    CHECK(printed.err.find("error: which run?") == 0);
}

}  // namespace

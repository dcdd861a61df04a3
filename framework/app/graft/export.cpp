// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "command.hpp"
#include "jobs.hpp"
#include "trust.hpp"

namespace graft::app {
namespace {

const Usage& export_usage() {
    static const Usage usage = {
        "export",
        "RUN",
        1,
        "Writes a trained model as one file for other programs and checks that it says the same:\n"
        "  onnx, torchscript   the network; takes RGB pictures in 0..1, gives predictions\n"
        "  safetensors, pth    the weights alone",
        {{"to", "FORMAT", "onnx, torchscript, safetensors or pth", false},
         {"out", "FILE", "the file to write; default model.SUFFIX in the run's folder", false},
         {"force", "", "replace a file that is there already", false},
         {"fold", "", "join each BatchNorm with the convolution before it (onnx, torchscript)", false},
         {"raw", "", "the heads' own outputs, such as logits, instead of predictions", false},
         {"part", "backbone", "the backbone's weights alone, by their published names", false},
         plugin_dir_option(),
         trust_option(),
         verbose_option(),
         json_option()},
        "graft export runs/first --to onnx --out animals.onnx"};
    return usage;
}

}  // namespace

int export_run(const Words& words) {
    const auto arguments = parse(export_usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().empty()) {
        refuse(export_usage(), "which run?");
    }
    if (!arguments->has("to")) {
        refuse(export_usage(), "to which format? --to onnx, torchscript, safetensors or pth");
    }
    const Console console = console_for(*arguments);
    const std::string run = find_run(arguments->positional().front(), console);
    const jobs::Job job = {run,
                           {{"command", "export"},
                            {"run", run},
                            {"to", arguments->one("to")},
                            {"out", arguments->one("out")},
                            {"force", arguments->has("force")},
                            {"fold", arguments->has("fold")},
                            {"raw", arguments->has("raw")},
                            {"part", arguments->one("part")},
                            {"plugin_dirs", plugin_dirs(*arguments)}}};
    const jobs::Outcome outcome = run_job(trusting(job, *arguments), console);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    if (console.json()) {
        console.print(outcome.result["report"]);
    } else {
        console.print(outcome.result["text"].get<std::string>());
    }
    return outcome.exit_code;
}

}  // namespace graft::app

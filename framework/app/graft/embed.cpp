// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "command.hpp"
#include "jobs.hpp"
#include "report/formatting.hpp"
#include "run_or_pipeline.hpp"
#include "trust.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Json;

const Usage& embed_usage() {
    static const Usage usage = {
        "embed",
        "RUN|PIPELINE [DATA]",
        2,
        "Writes what the backbone makes of every sample, for other programs: features, ids, targets and, of "
        "a\n"
        "run, predictions. DATA is a folder to take the place of the data set's root; without it, the splits "
        "of\n"
        "the run or the pipeline. A pipeline's backbone is used with the weights that it names, untrained.\n"
        "FILE.safetensors holds all in one; a folder has an .npy a kind, schema.json, and samples.csv.",
        {{"out", "FILE|DIR", "where to write: a name that ends with .safetensors, or a folder", false},
         {"stage", "NAME", "of the backbone; default the last that a head reads", false},
         {"unpooled", "", "the stage's features as they are, a map for example, instead of one vector",
          false},
         {"split", "NAME", "train, val or test; default all; with DATA a split of the data set, default none",
          false},
         {"set", "KEY=VALUE", "replace a value of the pipeline; of a run, only data.KEY", true},
         {"force", "", "replace what is there already", false},
         device_option(),
         threads_option(),
         plugin_dir_option(),
         trust_option(),
         verbose_option(),
         json_option()},
        "graft embed runs/first --out first.safetensors\n"
        "graft embed configs/synthetic.yaml --stage layer3 --out features"};
    return usage;
}

std::string text_of(const Json& result, const report::Screen&) {
    std::string shape;
    for (const Json& side : result.value("features", Json::array())) {
        shape += (shape.empty() ? "" : " x ") + std::to_string(side.get<std::int64_t>());
    }
    std::string text = fmt::format("{}, features of {}: {}\n",
                                   report::counted(result.value("samples", std::int64_t{0}), "sample"),
                                   report::printable(result.value("stage", std::string())), shape);
    for (const Json& file : result.value("files", Json::array())) {
        text += "  " + report::printable(file.get<std::string>()) + "\n";
    }
    return text;
}

void check_out(const std::string& out) {
    if (out.empty()) {
        refuse(embed_usage(), "where to? --out FILE.safetensors, or --out FOLDER");
    }
    const fs::path path(out);
    std::error_code error;
    if (!path.extension().empty() && path.extension() != ".safetensors" && !fs::is_directory(path, error)) {
        refuse(embed_usage(), fmt::format("--out '{}' ends with {}", out, path.extension().string()),
               "a file ends with .safetensors; a folder's name has no dot");
    }
}

}  // namespace

int embed(const Words& words) {
    const auto arguments = parse(embed_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Words& given = arguments->positional();
    if (given.empty()) {
        refuse(embed_usage(), "which run, or which pipeline?");
    }
    check_out(arguments->one("out"));
    const Console console = console_for(*arguments);
    const auto [run, pipeline] = run_or_pipeline(given.front(), arguments->many("set"), console);
    const jobs::Job job = {run,
                           {{"command", "embed"},
                            {"run", run},
                            {"pipeline", pipeline},
                            {"data", given.size() > 1 ? given[1] : ""},
                            {"sets", arguments->many("set")},
                            {"split", arguments->one("split")},
                            {"stage", arguments->one("stage")},
                            {"unpooled", arguments->has("unpooled")},
                            {"out", arguments->one("out")},
                            {"force", arguments->has("force")},
                            {"resources", to_json(resources_of(*arguments))},
                            {"plugin_dirs", plugin_dirs(*arguments)}}};
    return answer(trusting(job, *arguments), console, text_of);
}

}  // namespace graft::app

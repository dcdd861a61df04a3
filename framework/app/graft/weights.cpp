// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>

#include "command.hpp"
#include "core/names.hpp"
#include "jobs.hpp"
#include "report/weight_lists.hpp"

namespace graft::app {
namespace {

using core::Json;

const Usage& weights_usage() {
    static const Usage usage = {
        "weights",
        "list | fetch ID... | inspect FILE | convert FILE TO",
        static_cast<std::size_t>(-1),
        "list: every published set of weights of all backbones, and whether it is here.\n"
        "fetch: gets them (BACKBONE/ID) into torch hub's cache folder.\n"
        "inspect: the tensors in a file of PyTorch (.pth, .pt), TorchScript or safetensors; runs none of its "
        "code.\n"
        "convert: writes them as safetensors.",
        {{"no-stats", "", "inspect: names, shapes and types only, at once for a file of any length", false},
         {"key", "KEY", "inspect, convert: which state dict of a training checkpoint, as state_dict_ema",
          false},
         plugin_dir_option(),
         verbose_option(),
         json_option()},
        "graft weights fetch resnet18/imagenet1k_v1\n"
        "graft weights inspect checkpoint.pth\n"
        "graft weights convert checkpoint.pth weights.safetensors"};
    return usage;
}

/// Exactly so many words must follow the action.
void require(const std::vector<std::string>& words, std::size_t count, const std::string& what) {
    if (words.size() != count + 1) {
        refuse(weights_usage(),
               words.size() <= count
                   ? fmt::format("{} what? It takes {}", words.front(), what)
                   : fmt::format("{} takes {}, and no '{}'", words.front(), what, words[count + 1]));
    }
}

}  // namespace

int weights(const Words& words) {
    const auto arguments = parse(weights_usage(), words);
    if (!arguments) {
        return 0;
    }
    const std::vector<std::string>& given = arguments->positional();
    const Console console = console_for(*arguments);
    Json request = {{"command", "weights"}, {"action", given.empty() ? "" : given.front()}};
    request["plugin_dirs"] = plugin_dirs(*arguments);
    if (given.empty()) {
        refuse(weights_usage(), "list, fetch, inspect or convert?");
    }
    if (arguments->has("no-stats") && given.front() != "inspect") {
        refuse(weights_usage(), "--no-stats goes with inspect");
    }
    if (arguments->has("key")) {
        if (given.front() != "inspect" && given.front() != "convert") {
            refuse(weights_usage(), "--key goes with inspect and convert");
        }
        request["key"] = arguments->one("key");
    }
    if (given.front() == "list") {
        require(given, 0, "nothing more");
        return answer({"weights", request}, console, report::weight_list_text);
    }
    if (given.front() == "inspect") {
        require(given, 1, "a file");
        request.update({{"file", given[1]}, {"statistics", !arguments->has("no-stats")}});
        return answer({given[1], request}, console, report::weight_file_text);
    }
    if (given.front() == "convert") {
        require(given, 2, "a file and where to write");
        request.update({{"file", given[1]}, {"to", given[2]}});
        return answer({given[1], request}, console, report::converted_text);
    }
    if (given.front() != "fetch") {
        refuse(weights_usage(), fmt::format("graft weights cannot '{}'", given.front()),
               core::suggest(given.front(), {"list", "fetch", "inspect", "convert"}));
    }
    if (given.size() == 1) {
        refuse(weights_usage(), "fetch what? It takes BACKBONE/ID", "`graft weights list` shows them");
    }
    int worst = 0;
    for (std::size_t index = 1; index < given.size(); ++index) {
        request["id"] = given[index];
        worst = std::max(worst, answer({given[index], request}, console, report::fetched_text));
    }
    return worst;
}

}  // namespace graft::app

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "command.hpp"
#include "jobs.hpp"
#include "report/results.hpp"
#include "trust.hpp"

namespace graft::app {
namespace {

const Usage& eval_usage() {
    static const Usage usage = {
        "eval",
        "RUN",
        1,
        "Measures a trained model on a whole set of samples: all metrics, and tables such as the confusion "
        "matrix.",
        {{"data", "DIR", "other data: the dataset's root replaced, every sample used", false},
         {"set", "data.KEY=VALUE", "other data: another option of the dataset replaced, every sample used",
          true},
         {"split", "NAME", "train, val or test; default val", false},
         device_option(),
         threads_option(),
         plugin_dir_option(),
         trust_option(),
         verbose_option(),
         json_option()},
        "graft eval runs/first --data more/photographs\n"
        "graft eval runs/first --set data.csv=other.csv"};
    return usage;
}

}  // namespace

int evaluate(const Words& words) {
    const auto arguments = parse(eval_usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().empty()) {
        refuse(eval_usage(), "which run?");
    }
    const Console console = console_for(*arguments);
    const std::string run = find_run(arguments->positional().front(), console);
    const jobs::Job job = {run,
                           {{"command", "eval"},
                            {"run", run},
                            {"data", arguments->one("data")},
                            {"sets", arguments->many("set")},
                            {"split", arguments->one("split")},
                            {"resources", to_json(resources_of(*arguments))},
                            {"plugin_dirs", plugin_dirs(*arguments)}}};
    return answer(trusting(job, *arguments), console, report::eval_text);
}

}  // namespace graft::app

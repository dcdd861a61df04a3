// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/names.hpp"
#include "jobs.hpp"
#include "report/batch_table.hpp"
#include "trust.hpp"
#include "whole_number.hpp"

namespace graft::app {
namespace {

using core::Json;

constexpr std::int64_t most_shown = 400;

const Usage& show_usage() {
    static const Usage usage = {
        "show",
        "PIPELINE",
        1,
        "Draws samples as the network will get them: resized, augmented, with their targets, before anything "
        "is\n"
        "trained. Of training these are the first ones of the first epoch; of another split some from all "
        "over it.\n"
        "--inspect prints their numbers as a batch: shapes, types, ranges, mean and deviation of each "
        "channel, "
        "and\n"
        "the same of the targets. Only what is shown is read.",
        {{"split", "NAME", "train (the default), val or test", false},
         {"count", "N", "how many; default 12, with --inspect the pipeline's train.batch", false},
         {"out", "FILE", "where to draw, a PNG; default show.png, with --inspect or --json none", false},
         {"inspect", "", "print the numbers of these samples as a batch", false},
         set_option(),
         plugin_dir_option(),
         trust_option(),
         verbose_option(),
         json_option()},
        "graft show configs/synthetic.yaml --count 24 --out samples.png\n"
        "graft show configs/synthetic.yaml --split val --inspect"};
    return usage;
}

std::string split_of(const Arguments& arguments) {
    const std::string given = arguments.has("split") ? arguments.one("split") : "train";
    if (given != "train" && given != "val" && given != "test") {
        refuse(show_usage(), fmt::format("there is no split '{}'; there are train, val and test", given));
    }
    return given;
}

/// 0 where nothing is given.
std::int64_t count_of(const Arguments& arguments) {
    if (!arguments.has("count")) {
        return 0;
    }
    const std::string text = arguments.one("count");
    const auto count = whole_number(text, 1, most_shown);
    if (!count) {
        refuse(show_usage(),
               fmt::format("--count is '{}'; must be a whole number from 1 to {}", text, most_shown));
    }
    return *count;
}

std::string picture_of(const Arguments& arguments) {
    if (arguments.has("out")) {
        return arguments.one("out");
    }
    return arguments.has("inspect") || arguments.has("json") ? "" : "show.png";
}

}  // namespace

int show(const Words& words) {
    const auto arguments = parse(show_usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().empty()) {
        refuse(show_usage(), "which pipeline?");
    }
    const std::string file = arguments->positional().front();
    const std::string split = split_of(*arguments);
    const std::int64_t count = count_of(*arguments);
    const Console console = console_for(*arguments);
    read_pipeline(file, arguments->many("set"));  // what is unreadable is told without the engine
    const jobs::Job job = {file,
                           {{"command", "show"},
                            {"pipeline", file},
                            {"sets", arguments->many("set")},
                            {"plugin_dirs", plugin_dirs(*arguments)},
                            {"split", split},
                            {"count", count},
                            {"inspect", arguments->has("inspect")},
                            {"picture", picture_of(*arguments)}}};
    return answer(trusting(job, *arguments), console, report::shown_text);
}

}  // namespace graft::app

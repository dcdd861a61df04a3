// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include <ATen/Parallel.h>

#include "command.hpp"
#include "composition.hpp"
#include "conformance/apart.hpp"
#include "conformance/suite.hpp"
#include "core/problem.hpp"
#include "crash.hpp"

namespace graft::engine {
namespace {

using conformance::ChosenCase;
using conformance::Verdict;
using core::Category;
using core::Failure;
using core::Json;

/// Every component of the file; it need not lie where plugins are looked for.
std::vector<plugin::ComponentHandle> components_of(plugin::Registry& registry, const std::string& path) {
    // A name without a folder would be looked for where the system has its libraries.
    const catalog::PluginFile file =
        catalog::read_plugin_file(std::filesystem::absolute(path), catalog::host_stamp());
    if (!file.problem.empty()) {
        throw Failure(Category::plugin, path + ": " + file.problem);
    }
    return registry.load(file);
}

std::string verdict_word(const Verdict& verdict, const ChosenCase& chosen) {
    switch (verdict.kind) {
        case Verdict::Kind::passed:
            return "passed";
        case Verdict::Kind::skipped:
            return "skipped";
        case Verdict::Kind::failed:
            break;
    }
    return chosen.waived.empty() ? "failed" : "waived";
}

Json told(const ChosenCase& chosen, const Verdict& verdict, const std::string& word) {
    Json fields = {{"case", chosen.one.name},    {"verdict", word},
                   {"text", verdict.text},       {"remedy", verdict.remedy},
                   {"printed", verdict.printed}, {"seconds", verdict.seconds}};
    if (!chosen.waived.empty()) {
        fields["waiver"] = chosen.waived;
    }
    if (!verdict.measured.is_null()) {
        fields["measured"] = verdict.measured;
    }
    return fields;
}

/// Networks of cases are small: more threads only wait for each other.
void prepare_case(int descriptor) {
    constexpr int most_threads = 2;
    at::set_num_threads(std::min(most_threads, at::get_num_threads()));
    tell_crashes(descriptor);
}

}  // namespace

int verify(CommandContext& context) {
    plugin::Registry registry(catalog::Catalog({}, catalog::host_stamp()));
    tell_of_loading(registry, context.events);
    const std::vector<ChosenCase> cases =
        conformance::choose_cases(components_of(registry, context.text("file")),
                                  {context.texts("options"), context.text("examples"), context.texts("cases"),
                                   context.request.value("waived", std::map<std::string, std::string>()),
                                   context.request.value("measure", false)});
    Json names = Json::array();
    std::map<std::string, int> counts = {{"passed", 0}, {"failed", 0}, {"skipped", 0}, {"waived", 0}};
    const bool only_lists = context.request.value("list", false);
    for (std::size_t index = 0; index < cases.size() && !context.stop; ++index) {
        const ChosenCase& chosen = cases[index];
        names.push_back(chosen.one.name);
        if (only_lists) {
            continue;
        }
        context.events.emit(
            {"trying", {{"case", chosen.one.name}, {"number", index + 1}, {"cases", cases.size()}}});
        const Verdict verdict =
            run_apart(chosen.one, {context.request.value("case_limit", 60.0), context.stop, prepare_case});
        if (context.stop) {
            break;
        }
        const std::string word = verdict_word(verdict, chosen);
        ++counts[word];
        context.events.emit({"tried", told(chosen, verdict, word)});
    }
    if (context.stop) {
        return core::exit_interrupted;
    }
    context.events.emit({"result", {{"cases", names}, {"counts", counts}}});
    return counts["failed"] > 0 ? static_cast<int>(Category::plugin) : 0;
}

}  // namespace graft::engine

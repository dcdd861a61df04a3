// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/slurm.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <csignal>
#include <sstream>

#include <netdb.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/text.hpp"
#include "jobs/program.hpp"

namespace graft::jobs::slurm {
namespace {

using core::Category;
using core::Failure;

/// Options of sbatch that graft sets itself, or that would take from it what it must know.
constexpr std::array<const char*, 29> own_options = {
    "array",       "chdir",        "clusters", "comment",  "dependency", "error",    "export",
    "export-file", "get-user-env", "gid",      "help",     "input",      "job-name", "kill-on-invalid-dep",
    "ntasks",      "open-mode",    "output",   "parsable", "quiet",      "requeue",  "test-only",
    "uid",         "usage",        "verbose",  "version",  "wait",       "wrap",     "cpus-per-task",
    "ignore-pbs"};

std::string key_of(const std::string& word) {
    return word.substr(0, word.find('='));
}

bool has_key(const std::vector<std::string>& words, std::initializer_list<const char*> keys) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return std::find(keys.begin(), keys.end(), key_of(word)) != keys.end();
    });
}

/// "the first line of what it said", or how it ended.
std::string complaint(const ProgramEnd& end) {
    std::string text = core::legible(end.err.empty() ? end.out : end.err);
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text.empty() ? fmt::format("exit code {}", end.exit_code) : text;
}

/// Whether Slurm's controller did not answer: then nothing is known, and nothing was refused.
bool is_unreachable(const std::string& complaint) {
    const auto says = [&](const char* text) { return complaint.find(text) != std::string::npos; };
    return says("Unable to contact") || says("onnection refused") || says("timed out") ||
           says("Communication connection failure") || says("authentication") || says("Munge");
}

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream rest(line);
    for (std::string cell; std::getline(rest, cell, '|');) {
        cells.push_back(cell);
    }
    return cells;
}

std::string listed(const std::vector<std::string>& words, char between) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : std::string(1, between)) + word;
    }
    return text;
}

}  // namespace

core::Json to_json(const SubmitOptions& options) {
    core::Json json = {{"options", options.words}, {"script", options.script}};
    if (options.at_once) {
        json["at_once"] = *options.at_once;
    }
    return json;
}

SubmitOptions options_from_json(const core::Json& json) {
    SubmitOptions options;
    options.words = json.value("options", std::vector<std::string>());
    options.script = json.value("script", std::string());
    if (json.contains("at_once")) {
        options.at_once = json["at_once"].get<std::size_t>();
    }
    return options;
}

core::Problems problems_of(const std::vector<std::string>& words) {
    core::Problems problems;
    for (const std::string& word : words) {
        const std::string key = key_of(word);
        const bool is_name =
            !key.empty() && std::islower(static_cast<unsigned char>(key.front())) != 0 &&
            std::all_of(key.begin(), key.end(), [](unsigned char letter) {
                return std::islower(letter) != 0 || std::isdigit(letter) != 0 || letter == '-';
            });
        const bool is_plain = std::none_of(word.begin(), word.end(),
                                           [](unsigned char letter) { return std::iscntrl(letter) != 0; });
        core::Problem problem;
        if (!is_name || !is_plain) {
            problem.message = fmt::format("--slurm has '{}'; must be an option of sbatch, without its dashes",
                                          core::legible(word));
            problem.remedy = "for example: --slurm partition=gpu --slurm time=2:00:00 --slurm exclusive";
            problems.push_back(std::move(problem));
            continue;
        }
        // sbatch takes the beginning of an option's name for the option.
        const auto* own = std::find_if(own_options.begin(), own_options.end(),
                                       [&](const std::string& option) { return option.starts_with(key); });
        if (own != own_options.end()) {
            problem.message = fmt::format("--slurm has '{}'; graft sets sbatch's --{} itself", word, *own);
            problem.remedy = key == "cpus-per-task" ? "write --threads N"
                             : key == "ntasks"      ? "write --tasks N"
                                                    : "";
            problems.push_back(std::move(problem));
        }
    }
    return problems;
}

std::string problem_of_script(const std::string& script) {
    std::istringstream lines(script);
    std::string line;
    std::getline(lines, line);
    if (!line.starts_with("#!")) {
        return "it does not begin with #! and the path of a shell";
    }
    while (std::getline(lines, line)) {
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin != std::string::npos && line.compare(begin, 9, "exec \"$@\"") == 0) {
            return "";
        }
    }
    return "it has no line `exec \"$@\"`, which begins what graft wants to be run (exec, so that Slurm's "
           "signals "
           "reach it)";
}

std::string as_pattern(const std::string& path) {
    std::string pattern;
    for (const char letter : path) {
        pattern += letter == '%' ? "%%" : std::string(1, letter);
    }
    return pattern;
}

std::vector<std::string> sbatch_words(const JobBatch& batch, const SubmitOptions& options) {
    std::vector<std::string> words = {"sbatch",
                                      "--parsable",
                                      "--requeue",
                                      "--open-mode=append",
                                      "--kill-on-invalid-dep=yes",
                                      "--export=ALL",
                                      "--input=/dev/null",
                                      "--job-name=" + batch.name,
                                      "--comment=" + batch.token,
                                      "--chdir=" + batch.working_folder,
                                      "--output=" + batch.output,
                                      fmt::format("--ntasks={}", batch.tasks)};
    if (batch.jobs.size() > 1) {
        words.push_back(fmt::format("--array=0-{}", batch.jobs.size() - 1) +
                        (options.at_once ? fmt::format("%{}", *options.at_once) : ""));
    }
    if (!batch.after.empty()) {
        words.push_back("--dependency=afterok:" + listed(batch.after, ':'));
    }
    if (batch.threads > 0) {
        words.push_back(fmt::format("--cpus-per-task={}", batch.threads));
    }
    const bool says_gpus = has_key(options.words, {"gres", "gpus", "gpus-per-node", "gpus-per-task"});
    if (batch.wants_gpu && !says_gpus) {
        words.emplace_back(batch.tasks > 1 ? "--gpus-per-task=1" : "--gres=gpu:1");
    }
    if (batch.time_limit > 0 && !has_key(options.words, {"time"})) {
        constexpr double minutes_to_begin_and_save = 5;
        words.push_back(
            fmt::format("--time={:.0f}", std::ceil(batch.time_limit / 60) + minutes_to_begin_and_save));
    }
    if (!has_key(options.words, {"signal"})) {
        words.emplace_back("--signal=B:USR1@120");
    }
    for (const std::string& word : options.words) {
        words.push_back("--" + word);
    }
    words.push_back(batch.script);
    words.insert(words.end(), batch.command.begin(), batch.command.end());
    return words;
}

std::string submit(const JobBatch& batch, const SubmitOptions& options) {
    const ProgramEnd end = run_program(sbatch_words(batch, options));
    const std::string id = end.out.substr(0, end.out.find_first_of(";\n"));
    const bool is_number = !id.empty() && std::all_of(id.begin(), id.end(), [](unsigned char letter) {
        return std::isdigit(letter) != 0;
    });
    if (end.exit_code != 0 || !is_number) {
        const std::string said = complaint(end);
        throw Failure(is_unreachable(said) ? Category::system : Category::pipeline,
                      "Slurm did not take a job: " + said,
                      "--slurm KEY=VALUE passes options on to sbatch (`sbatch --help` lists them)");
    }
    return id;
}

std::optional<KnownJobs> ask(std::string& why) {
    try {
        const ProgramEnd end = run_program({"squeue", "--noheader", "--array", "--states=all",
                                            fmt::format("--user={}", ::getuid()), "--format=%i|%T|%r|%k"});
        if (end.exit_code != 0) {
            why = complaint(end);
            return std::nullopt;
        }
        KnownJobs known;
        std::istringstream lines(end.out);
        for (std::string line; std::getline(lines, line);) {
            const std::vector<std::string> cells = cells_of(line);
            if (cells.size() >= 3) {
                known.states[cells[0]] = {cells[1], cells[2]};
            }
            if (cells.size() >= 4) {
                known.by_token[cells[3]] = cells[0].substr(0, cells[0].find('_'));
            }
        }
        return known;
    } catch (const Failure& failure) {
        why = failure.what();
        return std::nullopt;
    }
}

bool is_over(const SlurmState& state) {
    // What has ended may be begun again by Slurm itself as long as it is COMPLETING.
    static constexpr std::array<const char*, 10> ends = {
        "BOOT_FAIL", "CANCELLED",     "COMPLETED", "DEADLINE", "FAILED",
        "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",  "TIMEOUT"};
    return std::find(ends.begin(), ends.end(), state.name) != ends.end();
}

std::optional<SlurmState> ask_accounting(const std::string& id) {
    try {
        const ProgramEnd end = run_program(
            {"sacct", "--noheader", "--parsable2", "--allocations", "--jobs=" + id, "--format=state"});
        // "CANCELLED by 1000"
        const std::string name = end.out.substr(0, end.out.find_first_of(" \n"));
        return end.exit_code == 0 && !name.empty() ? std::optional(SlurmState{name, ""}) : std::nullopt;
    } catch (const Failure&) {
        return std::nullopt;
    }
}

Outcome outcome_of(const std::string& id, const std::optional<SlurmState>& state) {
    Outcome outcome;
    outcome.died = true;
    const std::string name = state ? state->name : "";
    const auto is_one_of = [&](std::initializer_list<const char*> names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    const std::string job = "Slurm's job " + id;
    if (is_one_of({"TIMEOUT", "DEADLINE"})) {
        outcome.exit_code = 128 + SIGKILL;
        outcome.error =
            job +
            " came to the end of its time before it had saved: what came after its last checkpoint "
            "is lost\n  ask for more time (--slurm time=..) or for an earlier warning (--slurm "
            "signal=B:USR1@600)";
    } else if (is_one_of({"CANCELLED", "PREEMPTED", "NODE_FAIL", "BOOT_FAIL", "REVOKED"})) {
        const std::string how = name == "CANCELLED"   ? "was cancelled"
                                : name == "PREEMPTED" ? "had to make room for another"
                                                      : "lost its node";
        outcome.exit_code = 128 + SIGKILL;
        outcome.error = fmt::format(
            "{} {} ({}) before it had saved: what came after its last checkpoint is lost", job, how, name);
    } else if (name == "OUT_OF_MEMORY") {
        outcome.exit_code = static_cast<int>(Category::system);
        outcome.lacked_memory = true;
        outcome.error =
            job +
            " took more memory than it was given\n  give it more (`graft jobs retry QUEUE --slurm mem=16G`), "
            "or try a smaller train.batch or image size";
    } else if (name.empty()) {
        outcome.exit_code = 128 + SIGKILL;
        outcome.error = job +
                        " is not known to Slurm any more, and left no result: what came after its last "
                        "checkpoint is lost";
    } else {
        outcome.exit_code = static_cast<int>(Category::system);
        outcome.error = fmt::format("{} ended ({}{}{}) and left no result", job, name,
                                    state->reason.empty() ? "" : ", ", state->reason);
    }
    return outcome;
}

void cancel(const std::string& id, const SlurmState& state) {
    if (is_over(state)) {
        return;
    }
    // No filter by state here: with one, scancel takes the whole array of a waiting job.
    const bool runs = state.name == "RUNNING";
    const ProgramEnd end =
        runs ? run_program({"scancel", "--batch", "--signal=TERM", id}) : run_program({"scancel", id});
    if (end.exit_code != 0 && is_unreachable(complaint(end))) {
        throw Failure(Category::system,
                      fmt::format("Slurm's job {} cannot be cancelled: {}", id, complaint(end)),
                      "try again when Slurm can be reached");
    }
}

void hurry(const std::string& id) {
    try {
        // Not at once: a node refuses what begins in the second in which its last beginning was revoked ("Job
        // credential revoked"), and the nodes' clocks differ a little. That is why Slurm itself waits.
        run_program({"scontrol", "update", "jobid=" + id, "starttime=now+5"});
    } catch (const Failure&) {
        return;  // then it waits
    }
}

bool requeue(const std::string& id) {
    return run_program({"scontrol", "requeue", id}).exit_code == 0;
}

std::string first_node(const std::string& nodes) {
    const ProgramEnd names = run_program({"scontrol", "show", "hostnames", nodes});
    const std::string name = names.out.substr(0, names.out.find('\n'));
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, nullptr, &found) == 0) {
        ::freeaddrinfo(found);
        return name;
    }
    const ProgramEnd node = run_program({"scontrol", "--oneliner", "show", "node", name});
    const std::string key = " NodeAddr=";
    const std::size_t begin = node.out.find(key);
    if (begin == std::string::npos) {
        return name;
    }
    const std::string rest = node.out.substr(begin + key.size());
    return rest.substr(0, rest.find(' '));
}

}  // namespace graft::jobs::slurm

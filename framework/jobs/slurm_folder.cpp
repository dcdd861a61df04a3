// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/slurm_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/events.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/number_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/slurm.hpp"
#include "jobs/state_folder.hpp"

namespace graft::jobs::slurm {
namespace {

namespace fs = std::filesystem;
using core::Json;

void write_private(const fs::path& file, const std::string& text) {
    core::write_atomically(file, text);
    std::error_code error;  // the folder is private anyway
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, error);
}

void write_private(const fs::path& file, const Json& json) {
    write_private(file, core::json_text(core::with_texts(json, core::name_to_text)) + "\n");
}

/// Null where there is none yet.
Json read_private(const fs::path& file) {
    std::string text;
    try {
        text = core::read_file(file);
    } catch (const core::Failure&) {
        return {};
    }
    Json json = core::parse_json_or_discard(text);
    if (json.is_discarded()) {
        throw core::Failure(core::Category::system, "'" + file.string() + "' is damaged: it is no JSON");
    }
    return core::with_texts(json, core::text_to_name);
}

std::string outcome_kind(std::optional<std::int64_t> task) {
    return task ? fmt::format("task-{}.outcome", *task) : "outcome";
}

/// Nothing where it is none: a node that failed may have left half a line.
std::optional<core::Event> event_of(const std::string& line) {
    try {
        core::Event event = core::from_line(line);
        core::require_known(event);
        return event;
    } catch (const core::Failure&) {
        return std::nullopt;
    }
}

/// The numbers of the rounds that there are, in order.
std::vector<std::size_t> round_numbers(const fs::path& rounds) {
    std::vector<std::size_t> numbers;
    std::error_code error;
    for (fs::directory_iterator entry(rounds, error), end; !error && entry != end; entry.increment(error)) {
        if (const auto number = core::number_of_text<std::size_t>(entry->path().filename().string())) {
            numbers.push_back(*number);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

}  // namespace

std::vector<KeptBatch> Round::batches() const {
    std::vector<KeptBatch> batches;
    for (const Json& kept : read_private(folder_ / "batches.json")) {
        batches.push_back({kept.value("token", std::string()), kept.value("id", std::string()),
                           kept.value("jobs", std::vector<std::size_t>())});
    }
    return batches;
}

void Round::keep(const std::vector<KeptBatch>& batches) const {
    Json json = Json::array();
    for (const KeptBatch& batch : batches) {
        json.push_back({{"token", batch.token}, {"id", batch.id}, {"jobs", batch.jobs}});
    }
    write_private(folder_ / "batches.json", json);
}

fs::path Round::job_file(std::size_t number, const std::string& kind) const {
    return folder_ / fmt::format("job-{}.{}", number, kind);
}

Job Round::job(std::size_t number) const {
    const Json json = read_private(job_file(number, "json"));
    if (!json.is_object() || !json.contains("request")) {
        throw core::Failure(
            core::Category::system,
            "'" + job_file(number, "json").string() + "' is not there: there is no such job",
            "the folder of the record (GRAFT_STATE) must lie on a file system that all nodes share");
    }
    Job job;
    job.name = json.value("name", std::string());
    job.request = json["request"];
    job.device = json.value("device", std::string());
    job.time_limit = json.value("time_limit", 0.0);
    job.stall_limit = json.value("stall_limit", 0.0);
    return job;
}

void Round::keep(std::size_t number, const Job& job) const {
    write_private(job_file(number, "json"), {{"name", job.name},
                                             {"request", job.request},
                                             {"device", job.device},
                                             {"time_limit", job.time_limit},
                                             {"stall_limit", job.stall_limit}});
}

fs::path Round::events(std::size_t number) const {
    return job_file(number, "events");
}

fs::path Round::begin_events(std::size_t number) const {
    const fs::path file = events(number);
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        throw core::Failure(core::Category::system,
                            fmt::format("'{}' cannot be written: {}", file.string(), std::strerror(errno)));
    }
    ::close(descriptor);
    return file;
}

std::optional<Outcome> Round::outcome(std::size_t number, std::optional<std::int64_t> task) const {
    const Json json = read_private(job_file(number, outcome_kind(task)));
    if (!json.is_object()) {
        return std::nullopt;
    }
    Outcome outcome;
    outcome.exit_code = json.value("exit_code", 1);
    outcome.signal = json.value("signal", 0);
    outcome.result = json.value("result", Json());
    outcome.error = json.value("error", std::string());
    outcome.lacked_memory = json.value("lacked_memory", false);
    outcome.died = json.value("died", false);
    return outcome;
}

void Round::keep(std::size_t number, const Outcome& outcome, std::optional<std::int64_t> task) const {
    write_private(job_file(number, outcome_kind(task)), {{"exit_code", outcome.exit_code},
                                                         {"signal", outcome.signal},
                                                         {"result", outcome.result},
                                                         {"error", outcome.error},
                                                         {"lacked_memory", outcome.lacked_memory},
                                                         {"died", outcome.died}});
}

void Round::forget_outcome(std::size_t number, std::optional<std::int64_t> task) const {
    std::error_code error;
    fs::remove(job_file(number, outcome_kind(task)), error);
}

void Round::conclude(std::size_t number) const {
    write_private(job_file(number, "concluded"), std::string());
}

bool Round::is_concluded(std::size_t number) const {
    std::error_code error;
    return fs::exists(job_file(number, "concluded"), error);
}

fs::path Round::keep_script(const std::string& text) const {
    write_private(folder_ / "script", text);
    return folder_ / "script";
}

std::string Round::output_pattern(std::size_t batch, bool is_array) const {
    return as_pattern((folder_ / fmt::format("batch-{}", batch)).string()) + (is_array ? ".%a.log" : ".log");
}

fs::path Round::output(std::size_t batch, std::optional<std::size_t> index) const {
    return folder_ /
           (index ? fmt::format("batch-{}.{}.log", batch, *index) : fmt::format("batch-{}.log", batch));
}

fs::path rounds_of(const fs::path& queue_folder) {
    return queue_folder / "slurm";
}

Round new_round(const fs::path& rounds) {
    make_private_folder(rounds);
    const std::vector<std::size_t> numbers = round_numbers(rounds);
    const fs::path folder = rounds / std::to_string(numbers.empty() ? 1 : numbers.back() + 1);
    make_private_folder(folder);
    return Round(folder);
}

std::map<std::size_t, Submitted> last_submissions(const fs::path& rounds) {
    std::map<std::size_t, Submitted> submissions;
    for (const std::size_t number : round_numbers(rounds)) {
        const Round round(rounds / std::to_string(number));
        const std::vector<KeptBatch> batches = round.batches();
        for (std::size_t batch = 0; batch < batches.size(); ++batch) {
            const KeptBatch& kept = batches[batch];
            for (std::size_t index = 0; index < kept.jobs.size(); ++index) {
                const auto place = kept.jobs.size() > 1 ? std::optional(index) : std::nullopt;
                submissions[kept.jobs[index]] = {round.folder(), batch, place, kept.token,
                                                 job_id(kept.id, place)};
            }
        }
    }
    return submissions;
}

std::string job_id(const std::string& batch_id, std::optional<std::size_t> index) {
    return batch_id.empty() || !index ? batch_id : fmt::format("{}_{}", batch_id, *index);
}

bool EventTail::read(const std::function<void(const core::Event&)>& hear) {
    std::ifstream stream(file_, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset_));
    if (!stream) {
        return false;
    }
    const std::string added{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    offset_ += added.size();
    pending_ += added;
    std::size_t begin = 0;
    for (std::size_t end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', begin)) {
        const std::string line = pending_.substr(begin, end - begin);
        begin = end + 1;
        if (const auto event = event_of(line)) {
            hear(*event);
        }
    }
    pending_.erase(0, begin);
    return !added.empty();
}

}  // namespace graft::jobs::slurm

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// graft-engine does one job: a JSON request on standard input, events as JSON lines on what was its
// standard output (docs/events.md). Whatever a library prints goes to standard error instead.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <string>

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <opencv2/core/utility.hpp>

#include "command.hpp"
#include "core/events.hpp"
#include "core/filesystem_failure.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "crash.hpp"
#include "plugin/out_of_memory.hpp"

namespace {

using graft::core::Category;
using graft::core::Failure;

std::atomic<bool> stop_wanted{false};
std::atomic<pid_t> host{0};

/// A host that lives ends an engine that hangs; without one it ends by itself.
void want_stop(int) {
    constexpr unsigned int seconds_to_save = 600;
    stop_wanted = true;
    if (::getppid() != host) {
        ::alarm(seconds_to_save);
    }
}

/// Writes events to a descriptor; whole lines, from any thread.
class LineSink : public graft::core::EventSink {
public:
    explicit LineSink(int descriptor) : descriptor_(descriptor) {}

    void emit(const graft::core::Event& event) override {
        graft::core::require_complete(event);
        const std::string line = graft::core::to_line(event) + "\n";
        const std::lock_guard lock(mutex_);
        std::size_t done = 0;
        while (done < line.size()) {
            const ssize_t written = ::write(descriptor_, line.data() + done, line.size() - done);
            if (written <= 0 && errno != EINTR) {
                stop_wanted = true;  // the parent has closed the channel: save and end
                return;
            }
            done += written > 0 ? static_cast<std::size_t>(written) : 0;
        }
    }

private:
    int descriptor_;
    std::mutex mutex_;
};

int report_failure(graft::core::EventSink& events, Category category, const std::string& text) {
    events.emit({"failed", {{"category", static_cast<int>(category)}, {"text", text}}});
    return static_cast<int>(category);
}

/// "more than its share" where the job has one: see take_device.
int report_lack_of_memory(graft::core::EventSink& events, Category category, const std::string& text) {
    constexpr double gibibyte = 1024.0 * 1024 * 1024;
    rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    ::getrlimit(RLIMIT_DATA, &limit);
    const std::string share = limit.rlim_cur == RLIM_INFINITY
                                  ? ""
                                  : fmt::format("\n  it wanted more memory than its share of {:.1f} GiB",
                                                static_cast<double>(limit.rlim_cur) / gibibyte);
    events.emit(
        {"failed",
         {{"category", static_cast<int>(category)}, {"text", text + share}, {"lacked_memory", true}}});
    return static_cast<int>(category);
}

int dispatch(LineSink& events) {
    static const std::map<std::string, int (*)(graft::engine::CommandContext&)> commands = {
        {"check", graft::engine::check},       {"run", graft::engine::run},
        {"eval", graft::engine::evaluate},     {"predict", graft::engine::predict},
        {"plugins", graft::engine::plugins},   {"weights", graft::engine::weights},
        {"export", graft::engine::export_run}, {"validate", graft::engine::validate},
        {"embed", graft::engine::embed},       {"report", graft::engine::report},
        {"audit", graft::engine::audit_data},  {"verify", graft::engine::verify},
        {"show", graft::engine::show},
    };
    const std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    auto request =
        graft::core::with_texts(graft::core::parse_json_or_discard(text), graft::core::text_to_name);
    const auto command = commands.find(request.is_object() ? request.value("command", "") : "");
    if (command == commands.end()) {
        throw Failure(Category::internal,
                      "graft-engine expects a JSON request on standard input; people start `graft`");
    }
    const auto resources =
        graft::jobs::resources_from_json(request.value("resources", graft::core::Json::object()));
    if (resources.threads > 0) {
        at::set_num_threads(static_cast<int>(resources.threads));
    }
    graft::engine::CommandContext context{std::move(request), resources, events, stop_wanted};
    return command->second(context);
}

/// Each step frees and asks for the same large tensors. By default glibc maps and unmaps every one of them,
/// and the kernel clears the pages each time: up to half of a step (docs/benchmarks.md). With these
/// limits the pages stay.
void keep_freed_pages() {
    constexpr int most = std::numeric_limits<int>::max();
    ::mallopt(M_MMAP_THRESHOLD, most);
    ::mallopt(M_TRIM_THRESHOLD, most);
}

int do_job(LineSink& events) {
    try {
        return dispatch(events);
    } catch (const Failure& failure) {
        if (graft::plugin::is_out_of_memory(failure)) {
            return report_lack_of_memory(events, failure.category(), failure.what());
        }
        return report_failure(events, failure.category(), failure.what());
    } catch (const std::filesystem::filesystem_error& error) {
        const Failure failure = graft::core::failure_of(error);
        return report_failure(events, failure.category(), failure.what());
    } catch (const std::exception& error) {
        if (graft::plugin::is_out_of_memory(error)) {
            return report_lack_of_memory(events, Category::system,
                                         "out of memory: a smaller train.batch or image size needs less");
        }
        return report_failure(events, Category::internal,
                              std::string("a fault of graft itself: ") + error.what());
    }
}

/// Ends the process without the end of LibTorch's static objects: it would take its thousands of operators
/// out of their tables one by one, when all that the job wanted is done and the kernel frees the rest.
[[noreturn]] void end_process(int code) {
    std::cout.flush();
    std::fflush(nullptr);
    ::_exit(code);
}

}  // namespace

int main() {
    keep_freed_pages();
    const int wire = ::dup(STDOUT_FILENO);
    LineSink events(wire);
    graft::engine::tell_crashes(wire);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    std::setvbuf(stdout, nullptr, _IOLBF,
                 BUFSIZ);  // what plugins print is read by lines, also before a crash
    host = ::getppid();
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGTERM, want_stop);
    std::signal(SIGINT, want_stop);
    at::init_num_threads();
    // The loader's threads work on a whole picture each; threads of OpenCV's own would only compete with
    // them.
    cv::setNumThreads(0);
    end_process(do_job(events));
}

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/apart.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <sstream>
#include <utility>

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "conformance/require.hpp"
#include "core/duration.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "jobs/signals.hpp"
#include "jobs/stack.hpp"

namespace graft::conformance {
namespace {

using Clock = std::chrono::steady_clock;
using core::Json;

constexpr std::size_t kept_bytes = 4000;  // of what a case prints
constexpr int turns_after_end = 512;      // 4 KiB each: more than the pipes of a case that has ended hold
constexpr double seconds_to_tell = 2;     // for a hanging case to say where it hangs

/// A pipe whose ends are closed with it.
class Channel {
public:
    Channel() {
        if (::pipe2(ends_, O_CLOEXEC) != 0) {
            throw core::Failure(core::Category::system, "a pipe cannot be made");
        }
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel() {
        close_end(0);
        close_end(1);
    }

    int reading() const { return ends_[0]; }
    int writing() const { return ends_[1]; }
    void close_end(std::size_t end) {
        if (ends_[end] >= 0) {
            ::close(ends_[end]);
            ends_[end] = -1;
        }
    }

    /// Adds what is there to the text; false: nobody will write any more.
    bool drain(std::string& text) {
        char bytes[4096];
        const ssize_t count = ::read(ends_[0], bytes, sizeof(bytes));
        if (count > 0) {
            text.append(bytes, static_cast<std::size_t>(count));
        }
        return count > 0 || (count < 0 && errno == EINTR);
    }

private:
    int ends_[2] = {-1, -1};
};

/// The first line is what is wrong; LibTorch and problems of the host go on below it.
Json failed(const std::string& text, const std::string& remedy = "") {
    return {{"kind", "failed"}, {"text", text}, {"remedy", remedy}};
}

Json outcome_of(const Case& one) {
    try {
        return {{"kind", "passed"}, {"measured", one.body()}};
    } catch (const Skip& skip) {
        return {{"kind", "skipped"}, {"text", skip.what()}};
    } catch (const Fault& fault) {
        return failed(fault.what(), fault.remedy());
    } catch (const core::Failure& failure) {
        std::string remedy = failure.problems().empty() ? "" : failure.problems().front().remedy;
        if (remedy.find("tell its author") != std::string::npos) {
            remedy =
                "what leaves a plugin's method is what its header promises, or a graft::Error that says what "
                "is "
                "wrong and what to do";  // it is the author who reads this
        }
        return failed(core::messages(failure.problems()), remedy);
    } catch (const std::exception& error) {
        return failed(error.what());
    } catch (...) {
        return failed("something was thrown that is no std::exception");
    }
}

/// A build with LeakSanitizer looks for leaks; its report is printed. Others have no such function.
bool has_leaks() {
    using Check = int (*)();
    const auto check = reinterpret_cast<Check>(::dlsym(RTLD_DEFAULT, "__lsan_do_recoverable_leak_check"));
    return check != nullptr && check() != 0;
}

/// ThreadSanitizer, where it is preloaded and halts on its first report, ends a process so.
bool is_race(int exit_code) {
    constexpr int usual_code = 66;
    return exit_code == usual_code && ::dlsym(RTLD_DEFAULT, "__tsan_init") != nullptr;
}

[[noreturn]] void be_the_case(const Case& one, const Apart& apart, int verdict, int printed, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
        ::_exit(1);
    }
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    ::dup2(printed, STDOUT_FILENO);
    ::dup2(printed, STDERR_FILENO);
    apart.prepare(verdict);
    Json outcome = outcome_of(one);
    if (outcome["kind"] == "passed" && has_leaks()) {
        outcome = failed("LeakSanitizer found memory that nothing holds any more", "its report is below");
    }
    std::fflush(nullptr);
    const std::string line = "\n" + core::json_text(Json{{"verdict", outcome}}) + "\n";
    std::size_t done = 0;
    while (done < line.size()) {
        const ssize_t count = ::write(verdict, line.data() + done, line.size() - done);
        if (count < 0 && errno != EINTR) {
            break;
        }
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    ::_exit(0);
}

/// A case's process as its parent sees it.
class Child {
public:
    Child(const Case& one, const Apart& apart) : apart_(apart), begun_(Clock::now()) {
        std::fflush(nullptr);
        const pid_t parent = ::getpid();
        pid_ = ::fork();
        if (pid_ < 0) {
            throw core::Failure(core::Category::system, "a process for a case cannot be started");
        }
        if (pid_ == 0) {
            be_the_case(one, apart, told_.writing(), printed_.writing(), parent);
        }
        ::setpgid(pid_, pid_);
        told_.close_end(1);
        printed_.close_end(1);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() { ::kill(-pid_, SIGKILL); }

    Verdict wait() {
        while (!ended()) {
            enforce_limits();
            read(10);
        }
        for (int turn = 0; turn < turns_after_end && read(0); ++turn) {
        }
        return conclude();
    }

private:
    double seconds() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }

    bool ended() { return ::waitpid(pid_, &status_, WNOHANG) == pid_; }

    /// Takes what came; false: nothing did within so many milliseconds.
    bool read(int milliseconds) {
        pollfd channels[2] = {{told_.reading(), POLLIN, 0}, {printed_.reading(), POLLIN, 0}};
        if (::poll(channels, 2, milliseconds) <= 0) {
            return false;
        }
        bool came = false;
        if (channels[0].revents != 0) {
            if (told_.drain(text_)) {
                came = true;
            } else {
                told_.close_end(0);
            }
        }
        if (channels[1].revents != 0) {
            const std::size_t before = output_.size();
            if (printed_.drain(output_)) {
                came = true;
                [[maybe_unused]] const ssize_t passed_on =
                    ::write(STDERR_FILENO, output_.data() + before, output_.size() - before);
                output_.erase(0, output_.size() - std::min(output_.size(), kept_bytes));
            } else {
                printed_.close_end(0);
            }
        }
        return came;
    }

    /// At its limit a case is asked to crash, which tells what it was doing, and then killed.
    void enforce_limits() {
        if (apart_.stop || (over_limit_ && seconds() > apart_.limit + seconds_to_tell)) {
            ::kill(-pid_, SIGKILL);
        } else if (!over_limit_ && seconds() > apart_.limit) {
            over_limit_ = true;
            ::kill(pid_, SIGABRT);
        }
    }

    Verdict conclude() {
        Verdict verdict;
        verdict.seconds = seconds();
        Json outcome;
        std::vector<jobs::StackFrame> stack;
        std::istringstream lines(text_);
        for (std::string line; std::getline(lines, line);) {
            const Json told = core::parse_json_or_discard(line);
            if (told.is_object() && told.contains("verdict")) {
                outcome = told["verdict"];
            } else if (told.is_object() && told.value("event", "") == "crashed") {
                verdict.crash = told["data"];
            } else if (told.is_object() && told.value("event", "") == "frame") {
                stack.push_back(
                    {told["data"].value("file", ""), told["data"].value("offset", std::uint64_t{0})});
            }
        }
        if (outcome.is_null() || over_limit_ || WIFSIGNALED(status_)) {
            die(verdict);
            verdict.text += jobs::stack_text(stack);
            return verdict;
        }
        const std::string kind = outcome.value("kind", "");
        verdict.kind = kind == "passed"    ? Verdict::Kind::passed
                       : kind == "skipped" ? Verdict::Kind::skipped
                                           : Verdict::Kind::failed;
        verdict.text = outcome.value("text", "");
        verdict.remedy = outcome.value("remedy", "");
        verdict.measured = outcome.value("measured", Json());
        if (verdict.remedy == "its report is below") {
            verdict.printed = output_;
        }
        return verdict;
    }

    std::string where(const Json& crash) const {
        const std::string kind = crash.is_object() ? crash.value("kind", "") : "";
        if (kind.empty()) {
            return "";
        }
        const std::string detail = crash.value("detail", "");
        return fmt::format(" in {} '{}': {}{}", kind, crash.value("id", ""), crash.value("method", ""),
                           detail.empty() ? "" : ", " + detail);
    }

    void die(Verdict& verdict) const {
        verdict.kind = Verdict::Kind::failed;
        verdict.printed = output_;
        if (over_limit_) {
            verdict.text = fmt::format("did not end within {}{}", core::duration_text(apart_.limit),
                                       where(verdict.crash));
            verdict.remedy =
                "it hangs (a lock that is never given back, a loop without end), or needs more: --case-limit";
        } else if (WIFSIGNALED(status_)) {
            verdict.text = fmt::format("the process was ended by {}{}", jobs::signal_text(WTERMSIG(status_)),
                                       where(verdict.crash));
            verdict.remedy =
                "a pointer to what is gone or an index out of range, mostly: a build of the plugin with "
                "-fsanitize=address names the line (docs/writing-plugins.md)";
        } else if (is_race(WEXITSTATUS(status_))) {
            verdict.text = "ThreadSanitizer found two threads at one place in memory, of which one writes";
            verdict.remedy =
                "its report is below: keep nothing in the object that a method changes, or lock it";
        } else {
            verdict.text = fmt::format("the process ended with exit code {} on its way{}",
                                       WEXITSTATUS(status_), where(verdict.crash));
            verdict.remedy = "a plugin throws graft::Error and never calls exit";
        }
    }

    const Apart& apart_;
    Clock::time_point begun_;
    Channel told_;
    Channel printed_;
    pid_t pid_ = -1;
    int status_ = 0;
    bool over_limit_ = false;
    std::string text_;
    std::string output_;
};

}  // namespace

Verdict run_apart(const Case& one, const Apart& apart) {
    return Child(one, apart).wait();
}

}  // namespace graft::conformance

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// main(), and an end for a case that hangs: many wait for what other processes do, and a run of all tests
// that never ends tells nobody which. No case comes near the limit, so it measures no speed.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace {

/// Tells which processes there are, then ends those that the test program $1 has begun.
constexpr const char* end_descendants = R"sh(
ps -ww -eo pid,ppid,pgid,stat,etime,wchan:20,args --forest
end_below() {
    for child in $(cat /proc/$1/task/*/children); do
        [ "$child" = $$ ] || { kill -STOP "$child"; end_below "$child"; }
    done
    [ "$1" = "$program" ] || kill -9 "$1"
}
program=$1
end_below "$1"
)sh";

unsigned int limit_seconds() {
    const char* asked = std::getenv("GRAFT_TEST_CASE_SECONDS");
    return asked != nullptr ? static_cast<unsigned int>(std::atoi(asked)) : 900;
}

std::string running_case;  ///< read by a handler; written while no alarm is set

void end_hanging_case(int) {
    std::fprintf(stderr, "%s\nThe test case hangs; these are the processes:\n", running_case.c_str());
    const std::string own = std::to_string(::getpid());
    const pid_t shell = ::fork();
    if (shell == 0) {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        ::execl("/bin/sh", "sh", "-c", end_descendants, "sh", own.c_str(), nullptr);
        ::_exit(127);
    }
    ::waitpid(shell, nullptr, 0);
    ::_exit(1);
}

class HangWatch : public doctest::IReporter {
public:
    explicit HangWatch(const doctest::ContextOptions&) { std::signal(SIGALRM, end_hanging_case); }

    void test_case_start(const doctest::TestCaseData& test) override {
        running_case =
            std::string(test.m_file.c_str()) + ":" + std::to_string(test.m_line) + ": " + test.m_name;
        ::alarm(limit_seconds());
    }
    void test_case_end(const doctest::CurrentTestCaseStats&) override { ::alarm(0); }

    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};

REGISTER_LISTENER("hang", 1, HangWatch);

}  // namespace

int main(int count, char** words) {
    // Servers of tests are on this machine, which no proxy of the person's knows.
    for (const char* name : {"no_proxy", "NO_PROXY"}) {
        ::setenv(name, "127.0.0.1,localhost", 1);
    }
    return doctest::Context(count, words).run();
}

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Jobs whose end can pass are tried once more.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "jobs/diary.hpp"
#include "jobs/workers.hpp"
#include "support/temporary_folder.hpp"

namespace {

using graft::jobs::Job;
using graft::jobs::Machine;
using graft::jobs::run_all;
using graft::jobs::Workers;
using graft::tests::Diary;
using graft::tests::in_gibibytes;
using graft::tests::jobs_named;
using graft::tests::machine;
using graft::tests::run_on_cores;

/// An engine that is killed from outside when it begins with "killed", always with "always killed"; "gpu"
/// fails once. It notes its requests in the file `given` beside it.
struct KilledEngine {
    graft::tests::TemporaryFolder folder;
    std::string path = folder
                           .write_script("engine", R"(read request
printf '%s %s\n' "$CUDA_VISIBLE_DEVICES" "$request" >> "$(dirname "$0")/given"
case "$request" in
*'"resume":"'*unheard*) ;;
*unheard*) mkdir -p "$(dirname "$0")/unheard"; echo > "$(dirname "$0")/unheard/pipeline.yaml"; kill -KILL $$;;
esac
echo '{"event":"folder","data":{"folder":"runs/x"}}'
case "$request" in
*'"resume":"runs/always"'*) kill -KILL $$;;
*'"resume"'*) ;;
*'"always killed"'*) echo '{"event":"folder","data":{"folder":"runs/always"}}'; kill -KILL $$;;
*'"killed"'*) kill -KILL $$;;
*'"gpu"'*) echo '{"event":"failed","data":{"category":1,"text":"CUDA error"}}'; exit 1;;
esac
echo '{"event":"result","data":{}}')")
                           .string();

    std::string given() const { return graft::core::read_file(folder / "given"); }
};

/// On which ten seconds go by whenever somebody looks.
graft::core::Clock hasty_clock() {
    return [now = 0.0]() mutable { return now += 10; };
}

// Proves: a job whose engine was killed from outside goes on from where it was, after a while and once, also
// where it had all memory; one that is killed again fails, and what needs it is left out.
TEST_CASE("a job that was killed from outside is tried once more") {
    const KilledEngine engine;
    Workers workers(engine.path, hasty_clock());
    const std::vector<Job> once = jobs_named({"killed"});
    Diary diary(once);
    run_on_cores(once, 1, workers, diary);
    CHECK(diary.text == "+killed-killed");
    CHECK(diary.outcomes["killed"].exit_code == 0);
    const std::string warning = "graft-engine was ended by SIGKILL (Killed); it is tried once more in 30 s";
    CHECK(diary.warnings == warning);
    std::vector<Job> always = jobs_named({"always killed", "after"});
    always[1].needs = {0};
    Diary second(always);
    run_on_cores(always, 1, workers, second);
    CHECK(second.text == "+always killed-always killed!after(it needs always killed)");
    CHECK(second.outcomes["always killed"].exit_code == 6);
    CHECK(second.warnings == warning);
    CHECK(engine.given().find(R"({"command":"run","resume":"runs/x","sets":[],)") != std::string::npos);
}

// Proves: a run whose engine was killed before it could tell its folder goes on, too; one that lay there
// before the job began is nobody's.
TEST_CASE("a job that was killed before anybody heard of its run") {
    const KilledEngine engine;
    std::vector<Job> queue = jobs_named({"unheard"});
    queue[0].request["out"] = (engine.folder / "unheard").string();
    Workers workers(engine.path, hasty_clock());
    Diary diary(queue);
    run_on_cores(queue, 1, workers, diary);
    CHECK(diary.outcomes["unheard"].exit_code == 0);
    CHECK(engine.given().find(R"("resume":")" + (engine.folder / "unheard").string() + '"') !=
          std::string::npos);
    std::vector<Job> old = jobs_named({"unheard"});
    old[0].request["out"] = (engine.folder / "old").string();
    const auto file = engine.folder.write("old/pipeline.yaml", "");
    std::filesystem::last_write_time(file,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    Diary second(old);
    run_on_cores(old, 1, workers, second);
    CHECK(second.outcomes["unheard"].exit_code == 6);
    CHECK(engine.given().find(R"("resume":")" + (engine.folder / "old").string()) == std::string::npos);
}

// Proves: a signal while a job waits to be tried again ends it as interrupted, so that nothing is lost of it.
TEST_CASE("a signal while a job waits for its second try") {
    const KilledEngine engine;
    const std::vector<Job> queue = jobs_named({"killed"});
    Workers workers(engine.path);
    Diary diary(queue);
    diary.warned = [] { ::raise(SIGTERM); };
    run_on_cores(queue, 1, workers, diary);
    CHECK(diary.text == "+killed-killed");
    CHECK(diary.outcomes["killed"].exit_code == 75);
    CHECK(diary.outcomes["killed"].error.starts_with("graft-engine was ended by SIGKILL (Killed)\n"));
}

// Proves: a job that failed on a GPU which the driver shows no more goes on with another; one that failed on
// a GPU that is there has failed.
TEST_CASE("a job whose GPU is lost goes on with another") {
    const auto run = [](std::size_t later, const KilledEngine& engine) {
        const std::vector<Job> queue = jobs_named({"gpu"});
        Workers workers(engine.path, hasty_clock());
        Diary diary(queue);
        std::size_t looks = 0;
        run_all(queue, {}, workers, diary, [&] {
            Machine two = machine(16, 64 * in_gibibytes, 2);
            if (++looks > 1) {
                two.gpus.erase(two.gpus.begin(), two.gpus.begin() + static_cast<std::ptrdiff_t>(later));
            }
            return two;
        });
        return std::pair(diary.outcomes["gpu"].exit_code, diary.warnings);
    };
    const KilledEngine lost;
    CHECK(run(1, lost) == std::pair(0, std::string("its GPU is lost; it is tried once more in 30 s")));
    CHECK(lost.given().starts_with("GPU-0 {"));
    CHECK(lost.given().find("\nGPU-1 {\"command\":\"run\",\"resume\":\"runs/x\"") != std::string::npos);
    const KilledEngine kept;
    CHECK(run(0, kept) == std::pair(1, std::string()));
}

}  // namespace

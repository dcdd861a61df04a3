// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The engine here is a shell script that speaks the protocol, or breaks it.
#include "jobs/workers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_folder.hpp"

namespace {

using graft::core::Event;
using graft::jobs::Job;
using graft::jobs::Outcome;
using graft::jobs::Workers;
using graft::tests::TemporaryFolder;

class Listener : public graft::core::EventSink {
public:
    void emit(const Event& event) override {
        if (event.name == "output") {
            texts.push_back(event.fields["text"].get<std::string>());
            return;
        }
        names.push_back(event.name);
        last[event.name] = event.fields;
        if (const auto found = reactions.find(event.name); found != reactions.end()) {
            found->second();
        }
    }

    std::vector<std::string> names;  ///< of all events but `output`
    std::vector<std::string> texts;  ///< of those
    std::map<std::string, graft::core::Json> last;
    std::map<std::string, std::function<void()>> reactions;
};

Outcome run_script(const std::string& body, Listener& listener,
                   const graft::core::Json& request = {{"command", "run"}}) {
    const TemporaryFolder folder;
    return Workers(folder.write_script("engine", body)).run(Job{"job", request}, listener);
}

Outcome run_script(const std::string& body) {
    Listener listener;
    return run_script(body, listener);
}

TEST_SUITE("smoke") {
    // Proves: the request arrives whole on standard input, which is then closed; events come back in order;
    // the result and the exit code are the engine's.
    TEST_CASE("a job's request goes in, events and the exit code come out") {
        Listener listener;
        const Outcome outcome = run_script(
            R"(request=$(cat)
            echo '{"event":"started","data":{"name":"x"}}'
            echo '{"event":"result","data":{"request":'"$request"'}}')",
            listener, {{"command", "run"}, {"pipeline", "a \"b\".yaml"}});
        CHECK(outcome.exit_code == 0);
        CHECK(outcome.error == "");
        CHECK(listener.names == std::vector<std::string>{"engine", "started", "result"});
        CHECK(outcome.result["request"]["pipeline"] == "a \"b\".yaml");
    }
}

// Proves: pipes of 64 KiB are no limit in either direction, and nothing is lost at the end.
TEST_CASE("long requests and long answers pass") {
    Listener listener;
    const std::string long_text(3'000'000, 'x');
    const Outcome outcome = run_script(
        R"(size=$(wc -c)
        yes '{"event":"progress","data":{"step":1}}' | head -n 20000
        printf '{"event":"result","data":{"size":%s}}' "$size")",
        listener, {{"text", long_text}});
    CHECK(outcome.result["size"].get<std::size_t>() ==
          long_text.size() + std::string("{\"text\":\"\"}\n").size());
    CHECK(listener.names.size() == 20'002);
    CHECK(outcome.exit_code == 0);
}

// Proves: an engine that never reads its request does not end the parent by SIGPIPE.
TEST_CASE("an engine may end without reading") {
    Listener listener;
    const graft::core::Json request = {{"text", std::string(1'000'000, 'x')}};
    const Outcome outcome =
        run_script(R"(exec 0<&-; echo '{"event":"result","data":{}}')", listener, request);
    CHECK(outcome.exit_code == 0);
}

// Proves: the text of `failed` and its exit code are handed on as they are, for every category.
TEST_CASE("a failure keeps its text and its exit code") {
    for (const int code : {1, 2, 3, 4, 5, 6}) {
        const std::string number = std::to_string(code);
        const Outcome outcome = run_script("echo '{\"event\":\"failed\",\"data\":{\"category\":" + number +
                                           ",\"text\":\"no good\"}}'; exit " + number);
        CHECK(outcome.exit_code == code);
        CHECK(outcome.error == "no good");
    }
}

// Proves: 75 with a result is no failure; a failure told with exit code 0 is one all the same.
TEST_CASE("interrupted is an end, a failure is never a success") {
    const Outcome interrupted =
        run_script(R"(echo '{"event":"result","data":{"status":"interrupted"}}'; exit 75)");
    CHECK(interrupted.exit_code == 75);
    CHECK(interrupted.error == "");
    const Outcome failed = run_script(R"(echo '{"event":"failed","data":{"category":4,"text":"no data"}}')");
    CHECK(failed.exit_code == 1);
    CHECK(failed.error == "no data");
}

// Proves: text that is no event neither breaks the protocol nor gets lost: it is output.
TEST_CASE("what a library prints is output, on either channel") {
    Listener listener;
    const Outcome outcome = run_script(
        R"(echo 'libfoo: hello'; echo '[1,2]'; printf '\377\376\n'; echo
        printf 'a\tb\033[2Jc\303\274\302\233\n' >&2
        head -c 5000 /dev/zero | tr '\0' x >&2
        echo '{"event":"result","data":{}}')",
        listener);
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.error == "");
    std::vector<std::string> texts = listener.texts;
    std::sort(texts.begin(), texts.end());  // two channels, no order between them
    CHECK(texts == std::vector<std::string>{"[1,2]", "\\xFF\\xFE", "a b\\x1B[2Jc\xc3\xbc\\xC2\\x9B",
                                            "libfoo: hello", std::string(904, 'x'), std::string(4096, 'x')});
    const Outcome dead = run_script("echo 'libfoo: out of cheese'; exit 4");
    CHECK(dead.error ==
          "graft-engine ended with exit code 4 and without a result\n  its last output:\n    libfoo: out of "
          "cheese");
    CHECK(dead.exit_code == 1);
}

// Proves: what looks like an event and is none is a fault that is told, whatever the engine says otherwise.
TEST_CASE("a line without data, of another name or with another field is an error") {
    const std::string result = R"(; echo '{"event":"result","data":{}}')";
    const auto said = [&](const std::string& line) {
        Listener listener;
        const Outcome outcome = run_script("echo '" + line + "'" + result, listener);
        CHECK(outcome.exit_code == 1);
        CHECK(listener.names == std::vector<std::string>{"engine", "result"});
        return outcome.error;
    };
    const std::string begin = "graft-engine said what graft does not understand: ";
    const std::string end = "\n  build or install both again, they belong together";
    for (const std::string line :
         {R"({"event":"prediction","image":"a.jpg"})", R"({"event":"started"})", R"({"event":7,"data":{}})",
          R"({"event":"started","data":[]})", R"({"event":"started","data":{},"name":"x"})", "{", "{}"}) {
        CAPTURE(line);
        CHECK(said(line) == begin + "not an event of the form {\"event\":NAME,\"data\":{..}}: " + line + end);
    }
    CHECK(said(R"({"event":"image","data":{}})") ==
          begin + "there is no event 'image' (core/events.cpp)" + end);
    CHECK(said(R"({"event":"warning","data":{"text":"","image":""}})") ==
          begin + "the event 'warning' has no field 'image' (core/events.cpp)" + end);
}

// Proves: a person's names pass as they are, also those that are ours elsewhere.
TEST_CASE("heads called as our own keys come through") {
    Listener listener;
    run_script(
        R"(echo '{"event":"prediction","data":{"image":"a.jpg","heads":{"event":[1],"data":[2],"image":[3],"error":[4],"heads":[5]}}}'
        echo '{"event":"result","data":{}}')",
        listener);
    CHECK(listener.names == std::vector<std::string>{"engine", "prediction", "result"});
    CHECK(listener.last["prediction"].dump() ==
          R"({"image":"a.jpg","heads":{"event":[1],"data":[2],"image":[3],"error":[4],"heads":[5]}})");
}

// Proves: an engine that ends well but says nothing did not do its job.
TEST_CASE("an engine that says nothing has failed") {
    const Outcome outcome = run_script("exit 0");
    CHECK(outcome.exit_code == 1);
    CHECK(outcome.error == "graft-engine ended with exit code 0 and without a result");
}

// Proves: a crash names the signal, the last lines of standard error only, and blames nobody without reason.
TEST_CASE("a crash tells its signal and its last output") {
    const Outcome outcome = run_script(R"(for n in $(seq 100); do echo "line $n" >&2; done
        echo '{"event":"started","data":{}}'; kill -SEGV $$)");
    CHECK(outcome.signal == SIGSEGV);
    CHECK(outcome.exit_code == 1);
    CHECK(outcome.loading == "");
    std::string expected = "graft-engine was ended by SIGSEGV (Segmentation fault)\n  its last output:";
    for (int line = 89; line <= 100; ++line) {
        expected += "\n    line " + std::to_string(line);
    }
    CHECK(outcome.error == expected + "\n  it is not known which part of it did that");
}

/// An engine that loads a file, says that it crashes, in the middle of another line, and does.
Outcome crash(const std::string& data) {
    return run_script(R"(echo '{"event":"loading","data":{"path":"/p/toy.so"}}'
        echo '{"event":"loaded","data":{"path":"/p/toy.so"}}'
        printf '{"event":"progress","da\n%s\n' '{"event":"crashed","data":)" +
                      data + R"(}'; kill -SEGV $$)");
}

// Proves: a crash is told by what was being called, not by the file loaded last.
TEST_CASE("a crash names what was being called") {
    const Outcome whole = crash(
        R"({"signal":11,"kind":"head","id":"toy","name":"species","method":"metrics","detail":"stage layer1"})");
    const std::string broken_line = "\n  its last output:\n    {\"event\":\"progress\",\"da";
    CHECK(whole.exit_code == 3);
    CHECK(whole.signal == SIGSEGV);
    CHECK(whole.loading == "");
    CHECK(whole.loaded == "/p/toy.so");
    CHECK(whole.crash.kind == "head");
    CHECK(whole.crash.id == "toy");
    CHECK(whole.error ==
          "head 'toy' (species): metrics: ended by SIGSEGV (Segmentation fault)\n  stage layer1" +
              broken_line);
    CHECK(crash(R"({"signal":11,"kind":"dataset","id":"toy","name":"","method":"","detail":""})").error ==
          "dataset 'toy': ended by SIGSEGV (Segmentation fault)" + broken_line);
    const std::string unknown = "\n  it is not known which part of it did that";
    const Outcome nobody = crash(R"({"signal":11,"kind":"","id":"","name":"","method":"","detail":""})");
    CHECK(nobody.exit_code == 1);
    CHECK(nobody.error == "graft-engine was ended by SIGSEGV (Segmentation fault)" + broken_line + unknown);
    const Outcome ours =
        crash(R"({"signal":11,"kind":"","id":"","name":"","method":"decode","detail":"a.jpg"})");
    CHECK(ours.exit_code == 1);
    CHECK(ours.error == "graft-engine was ended by SIGSEGV (Segmentation fault) in decode\n  a.jpg" +
                            broken_line + unknown);
}

// Proves: a crash or an exit while a plugin was being loaded is that plugin's, category 3; a later one, or a
// failure that was told, is not.
TEST_CASE("a crash within a plugin's loading names the plugin") {
    const std::string loading = R"(echo '{"event":"loading","data":{"path":"/p/bad.so"}}'; )";
    const Outcome crashed = run_script(loading + "kill -ABRT $$");
    CHECK(crashed.exit_code == 3);
    CHECK(crashed.loading == "/p/bad.so");
    CHECK(crashed.error ==
          "/p/bad.so: graft-engine was ended by SIGABRT (Aborted) while it loaded this plugin\n"
          "  build that plugin again, or remove the file");
    const Outcome left = run_script(loading + "exit 0");
    CHECK(left.exit_code == 3);
    CHECK(left.error ==
          "/p/bad.so: graft-engine ended with exit code 0 and without a result while it loaded this plugin\n"
          "  build that plugin again, or remove the file");
    const std::string loaded = R"(echo '{"event":"loaded","data":{"path":"/p/bad.so"}}'; )";
    const Outcome later = run_script(loading + loaded + "kill -ABRT $$");
    CHECK(later.exit_code == 1);
    CHECK(later.loading == "");
    CHECK(later.error ==
          "graft-engine was ended by SIGABRT (Aborted)\n  it is not known which part of it did that");
    const Outcome told =
        run_script(loading + R"(echo '{"event":"failed","data":{"category":3,"text":"no good"}}'; exit 3)");
    CHECK(told.error == "no good");
    CHECK(told.loading == "");
}

// Proves: what the system kills is told as the system's, with what to do, even while a plugin is loaded.
TEST_CASE("killed by the system: probably memory") {
    const Outcome outcome =
        run_script("echo '{\"event\":\"loading\",\"data\":{\"path\":\"/p/x.so\"}}'; kill -KILL $$");
    CHECK(outcome.exit_code == 6);
    CHECK(outcome.error ==
          "graft-engine was ended by SIGKILL (Killed)\n"
          "  the system kills what uses too much memory: try a smaller train.batch or image size");
}

bool is_running(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    const std::string stat{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::size_t name_end = stat.rfind(") ");
    return name_end != std::string::npos && stat[name_end + 2] != 'Z';
}

// Proves: something that the engine leaves behind in a session of its own, and which holds the pipe open,
// does not keep the worker waiting.
TEST_CASE("a child of the engine that lives on does not hang the worker") {
    Listener listener;
    const Outcome outcome = run_script(R"sh(setsid sleep 600 &
        session() { cut -d' ' -f6 /proc/$1/stat; }
        while [ "$(session $!)" = "$(session $$)" ]; do sleep 0.01; done
        printf '{"event":"result","data":{"child":%s}}\n' $!)sh",
                                       listener);
    const pid_t child = outcome.result["child"].get<pid_t>();
    CHECK(is_running(child));  // so the worker did not wait for it
    ::kill(child, SIGKILL);
}

// Proves: nor does one that writes without a pause.
TEST_CASE("a child of the engine that floods its channel does not hang the worker") {
    Listener listener;
    const Outcome outcome = run_script(R"sh(setsid yes "$(printf %01000d 0)" >&2 &
        session() { cut -d' ' -f6 /proc/$1/stat; }
        while [ "$(session $!)" = "$(session $$)" ]; do sleep 0.01; done
        echo '{"event":"result","data":{"status":"x"}}')sh",
                                       listener);
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.result["status"] == "x");  // `yes` ends by SIGPIPE
}

// Proves: whichever way an engine ends, what it has started ends with it.
TEST_CASE("an engine leaves no child behind") {
    for (const char* end : {"exit 0", "kill -SEGV $$", "kill -KILL $$"}) {
        CAPTURE(end);
        Listener listener;
        run_script(
            std::string("sleep 600 & echo '{\"event\":\"warning\",\"data\":{\"text\":\"'$!'\"}}'; ") + end,
            listener);
        const auto child = static_cast<pid_t>(std::stol(listener.last["warning"]["text"].get<std::string>()));
        for (int look = 0; look < 3000 && is_running(child); ++look) {
            std::this_thread::sleep_for(
                std::chrono::milliseconds(10));  // it was killed, which takes its time
        }
        CHECK_FALSE(is_running(child));
        ::kill(child, SIGKILL);
    }
}

// Proves: each of the three signals reaches the engine as SIGTERM, is told, and leaves the engine its time.
TEST_CASE("the first signal goes on as SIGTERM") {
    const std::string engine = R"(trap 'echo "{\"event\":\"result\",\"data\":{\"saved\":true}}"; exit 75' TERM
        echo '{"event":"started","data":{}}'
        while :; do sleep 0.01; done)";
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
        Listener listener;
        listener.reactions["started"] = [signal] { ::raise(signal); };
        const Outcome outcome = run_script(engine, listener);
        CHECK(outcome.exit_code == 75);
        CHECK(outcome.stop_wanted);
        CHECK(outcome.error == "");
        CHECK(outcome.result["saved"] == true);
        CHECK(listener.names == std::vector<std::string>{"engine", "started", "stopping", "result"});
    }
}

// Proves: work that leaves nothing when it is stopped, such as a validation, is no fault of ours.
TEST_CASE("a job that is stopped before it has a result") {
    Listener listener;
    listener.reactions["started"] = [] { ::raise(SIGINT); };
    const Outcome outcome = run_script(
        R"(trap 'exit 75' TERM; echo '{"event":"started","data":{}}'; while :; do sleep 0.01; done)",
        listener);
    CHECK(outcome.exit_code == 128 + SIGINT);
    CHECK(outcome.error == "stopped by SIGINT (Interrupt) before there was anything to save");
    CHECK_FALSE(outcome.died);
}

// Proves: an engine that will not end is killed by the second signal, and is gone afterwards.
TEST_CASE("the second signal kills an engine that hangs") {
    for (const auto& [signal, code] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
        Listener listener;
        listener.reactions["started"] = [signal = signal] { ::raise(signal); };
        listener.reactions["stopping"] = [signal = signal] { ::raise(signal); };
        const Outcome outcome = run_script(
            R"(trap '' TERM; printf '{"event":"started","data":{"name":"%s"}}\n' $$; while :; do sleep 0.05; done)",
            listener);
        CHECK(outcome.exit_code == code);
        CHECK(outcome.stop_wanted);
        CHECK(outcome.error.find("stopped at once by SIG") == 0);
        CHECK(::kill(std::stoi(listener.last["started"]["name"].get<std::string>()), 0) == -1);
    }
}

// Proves: where signals are repeated, as by a cluster, a second one does not cost the engine what it is
// saving.
TEST_CASE("a second signal may repeat the first") {
    Listener listener;
    listener.reactions["started"] = [] { ::raise(SIGUSR1); };
    listener.reactions["warning"] = [] { ::raise(SIGTERM); };
    const TemporaryFolder folder;
    const auto engine = folder.write_script("engine", R"sh(saved() {
            echo '{"event":"warning","data":{"text":"saving"}}'
            sleep 0.3
            echo '{"event":"result","data":{"saved":true}}'
            exit 75
        }
        trap saved TERM
        echo '{"event":"started","data":{}}'
        while :; do sleep 0.01; done)sh");
    Workers workers(engine, graft::core::steady_seconds, Workers::SecondSignal::repeats);
    const Job job{"job", {{"command", "run"}}};
    const Outcome outcome = workers.run(job, listener);
    CHECK(outcome.exit_code == 75);
    CHECK(outcome.result["saved"] == true);
}

// Proves: a signal that comes before anybody can hear it, and is blocked meanwhile, is not lost; and what was
// blocked is blocked again.
TEST_CASE("a signal that was blocked is heard") {
    sigset_t usual;
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &usual);
    ::raise(SIGUSR1);
    {
        graft::jobs::SignalQueue queue;
        CHECK(queue.next() == SIGUSR1);
        CHECK(queue.next() == 0);
    }
    ::raise(SIGUSR1);
    sigset_t waiting;
    ::sigpending(&waiting);
    CHECK(sigismember(&waiting, SIGUSR1) == 1);
    CHECK(::sigwaitinfo(&blocked, nullptr) == SIGUSR1);
    ::pthread_sigmask(SIG_SETMASK, &usual, nullptr);
}

// Proves: an engine that dies of the signal itself, having nothing to save yet, ends as a shell would say.
TEST_CASE("a signal before anything is saved") {
    Listener listener;
    listener.reactions["started"] = [] { ::raise(SIGTERM); };
    const Outcome outcome =
        run_script(R"(echo '{"event":"started","data":{}}'; while :; do sleep 0.01; done)", listener);
    CHECK(outcome.exit_code == 143);
    CHECK(outcome.error == "stopped by SIGTERM (Terminated) before there was anything to save");
}

// Proves: an engine that SIGTERM from elsewhere ends while it is being loaded (`graft jobs cancel`, a machine
// that is shut down) is no fault of graft.
TEST_CASE("an engine that is stopped from outside before it has begun") {
    const Outcome outcome = run_script("kill -TERM $$; while :; do sleep 0.01; done");
    CHECK(outcome.exit_code == 143);
    CHECK(outcome.error == "stopped by SIGTERM (Terminated) before there was anything to save");
    CHECK_FALSE(outcome.died);
}

// Proves: the engine is in a group of its own, so a terminal's Ctrl-C does not reach it twice.
TEST_CASE("the engine leads its own process group") {
    Listener listener;
    const Outcome outcome = run_script(
        R"(group=$(cut -d' ' -f5 /proc/$$/stat); printf '{"event":"result","data":{"own":%s}}\n' $((group == $$)))",
        listener);
    CHECK(outcome.result["own"] == 1);
}

// Proves: a missing engine is a fault of the installation, and says so.
TEST_CASE("an engine that is not there") {
    Listener listener;
    try {
        Workers("/nowhere/graft-engine").run(Job{"job", {}}, listener);
        FAIL("it started");
    } catch (const graft::core::Failure& failure) {
        CHECK(failure.category() == graft::core::Category::system);
        CHECK(std::string(failure.what()) ==
              "cannot start /nowhere/graft-engine: No such file or directory\n"
              "  graft-engine belongs beside graft: build or install both");
    }
    const Outcome outcome =
        run_script("echo 'error while loading shared libraries: libtorch_cpu.so' >&2; exit 127");
    CHECK(outcome.exit_code == 6);
    CHECK(outcome.error ==
          "graft-engine could not start\n  its last output:\n    error while loading shared libraries: "
          "libtorch_cpu.so\n"
          "  build or install graft again");
}

}  // namespace

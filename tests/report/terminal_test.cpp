// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/terminal.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "core/events.hpp"
#include "support/temporary_folder.hpp"

namespace {

using graft::core::Event;
using graft::core::Json;
using graft::report::Screen;
using graft::report::TerminalReport;

const std::vector<Event>& short_run() {
    static const std::vector<Event> events = {
        {"loading", {{"path", "/p/resnet18.so"}}},
        {"started",
         {{"name", "ants-bees"},
          {"folder", "runs/ants-bees-1"},
          {"device", "cpu"},
          {"parameters", {{"total", 11242305}, {"trainable", 65793}}},
          {"samples", {{"train", 1244}, {"val", 153}}},
          {"epochs", 2}}},
        {"warning", {{"text", "1 file was left out"}}},
        {"warning", {{"text", "1 file was left out"}}},
        {"phase",
         {{"phase", 1},
          {"phases", 2},
          {"epochs", 1},
          {"trainable", 65793},
          {"frozen_prefix", {"stem", "layer1"}}}},
        {"progress",
         {{"epoch", 1},
          {"epochs", 2},
          {"step", 1},
          {"steps", 4},
          {"images_per_second", 99.6},
          {"loss", 0.70123},
          {"eta_seconds", 75}}},
        {"epoch",
         {{"epoch", 1},
          {"epochs", 2},
          {"phase", 1},
          {"train", {{"loss", 0.5}}},
          {"val",
           {{"loss", 0.25},
            {"species/accuracy", 0.875},
            {"species/precision", 0.5},
            {"species/precision/ants", 0.5},
            {"person/age/mae", 6.5},
            {"person/gender/accuracy", nullptr}}},
          {"seconds", 12.34},
          {"learning_rate", {{"backbone", 0.001}, {"heads.species", 0.001}}},
          {"images_per_second", 101.2},
          {"best", true}}},
        {"checkpoint", {{"path", "x"}, {"kind", "best"}}},
        {"result", {{"status", "finished"}}},
    };
    return events;
}

std::string shown(bool live, bool colour, int width = 120) {
    std::ostringstream out;
    Screen screen{out};
    screen.live = live;
    screen.colour = colour;
    screen.width = width;
    double now = 0;
    TerminalReport report(screen, [&now] { return now; });
    for (const Event& event : short_run()) {
        report.emit(event);
        now += 1;
    }
    report.clear();
    return out.str();
}

const std::string plain_lines =
    "ants-bees: 1,244 training, 153 validation samples, 65,793 of 11,242,305 parameters trainable, 2 epochs "
    "on cpu\n"
    "run folder: runs/ants-bees-1\n"
    "warning: 1 file was left out\n"
    "phase 1/2: 1 epoch, 65,793 parameters trainable, frozen from the start: stem, layer1\n"
    "        train     val   species  person/age  person/gender\n"
    "epoch    loss    loss  accuracy         mae       accuracy        lr       time  images/s\n"
    "  1/2  0.5000  0.2500    0.8750      6.5000              -     0.001       12 s       101  best\n";

TEST_SUITE("smoke") {
    // Proves: elsewhere than on a terminal no bar, no escape, one line an epoch, a warning once.
    TEST_CASE("plain lines where there is no terminal") {
        CHECK(shown(false, false) == plain_lines);
    }
}

// Proves: a terminal has one line that is written over, and nothing of it stays.
TEST_CASE("a live line on a terminal") {
    const std::string live =
        "\r\x1b[Kepoch 1/2  #####...............  step 1/4  100 images/s  loss 0.7012  ETA 1 min 15 "
        "s\r\x1b[K";
    std::string expected = plain_lines;
    expected.insert(expected.find("        train"), live);
    CHECK(shown(true, false) == expected);
}

// Proves: the live line never wraps.
TEST_CASE("a narrow terminal cuts the line") {
    CHECK(shown(true, false, 21).find("\r\x1b[Kepoch 1/2  #####....\r\x1b[K") != std::string::npos);
}

// Proves: colour paints words and changes nothing else.
TEST_CASE("colour is only paint") {
    std::string text = shown(false, true);
    for (const std::string escape : {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m"}) {
        CAPTURE(escape);
        CHECK(text.find(escape) != std::string::npos);
        for (std::size_t offset = text.find(escape); offset != std::string::npos;
             offset = text.find(escape)) {
            text.erase(offset, escape.size());
        }
    }
    CHECK(text == plain_lines);
}

// Proves: a row fits the screen: rates go first, then the last metrics, which are named; a heading comes
// again where the columns change and in a new phase, and not otherwise; different learning rates are a range.
TEST_CASE("the table of epochs fits the screen") {
    const auto epoch = [](std::int64_t number) {
        Json val = {{"loss", 0.25}};
        for (const char* head : {"first", "second", "third", "fourth", "fifth", "sixth"}) {
            val[std::string(head) + "_head_of_many/accuracy"] = 0.5;
        }
        return Event{"epoch",
                     {{"epoch", number},
                      {"epochs", 100},
                      {"train", {{"loss", 0.5}}},
                      {"val", val},
                      {"learning_rate", {{"backbone", 1e-5}, {"heads.first", 1e-3}}},
                      {"seconds", 12.0},
                      {"images_per_second", 100.0}}};
    };
    std::ostringstream out;
    TerminalReport report(Screen{out});
    report.emit(epoch(1));
    report.emit(epoch(2));
    const std::string heading =
        "no room for: third_head_of_many/accuracy, fourth_head_of_many/accuracy, "
        "fifth_head_of_many/accuracy, "
        "sixth_head_of_many/accuracy\n"
        "          train     val  first_head_of_many  second_head_of_many\n"
        "  epoch    loss    loss            accuracy             accuracy\n";
    CHECK(out.str() == heading +
                           "  1/100  0.5000  0.2500              0.5000               0.5000\n"
                           "  2/100  0.5000  0.2500              0.5000               0.5000\n");
    out.str("");
    report.emit({"phase", {{"phase", 2}, {"phases", 1}}});
    report.emit(epoch(3));
    CHECK(out.str().starts_with(heading));
    std::ostringstream wide;
    Screen screen{wide};
    screen.width = 200;
    TerminalReport(screen).emit(epoch(1));
    CHECK(wide.str().find("  1e-05..0.001       12 s       100\n") != std::string::npos);
}

// Proves: what the training's own batches gave stands beside its loss, by head where there are several, and
// goes before times do where room is short.
TEST_CASE("training scores in the table of epochs") {
    const auto lines = [](int width, const Json& train) {
        std::ostringstream out;
        Screen screen{out};
        screen.width = width;
        TerminalReport(screen).emit({"epoch",
                                     {{"epoch", 1},
                                      {"epochs", 2},
                                      {"train", train},
                                      {"val", {{"loss", 0.25}, {"species/accuracy", 0.875}}},
                                      {"learning_rate", {{"backbone", 0.001}}},
                                      {"seconds", 12.0},
                                      {"images_per_second", 101.2}}});
        return out.str();
    };
    const Json one = {{"loss", 0.5}, {"species/accuracy", 0.75}, {"species/macro_f1", 0.5}};
    CHECK(lines(80, one) ==
          "        train     train     val   species\n"
          "epoch    loss  accuracy    loss  accuracy        lr       time  images/s\n"
          "  1/2  0.5000    0.7500  0.2500    0.8750     0.001       12 s       101\n");
    CHECK(lines(60, one) ==
          "        train     val   species\n"
          "epoch    loss    loss  accuracy        lr       time\n"
          "  1/2  0.5000  0.2500    0.8750     0.001       12 s\n");
    const std::string both = lines(120, {{"loss", 0.5}, {"species/accuracy", 0.75}, {"age/mae", 6.5}});
    CHECK(
        both.starts_with("        train  train species  train age     val   species\n"
                         "epoch    loss       accuracy        mae    loss  accuracy"));
}

// Proves: a phase that ends early says which number stood still, and for how long.
TEST_CASE("the reason of an early stop") {
    std::ostringstream out;
    TerminalReport report(Screen{out});
    report.emit({"early_stop",
                 {{"phase", 2},
                  {"epoch", 7},
                  {"epochs", 20},
                  {"monitor", "val/loss"},
                  {"best", 0.25},
                  {"waited", 3}}});
    CHECK(out.str() ==
          "phase 2 stops early, after epoch 7: val/loss was not better than 0.2500 for 3 epochs\n");
}

// Proves: nothing of a weight file is left aside in silence, and a long list stays a line.
TEST_CASE("what was loaded from a weight file") {
    std::ostringstream out;
    TerminalReport report(Screen{out});
    report.emit({"fetching", {{"bytes", 5}, {"total", 10}}});  // only drawn on a terminal
    report.emit({"weights",
                 {{"file", "a.pth"},
                  {"container", "zip"},
                  {"steps", {"'module.' taken off all names"}},
                  {"loaded", 120},
                  {"missing", Json::array()},
                  {"left_out", {"a", "b", "c", "d", "e", "f"}}}});
    report.emit({"weights",
                 {{"file", "b.pth"},
                  {"loaded", 1},
                  {"missing", {"fc.weight"}},
                  {"foreign", {"argparse.Namespace"}}}});
    CHECK(out.str() ==
          "weights: 120 tensors from a.pth; 'module.' taken off all names; left out: a, b, c, d and 2 more\n"
          "weights: 1 tensor from b.pth; not in the file: fc.weight; objects of Python passed over: "
          "argparse.Namespace\n");
}

// Proves: a fetch is one line that is written over.
TEST_CASE("a fetch on a terminal") {
    std::ostringstream out;
    Screen screen{out};
    screen.live = true;
    TerminalReport report(screen);
    report.emit({"fetching", {{"bytes", 11'700'000}, {"total", 46'800'000}}});
    CHECK(out.str() == "\r\x1b[Kfetching  #####...............  11.7 MB  of 46.8 MB");
}

// Proves: long work of a command is one line, too, and nothing where there is no terminal.
TEST_CASE("how far a command has come") {
    const Event event{"doing", {{"what", "map of samples"}, {"done", 250}, {"total", 1000}}};
    std::ostringstream out;
    Screen screen{out};
    TerminalReport(screen).emit(event);
    CHECK(out.str().empty());
    screen.live = true;
    TerminalReport report(screen);
    report.emit(event);
    CHECK(out.str() == "\r\x1b[Kmap of samples  #####...............  250 of 1,000");
}

// Proves: ten drawings a second at most, the last step always among them.
TEST_CASE("fast steps are not all drawn") {
    std::ostringstream out;
    Screen screen{out};
    screen.live = true;
    double now = 0;
    TerminalReport report(screen, [&now] { return now; });
    for (int step = 1; step <= 100; ++step) {
        report.emit({"progress", {{"epoch", 1}, {"epochs", 1}, {"step", step}, {"steps", 100}}});
        now += 0.01;
    }
    std::size_t drawings = 0;
    const std::string text = out.str();
    for (std::size_t offset = text.find('\r'); offset != std::string::npos;
         offset = text.find('\r', offset + 1)) {
        ++drawings;
    }
    CHECK(drawings >= 10);
    CHECK(drawings <= 12);
    CHECK(text.find("step 100/100") != std::string::npos);
}

// Proves: warnings that an epoch has pushed away are remembered, later ones stand on the screen anyway.
TEST_CASE("warnings that scrolled away are kept for the end") {
    std::ostringstream out;
    TerminalReport report(Screen{out});
    report.emit({"warning", {{"text", "early"}}});
    CHECK(report.old_warnings().empty());
    report.emit({"epoch", {{"epoch", 1}}});
    report.emit({"warning", {{"text", "late"}}});
    CHECK(report.old_warnings() == std::vector<std::string>{"early"});
}

// Proves: an event with missing or wrong fields, or a terminal escape in its text, does no harm.
TEST_CASE("odd events are survived") {
    std::ostringstream out;
    Screen screen{out};
    screen.live = true;
    TerminalReport report(screen, [] { return 0.0; });
    std::vector<std::string> names = {"unknown"};
    for (const graft::core::EventKind& kind : graft::core::event_kinds()) {
        names.emplace_back(kind.name);
    }
    for (const std::string& name : names) {
        CHECK_NOTHROW(report.emit({name, Json::object()}));
        CHECK_NOTHROW(report.emit({name,
                                   {{"epoch", "x"},
                                    {"phases", 1e300},
                                    {"samples", 3},
                                    {"train", nullptr},
                                    {"text", 1},
                                    {"steps", -1}}}));
    }
    out.str("");
    report.clear();
    out.str("");
    report.emit({"warning", {{"text", "a\x1b[2Jb"}}});
    CHECK(out.str() == "warning: a\\x1B[2Jb\n");
}

// Proves: what plugins print is shown to those who asked for it alone.
TEST_CASE("output is shown with --verbose") {
    for (const bool verbose : {false, true}) {
        std::ostringstream out;
        TerminalReport report(Screen{out}, graft::core::steady_seconds, verbose);
        report.emit({"output", {{"text", "libfoo: hello"}}});
        CHECK(out.str() == (verbose ? "| libfoo: hello\n" : ""));
    }
}

// Proves: a head called as one of our keys has its score on the epoch's line.
TEST_CASE("an epoch of heads called as our own keys") {
    std::ostringstream out;
    TerminalReport report(Screen{out});
    report.emit(
        {"epoch",
         {{"epoch", 1},
          {"epochs", 1},
          {"val", {{"loss", 0.5}, {"loss/accuracy", 0.25}, {"val/accuracy", 1.0}, {"event/mae", 2.0}}},
          {"seconds", 1.0}}});
    CHECK(out.str() ==
          "          val      loss       val   event\n"
          "epoch    loss  accuracy  accuracy     mae       time\n"
          "  1/1  0.5000    0.2500    1.0000  2.0000      1.0 s\n");
}

// Proves: a terminal is drawn upon, in colour unless NO_COLOR says no.
TEST_CASE("a terminal has colour unless NO_COLOR is set") {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(terminal >= 0);
    REQUIRE(::isatty(terminal) == 1);
    std::ostringstream out;
    const graft::tests::ScopedVariable kind("TERM", "xterm");
    {
        const graft::tests::ScopedVariable unset("NO_COLOR", nullptr);
        CHECK(graft::report::screen_of(out, terminal).colour);
    }
    const graft::tests::ScopedVariable set("NO_COLOR", "1");
    CHECK_FALSE(graft::report::screen_of(out, terminal).colour);
    CHECK(graft::report::screen_of(out, terminal).live);
    ::close(terminal);
}

// Proves: a stream that is no terminal gets neither colour nor redrawn lines.
TEST_CASE("what a screen can show is asked of the system") {
    std::ostringstream out;
    const graft::tests::TemporaryFolder folder;
    const Screen screen = graft::report::screen_of(out, -1);
    CHECK_FALSE(screen.live);
    CHECK_FALSE(screen.colour);
    {
        const graft::tests::ScopedVariable locale("LC_ALL", "en_US.UTF-8");
        CHECK(graft::report::screen_of(out, -1).unicode);
    }
    const graft::tests::ScopedVariable locale("LC_ALL", "C");
    CHECK_FALSE(graft::report::screen_of(out, -1).unicode);
}

}  // namespace

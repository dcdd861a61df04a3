// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "verify.hpp"

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/duration.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs.hpp"
#include "report/formatting.hpp"

namespace graft::app {
namespace {

using core::Json;
using report::Paint;

constexpr double usual_limit = 60;  // seconds a case

std::string indented(const std::string& text) {
    std::string lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines += "    " + report::printable(line) + "\n";
    }
    return lines;
}

std::string number(const Json& row, const char* key) {
    return fmt::format("{:.3g}", report::number(row, key));
}

/// What a case measured, a line a row.
std::string measured_text(const Json& rows) {
    report::Rows table;
    for (const Json& row : rows) {
        table.push_back({report::text(row, "what"),
                         fmt::format("{} samples", row.value("samples", std::int64_t{0})),
                         number(row, "median_ms") + " ms",
                         fmt::format("({} to {}, {} times)", number(row, "fastest_ms"),
                                     number(row, "slowest_ms"), row.value("repeats", 0)),
                         number(row, "samples_per_second") + " samples/s"});
    }
    return report::table(table, {1, 2, 4}, 4);
}

/// Prints each case before it runs, and what became of it after.
class CasesOnScreen : public core::EventSink {
public:
    /// `command`: what runs the cases again, but for their names.
    CasesOnScreen(const Console& console, std::string command)
        : console_(console), command_(std::move(command)) {}

    void emit(const core::Event& event) override {
        if (event.name == "trying") {
            begin(event.fields);
        } else if (event.name == "tried") {
            end(event.fields);
        }
    }

    /// How to run what failed once more.
    void conclude(const Json& counts) const {
        if (console_.json()) {
            console_.print(Json{{"counts", counts}});
            return;
        }
        std::string text;
        for (const std::string& name : failed_) {
            text += fmt::format("again: {} --case {}\n", command_, core::shell_word(name));
        }
        const auto count = [&](const char* key) { return counts.value(key, 0); };
        text += fmt::format("{} passed, {} failed, {} skipped", count("passed"), count("failed"),
                            count("skipped"));
        text += count("waived") > 0 ? fmt::format(", {} waived", count("waived")) : "";
        console_.print(text + "\n");
    }

private:
    void begin(const Json& fields) {
        if (!console_.json()) {
            console_.print(fmt::format("[{}/{}] {} ... ", fields.value("number", 0), fields.value("cases", 0),
                                       report::text(fields, "case")));
        }
    }

    void end(const Json& fields) {
        if (fields.value("verdict", "") == "failed") {
            failed_.push_back(fields.value("case", ""));
        }
        if (console_.json()) {
            console_.print(fields);
            return;
        }
        console_.print(text_of(fields));
    }

    std::string text_of(const Json& fields) {
        const report::Screen& out = console_.out();
        const std::string verdict = fields.value("verdict", "");
        const std::string text = fields.value("text", "");
        const std::string waiver = fields.value("waiver", "");
        if (verdict == "passed") {
            return (waiver.empty() ? "ok\n" : "ok, so that its waiver is not needed: " + waiver + "\n") +
                   measured_text(fields.value("measured", Json::array()));
        }
        if (verdict == "skipped") {
            return report::paint(out, Paint::dim, "skipped: " + report::printable(text)) + "\n";
        }
        std::string told = indented(text);
        if (const std::string remedy = fields.value("remedy", ""); !remedy.empty()) {
            told += indented("what to do: " + remedy);
        }
        if (const std::string printed = fields.value("printed", ""); !printed.empty()) {
            told += indented("it printed last:\n" + printed);
        }
        const auto [first, is_new] = told_.try_emplace(told, report::text(fields, "case"));
        const std::string as = is_new ? "" : ", as " + first->second;
        return (verdict == "waived" ? report::paint(out, Paint::yellow, "failed, waived: " + waiver + as)
                                    : report::paint(out, Paint::red, "FAILED" + as)) +
               "\n" + (is_new ? told : "");
    }

    const Console& console_;
    std::string command_;
    std::vector<std::string> failed_;
    std::map<std::string, std::string>
        told_;  ///< what was said of a failure, by the first case of which it was
};

double case_limit(const Usage& usage, const Arguments& arguments) {
    if (!arguments.has("case-limit")) {
        return usual_limit;
    }
    const std::string text = arguments.one("case-limit");
    const auto seconds = core::seconds_of_text(text);
    if (!seconds || *seconds <= 0) {
        refuse(usage, fmt::format("--case-limit is '{}'; must be {}", text, core::duration_form));
    }
    return *seconds;
}

/// A case's name has no '='.
std::map<std::string, std::string> waivers(const Usage& usage, const Arguments& arguments) {
    std::map<std::string, std::string> waived;
    for (const std::string& text : arguments.many("waive")) {
        const std::size_t sign = text.find('=');
        if (sign == std::string::npos || sign == 0 || sign + 1 == text.size()) {
            refuse(usage, fmt::format("--waive {}: must be CASE=REASON", text),
                   "a waiver states why the case may fail");
        }
        waived[text.substr(0, sign)] = text.substr(sign + 1);
    }
    return waived;
}

/// The command with all that a case depends on.
std::string command_of(const Arguments& arguments) {
    std::string text = "graft plugins --verify " + core::shell_word(arguments.one("verify"));
    for (const char* name : {"plugin-dir", "option"}) {
        for (const std::string& value : arguments.many(name)) {
            text += fmt::format(" --{} {}", name, core::shell_word(value));
        }
    }
    for (const char* name : {"examples", "case-limit"}) {
        if (arguments.has(name)) {
            text += fmt::format(" --{} {}", name, core::shell_word(arguments.one(name)));
        }
    }
    return text;
}

}  // namespace

std::vector<OptionRow> verify_options() {
    return {
        {"verify", "FILE", "put a plugin's file through the cases of its kinds, each in a process of its own",
         false},
        {"case", "NAME", "with --verify: only this case, all of it (head.decode), or of a component (head)",
         true},
        {"option", "COMPONENT.KEY=VALUE", "with --verify: an option that the cases give a component", true},
        {"waive", "CASE=REASON", "with --verify: a case that may fail, and why", true},
        {"case-limit", "TIME", "with --verify: what a case may take, 60 s unless said; then it has failed",
         false},
        {"examples", "FILE",
         "with --verify: safetensors LOSS.PORT.output and LOSS.PORT.target, for losses of spaces of "
         "their own",
         false},
        {"measure", "", "with --verify: time the components, too", false},
        {"list", "", "with --verify: print the names of the cases and run none", false}};
}

void refuse_verify_options(const Usage& usage, const Arguments& arguments) {
    for (const OptionRow& row : verify_options()) {
        if (row.name != "verify" && arguments.has(row.name)) {
            refuse(usage, fmt::format("--{} goes with --verify FILE alone", row.name));
        }
    }
}

int verify_plugin(const Usage& usage, const Arguments& arguments, const Console& console) {
    if (!arguments.positional().empty()) {
        refuse(usage,
               fmt::format("--verify takes a plugin's file, not the id '{}'", arguments.positional().front()),
               "--case " + arguments.positional().front() + " tries one component of the file");
    }
    const std::string file = arguments.one("verify");
    const bool lists = arguments.has("list");
    CasesOnScreen screen(console, command_of(arguments));
    const jobs::Outcome outcome = run_job({file,
                                           {{"command", "verify"},
                                            {"file", file},
                                            {"options", arguments.many("option")},
                                            {"cases", arguments.many("case")},
                                            {"waived", waivers(usage, arguments)},
                                            {"case_limit", case_limit(usage, arguments)},
                                            {"examples", arguments.one("examples")},
                                            {"measure", arguments.has("measure")},
                                            {"list", lists}}},
                                          console, &screen);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    if (!outcome.result.is_object()) {
        return outcome.exit_code;  // stopped
    }
    if (!lists) {
        screen.conclude(outcome.result.value("counts", Json::object()));
    } else if (console.json()) {
        console.print(Json{{"cases", outcome.result.value("cases", Json::array())}});
    } else {
        for (const Json& name : outcome.result.value("cases", Json::array())) {
            console.print(name.get<std::string>() + "\n");
        }
    }
    return outcome.exit_code;
}

}  // namespace graft::app

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Plugins that are wrong on purpose (tests/plugins/broken) before the real programs: one clear message
// each, exit code 3, from `graft plugins` and from a command that only wanted to use other plugins.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::core::Json;
using graft::core::parse_json_or_discard;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Printed;

const fs::path broken = fs::path(GRAFT_TEST_BINARY) / "tests/plugins/broken";

bool has_broken_plugins() {
    return graft::tests::has_engine({"broken"});
}

/// The problem that `graft plugins` tells of the file; the exit code must be 3.
std::string listed_problem(const std::string& name, const std::string& file) {
    const std::string path = (broken / name / file).string();
    const Printed printed =
        CommandLine().graft({"plugins", "--json", "--plugin-dir", (broken / name).string()});
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 3);
    const Json result = parse_json_or_discard(printed.out);
    REQUIRE(result.is_object());
    REQUIRE(result.contains("plugins"));
    std::string problem = "not listed";
    for (const Json& plugin : result["plugins"]) {
        if (plugin["path"] == path) {
            problem = plugin["problem"];
        } else if (plugin["path"].get<std::string>().find(broken.string()) != 0) {
            CHECK(plugin["problem"] == "");  // the good ones were loaded all the same
        }
    }
    const std::size_t offset = problem.find(path);
    return offset == std::string::npos ? problem : problem.replace(offset, path.size(), "FILE");
}

// Proves: whatever a file is, `graft plugins` lists it with its reason.
TEST_CASE("broken plugins are listed with their reason") {
    if (!has_broken_plugins()) {
        return;
    }
    CHECK(listed_problem("text", "broken_text.so") ==
          "is no shared library: it does not begin as an ELF file does; build it again or remove it");
    const std::string truncated = listed_problem("truncated", "broken_truncated.so");
    CHECK(truncated.find("is damaged: its section table should end at byte ") == 0);
    CHECK(has(truncated, "but the file has 5000 bytes (cut off?); build or copy it again"));
    const std::string stamp = listed_problem("other_stamp", "broken_other_stamp.so");
    CHECK(stamp.find("was built for another graft:\n  libtorch: plugin 2.10.0, host 2.11.") == 0);
    CHECK(has(stamp, "\n  sdk_abi: plugin 0, host "));
    CHECK(has(stamp, "\n  rebuild the plugin with this graft's SDK and LibTorch 2.11."));
    CHECK(listed_problem("no_descriptor", "broken_no_descriptor.so") ==
          "exports no graft_plugin_descriptor: build it with graft_add_plugin and put GRAFT_PLUGIN into one "
          "of its files");
    const std::string first = (broken / "clash/broken_clash_one.so").string();
    CHECK(listed_problem("clash", "broken_clash_two.so") ==
          "brings the loss 'broken_clash', and so does " + first +
              "\n  remove one of the two files, or give one of them another id");
}

// Proves: what only loading shows is found by `graft plugins`, with the plugin's own words.
TEST_CASE("plugins that break when they are loaded are listed with their reason") {
    if (!has_broken_plugins()) {
        return;
    }
    CHECK(has(listed_problem("undefined_symbol", "broken_undefined_symbol.so"),
              "broken_function_of_no_library"));
    CHECK(has(listed_problem("throwing_initialiser", "broken_throwing_initialiser.so"),
              "the moon is in the wrong house"));
    CHECK(
        has(listed_problem("throwing_constructor", "broken_throwing_constructor.so"), "no legs to stand on"));
    CHECK(has(listed_problem("lying_note", "broken_lying_note.so"), "head 'broken_promise'"));
    CHECK(listed_problem("crashing_initialiser", "broken_crashing_initialiser.so") ==
          "FILE: graft-engine was ended by SIGABRT (Aborted) while it loaded this plugin\n"
          "  build that plugin again, or remove the file");
}

// Proves: a plugin from a later SDK is no fault: `graft plugins` lists it, and what was not read of it.
TEST_CASE("plugins built against a later API level are listed with a note") {
    if (!has_broken_plugins()) {
        return;
    }
    const std::string folder = (broken.parent_path() / "levels/newer").string();
    const Printed printed = CommandLine().graft({"plugins", "--plugin-dir", folder});
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 0);
    CHECK(has(printed.out, "\nnewer than this graft\n"));
    CHECK(has(printed.out,
              folder + "/newer_toy_ordinal.so: built against API level 7; this graft knows 1: 16 bytes "
                       "of its descriptor, 16 bytes of its component 1, 16 bytes of the factory of head "
                       "'toy_ordinal' were not read\n"));
}

// Proves: a file that cannot be used stops a command that would not need it, before any plugin is loaded.
TEST_CASE("an unusable plugin stops check") {
    if (!has_broken_plugins()) {
        return;
    }
    const std::string pipeline = std::string(GRAFT_TEST_SOURCE) + "/configs/synthetic.yaml";
    const auto checked = [&](const std::string& name) {
        const Printed printed =
            CommandLine().graft({"check", pipeline, "--plugin-dir", (broken / name).string()});
        CHECK(printed.exit_code == 3);
        CHECK(printed.out == "");
        return printed.err;
    };
    CHECK(checked("text") ==
          "error: " + (broken / "text/broken_text.so").string() +
              ": is no shared library: it does not begin as an ELF file does; build it again or remove it\n");
    CHECK(has(checked("other_stamp"), "broken_other_stamp.so: was built for another graft:\n"));
    CHECK(has(checked("no_descriptor"), "broken_no_descriptor.so: exports no graft_plugin_descriptor"));
    CHECK(has(checked("clash"), "broken_clash_two.so: brings the loss 'broken_clash', and so does "));
}

// Proves: a plugin that is used and breaks then is named, and the pipeline's place with it.
TEST_CASE("a backbone that cannot be made fails check") {
    if (!has_broken_plugins()) {
        return;
    }
    const std::string pipeline = std::string(GRAFT_TEST_SOURCE) + "/configs/synthetic.yaml";
    const Printed printed =
        CommandLine().graft({"check", pipeline, "--set", "backbone.use=broken_constructor", "--plugin-dir",
                             (broken / "throwing_constructor").string()});
    CHECK(printed.exit_code == 3);
    CHECK(has(printed.err, "no legs to stand on"));
    CHECK(has(printed.err, "broken_constructor"));
}

}  // namespace

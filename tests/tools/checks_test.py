#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""The checks of the sources find what they are there for, and nothing in a tree that is in order."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


class Tree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        self.write("sdk/include/graft/options.hpp", "#pragma once\n#include <string>\n")
        self.write("sdk/include/graft/loss.hpp", "#pragma once\n#include <torch/nn/module.h>\n")
        self.write("sdk/include/graft/stamp.hpp", "#define GRAFT_SDK_ABI 3\n")
        self.write("framework/core/event.hpp", "#pragma once\n")
        self.write("framework/pipeline/node.hpp", "#pragma once\n#include \"core/event.hpp\"\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self, tool, *arguments):
        done = subprocess.run([sys.executable, str(TOOLS / tool), "--root", str(self.root), *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout.splitlines()


class Layers(Tree):
    def test_a_tree_in_order_passes(self):
        self.write("framework/app/graft/main.cpp", '#include "graft/options.hpp"\n#include "pipeline/node.hpp"\n')
        self.assertEqual(self.check("check-layers"), (0, ["check-layers: 6 files, 0 problems"]))

    def test_an_upward_include_is_named_with_its_line(self):
        self.write("framework/core/event.cpp", '#include "core/event.hpp"\n#include "pipeline/node.hpp"\n')
        code, lines = self.check("check-layers")
        self.assertEqual(code, 1)
        self.assertEqual(lines[0], "framework/core/event.cpp:2: core includes 'pipeline/node.hpp', but pipeline is "
                                   "below it; what both need belongs into core or a folder above")

    def test_a_light_folder_may_not_reach_libtorch_through_another_header(self):
        self.write("framework/pipeline/check.hpp", '#include "graft/loss.hpp"\n')
        self.write("framework/report/table.cpp", '#include <vector>\n#include "pipeline/check.hpp"\n')
        lines = self.check("check-layers")[1]
        self.assertIn("framework/report/table.cpp:2: this folder is light, but reaches pipeline/check.hpp -> "
                      "graft/loss.hpp -> <torch/nn/module.h>", lines)
        self.assertIn("framework/pipeline/check.hpp:1: this folder is light, but reaches graft/loss.hpp -> "
                      "<torch/nn/module.h>", lines)

    def test_a_page_that_leaves_a_layer_out(self):
        self.write("README.md", "| `framework/core/` | files |\n| `framework/pipeline/` | YAML |\n")
        self.assertIn("README.md:1: lists the layers, and has pipeline where catalog comes next",
                      self.check("check-layers")[1])

    def test_light_includes_opencv_directly(self):
        self.write("framework/app/graft/main.cpp", "#include <opencv2/core.hpp>\n")
        self.assertEqual(self.check("check-layers")[1][0],
                         "framework/app/graft/main.cpp:1: this folder is light, but reaches <opencv2/core.hpp>")

    def test_an_unknown_folder_and_the_other_program(self):
        self.write("framework/utils/text.hpp", "#pragma once\n")
        self.write("framework/app/graft-engine/command.hpp", "#pragma once\n")
        self.write("framework/app/graft/main.cpp", '#include "app/graft-engine/command.hpp"\n')
        lines = self.check("check-layers")[1]
        self.assertTrue(lines[0].startswith("framework/app/graft/main.cpp:1: 'app/graft-engine/command.hpp' belongs to "
                                            "the program framework/app/graft-engine"), lines)
        self.assertTrue(lines[1].startswith("framework/utils/text.hpp:1: framework/utils is not in the list"), lines)

    def test_a_plugin_sees_the_sdk_its_own_folder_and_libtorch(self):
        self.write("plugins/heads/points/grid.hpp", "#pragma once\n")
        self.write("plugins/heads/points/points.cpp",
                   '#include "graft/loss.hpp"\n#include "grid.hpp"\n#include <ATen/ATen.h>\n#include <vector>\n'
                   '#include <nlohmann/json.hpp>\n#include "core/event.hpp"\n#include <opencv2/core.hpp>\n')
        code, lines = self.check("check-layers")
        self.assertEqual([line.split(";")[0] for line in lines[:-1]],
                         ["plugins/heads/points/points.cpp:6: a plugin includes 'core/event.hpp'",
                          "plugins/heads/points/points.cpp:7: a plugin includes 'opencv2/core.hpp'"])
        self.assertEqual(code, 1)


class Sizes(Tree):
    def test_the_limits_themselves_pass(self):
        body = "    step();\n" * 78
        self.write("framework/core/a.cpp", "namespace a {\nint long_one(int x) {\n" + body + "}\n}\n")
        self.write("framework/core/b.cpp", "\n" * 500)
        self.assertEqual(self.check("check-sizes")[0], 0)

    def test_one_line_more_fails(self):
        body = '    call("}");  // }\n' * 79
        self.write("framework/core/a.cpp",
                   "struct A {\n    A() : x_{1}, y_(2) {}\n    int long_one(int x) const noexcept {\n" + body + "    }\n};\n")
        self.write("framework/core/b.cpp", "\n" * 501)
        code, lines = self.check("check-sizes")
        self.assertEqual(code, 1)
        self.assertEqual(lines[:2], [
            "framework/core/a.cpp:3: long_one has 81 lines; at most 80. Give its parts names of their own",
            "framework/core/b.cpp: 501 lines; at most 500. Split it by what it does"])

    def test_aims_are_told_on_demand(self):
        self.write("framework/core/a.cpp", "void f(\n    int x,\n    int y) {\n" + "    g();\n" * 40 + "}\n")
        self.assertEqual(self.check("check-sizes")[1], ["check-sizes: 6 files, 0 problems, 1 above their aim"])
        self.assertEqual(self.check("check-sizes", "-v")[1][0], "framework/core/a.cpp:1: f has 44 lines; aim at 40")


class Names(Tree):
    def test_the_same_name_in_two_files(self):
        self.write("framework/core/a.cpp", "namespace graft {\nstruct Twice {\n    int size;\n};\nnamespace {\nclass Part : public A {};\n"
                                           "int sum(const B& b, int more = 3) {\n    return 1;\n}\nconst int most = 3;\n}\n}\n")
        self.write("framework/core/b.cpp", "namespace graft {\nnamespace {\nstruct Part {};\n"
                                           "double sum(const B& other, int) {\n    return 1;\n}\nint most(int x) {\n    return x;\n}\n}\n}\n")
        self.write("framework/report/c.cpp", "namespace graft {\nenum class Twice { one };\n}\n")
        code, lines = self.check("check-names")
        self.assertEqual(code, 1)
        self.assertEqual([line.split(". Give")[0] for line in lines], [
            "framework/report/c.cpp:2: 'Twice' is defined in framework/core/a.cpp:2 already",
            "framework/core/b.cpp:3: 'Part' is defined in framework/core/a.cpp:6 already",
            "framework/core/b.cpp:4: 'sum(const B&,int)' is defined in framework/core/a.cpp:7 already",
            "framework/core/b.cpp:7: 'most(int)' is defined in framework/core/a.cpp:10 already",
            "check-names: 8 files, 4 problems"])

    def test_what_may_be_named_alike(self):
        self.write("framework/core/a.cpp", "namespace graft {\nA::A(int x) : held_(x) {}\nnamespace {\nint sum(int x) { return x; }\n"
                                           "struct Part {};\n}\nint A::size() const { return 1; }\n}\n")
        self.write("framework/core/b.cpp", "namespace graft {\nB::B(int x) : held_(x) {}\nnamespace {\nint sum(float x) { return 1; }\n"
                                           "}\nint B::size() const { return 1; }\nnamespace inner {\nnamespace {\nstruct Part {};\n}\n}\n}\n")
        self.write("framework/report/c.cpp", "namespace graft {\nnamespace {\nstruct Part {};\n}\n}\n")
        self.assertEqual(self.check("check-names"), (0, ["check-names: 8 files, 0 problems"]))


class Docs(Tree):
    def test_paths_in_code_and_links(self):
        self.write("docs/one.md", "See `framework/core/event.hpp`, `framework/{core,pipeline}/`, `sdk/include/graft/*.hpp`, "
                                  "`framework/NAME/event.hpp`, [the second](two.md) and `build/release/bin/graft`.\n")
        self.write("docs/two.md", "```sh\ntools/gone now\n```\n`framework/{core,nowhere}/` [gone](three.md#part)\n")
        self.assertEqual(self.check("check-docs"), (1, [
            "docs/two.md:2: names 'tools/gone', which is not there",
            "docs/two.md:4: names 'framework/nowhere/', which is not there",
            "docs/two.md:4: links to 'three.md', which is not there",
            "check-docs: 2 pages, 3 problems"]))


class Abi(Tree):
    def test_a_header_may_change_only_with_the_number(self):
        self.assertEqual(self.check("check-abi", "--update")[0], 0)
        self.write("sdk/include/graft/options.hpp", "#pragma once\n// A comment.\n#include   <string>\n")
        self.assertEqual(self.check("check-abi"), (0, ["check-abi: the SDK's headers are those of ABI 3"]))
        self.write("sdk/include/graft/options.hpp", "#pragma once\n#include <string>\nstruct Options {};\n")
        code, lines = self.check("check-abi")
        self.assertEqual(code, 1)
        self.assertTrue(lines[0].startswith("check-abi: the SDK's headers are no longer those of ABI 3. Raise"), lines)
        self.write("sdk/include/graft/stamp.hpp", "#define GRAFT_SDK_ABI 4\n")
        self.assertEqual(self.check("check-abi")[1],
                         ["check-abi: GRAFT_SDK_ABI is 4, but sdk_abi.sha256 is of ABI 3: run tools/check-abi --update"])
        self.assertEqual(self.check("check-abi", "--update")[0], 0)
        self.assertEqual(self.check("check-abi")[0], 0)


class Skipped(Tree):
    def skipped(self, log):
        self.write("Testing/Temporary/LastTest.log", log)
        done = subprocess.run([str(TOOLS / "skipped"), str(self.root)], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.splitlines()

    def test_each_case_is_told_once_with_its_program_and_reason(self):
        head = "{0}/82 Testing: {1}\n{0}/82 Test: {1}\nCommand: \"bin/test\"\nOutput:\n----------\n"
        log = (head.format(25, "core.unit") + "SKIPPED: a full disk: there is no /dev/full\n"
               "SKIPPED: a full disk: there is no /dev/full\n[doctest] test cases: 3 | 3 passed\n"
               + head.format(1, "data.unit") + "ERROR: text of SKIPPED: words\n"
               + head.format(3, "conformance.bce") + "skipped bce(x=1): no\n9 passed, 0 failed, 2 skipped\n"
               + head.format(4, "conformance.mse") + "8 passed, 0 failed, 1 skipped\n"
               + head.format(7, "check-format") + "SKIPPED: there is no clang-format here\n")
        self.assertEqual(self.skipped(log), ["  core.unit: a full disk: there is no /dev/full",
                                             "  check-format: there is no clang-format here",
                                             "  conformance cases that do not apply to a plugin: 3", "cases skipped: 2"])

    def test_none(self):
        self.assertEqual(self.skipped("1/1 Testing: core.unit\n"), ["cases skipped: 0"])


if __name__ == "__main__":
    unittest.main()

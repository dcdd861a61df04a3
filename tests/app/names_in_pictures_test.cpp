// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Class names in four scripts, in every picture that the programs draw.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Printed;
using graft::tests::slurp;
using Texts = std::vector<std::string>;

const std::string named_plugins = GRAFT_TEST_BINARY "/tests/plugins/hostile";

/// Four classes of pictures; where fontconfig knows the fonts of `folder` alone.
void write_task(const CommandLine& line, const Texts& classes, const std::string& folder) {
    for (const std::string split : {"photos/train/", "photos/val/"}) {
        for (const std::string& name : classes) {
            for (const char* number : {"1", "2"}) {
                line.folder.write(split + name + "/" + number + ".ppm", graft::tests::plain_picture());
            }
        }
    }
    line.folder.write("fonts.conf", "<?xml version=\"1.0\"?><fontconfig><cachedir>cache</cachedir><dir>" +
                                        folder + "</dir></fontconfig>");
    line.folder.write("p.yaml", R"(
graft: 1
name: names
data: {use: image_folder, root: photos, image: {size: 32}}
backbone: {use: hostile_backbone}
head: {use: classification}
train: {device: cpu, batch: 4, epochs: 1, threads: 1}
)");
}

Printed graft_with_fonts(const CommandLine& line, const std::string& words) {
    return line.shell("FONTCONFIG_FILE=\"$PWD/fonts.conf\" \"$graft\" " + words + " --plugin-dir " +
                      graft::tests::quoted(named_plugins));
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t place = text.find(part); place != std::string::npos;
         place = text.find(part, place + 1)) {
        ++found;
    }
    return found;
}

}  // namespace

TEST_SUITE("slow") {
    // Proves: names that the machine's fonts have are drawn without a word; a script that no font has is told
    // once by each command that draws, with the package that has one, and nothing else changes; on a machine
    // without any font the pictures are still there.
    TEST_CASE("class names in four scripts") {
        const std::string dejavu = "/usr/share/fonts/truetype/dejavu";
        if (!graft::tests::has_engine({"hostile"})) {
            return;
        }
        if (!fs::is_directory(dejavu)) {
            graft::tests::skip("the fonts of the package fonts-dejavu-core are not in " + dejavu);
            return;
        }
        const CommandLine covered;
        write_task(covered, {"café", "Жук", "γάτα", "قطة"}, dejavu);
        for (const std::string words : {"show p.yaml", "run p.yaml --out run", "predict run photos/val",
                                        "predict run photos/val/café/1.ppm"}) {
            const Printed printed = graft_with_fonts(covered, words);
            CAPTURE(printed.err);
            CHECK(printed.exit_code == 0);
            CHECK(count(printed.err, "font") == 0);
        }
        const CommandLine uncovered;
        write_task(uncovered, {"café", "Жук", "日本", "猫"}, dejavu);
        for (const std::string words :
             {"show p.yaml", "run p.yaml --out run", "predict run photos/val/日本/1.ppm"}) {
            const Printed printed = graft_with_fonts(uncovered, words);
            CAPTURE(printed.err);
            CHECK(printed.exit_code == 0);
            CHECK(count(printed.err, "warning: no font on this machine has Chinese (Han): ") == 1);
            CHECK(has(printed.err, "apt-get install fonts-noto-cjk"));
        }
        uncovered.folder.write("fonts.conf", "<?xml version=\"1.0\"?><fontconfig/>");
        const Printed bare = graft_with_fonts(uncovered, "predict run photos/val --picture bare.png");
        CAPTURE(bare.err);
        CHECK(bare.exit_code == 0);
        CHECK(count(bare.err, "warning: there is no font on this machine: ") == 1);
        CHECK(slurp(uncovered.folder / "bare.png").size() > 1000);
    }
}

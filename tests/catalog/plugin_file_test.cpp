// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "catalog/catalog.hpp"
#include "catalog/elf_builder.hpp"
#include "support/temporary_folder.hpp"

namespace {

using graft::catalog::PluginFile;
using graft::catalog::read_plugin_file;
using graft::tests::build;
using graft::tests::Library;
using graft::tests::note;
using graft::tests::TemporaryFolder;

const std::string stamp_text = "sdk_abi=7\nlibtorch=2.11.0\narchitecture=x86_64";
const std::map<std::string, std::string> own_stamp = {
    {"sdk_abi", "7"}, {"libtorch", "2.11.0"}, {"architecture", "x86_64"}};

std::string component(const std::string& id) {
    return note(2, "head\n" + id + "\n1.2.3\nA sentence");
}

PluginFile read(const std::string& bytes) {
    const TemporaryFolder folder;
    return read_plugin_file(folder.write("x.so", bytes), own_stamp);
}

std::string problem_of(const Library& library) {
    return read(build(library)).problem;
}

TEST_SUITE("smoke") {
    // Proves: stamp and components are what the bytes of the notes say.
    TEST_CASE("a plugin's notes are read") {
        const PluginFile file = read(build({note(1, stamp_text) + component("one") + component("two")}));
        CHECK(file.problem == "");
        CHECK(file.stamp == own_stamp);
        REQUIRE(file.entries.size() == 2);
        CHECK(file.entries[0].kind == "head");
        CHECK(file.entries[0].id == "one");
        CHECK(file.entries[0].version == "1.2.3");
        CHECK(file.entries[0].summary == "A sentence");
        CHECK(file.entries[1].id == "two");
    }
}

// Proves: words of zeros that a linker puts between notes, and notes of other owners, are no notes of ours.
TEST_CASE("padding and foreign notes are stepped over") {
    const std::string zeros(20, '\0');
    const PluginFile file = read(
        build({zeros + note(1, stamp_text) + zeros + note(2, "head", "GNU") + component("one") + zeros}));
    CHECK(file.problem == "");
    CHECK(file.entries.size() == 1);
}

// Proves: each sort of wrong file has its own whole text.
TEST_CASE("what is no plugin is told why") {
    const std::string good = note(1, stamp_text) + component("one");
    CHECK(read("").problem == "is no shared library: the file is empty; build it again or remove it");
    CHECK(read("hello, I am a text file that was renamed\n").problem ==
          "is no shared library: it does not begin as an ELF file does; build it again or remove it");
    CHECK(problem_of({.notes = good, .type = ET_EXEC}) ==
          "is no shared library: it is an ELF file of another type (a program or an object file); build it "
          "again or "
          "remove it");
    CHECK(problem_of({.notes = good, .bits = ELFCLASS32}) ==
          "is no shared library: it is no 64-bit little-endian ELF file; build it again or remove it");
    CHECK(
        problem_of({.notes = good, .note_section = ".note.other"}) ==
        "carries no graft stamp: build it with graft_add_plugin and put GRAFT_PLUGIN into one of its files");
    CHECK(problem_of({.notes = good, .symbol = "another"}) ==
          "exports no graft_plugin_descriptor: build it with graft_add_plugin and put GRAFT_PLUGIN into one "
          "of its "
          "files");
    CHECK(problem_of({.notes = good, .defined = false}).rfind("exports no graft_plugin_descriptor", 0) == 0);
    CHECK(problem_of({.notes = note(1, stamp_text)}) ==
          "brings no component: add GRAFT_BACKBONE, GRAFT_HEAD, GRAFT_DATASET or GRAFT_LOSS");
    const TemporaryFolder folder;
    CHECK(
        read_plugin_file(folder / "gone.so", own_stamp).problem ==
        "is no shared library: it cannot be opened (No such file or directory); build it again or remove it");
    CHECK(read_plugin_file(folder.path(), own_stamp).problem ==
          "is no shared library: it is no plain file; build it again or remove it");
}

// Proves: all differences stand in one message, keys that only one side has among them.
TEST_CASE("another stamp: every difference, and what to rebuild") {
    CHECK(problem_of({.notes = note(1, "sdk_abi=6\nlibtorch=2.10.0\nflavour=rocm") + component("one")}) ==
          "was built for another graft:\n"
          "  architecture: plugin nothing, host x86_64\n"
          "  flavour: plugin rocm, host nothing\n"
          "  libtorch: plugin 2.10.0, host 2.11.0\n"
          "  sdk_abi: plugin 6, host 7\n"
          "  rebuild the plugin with this graft's SDK and LibTorch 2.11.0, or remove the file");
}

// Proves: a plugin that needs a later API level is refused before it is loaded; what it was built against,
// and what a later SDK writes besides, is no reason.
TEST_CASE("a later API level") {
    const std::string good = note(1, stamp_text) + component("one");
    CHECK(problem_of({.notes = good + note(3, "built=9\nneeded=1\nflavour=rocm")}) == "");
    CHECK(problem_of({.notes = good + note(3, "")}) == "");
    CHECK(problem_of({.notes = good + note(77, "needed=9")}) == "");
    CHECK(
        problem_of({.notes = good + note(3, "built=9\nneeded=8"), .defined = false}) ==
        "needs API level 8, this graft has 1 (SDK ABI 2): update graft, or build the plugin for API level 1 "
        "or lower");
    CHECK(problem_of({.notes = good + note(3, "needed=1.\x1b")}) ==
          "needs API level '1.?', which is no number: build it again");
    CHECK(problem_of({.notes = good + note(3, "needed=99999999999")}) ==
          "needs API level '99999999999', which is no number: build it again");
}

// Proves: untrusted text is checked before it is used or printed.
TEST_CASE("components that make no sense are refused") {
    const std::string stamp = note(1, stamp_text);
    CHECK(problem_of({.notes = stamp + note(2, "head\none\n1.0")}) ==
          "has a component note of 3 lines; it must have four: kind, id, version, summary");
    CHECK(problem_of({.notes = stamp + note(2, "tail\none\n1.0\nx")}) ==
          "brings a component of kind 'tail'; there are backbone, head, dataset, loss");
    CHECK(problem_of({.notes = stamp + note(2, "head\nOne!\n1.0\nx")}) ==
          "brings a head with the id 'One!'; an id has lower case letters, digits and _ only");
    CHECK(problem_of({.notes = stamp + component("one") + component("one")}) ==
          "brings the head 'one' twice; give one of them another id");
    const PluginFile file = read(build({stamp + note(2, "head\none\n1.0\n\x1b[31mred")}));
    CHECK(file.entries.at(0).summary == "?[31mred");
}

// Proves: a file cut off anywhere is refused (never read as whole, never a crash).
TEST_CASE("a truncated file is refused wherever it is cut") {
    const std::string whole = build({note(1, stamp_text) + component("one")});
    REQUIRE(read(whole).problem == "");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(read(whole.substr(0, size)).problem != "");
    }
    CHECK(read(whole.substr(0, 30)).problem ==
          "is damaged: the file ends after 30 bytes, within its header (cut off?); build or copy it again");
}

// Proves: no byte, whatever it becomes, makes the reader crash, loop or throw (the sanitizers watch).
TEST_CASE("a file with any byte changed is read without harm") {
    const std::string whole = build({note(1, stamp_text) + component("one")});
    for (std::size_t position = 0; position < whole.size(); ++position) {
        for (const char value : {'\x00', '\x01', '\x7f', '\x80', '\xff'}) {
            std::string changed = whole;
            changed[position] = value;
            CHECK_NOTHROW(read(changed));
        }
    }
}

// Proves: sizes chosen to overflow are caught by subtraction, not by luck.
TEST_CASE("sizes near the largest number are refused") {
    std::string bytes = build({note(1, stamp_text) + component("one")});
    const std::uint64_t huge = ~std::uint64_t{0} - 8;
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    SUBCASE("section table's offset") {
        std::memcpy(bytes.data() + offsetof(Elf64_Ehdr, e_shoff), &huge, 8);
    }
    SUBCASE("note section's size") {
        std::memcpy(bytes.data() + header.e_shoff + sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_size), &huge,
                    8);
    }
    SUBCASE("note section's offset") {
        std::memcpy(bytes.data() + header.e_shoff + sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_offset),
                    &huge, 8);
    }
    SUBCASE("note's text size") {
        std::memset(bytes.data() + sizeof(Elf64_Ehdr) + 4, 0xff, 4);
    }
    CHECK(read(bytes).problem.rfind("is damaged: ", 0) == 0);
}

}  // namespace

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What is said of a plugin that cannot be loaded (tests/plugins/broken), and that a loaded one stays.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "plugin/library.hpp"
#include "plugin/registry.hpp"

namespace {

using namespace graft;
namespace fs = std::filesystem;

const fs::path plugins = fs::path(GRAFT_TEST_BINARY) / "tests/plugins";

/// The problem of loading a file whose notes were not looked at, its path as FILE.
std::string why_not_loaded(const fs::path& path) {
    catalog::PluginFile file;
    file.path = path;
    std::string text = "loaded";
    try {
        plugin::Registry(catalog::Catalog({}, {})).load(file);
    } catch (const core::Failure& failure) {
        CHECK(failure.category() == core::Category::plugin);
        text = failure.what();
    }
    for (std::size_t offset = 0; (offset = text.find(path.string())) != std::string::npos;) {
        text.replace(offset, path.string().size(), "FILE");
    }
    return text;
}

const std::string rebuild = "\n  rebuild it against this graft, or install the library it needs";

// Proves: whatever the system's loader says of a file reaches the user.
TEST_CASE("a plugin that cannot be opened is refused in the loader's words") {
    CHECK(why_not_loaded("/no/such/plugin.so") ==
          "plugin 'FILE' cannot be used: FILE: cannot open shared object file: No such file or directory" +
              rebuild);
    CHECK(why_not_loaded(plugins / "broken/text/broken_text.so") ==
          "plugin 'FILE' cannot be used: FILE: file too short" + rebuild);
    CHECK(why_not_loaded(plugins / "broken/undefined_symbol/broken_undefined_symbol.so") ==
          "plugin 'FILE' cannot be used: FILE: undefined symbol: _Z29broken_function_of_no_libraryv" +
              rebuild);
}

// Proves: all libraries that are not there are named at once, before the system's loader stops at the first.
TEST_CASE("a plugin whose libraries are missing is refused with their names") {
    CHECK(why_not_loaded(plugins / "broken/missing_library/broken_missing_library.so") ==
          "plugin 'FILE' cannot be used: it needs libgraft_absent_one.so.7, libgraft_absent_two.so.7, which "
          "are not on this machine\n"
          "  install the packages that have them, or name their folder in LD_LIBRARY_PATH");
}

// Proves: what a static initialiser throws is told, and ends nothing.
TEST_CASE("a plugin whose static initialiser throws is refused with what it threw") {
    CHECK(why_not_loaded(plugins / "broken/throwing_initialiser/broken_throwing_initialiser.so") ==
          "plugin 'FILE' cannot be used: it threw while it was loaded: the moon is in the wrong house\n"
          "  tell its author, or take the file out of the plugin folder");
}

// Proves: a library without the descriptor is told from one that cannot be opened.
TEST_CASE("a plugin without its descriptor is refused with a remedy") {
    CHECK(why_not_loaded(plugins / "broken/no_descriptor/broken_no_descriptor.so") ==
          "plugin 'FILE' cannot be used: it exports no 'graft_plugin_descriptor'\n"
          "  write GRAFT_PLUGIN(...) in one of its files and build it with graft_add_plugin()");
}

// Proves: a library is not unloaded when nobody holds it any more.
TEST_CASE("an opened library stays") {
    const std::string name = "broken_clash_one.so";
    std::string why_not;
    plugin::open_library(plugins / "broken/clash" / name, boost::dll::load_mode::rtld_local, why_not);
    CHECK(why_not == "");
    std::ifstream maps("/proc/self/maps");
    const std::string mapped(std::istreambuf_iterator<char>(maps), {});
    CHECK(mapped.find(name) != std::string::npos);
}

}  // namespace

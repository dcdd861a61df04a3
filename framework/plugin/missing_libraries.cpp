// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The loader names the first library that it lacks, and only that one.
#include "plugin/missing_libraries.hpp"

#include <algorithm>
#include <system_error>

#include "catalog/elf.hpp"
#include "plugin/library.hpp"

namespace graft::plugin {
namespace {

namespace fs = std::filesystem;

/// A folder of a dynamic section, with $ORIGIN as the plugin's own.
fs::path resolved(std::string folder, const fs::path& plugin) {
    std::error_code error;
    const std::string origin = fs::absolute(plugin, error).parent_path().string();
    for (const std::string& word : {std::string("${ORIGIN}"), std::string("$ORIGIN")}) {
        for (std::size_t offset = 0; (offset = folder.find(word, offset)) != std::string::npos;
             offset += origin.size()) {
            folder.replace(offset, word.size(), origin);
        }
    }
    return folder;
}

bool is_there(const std::string& library, const std::vector<fs::path>& folders) {
    std::error_code error;
    if (library.find('/') != std::string::npos) {
        return fs::exists(library, error);
    }
    if (std::any_of(folders.begin(), folders.end(),
                    [&](const fs::path& folder) { return fs::exists(folder / library, error); })) {
        return true;
    }
    std::string ignored;
    return static_cast<bool>(open_library(library, boost::dll::load_mode::rtld_local, ignored));
}

}  // namespace

std::vector<std::string> missing_libraries(const fs::path& plugin) {
    std::vector<std::string> missing;
    try {
        catalog::ElfFile elf(plugin);
        std::vector<fs::path> folders;
        for (const std::string& folder : elf.library_folders()) {
            folders.push_back(resolved(folder, plugin));
        }
        for (const std::string& library : elf.needed()) {
            if (!is_there(library, folders)) {
                missing.push_back(library);
            }
        }
    } catch (const catalog::ElfError&) {
        return {};  // the loader says what is wrong with the file
    }
    return missing;
}

}  // namespace graft::plugin

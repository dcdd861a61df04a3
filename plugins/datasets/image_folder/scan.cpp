// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "scan.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <system_error>
#include <utility>

#include "../folders/files.hpp"
#include "../folders/walk.hpp"
#include "graft/error.hpp"

namespace graft::image_folder {
namespace {

namespace fs = std::filesystem;
using folders::is_folder;
using folders::nearby;

constexpr std::size_t named_at_most = 100;  ///< files a kind of problem; the others are counted

std::string lower_extension(const fs::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return extension;
}

/// Tells pictures from other files.
class Sorter {
public:
    Sorter(const fs::path& folder, Scan& scan) : folder_(folder), scan_(scan) {}

    void add(const fs::path& path, std::int64_t class_index) {
        const std::string extension = lower_extension(path);
        std::error_code error;
        if (!fs::is_regular_file(path, error)) {
            scan_.problems.push_back({path.string(), "is no file, or a link to nothing"});
        } else if (folders::is_picture(path)) {
            scan_.pictures.push_back({path.lexically_relative(folder_).generic_string(), class_index});
        } else if (++others_[extension] <= named_at_most) {
            scan_.problems.push_back(
                {path.string(),
                 (extension.empty() ? std::string("has no extension") : "has the extension " + extension) +
                     ", which image folders do not read; left out",
                 false});
        }
    }

    /// Counts the files that were not named.
    void tell_others() {
        for (const auto& [extension, count] : others_) {
            if (count > named_at_most) {
                scan_.problems.push_back({folder_.string(),
                                          std::to_string(count - named_at_most) +
                                              " more files with the extension '" + extension +
                                              "' were left out",
                                          false});
            }
        }
    }

private:
    const fs::path& folder_;
    Scan& scan_;
    std::map<std::string, std::size_t> others_;
};

}  // namespace

std::vector<std::string> class_folders(const fs::path& folder) {
    if (!is_folder(folder)) {
        throw Error(ErrorKind::data, "there is no folder " + folder.string() +
                                         "; expected one with a folder a class.\n" + nearby(folder) +
                                         "\nCorrect `root` or the split's name.");
    }
    std::vector<std::string> names;
    for (const fs::path& entry : folders::Walk(folder).folders()) {
        names.push_back(entry.filename().string());
    }
    if (names.empty()) {
        throw Error(ErrorKind::data, "the folder " + folder.string() +
                                         " has no class folders; expected one with a folder a class.\n" +
                                         nearby(folder) + "\nCorrect `root` or the split's name.");
    }
    return names;
}

Scan scan_classes(const fs::path& folder, const std::vector<std::string>& classes) {
    Scan scan;
    folders::Walk walk(folder);
    Sorter sorter(folder, scan);
    const std::vector<fs::path> below = walk.folders();
    for (std::size_t index = 0; index < classes.size(); ++index) {
        if (std::find(below.begin(), below.end(), folder / classes[index]) != below.end()) {
            for (const fs::path& file : walk.files(folder / classes[index])) {
                sorter.add(file, static_cast<std::int64_t>(index));
            }
        }
    }
    sorter.tell_others();
    for (const fs::path& entry : walk.loose_files()) {
        if (folders::is_picture(entry)) {
            scan.problems.push_back(
                {entry.string(), "lies beside the class folders, so it has no class; left out", false});
        }
    }
    for (DataProblem& problem : walk.problems()) {
        scan.problems.push_back(std::move(problem));
    }
    return scan;
}

}  // namespace graft::image_folder

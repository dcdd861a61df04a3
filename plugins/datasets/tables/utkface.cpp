// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "utkface.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "../folders/walk.hpp"
#include "cells.hpp"
#include "graft/error.hpp"

namespace graft::tables {
namespace {

namespace fs = std::filesystem;

// The extensions that image_folder reads.
constexpr std::array<std::string_view, 9> extensions{".jpg", ".jpeg", ".png",  ".ppm", ".bmp",
                                                     ".pgm", ".tif",  ".tiff", ".webp"};

bool is_picture(const fs::path& path) {
    const std::string extension = lower(path.extension().string());
    return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

std::vector<std::string> fields_of(const std::string& stem) {
    std::vector<std::string> fields{""};
    for (const char letter : stem) {
        if (letter == '_') {
            fields.emplace_back();
        } else {
            fields.back() += letter;
        }
    }
    return fields;
}

bool is_digits(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char letter) { return std::isdigit(letter) != 0; });
}

/// Age and gender by their file names: UTKFace's `[age]_[gender]_[race]_[date].jpg`. Throws BadRecord.
std::vector<TargetValue> targets_of_name(const std::string& name) {
    // UTKFace's aligned faces end in .jpg.chip.jpg, so the name goes to the first dot.
    const std::vector<std::string> fields = fields_of(name.substr(0, name.find('.')));
    if (fields.size() != 4 || !std::all_of(fields.begin(), fields.end(), is_digits)) {
        throw BadRecord{"is not named [age]_[gender]_[race]_[date] in numbers; rename or remove it"};
    }
    const double age = to_number(fields[0]).value_or(-1);
    if (age < 0 || age > oldest_known) {
        throw BadRecord{"tells the age " + fields[0] + "; expected 0 to " + std::to_string(oldest_known)};
    }
    if (fields[1] != "0" && fields[1] != "1") {
        throw BadRecord{"tells the gender " + fields[1] + "; expected 0 (male) or 1 (female)"};
    }
    return {age, std::int64_t{fields[1] == "1" ? 1 : 0}};
}

}  // namespace

Listing list_utkface(const Options& options, const std::string& split) {
    constexpr std::size_t named_at_most = 100;
    const fs::path root = options.text("root");
    const fs::path folder = split.empty() ? root : root / split;
    if (!folders::is_folder(folder)) {
        throw Error(ErrorKind::data, "there is no folder " + folder.string() + ".\n" + nearby(folder) +
                                         "\nCorrect `root` or the split's name.");
    }
    Listing listing;
    std::size_t others = 0;
    folders::Walk walk(folder);
    std::vector<fs::path> files = walk.files(folder);
    std::sort(files.begin(), files.end());
    for (const fs::path& path : files) {
        if (is_picture(path)) {
            try {
                listing.add(path.string(), {path.lexically_relative(root).generic_string(), path, "",
                                            targets_of_name(path.filename().string())});
            } catch (const BadRecord& bad) {
                listing.add_problem({path.string(), bad.message});
            }
        } else if (++others <= named_at_most) {
            listing.add_problem({path.string(), "has no extension of a picture; left out", false});
        }
    }
    if (others > named_at_most) {
        listing.add_problem({folder.string(),
                             std::to_string(others - named_at_most) +
                                 " more files without an extension of a picture were left out",
                             false});
    }
    for (DataProblem& problem : walk.problems()) {
        listing.add_problem(std::move(problem));
    }
    listing.require_samples(folder.string());
    return listing;
}

}  // namespace graft::tables

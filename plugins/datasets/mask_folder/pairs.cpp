// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pairs.hpp"

#include <map>
#include <utility>

#include "../folders/files.hpp"
#include "../folders/walk.hpp"
#include "graft/error.hpp"

namespace graft::mask_folder {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t named_at_most = 100;  ///< of those without a partner; the others are counted

void require_folder(const fs::path& folder, const std::string& option) {
    if (!folders::is_folder(folder)) {
        throw Error(ErrorKind::data, "there is no folder " + folder.string() + ".\n" +
                                         folders::nearby(folder) + "\nCorrect `root`, `" + option +
                                         "` or the split's name.");
    }
}

/// The path below a folder without the extension, with '/'.
std::string stem_below(const fs::path& folder, const fs::path& file) {
    return fs::path(file.lexically_relative(folder)).replace_extension().generic_string();
}

/// Problems of one sort, of which the first are named.
class Counted {
public:
    explicit Counted(std::string others) : others_(std::move(others)) {}

    void add(std::vector<DataProblem>& problems, DataProblem problem) {
        if (++count_ <= named_at_most) {
            problems.push_back(std::move(problem));
        }
    }
    void tell_others(std::vector<DataProblem>& problems, const fs::path& folder) const {
        if (count_ > named_at_most) {
            problems.push_back(
                {folder.string(), std::to_string(count_ - named_at_most) + " more " + others_, false});
        }
    }

private:
    std::string others_;
    std::size_t count_ = 0;
};

/// Masks by the stem of the picture that they belong to.
std::map<std::string, fs::path> masks_by_stem(const fs::path& folder, const std::string& suffix,
                                              Pairs& found) {
    std::map<std::string, fs::path> masks;
    Counted others("files are no masks; left out");
    folders::Walk walk(folder);
    for (const fs::path& file : walk.files(folder)) {
        std::string stem = stem_below(folder, file);
        if (!stem.ends_with(suffix)) {
            continue;  // a picture beside its mask
        }
        stem.resize(stem.size() - suffix.size());
        const std::string extension = file.extension().string();
        if (extension == ".png" || extension == ".PNG") {
            masks.emplace(std::move(stem), file);
        } else if (folders::is_picture(file)) {
            others.add(found.problems,
                       {file.string(), "is no PNG; masks are PNG with a palette or grey; left out", false});
        }
    }
    others.tell_others(found.problems, folder);
    return masks;
}

}  // namespace

Pairs find_pairs(const Places& places) {
    const fs::path images = (places.root / places.images).lexically_normal();
    const fs::path masks = (places.root / places.masks).lexically_normal();
    require_folder(images, "images");
    require_folder(masks, "masks");
    Pairs found;
    std::map<std::string, fs::path> left = masks_by_stem(masks, places.suffix, found);
    const bool together = images == masks;
    Counted maskless("pictures have no mask; left out");
    Counted others("files are no pictures; left out");
    folders::Walk walk(images);
    for (const fs::path& file : walk.files(images)) {
        const std::string stem = stem_below(images, file);
        if (together && stem.ends_with(places.suffix)) {
            continue;  // a mask beside its picture
        }
        if (!folders::is_picture(file)) {
            others.add(found.problems, {file.string(), "is no picture that graft reads; left out", false});
            continue;
        }
        const auto mask = left.find(stem);
        if (mask == left.end()) {
            maskless.add(
                found.problems,
                {file.string(),
                 "has no mask " + (masks / (stem + places.suffix + ".png")).string() + "; left out", false});
            continue;
        }
        const fs::path name = fs::path(places.images) / file.lexically_relative(images);
        found.pairs.push_back({name.lexically_normal().generic_string(), file, mask->second});
        left.erase(mask);
    }
    others.tell_others(found.problems, images);
    maskless.tell_others(found.problems, images);
    Counted alone("masks have no picture");
    for (const auto& [stem, mask] : left) {
        alone.add(found.problems, {mask.string(), "belongs to no picture in " + images.string()});
    }
    alone.tell_others(found.problems, masks);
    for (DataProblem& problem : walk.problems()) {
        found.problems.push_back(std::move(problem));
    }
    return found;
}

}  // namespace graft::mask_folder

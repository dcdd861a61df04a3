// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A folder a class, by the conventions of torchvision's ImageFolder: classes are the folders' names in sorted
// order, files are found at any depth in sorted order, the extension decides and its case does not.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../folders/files.hpp"
#include "../folders/walk.hpp"
#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "scan.hpp"

namespace graft::image_folder {
namespace {

namespace fs = std::filesystem;
using folders::joined;

fs::path split_folder(const Options& options, const std::string& split) {
    const fs::path root = options.text("root");
    return split.empty() ? root : root / split;
}

std::vector<std::string> without(const std::vector<std::string>& names,
                                 const std::vector<std::string>& others) {
    std::vector<std::string> left;
    std::copy_if(names.begin(), names.end(), std::back_inserter(left), [&](const std::string& name) {
        return std::find(others.begin(), others.end(), name) == others.end();
    });
    return left;
}

/// The folders below the root that hold folders.
std::vector<std::string> split_names(const Options& options) {
    std::vector<std::string> names;
    const fs::path root = options.text("root");
    if (!folders::is_folder(root)) {
        return names;
    }
    for (const fs::path& folder : folders::Walk(root).folders()) {
        if (!folders::Walk(folder).folders().empty()) {
            names.push_back(folder.filename().string());
        }
    }
    return names;
}

class ImageFolder : public Dataset {
public:
    static OptionTable options() {
        return {
            option::path("root", "the folder that holds one folder a split, or the class folders themselves")
                .must(),
            option::texts("classes", {},
                          "names of the class folders in the order of their indices; "
                          "absent: the folders' names, sorted")
                .optional(),
            option::text("target", "label", "name of the target")};
    }

    static std::vector<TargetSchema> schema(const Options& options, const std::string& split) {
        TargetSchema target;
        target.name = options.text("target");
        target.kind = TargetKind::category;
        target.classes =
            options.has("classes") ? options.texts("classes") : class_folders(split_folder(options, split));
        std::vector<std::string> sorted = target.classes;
        std::sort(sorted.begin(), sorted.end());
        if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
            throw Error(ErrorKind::options,
                        "`classes` names '" + *twice + "' twice; each class has one folder");
        }
        if (target.classes.empty()) {
            throw Error(ErrorKind::options, "`classes` is empty; name the class folders, or leave it out");
        }
        return {target};
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::Outline outline = [](const Options& options) {
            return std::vector<TargetSchema>{
                category_target(options.text("target"), options.has("classes") ? options.texts("classes")
                                                                               : std::vector<std::string>())};
        };
        static constexpr ability::SplitNames names = split_names;
        return name == ability::outline       ? static_cast<const void*>(&outline)
               : name == ability::split_names ? static_cast<const void*>(&names)
                                              : nullptr;
    }

    static std::string example() {
        return "use: image_folder\n"
               "root: photos                  # photos/train/cat/1.jpg, photos/val/dog/2.png, ...\n"
               "classes: [cat, dog]           # may be left out\n"
               "split: {train: train, val: val}\n";
    }

    ImageFolder(const Options& options, const DatasetContext& context)
        : folder_(split_folder(options, context.split)), split_(context.split) {
        const std::vector<std::string>& classes = context.targets.at(0).classes;
        const std::vector<std::string> found = class_folders(folder_);
        if (const std::vector<std::string> unknown = without(found, classes); !unknown.empty()) {
            throw Error(ErrorKind::data,
                        "the class folders in " + folder_.string() + " are not the expected classes.\n" +
                            "  folders:  " + joined(found) + "\n  expected: " + joined(classes) +
                            "\n  only here: " + joined(unknown) + "; not here: " +
                            joined(without(classes, found)) + first_picture(unknown.front()) +
                            "\nRename or remove folders, or correct `classes`, `root` or the split's name.");
        }
        scan_ = scan_classes(folder_, classes);
    }

    std::int64_t size() const override { return static_cast<std::int64_t>(scan_.pictures.size()); }

    std::string id(std::int64_t index) const override {
        return (split_.empty() ? "" : split_ + "/") + picture(index).relative;
    }

    std::vector<TargetValue> targets(std::int64_t index) const override {
        return {picture(index).class_index};
    }

    ImageSource image(std::int64_t index) const override { return folder_ / picture(index).relative; }

    std::vector<DataProblem> problems() const override { return scan_.problems; }

private:
    /// Names a picture of a class that is not expected, so that it can be looked at.
    std::string first_picture(const std::string& class_name) const {
        const std::vector<Picture> pictures = scan_classes(folder_, {class_name}).pictures;
        return pictures.empty() ? "" : "\n  for example " + (folder_ / pictures.front().relative).string();
    }

    const Picture& picture(std::int64_t index) const {
        return scan_.pictures.at(static_cast<std::size_t>(index));
    }

    fs::path folder_;
    std::string split_;
    Scan scan_;
};

}  // namespace
}  // namespace graft::image_folder

GRAFT_DATASET(graft::image_folder::ImageFolder, "image_folder", "1.0.0", "pictures in one folder a class")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")

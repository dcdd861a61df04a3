// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Annotations in YOLO's format: a data.yaml, and a text of boxes, outlines or key points for each picture.
#include <algorithm>
#include <fstream>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "../folders/files.hpp"
#include "../folders/walk.hpp"
#include "annotated.hpp"
#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "picture_size.hpp"
#include "yolo_data.hpp"
#include "yolo_labels.hpp"

namespace graft::annotations {
namespace {

namespace fs = std::filesystem;

fs::path data_file(const Options& options) {
    return fs::path(options.text("root")) / options.text("data");
}

std::optional<TargetSchema> points_schema(const YoloData& data) {
    if (data.points == 0) {
        return std::nullopt;
    }
    TargetSchema schema = points_target("points", data.points);
    schema.mirrored_points = data.mirrored;
    return schema;
}

/// A picture that a line of a list names, relative to the list's folder, by Windows' rules where need be.
fs::path listed_picture(const fs::path& list, const std::string& line) {
    std::error_code error;
    const fs::path picture = (list.parent_path() / line).lexically_normal();
    const fs::path other = (list.parent_path() / folders::with_slashes(line)).lexically_normal();
    return !fs::exists(picture, error) && fs::exists(other, error) ? other : picture;
}

/// The path of a picture below the root, however the two are written: data.yaml may have an absolute `path`.
std::string id_of(const fs::path& picture, const fs::path& root) {
    const auto whole = [](const fs::path& path) { return fs::absolute(path).lexically_normal(); };
    return whole(picture).lexically_relative(whole(root)).generic_string();
}

/// Reads the pictures of some places into an album.
class YoloBinder {
public:
    YoloBinder(const YoloData& data, const Options& options, Album& album)
        : data_(data), root_(options.text("root")), needs_outlines_(wants(options, "mask")), album_(album) {}

    void bind(const fs::path& place) {
        std::error_code error;
        if (fs::is_regular_file(place, error) && place.extension() == ".txt") {
            take_listed(place);
            return;
        }
        if (!folders::is_folder(place)) {
            throw Error(ErrorKind::data, data_.file.string() + " names " + place.string() +
                                             ", which is no folder and no list of pictures.\n" +
                                             folders::nearby(place) + "\nCorrect it there, or `root`.");
        }
        folders::Walk walk(place);
        for (const fs::path& file : walk.files(place)) {
            if (folders::is_picture(file)) {
                take(file, file.string());
            }
        }
        for (const DataProblem& problem : walk.problems()) {
            album_.tell(problem.place, problem.message, problem.record);
        }
    }

    /// Pictures without a label file show nothing.
    void tell_unlabelled() const {
        if (unlabelled_ > 0) {
            album_.tell(
                first_unlabelled_.string(),
                "has no label file " + label_of(first_unlabelled_).string() +
                    (unlabelled_ > 1 ? ", as " + std::to_string(unlabelled_ - 1) + " more pictures have none"
                                     : "") +
                    "; such a picture shows nothing",
                false);
        }
    }

private:
    /// The pictures that a list names, one a line.
    void take_listed(const fs::path& list) {
        std::ifstream stream(list);
        std::size_t number = 0;
        for (std::string line; std::getline(stream, line);) {
            ++number;
            line.erase(line.find_last_not_of(" \t\r") + 1);
            if (!line.empty()) {
                take(listed_picture(list, line), list.string() + ":" + std::to_string(number));
            }
        }
    }

    /// `place` is where the picture is named: a line of a list, or the picture itself.
    void take(const fs::path& picture, const std::string& place) {
        std::error_code error;
        const std::string id = id_of(picture, root_);
        if (!ids_.insert(id).second) {
            album_.tell(place, "is there twice; it counts once", false);
            return;
        }
        if (!fs::is_regular_file(picture, error)) {
            album_.tell(place, "there is no file " + picture.string());
            return;
        }
        const std::optional<PictureSize> size = picture_size(picture);
        if (!size) {
            album_.tell(picture.string(),
                        "does not tell its size, which YOLO's labels need; save it as JPEG or PNG");
            return;
        }
        try {
            require_readable(size->width, size->height);
        } catch (const BadAnnotation& bad) {
            album_.tell(picture.string(), bad.message);
            return;
        }
        const fs::path label = label_of(picture);
        std::vector<DataProblem> problems;
        Picture made{id, picture, size->width, size->height, {}};
        if (fs::is_regular_file(label, error)) {
            made.things = read_labels(label, data_, *size, needs_outlines_, problems);
        } else if (unlabelled_++ == 0) {
            first_unlabelled_ = picture;
        }
        for (const DataProblem& problem : problems) {
            album_.tell(problem.place, problem.message + "; its picture is left out");
        }
        if (problems.empty()) {
            album_.add(std::move(made));
        }
    }

    const YoloData& data_;
    fs::path root_;
    bool needs_outlines_;
    Album& album_;
    std::set<std::string> ids_;
    std::int64_t unlabelled_ = 0;
    fs::path first_unlabelled_;
};

class Yolo : public AnnotatedDataset {
public:
    static OptionTable options() {
        return {option::path("root", "the folder that holds data.yaml, pictures and labels").must(),
                option::text("data", "data.yaml", "the file that names folders and classes, below root"),
                targets_option(
                    "what is learned: boxes, mask (a class for every pixel, from outlines), points (key "
                    "points of the one thing with most of them)")};
    }

    static std::vector<TargetSchema> schema(const Options& options, const std::string&) {
        wants(options, "boxes");  // a wrong name is told before a file is looked for
        const YoloData data = read_yolo_data(data_file(options));
        return target_schemas(options, data.names, points_schema(data));
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::Outline outline = [](const Options& options) {
            return target_schemas(options, {}, points_target("points", 0));
        };
        static constexpr ability::SplitNames names = [](const Options& options) {
            std::vector<std::string> found;
            std::error_code error;
            if (fs::is_regular_file(data_file(options), error)) {
                for (const auto& [split, places] : read_yolo_data(data_file(options)).splits) {
                    found.push_back(split);
                }
            }
            return found;
        };
        return name == ability::outline       ? static_cast<const void*>(&outline)
               : name == ability::split_names ? static_cast<const void*>(&names)
                                              : nullptr;
    }

    static std::string example() {
        return "use: yolo\n"
               "root: coco8                   # data.yaml, images/train/1.jpg, labels/train/1.txt, ...\n"
               "targets: [boxes]\n"
               "split: {train: train, val: val}\n";
    }

    Yolo(const Options& options, const DatasetContext& context)
        : AnnotatedDataset(context.targets, read(options, context)) {}

private:
    static Album read(const Options& options, const DatasetContext& context) {
        const YoloData data = read_yolo_data(data_file(options));
        const std::vector<std::string> classes = classes_of(context.targets);
        if (!classes.empty() && classes != data.names) {
            throw Error(ErrorKind::data, data.file.string() + " names the classes " +
                                             folders::joined(data.names) + ", but expected are " +
                                             folders::joined(classes) + ", in this order; use other data");
        }
        Album album;
        YoloBinder binder(data, options, album);
        for (const auto& [split, places] : data.splits) {
            if (context.split.empty() || split == context.split) {
                std::for_each(places.begin(), places.end(),
                              [&](const fs::path& place) { binder.bind(place); });
            }
        }
        if (!context.split.empty() && data.splits.count(context.split) == 0) {
            throw Error(ErrorKind::data, data.file.string() + " has no key '" + context.split +
                                             "'; a split is one of its keys train, val and test");
        }
        binder.tell_unlabelled();
        album.require_pictures(data.file.string());
        return album;
    }
};

}  // namespace
}  // namespace graft::annotations

GRAFT_DATASET(graft::annotations::Yolo, "yolo", "1.0.0", "boxes, masks and key points in YOLO's format")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")

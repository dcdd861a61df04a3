// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Annotations in COCO's format: boxes, masks from outlines, key points.
#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "../folders/files.hpp"
#include "annotated.hpp"
#include "coco_file.hpp"
#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "picture_size.hpp"

namespace graft::annotations {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_of(const std::vector<CocoCategory>& categories) {
    std::vector<std::string> names;
    for (const CocoCategory& category : categories) {
        if (std::find(names.begin(), names.end(), category.name) == names.end()) {
            names.push_back(category.name);
        }
    }
    return names;
}

/// Pairs of points whose names tell left from right: left_eye, right_eye.
std::vector<std::pair<std::int64_t, std::int64_t>> mirrored(const std::vector<std::string>& names) {
    std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
    for (std::size_t index = 0; index < names.size(); ++index) {
        const std::size_t found = names[index].find("left");
        if (found == std::string::npos) {
            continue;
        }
        std::string other = names[index];
        other.replace(found, 4, "right");
        const auto partner = std::find(names.begin(), names.end(), other);
        if (partner != names.end()) {
            pairs.emplace_back(index, partner - names.begin());
        }
    }
    return pairs;
}

/// The points of the chosen categories that have any.
std::optional<TargetSchema> points_schema(const std::vector<CocoCategory>& categories,
                                          const std::vector<std::string>& classes) {
    const CocoCategory* first = nullptr;
    for (const CocoCategory& category : categories) {
        if (category.points.empty() ||
            std::find(classes.begin(), classes.end(), category.name) == classes.end()) {
            continue;
        }
        if (first != nullptr && first->points != category.points) {
            throw Error(ErrorKind::options, "the categories '" + first->name + "' and '" + category.name +
                                                "' have different key points; choose one by `classes`");
        }
        first = &category;
    }
    if (first == nullptr) {
        return std::nullopt;
    }
    TargetSchema schema = points_target("points", static_cast<std::int64_t>(first->points.size()));
    schema.point_names = first->points;
    schema.mirrored_points = mirrored(first->points);
    return schema;
}

std::vector<std::string> chosen_classes(const Options& options, const std::vector<CocoCategory>& categories,
                                        const fs::path& file) {
    const std::vector<std::string> all = names_of(categories);
    if (!options.has("classes")) {
        return all;
    }
    const std::vector<std::string>& chosen = options.texts("classes");
    for (const std::string& name : chosen) {
        if (std::find(all.begin(), all.end(), name) == all.end() ||
            std::count(chosen.begin(), chosen.end(), name) > 1) {
            throw Error(ErrorKind::options, "`classes` has '" + name +
                                                "', which is there twice or no category of " + file.string() +
                                                ", which has: " + folders::joined(all));
        }
    }
    if (chosen.empty()) {
        throw Error(ErrorKind::options, "`classes` is empty; name categories, or leave it out");
    }
    return chosen;
}

/// One file of annotations and the folder of its pictures, read into an album.
class CocoBinder {
public:
    CocoBinder(const CocoFile& file, const std::vector<std::string>& classes,
               const std::vector<TargetSchema>& targets, Album& album)
        : file_(file), album_(album) {
        for (const TargetSchema& target : targets) {
            needs_outlines_ = needs_outlines_ || target.kind == TargetKind::mask;
            points_ = std::max(points_, target.point_count);
        }
        for (const CocoCategory& category : file.categories) {
            const auto found = std::find(classes.begin(), classes.end(), category.name);
            classes_[category.id] = found == classes.end() ? -1 : found - classes.begin();
        }
    }

    void bind(const fs::path& root, const std::string& images) {
        for (const DataProblem& problem : file_.problems) {
            album_.tell(problem.place, problem.message, problem.record);
        }
        for (std::size_t index = 0; index < file_.images.size(); ++index) {
            take_image(file_.images[index], root, images);
        }
        for (const CocoAnnotation& annotation : file_.annotations) {
            try {
                take(annotation);
            } catch (const BadAnnotation& bad) {
                album_.tell(annotation.place, bad.message + "; its picture is left out");
                left_out_.insert(annotation.image);
            }
        }
        for (auto& [id, picture] : pictures_) {
            if (left_out_.count(id) == 0) {
                album_.add(std::move(picture));
            }
        }
    }

private:
    /// The picture's path below the root; names by Windows' rules are known by there being no such file.
    static fs::path name_of(const CocoImage& image, const fs::path& root, const std::string& images) {
        std::error_code error;
        const fs::path name = (fs::path(images) / image.file).lexically_normal();
        const fs::path other = (fs::path(images) / folders::with_slashes(image.file)).lexically_normal();
        return fs::is_regular_file(root / name, error) ? name : other;
    }

    void take_image(const CocoImage& image, const fs::path& root, const std::string& images) {
        const fs::path name = name_of(image, root, images);
        std::error_code error;
        if (!known_.emplace(image.id, image.place).second) {
            album_.tell(image.place, "has the id " + std::to_string(image.id) + " of " + known_[image.id]);
        } else if (name.is_absolute() || *name.begin() == "..") {
            album_.tell(image.place,
                        "names '" + image.file + "'; expected a path below the pictures' folder");
        } else if (!names_.insert(name.generic_string()).second) {
            album_.tell(image.place, "names '" + image.file + "', as another image does");
        } else if (!fs::is_regular_file(root / name, error)) {
            album_.tell(image.place, "there is no file " + (root / name).string());
        } else {
            take_file(image, name.generic_string(), root / name);
        }
    }

    /// Its annotations are places in a picture of the size that the image tells; a file of another is another
    /// picture to them. Either frame of a picture that EXIF turns will do (`data.orientation`).
    void take_file(const CocoImage& image, const std::string& id, const fs::path& file) {
        const std::optional<PictureSize> size = picture_size(file);
        if (image.width == 0 && !size) {
            album_.tell(image.place, "has no `width` and `height`, and " + file.string() +
                                         " does not tell its size; write both");
            return;
        }
        Picture picture{id, file, image.width, image.height, {}};
        if (image.width == 0) {
            picture.width = size->width;
            picture.height = size->height;
            try {
                require_readable(picture.width, picture.height);
            } catch (const BadAnnotation& bad) {
                album_.tell(image.place, bad.message);
                return;
            }
        }
        const bool is_other = size && !(size->width == picture.width && size->height == picture.height) &&
                              !(size->width == picture.height && size->height == picture.width);
        if (is_other) {
            album_.tell(image.place,
                        "is " + std::to_string(image.width) + " x " + std::to_string(image.height) +
                            " pixels large by `width` and " + "`height`, but " + file.string() +
                            " by itself " + std::to_string(size->width) + " x " +
                            std::to_string(size->height) +
                            "; its annotations are places in another picture, so it is left out");
            return;
        }
        pictures_[image.id] = std::move(picture);
    }

    void take(const CocoAnnotation& annotation) {
        if (known_.count(annotation.image) == 0) {
            throw BadAnnotation{"`image_id` is " + std::to_string(annotation.image) + ", which no image has"};
        }
        const auto picture = pictures_.find(annotation.image);
        if (picture == pictures_.end()) {
            return;  // told with its image
        }
        if (!annotation.problem.empty()) {
            throw BadAnnotation{annotation.problem};
        }
        const auto category = classes_.find(annotation.category);
        if (category == classes_.end()) {
            throw BadAnnotation{"`category_id` is " + std::to_string(annotation.category) +
                                ", which no category has"};
        }
        if (category->second < 0) {
            return;  // not chosen
        }
        Instance thing = annotation.thing;
        const Picture& home = picture->second;
        thing.box = inside(thing.box, home.width, home.height);
        thing.box.class_index = category->second;
        if (needs_outlines_ && thing.outline.is_empty()) {
            throw BadAnnotation{"has no outline (`segmentation`), which the target mask needs"};
        }
        if (!thing.outline.runs.empty()) {
            require_runs(thing.outline.runs, home.width, home.height);
        }
        if (points_ > 0 && !thing.points.empty() &&
            static_cast<std::int64_t>(thing.points.size()) != points_) {
            throw BadAnnotation{"`keypoints` are " + std::to_string(thing.points.size()) +
                                " points, but its category has " + std::to_string(points_)};
        }
        picture->second.things.push_back(std::move(thing));
    }

    const CocoFile& file_;
    bool needs_outlines_ = false;
    std::int64_t points_ = 0;  ///< of a thing; 0: nobody asks
    Album& album_;
    std::map<std::int64_t, std::int64_t> classes_;  ///< by the category's id; -1: not chosen
    std::map<std::int64_t, std::string> known_;     ///< where each image stands
    std::set<std::string> names_;
    std::map<std::int64_t, Picture> pictures_;
    std::set<std::int64_t> left_out_;
};

fs::path annotations_of(const Options& options, const std::string& split) {
    return fs::path(options.text("root")) / folders::with_split(options.text("annotations"), split);
}

class Coco : public AnnotatedDataset {
public:
    static OptionTable options() {
        return {
            option::path("root", "the folder that holds pictures and annotations").must(),
            option::text("annotations", "annotations.json",
                         "the file of annotations below root; \"{split}\" in it stands for the split's name"),
            option::text("images", "",
                         "folder below root that file names are relative to; \"{split}\" alike"),
            targets_option(
                "what is learned: boxes, mask (a class for every pixel, from outlines), points (key "
                "points of the one thing with most of them)"),
            option::texts(
                "classes", {},
                "categories by their names, in the order of their indices; absent: all, by their ids")
                .optional()};
    }

    static std::vector<TargetSchema> schema(const Options& options, const std::string& split) {
        wants(options, "boxes");  // a wrong name is told before a file is looked for
        const std::string first =
            folders::splits_to_open(options.text("root"), "annotations", options.text("annotations"), split)
                .front();
        const fs::path file = annotations_of(options, first);
        const std::vector<CocoCategory> categories = read_categories(file);
        const std::vector<std::string> classes = chosen_classes(options, categories, file);
        return target_schemas(options, classes, points_schema(categories, classes));
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::Outline outline = [](const Options& options) {
            return target_schemas(
                options, options.has("classes") ? options.texts("classes") : std::vector<std::string>(),
                points_target("points", 0));
        };
        static constexpr ability::SplitNames names = [](const Options& options) {
            return folders::splits_on_disk(options.text("root"), options.text("annotations"));
        };
        return name == ability::outline       ? static_cast<const void*>(&outline)
               : name == ability::split_names ? static_cast<const void*>(&names)
                                              : nullptr;
    }

    static std::string example() {
        return "use: coco\n"
               "root: coco                    # annotations/instances_train2017.json, "
               "train2017/000000000009.jpg, ...\n"
               "annotations: annotations/instances_{split}2017.json\n"
               "images: \"{split}2017\"\n"
               "targets: [boxes]\n"
               "classes: [cat, dog]           # may be left out\n"
               "split: {train: train, val: val}\n";
    }

    Coco(const Options& options, const DatasetContext& context)
        : AnnotatedDataset(context.targets, read(options, context)) {}

private:
    static Album read(const Options& options, const DatasetContext& context) {
        const fs::path root = options.text("root");
        const std::string& images = options.text("images");
        const std::string& annotations = options.text("annotations");
        if (folders::names_split(images) && !folders::names_split(annotations)) {
            throw Error(ErrorKind::options, "`images` has \"{split}\", and `annotations` is '" + annotations +
                                                "'; write \"{split}\" there, too");
        }
        Album album;
        for (const std::string& split :
             folders::splits_to_open(root, "annotations", annotations, context.split)) {
            const fs::path path = annotations_of(options, split);
            const CocoFile file = read_coco(path, {wants(options, "mask"), wants(options, "points")});
            std::vector<std::string> classes = classes_of(context.targets);
            if (classes.empty()) {  // points alone
                classes = chosen_classes(options, file.categories, path);
            }
            require_categories(file, classes, options, path);
            CocoBinder(file, classes, context.targets, album).bind(root, folders::with_split(images, split));
        }
        album.require_pictures(annotations_of(options, context.split).string());
        return album;
    }

    /// Without a choice, a category that was not learned would be passed over in silence.
    static void require_categories(const CocoFile& file, const std::vector<std::string>& classes,
                                   const Options& options, const fs::path& path) {
        const std::vector<std::string> names = names_of(file.categories);
        for (const std::string& name : names) {
            if (!options.has("classes") && std::find(classes.begin(), classes.end(), name) == classes.end()) {
                throw Error(ErrorKind::data, path.string() + ": the category '" + name +
                                                 "' is not among the expected: " + folders::joined(classes) +
                                                 ".\nChoose categories by `classes`, or use other data.");
            }
        }
    }
};

}  // namespace
}  // namespace graft::annotations

GRAFT_DATASET(graft::annotations::Coco, "coco", "1.0.0", "boxes, masks and key points in COCO's format")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")

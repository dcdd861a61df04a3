// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "coco_file.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <system_error>

#include "../folders/files.hpp"
#include "coco_fields.hpp"
#include "graft/error.hpp"

namespace graft::annotations {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& message) {
    throw Error(ErrorKind::data, path.string() + ": " + message);
}

/// Takes the entries of the three lists one by one, so that the file is never in memory as a whole.
class CocoReader {
public:
    CocoReader(const fs::path& path, const Wanted* wanted) : path_(path), wanted_(wanted) {}

    CocoFile read() {
        std::ifstream stream(path_);
        try {
            const Json rest = Json::parse(stream, [this](int depth, Json::parse_event_t event, Json& value) {
                return take(depth, event, value);
            });
            if (!rest.is_object()) {
                refuse(path_,
                       "is a JSON list or value; expected an object with images, annotations and categories");
            }
        } catch (const Json::exception& error) {
            const std::string text = error.what();
            const std::size_t end = text.find("] ");
            refuse(path_, "is no JSON: " + (end == std::string::npos ? text : text.substr(end + 2)));
        }
        for (const char* list : {"images", "annotations", "categories"}) {
            if (lists_.count(list) == 0) {
                refuse(path_, std::string("has no list `") + list +
                                  "`; a COCO file has images, annotations and " + "categories");
            }
        }
        finish();
        return std::move(file_);
    }

private:
    static constexpr int of_list = 1;   ///< the depth of a list below the top
    static constexpr int of_entry = 2;  ///< and of what is in it

    /// Whether the parser keeps a value: entries are taken here, and thrown away.
    bool take(int depth, Json::parse_event_t event, Json& value) {
        using Event = Json::parse_event_t;
        if (depth == of_list && event == Event::key) {
            list_ = value.get<std::string>();
            index_ = 0;
        } else if (depth == of_list && event == Event::array_start && list_ != "") {
            lists_.insert(list_);
        } else if (depth == of_entry &&
                   (event == Event::object_end || event == Event::value || event == Event::array_end)) {
            if (lists_.count(list_) > 0) {
                take_entry(value);
            }
            return false;
        }
        return true;
    }

    void take_entry(const Json& entry) {
        const std::string place =
            path_.filename().string() + ": " + list_ + "[" + std::to_string(index_++) + "]";
        const bool is_category = list_ == "categories";
        if (!is_category && (wanted_ == nullptr || (list_ != "images" && list_ != "annotations"))) {
            return;
        }
        try {
            if (!entry.is_object()) {
                throw BadAnnotation{"is no object"};
            }
            is_category         ? take_category(entry)
            : list_ == "images" ? take_image(entry, place)
                                : take_annotation(entry, place);
        } catch (const BadAnnotation& bad) {
            if (is_category) {
                refuse(path_.parent_path() / place, bad.message);
            }
            file_.problems.push_back({place, bad.message});
        }
    }

    void take_category(const Json& entry) {
        file_.categories.push_back(
            {whole_number(entry, "id"), text_of(entry, "name"), texts_of(entry, "keypoints")});
    }

    void take_image(const Json& entry, const std::string& place) {
        CocoImage image{place, whole_number(entry, "id"), text_of(entry, "file_name"), 0, 0};
        if (entry.contains("width") || entry.contains("height")) {
            image.width = whole_number(entry, "width", 1);
            image.height = whole_number(entry, "height", 1);
            require_readable(image.width, image.height);
        }
        file_.images.push_back(std::move(image));
    }

    /// What it belongs to must be known; anything else that is wrong is its picture's problem.
    void take_annotation(const Json& entry, const std::string& place) {
        CocoAnnotation annotation;
        const auto id = entry.find("id");
        annotation.place =
            id != entry.end() && id->is_number_integer() ? place + " (id " + id->dump() + ")" : place;
        annotation.image = whole_number(entry, "image_id");
        try {
            annotation.category = whole_number(entry, "category_id");
            annotation.thing.box = box_of(entry);
            annotation.thing.box.ignored = is_crowd(entry);
            if (wanted_->outlines) {
                annotation.thing.outline = outline_of(entry);
            }
            if (wanted_->points && !annotation.thing.box.ignored) {
                annotation.thing.points = points_of(entry);
            }
        } catch (const BadAnnotation& bad) {
            annotation.problem = bad.message;
        }
        file_.annotations.push_back(std::move(annotation));
    }

    void finish() {
        std::stable_sort(file_.categories.begin(), file_.categories.end(),
                         [](const auto& left, const auto& right) { return left.id < right.id; });
        std::map<std::string, std::int64_t> names;
        for (std::size_t index = 0; index < file_.categories.size(); ++index) {
            const CocoCategory& category = file_.categories[index];
            if (index > 0 && file_.categories[index - 1].id == category.id) {
                refuse(path_, "has two categories of the id " + std::to_string(category.id));
            }
            const auto [first, is_new] = names.emplace(category.name, category.id);
            if (!is_new) {
                file_.problems.push_back({path_.filename().string(),
                                          "has two categories of the name '" + category.name +
                                              "', of the ids " + std::to_string(first->second) + " and " +
                                              std::to_string(category.id) + "; they are one class",
                                          false});
            }
        }
        if (file_.categories.empty()) {
            refuse(path_, "has no category; expected at least one");
        }
    }

    const fs::path& path_;
    const Wanted* wanted_;  ///< null: categories alone
    std::string list_;
    std::size_t index_ = 0;
    std::set<std::string> lists_;
    CocoFile file_;
};

CocoFile read(const fs::path& path, const Wanted* wanted) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        throw Error(ErrorKind::data, "there is no file " + path.string() + ".\n" +
                                         folders::nearby(path.parent_path()) +
                                         "\nCorrect `root`, `annotations` or the split's name.");
    }
    return CocoReader(path, wanted).read();
}

}  // namespace

CocoFile read_coco(const fs::path& path, const Wanted& wanted) {
    return read(path, &wanted);
}

std::vector<CocoCategory> read_categories(const fs::path& path) {
    return read(path, nullptr).categories;
}

}  // namespace graft::annotations

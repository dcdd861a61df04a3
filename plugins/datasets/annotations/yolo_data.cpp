// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "yolo_data.hpp"

#include <set>
#include <system_error>

#include <yaml-cpp/yaml.h>

#include "../folders/files.hpp"
#include "graft/error.hpp"

namespace graft::annotations {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t longest_file = 10'000'000;

[[noreturn]] void refuse(const fs::path& file, const YAML::Mark& mark, const std::string& message) {
    const std::string line = mark.line >= 0 ? ":" + std::to_string(mark.line + 1) : "";
    throw Error(ErrorKind::data, file.string() + line + ": " + message);
}

class YoloReader {
public:
    explicit YoloReader(const fs::path& file) { data_.file = file; }

    YoloData read() {
        std::error_code error;
        const std::uintmax_t bytes = fs::file_size(data_.file, error);
        if (error || !fs::is_regular_file(data_.file, error)) {
            throw Error(ErrorKind::data, "there is no file " + data_.file.string() + ".\n" +
                                             folders::nearby(data_.file.parent_path()) +
                                             "\nCorrect `root` or `data`.");
        }
        if (bytes > longest_file) {
            refuse(data_.file, YAML::Mark::null_mark(), "is too long for what it should be");
        }
        try {
            const YAML::Node top = YAML::LoadFile(data_.file.string());
            if (!top.IsMap()) {
                refuse(data_.file, top.Mark(), "is no map; expected keys such as train, val and names");
            }
            read_names(top);
            read_splits(top);
            read_points(top);
        } catch (const YAML::Exception& exception) {
            refuse(data_.file, exception.mark, exception.msg);
        }
        return std::move(data_);
    }

private:
    /// A list, or a map from 0, 1, 2, ... to names.
    void read_names(const YAML::Node& top) {
        const YAML::Node names = top["names"];
        if (!names || (!names.IsSequence() && !names.IsMap()) || names.size() == 0) {
            refuse(data_.file, names ? names.Mark() : top.Mark(),
                   "`names` is to be a list of the classes, or a map from 0, 1, ... to them");
        }
        data_.names.resize(names.size());
        std::set<std::string> different;
        std::size_t place = 0;
        for (const auto& entry : names) {
            const YAML::Node& value = names.IsMap() ? entry.second : entry;
            const std::size_t index = names.IsMap() ? entry.first.as<std::size_t>(names.size()) : place++;
            if (index >= names.size() || !value.IsScalar() || !data_.names[index].empty() ||
                value.Scalar().empty() || !different.insert(value.Scalar()).second) {
                refuse(data_.file, value.Mark(),
                       "`names` is to have one name for each of 0, 1, ..., all of them different");
            }
            data_.names[index] = value.Scalar();
        }
        const YAML::Node count = top["nc"];
        if (count && count.as<std::int64_t>(-1) != static_cast<std::int64_t>(data_.names.size())) {
            refuse(data_.file, count.Mark(),
                   "`nc` is not the number of `names`, which is " + std::to_string(data_.names.size()));
        }
    }

    void read_splits(const YAML::Node& top) {
        const fs::path home = data_.file.parent_path();
        const YAML::Node path = top["path"];
        const fs::path base = path && path.IsScalar() ? home / path.Scalar() : home;
        for (const char* split : {"train", "val", "test"}) {
            const YAML::Node given = node_of(top, split);
            if (!given || given.IsNull() || (given.IsScalar() && given.Scalar().empty())) {
                continue;
            }
            if (given.IsScalar()) {
                data_.splits[split].push_back(place_of(base, home, given.Scalar()));
            } else if (given.IsSequence()) {
                for (const YAML::Node& entry : given) {
                    data_.splits[split].push_back(place_of(base, home, entry.as<std::string>()));
                }
            } else {
                refuse(data_.file, given.Mark(),
                       "`" + std::string(split) + "` is no path and no list of paths");
            }
        }
        if (data_.splits.empty()) {
            refuse(data_.file, top.Mark(), "has none of the keys train, val and test");
        }
    }

    /// Of `val` by its longer names, too, which some tools write.
    static YAML::Node node_of(const YAML::Node& top, const std::string& split) {
        if (split == "val" && !top[split]) {
            return top["validation"] ? top["validation"] : top["valid"];
        }
        return top[split];
    }

    /// Below `path`, or beside the file: data that moved keep working. Some tools write ../ before what lies
    /// beside the file.
    static fs::path place_of(const fs::path& base, const fs::path& home, const std::string& given) {
        std::error_code error;
        const std::string plain = given.starts_with("../") ? given.substr(3) : given;
        for (const fs::path& place : {base / given, home / given, home / plain}) {
            if (fs::exists(place, error)) {
                return place.lexically_normal();
            }
        }
        return (base / given).lexically_normal();
    }

    void read_points(const YAML::Node& top) {
        const YAML::Node shape = top["kpt_shape"];
        if (!shape) {
            return;
        }
        data_.points = shape.size() == 2 ? shape[0].as<std::int64_t>(0) : 0;
        data_.point_numbers = shape.size() == 2 ? shape[1].as<std::int64_t>(0) : 0;
        if (data_.points < 1 || data_.points > 10'000 || data_.point_numbers < 2 || data_.point_numbers > 3) {
            refuse(data_.file, shape.Mark(), "`kpt_shape` is to be [points, 2] or [points, 3]");
        }
        const YAML::Node flipped = top["flip_idx"];
        if (!flipped) {
            return;
        }
        for (std::size_t index = 0; index < flipped.size(); ++index) {
            const auto other = flipped[index].as<std::int64_t>(-1);
            const bool is_right = flipped.size() == static_cast<std::size_t>(data_.points) && other >= 0 &&
                                  other < data_.points &&
                                  flipped[other].as<std::size_t>(flipped.size()) == index;
            if (!is_right) {
                refuse(data_.file, flipped.Mark(),
                       "`flip_idx` is to name one of the " + std::to_string(data_.points) +
                           " points for each of them, and of a pair each the other");
            }
            if (other > static_cast<std::int64_t>(index)) {
                data_.mirrored.emplace_back(index, other);
            }
        }
    }

    YoloData data_;
};

}  // namespace

YoloData read_yolo_data(const fs::path& file) {
    return YoloReader(file).read();
}

}  // namespace graft::annotations

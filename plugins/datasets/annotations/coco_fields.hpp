// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Fields of the objects in a COCO file. Each function throws BadAnnotation, naming the field, what it is and
// what was expected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "graft/target.hpp"
#include "outline.hpp"

namespace graft::annotations {

using Json = nlohmann::json;

/// A whole number, also one written with a point, such as 1.0; `least`, where given, is above 0.
std::int64_t whole_number(const Json& object, const char* field,
                          std::optional<std::int64_t> least = std::nullopt);

std::string text_of(const Json& object, const char* field);

/// A list of texts; empty where the field is not there.
std::vector<std::string> texts_of(const Json& object, const char* field);

/// Whether `iscrowd` is 1; without the field it is not.
bool is_crowd(const Json& object);

/// [left, top, width, height] as a box of class 0.
Box box_of(const Json& object);

/// `segmentation`: a list of polygons, each x and y in turn, or run lengths with the size that they are for;
/// empty where the field is not there.
Outline outline_of(const Json& object);

/// `keypoints`: x, y and v in turn, v 0 for a point that nobody marked. A pixel's number is its middle. None
/// where the field is not there.
Points points_of(const Json& object);

}  // namespace graft::annotations

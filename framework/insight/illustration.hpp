// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a page needs of an engine: what to ask for, and what came of it. docs/events.md has the fields.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "insight/document.hpp"

namespace graft::insight {

/// Small pictures by their samples' ids, as an engine gives them: `width` and `height` of the original and
/// `jpeg` in base64, or `problem`.
using Thumbnails = std::map<std::string, core::Json>;

/// Where answers came from, by answer and sample, as an engine gives it: `of`, `stage`, `grid`, `jpeg`.
using Explanations = std::map<std::pair<std::string, std::string>, core::Json>;

/// What heads find, drawn into pictures, by head and sample, as an engine gives it: `width`, `height`,
/// `jpeg`, `says`, `keys`, `truth`.
using Drawings = std::map<std::pair<std::string, std::string>, core::Json>;

/// What a page shows of samples, by their ids as text.
struct WantedSamples {
    std::vector<std::string> pictures;
    std::vector<std::string> small_pictures;                                  ///< of many
    std::vector<std::pair<std::string, std::vector<std::string>>> explained;  ///< by answers
    std::vector<std::pair<std::string, std::vector<std::string>>> drawn;      ///< by heads, where they can be
    std::int64_t on_map = 0;                                                  ///< samples at most; 0: no map

    bool empty() const {
        return pictures.empty() && small_pictures.empty() && explained.empty() && drawn.empty() &&
               on_map == 0;
    }
};

/// The fields of a request.
core::Json to_json(const WantedSamples& wanted);

struct Illustration {
    core::Json network = core::Json::object();
    Thumbnails thumbnails;
    Explanations explanations;
    Drawings drawings;
    core::Json map = core::Json::object();   ///< of samples, see docs/events.md; {}: none
    core::Json data = core::Json::object();  ///< numbers, points and sizes of pictures, see docs/events.md
    std::string missing;                     ///< why there are no pictures; empty: there are
};

/// An engine's result. Pictures beyond what a page may hold are left out, those last that were asked for
/// last.
Illustration illustration_of(const core::Json& result);

/// An element that shows a sample's picture, or says why there is none; `over` is drawn above it (SVG in the
/// original's pixels).
std::string picture_html(Document& document, const Thumbnails& thumbnails, const std::string& id,
                         const std::string& over = "");

/// A picture with what a head finds in it; empty where there is none.
std::string drawing_html(Document& document, const Illustration& illustration, const std::string& head,
                         const std::string& id);

/// Where an answer came from, beside the picture; empty where nobody knows.
std::string explanation_html(Document& document, const Illustration& illustration, const std::string& answer,
                             const std::string& id);

}  // namespace graft::insight

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/illustration.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace graft::insight {
namespace {

using core::Json;

/// Of all pictures of a page, in letters of base64: the page stays below 3 MB.
constexpr std::size_t most_letters = 1'900'000;

/// Takes a picture's letters out of what is left; without the picture where they are too many.
void take(Json& picture, std::size_t& left) {
    const std::size_t letters = picture.contains("jpeg") ? picture["jpeg"].get_ref<std::string&>().size() : 0;
    if (letters > left) {
        picture.erase("jpeg");
        picture["problem"] = "not in the page, which has pictures enough";
        return;
    }
    left -= letters;
}

constexpr double usual_side = 176;  ///< pixels, at most
constexpr double drawing_side = 264;

/// A picture that the page keeps.
std::string shown(Document& document, const std::string& key, const Json& picture, const std::string& label,
                  const std::string& over, double most = usual_side) {
    const int width = picture.value("width", 1);
    const int height = picture.value("height", 1);
    const double scale = std::min(1.0, most / std::max(width, height));
    return fmt::format(
        "<svg class=\"picture\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\" width=\"{:.0f}\" "
        "height=\"{:.0f}\"><use href=\"#{}\"/>{}</svg>",
        escaped(label), width, height, std::max(1.0, width * scale), std::max(1.0, height * scale),
        document.keep_picture(key, picture), over);
}

}  // namespace

Json to_json(const WantedSamples& wanted) {
    Json explained = Json::array();
    for (const auto& [answer, ids] : wanted.explained) {
        explained.push_back({{"answer", answer}, {"ids", ids}});
    }
    Json drawn = Json::array();
    for (const auto& [head, ids] : wanted.drawn) {
        drawn.push_back({{"head", head}, {"ids", ids}});
    }
    constexpr int most_map_pictures = 450;
    return {{"ids", wanted.pictures},
            {"small", wanted.small_pictures},
            {"gradcam", explained},
            {"drawn", drawn},
            {"map", {{"samples", wanted.on_map}, {"pictures", most_map_pictures}}}};
}

Illustration illustration_of(const Json& result) {
    Illustration illustration;
    illustration.network = result.value("network", Json::object());
    illustration.missing = result.value("no_pictures", std::string());
    illustration.data = result.value("data", Json::object());
    illustration.map = result.value("map", Json::object());
    std::size_t left = most_letters;
    for (Json each : result.value("gradcam", Json::array())) {
        take(each, left);
        const std::pair key(each.value("answer", std::string()), each.value("id", std::string()));
        illustration.explanations.emplace(key, std::move(each));
    }
    for (Json each : result.value("drawn", Json::array())) {
        take(each, left);
        const std::pair key(each.value("head", std::string()), each.value("id", std::string()));
        illustration.drawings.emplace(key, std::move(each));
    }
    for (Json picture : result.value("pictures", Json::array())) {
        take(picture, left);
        const std::string id = picture.value("id", std::string());
        illustration.thumbnails.emplace(id, std::move(picture));
    }
    return illustration;
}

std::string picture_html(Document& document, const Thumbnails& thumbnails, const std::string& id,
                         const std::string& over) {
    const auto found = thumbnails.find(id);
    if (found == thumbnails.end() || !found->second.contains("jpeg")) {
        const std::string why =
            found != thumbnails.end() ? found->second.value("problem", std::string()) : "no picture";
        return "<span class=\"lost\">" + escaped(why.substr(0, why.find('\n'))) + "</span>";
    }
    return shown(document, id, found->second, id, over);
}

std::string drawing_html(Document& document, const Illustration& illustration, const std::string& head,
                         const std::string& id) {
    const auto found = illustration.drawings.find({head, id});
    if (found == illustration.drawings.end() || !found->second.contains("jpeg")) {
        return "";
    }
    return shown(document, "drawn\n" + head + "\n" + id, found->second, "What " + head + " finds in " + id,
                 "", drawing_side);
}

std::string explanation_html(Document& document, const Illustration& illustration, const std::string& answer,
                             const std::string& id) {
    const auto found = illustration.explanations.find({answer, id});
    const auto picture = illustration.thumbnails.find(id);
    if (found == illustration.explanations.end() || !found->second.contains("jpeg") ||
        picture == illustration.thumbnails.end()) {
        return "";
    }
    Json both = picture->second;
    both["jpeg"] = found->second["jpeg"];
    const std::string of = found->second.value("of", std::string());
    return shown(document, answer + "\n" + id, both, "Grad-CAM of " + (of.empty() ? answer : of) + ": " + id,
                 "");
}

}  // namespace graft::insight

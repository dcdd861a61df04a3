// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "audit_sheets.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "image/decode.hpp"
#include "image/geometry.hpp"
#include "image/png.hpp"
#include "lettering/lettering.hpp"
#include "sheet.hpp"
#include "target/value_picture.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Json;
using lettering::isolated;
using target::Caption;
using target::Mood;

constexpr int suspect_side = 192;           ///< pixels
constexpr std::size_t most_suspects = 40;   ///< on a sheet
constexpr std::size_t most_of_a_group = 4;  ///< of pictures that are the same

std::string text_in(const Json& entry, const char* key) {
    return entry.value(key, std::string());
}

/// A sample, what is said of it, and a point of it to look at.
struct Suspect {
    std::size_t sample = 0;
    std::vector<Caption> captions;
    std::string target = {};  ///< of the point
    std::string point = {};
};

class SuspectSheets {
public:
    SuspectSheets(const AuditSamples& samples, std::int64_t bits, lettering::Lettering& letters)
        : samples_(samples), bits_(bits), letters_(letters) {
        for (std::size_t sample = 0; sample < samples.size(); ++sample) {
            places_.emplace(std::pair(samples.splits[sample], samples.ids[sample]), sample);
        }
    }

    /// The sample that an entry of a report names.
    std::optional<std::size_t> sample_of(const Json& entry) const {
        const auto found = places_.find({text_in(entry, "split"), text_in(entry, "id")});
        return found != places_.end() ? std::optional(found->second) : std::nullopt;
    }

    void add(std::vector<Suspect>& list, const Json& entry, std::vector<Caption> captions) const {
        if (const auto sample = sample_of(entry)) {
            list.push_back({*sample, std::move(captions)});
        }
    }

    /// The sheet, and how many are on it.
    std::pair<cv::Mat, std::size_t> drawn(const std::vector<Suspect>& suspects,
                                          const std::string& title) const {
        std::vector<Panel> panels;
        for (const Suspect& suspect : suspects) {
            if (panels.size() == most_suspects) {
                break;
            }
            Panel panel{{},
                        suspect.captions,
                        samples_.ids[suspect.sample] + " (" + samples_.splits[suspect.sample] + ")"};
            if (draw_picture(suspect, panel)) {
                panels.push_back(std::move(panel));
            }
        }
        const std::size_t shown = panels.size();
        return {shown > 0 ? sheet_of(panels, fmt::format("{}: {} of {}", title, shown, suspects.size()),
                                     suspect_side, letters_)
                          : cv::Mat(),
                shown};
    }

private:
    /// False where it cannot be read.
    bool draw_picture(const Suspect& suspect, Panel& panel) const {
        try {
            image::PictureReader reader;
            const image::Picture picture =
                reader.read(samples_.sources[suspect.sample](),
                            {bits_, [](image::Extent original) { return scale_of(original); }});
            const double scale = scale_of(picture.original);
            const auto scaled = [&](std::int64_t length) {
                return std::max(1, static_cast<int>(std::lround(static_cast<double>(length) * scale)));
            };
            cv::resize(picture.pixels, panel.picture,
                       {scaled(picture.original.width), scaled(picture.original.height)}, 0, 0,
                       scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
            draw_points_of(suspect, scale, panel.picture);
            return true;
        } catch (const core::Failure& failure) {
            if (failure.category() != core::Category::data) {
                throw;
            }
            return false;
        }
    }

    static double scale_of(const image::Extent& original) {
        return suspect_side / static_cast<double>(std::max(original.width, original.height));
    }

    /// All points of the target, and a ring around the one to look at.
    void draw_points_of(const Suspect& suspect, double scale, cv::Mat& picture) const {
        for (std::size_t target = 0; target < samples_.targets.size(); ++target) {
            const TargetSchema& schema = samples_.targets[target];
            if (schema.kind != TargetKind::points || schema.name != suspect.target) {
                continue;
            }
            const Points points = points_of(suspect.sample, target);
            target::draw_value(schema, points, {picture, scale, letters_});
            for (std::size_t point = 0; point < points.size(); ++point) {
                const std::string name =
                    schema.point_names.empty() ? std::to_string(point) : schema.point_names[point];
                if (name == suspect.point && points[point]) {
                    cv::circle(picture,
                               {static_cast<int>(std::lround(points[point]->x * scale)),
                                static_cast<int>(std::lround(points[point]->y * scale))},
                               8, target::color_of(Mood::wrong), 2, cv::LINE_AA);
                }
            }
        }
    }

    /// In the picture as seen.
    Points points_of(std::size_t sample, std::size_t target) const {
        const auto row = static_cast<std::int64_t>(sample);
        const at::Tensor places = samples_.columns[target].values[row].to(at::kDouble).contiguous();
        const at::Tensor present = samples_.columns[target].present[row].contiguous();
        const image::Matrix back = image::inverse(samples_.motions[sample].matrix);
        Points points;
        for (std::int64_t point = 0; point < present.numel(); ++point) {
            const double* place = places.const_data_ptr<double>() + 2 * point;
            points.push_back(present.const_data_ptr<bool>()[point]
                                 ? std::optional(image::apply(back, {place[0], place[1]}))
                                 : std::nullopt);
        }
        return points;
    }

    const AuditSamples& samples_;
    std::int64_t bits_;
    lettering::Lettering& letters_;
    std::map<std::pair<std::string, std::string>, std::size_t> places_;  ///< by split and id
};

std::vector<Suspect> suspects_by_label(const SuspectSheets& sheets, const Json& report) {
    std::vector<Suspect> list;
    for (const auto& [key, mood] : {std::pair{"label_errors", Mood::wrong}, {"label_doubts", Mood::plain}}) {
        for (const Json& entry : report[key]) {
            sheets.add(
                list, entry,
                {{fmt::format("{}: {} ({:.2f})", text_in(entry, "target"), isolated(text_in(entry, "given")),
                              entry["given_probability"].get<double>()),
                  mood},
                 {fmt::format("{}: {} ({:.2f})", mood == Mood::wrong ? "proposed" : "or",
                              isolated(text_in(entry, "suggested")), entry["probability"].get<double>()),
                  Mood::right}});
        }
    }
    return list;
}

std::vector<Suspect> suspects_by_number(const SuspectSheets& sheets, const Json& report) {
    std::vector<Suspect> list;
    for (const Json& entry : report["value_errors"]) {
        const std::string unit = text_in(entry, "unit");
        sheets.add(
            list, entry,
            {{fmt::format("{}: {:.4g} {}", text_in(entry, "target"), entry["given"].get<double>(), unit),
              Mood::wrong},
             {fmt::format("expected {:.4g} {}", entry["expected"].get<double>(), unit), Mood::right}});
    }
    return list;
}

std::vector<Suspect> suspects_by_point(const SuspectSheets& sheets, const Json& report) {
    std::vector<Suspect> list;
    const auto add = [&](const Json& sample, const Json& entry, const std::string& point) {
        if (const auto found = sheets.sample_of(sample)) {
            list.push_back({*found,
                            {{fmt::format("{}.{}: {:.1f} pixels off", text_in(entry, "target"),
                                          isolated(point), std::abs(entry["pixels"].get<double>())),
                              Mood::wrong}},
                            text_in(entry, "target"),
                            point});
        }
    };
    for (const Json& entry : report["stray_points"]) {
        add(entry, entry, text_in(entry, "point"));
    }
    for (const Json& column : report["shifted_columns"]) {
        const std::string name = text_in(column, "column");
        for (const Json& sample : column["samples"]) {
            add(sample, column, name.substr(0, name.rfind('.')));
        }
    }
    return list;
}

std::vector<Suspect> outlying_suspects(const SuspectSheets& sheets, const Json& report) {
    std::vector<Suspect> list;
    for (const Json& entry : report["outliers"]) {
        sheets.add(
            list, entry,
            {{fmt::format("{:.1f} deviations from others", entry["deviations"].get<double>()), Mood::plain}});
    }
    return list;
}

/// Those in several splits first, as the report has them.
std::vector<Suspect> suspects_alike(const SuspectSheets& sheets, const Json& report) {
    std::vector<Suspect> list;
    int number = 0;
    for (const Json& group : report["duplicates"]) {
        ++number;
        const bool leaks = group["leak"].get<bool>();
        std::size_t shown = 0;
        for (const Json& sample : group["samples"]) {
            if (++shown <= most_of_a_group) {
                sheets.add(
                    list, sample,
                    {{fmt::format("{}: {}{}", number, group["exact"].get<bool>() ? "the same file" : "alike",
                                  leaks ? ", in several splits" : ""),
                      leaks ? Mood::wrong : Mood::plain}});
            }
        }
    }
    return list;
}

}  // namespace

Json draw_suspects(const CommandContext& context, const AuditSamples& samples, const Json& report,
                   std::int64_t bits, const std::string& folder) {
    lettering::Lettering letters;
    const SuspectSheets sheets(samples, bits, letters);
    Json list = Json::array();
    const auto draw = [&](const char* name, const char* title, const std::vector<Suspect>& suspects) {
        const fs::path file = fs::path(folder) / name;
        const auto [sheet, shown] = sheets.drawn(suspects, title);
        if (shown == 0) {
            std::error_code error;
            fs::remove(file, error);
            return;
        }
        core::write_atomically(file, image::encode_png(sheet));
        list.push_back({{"what", title}, {"file", file.string()}, {"shown", shown}, {"of", suspects.size()}});
    };
    draw("labels.png", "labels that are probably wrong, or to look at", suspects_by_label(sheets, report));
    draw("numbers.png", "numbers far from what is expected", suspects_by_number(sheets, report));
    draw("points.png", "points far from where the others expect them", suspects_by_point(sheets, report));
    draw("outliers.png", "pictures like no other", outlying_suspects(sheets, report));
    draw("duplicates.png", "pictures that are there more than once", suspects_alike(sheets, report));
    for (const std::string& note : letters.notes()) {
        context.warn(note);
    }
    return list;
}

}  // namespace graft::engine

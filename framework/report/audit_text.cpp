// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/audit_text.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;

Json list_in(const Json& result, const char* key) {
    return result.contains(key) && result[key].is_array() ? result[key] : Json::array();
}

std::string sample_text(const Json& entry) {
    return fmt::format("{} ({})", text(entry, "id"), text(entry, "split"));
}

/// A heading and a row an entry; nothing for an empty list.
std::string section(const std::string& heading, const Json& list, std::size_t top,
                    const std::function<std::vector<std::string>(const Json&)>& row) {
    if (list.empty()) {
        return "";
    }
    Rows rows;
    for (std::size_t index = 0; index < std::min(top, list.size()); ++index) {
        rows.push_back(row(list[index]));
    }
    std::string shown = "\n" + heading + "\n" + table(rows);
    if (list.size() > top) {
        shown += fmt::format("  and {} more\n", list.size() - top);
    }
    return shown;
}

std::string signed_pixels(double pixels) {
    return fmt::format("{:+.1f} px", pixels);
}

std::string with_unit(double number, const std::string& unit) {
    return fmt::format("{:.4g}{}", number, unit.empty() ? "" : " " + unit);
}

std::string duplicates_text(const Json& list, bool leaks, std::size_t top) {
    Json some = Json::array();
    std::copy_if(list.begin(), list.end(), std::back_inserter(some),
                 [&](const Json& group) { return group.value("leak", false) == leaks; });
    const std::string heading =
        leaks ? fmt::format("LEAKS: {} in more than one split, so scores there say too much",
                            some.size() == 1
                                ? "a picture is"
                                : counted(static_cast<std::int64_t>(some.size()), "picture") + " are")
              : fmt::format("{} more than once in one split",
                            some.size() == 1
                                ? "a picture is"
                                : counted(static_cast<std::int64_t>(some.size()), "picture") + " are");
    return section(heading, some, top, [](const Json& group) {
        std::string names;
        std::size_t shown = 0;
        for (const Json& sample : group["samples"]) {
            if (++shown <= 3) {
                names += (names.empty() ? "" : " = ") + sample_text(sample);
            }
        }
        const std::size_t all = group["samples"].size();
        names += all > 3 ? fmt::format(" and {} more", all - 3) : "";
        const Json labels = list_in(group, "labels");
        const bool differ = std::any_of(labels.begin(), labels.end(),
                                        [&](const Json& label) { return label != labels.front(); });
        return std::vector<std::string>{group.value("exact", false) ? "same file" : "alike",
                                        names + (differ ? "; labels differ: " + joined(labels) : "")};
    });
}

std::string labels_text(const Json& result, std::size_t top) {
    const auto row = [](const Json& entry) {
        return std::vector<std::string>{sample_text(entry),
                                        text(entry, "given") + " -> " + text(entry, "suggested"),
                                        fmt::format("{:.2f} beside {:.2f}", number(entry, "probability"),
                                                    number(entry, "given_probability"))};
    };
    const Json errors = list_in(result, "label_errors");
    std::string shown = section(fmt::format("labels that are probably wrong: {}, worst first", errors.size()),
                                errors, top, row);
    const Json doubts = list_in(result, "label_doubts");
    shown += section(fmt::format("labels to look at, hard rather than wrong: {}", doubts.size()), doubts, top,
                     row);
    const Json values = list_in(result, "value_errors");
    shown += section(fmt::format("numbers far from what is expected: {}", values.size()), values, top,
                     [](const Json& entry) {
                         const std::string unit = text(entry, "unit");
                         return std::vector<std::string>{
                             sample_text(entry),
                             text(entry, "target") + " " + with_unit(number(entry, "given"), unit),
                             "expected " + with_unit(number(entry, "expected"), unit)};
                     });
    const Json small = list_in(result, "small_classes");
    return shown + section("classes too small to learn", small, top, [](const Json& entry) {
               return std::vector<std::string>{
                   text(entry, "target") + ": " + text(entry, "class"),
                   counted(entry.value("train", std::int64_t{0}), "training sample")};
           });
}

std::string points_text(const Json& result, std::size_t top) {
    const Json shifted = list_in(result, "shifted_columns");
    std::string shown = section("columns of points that are shifted", shifted, top, [](const Json& entry) {
        const std::string other = text(entry, "or_column");
        const std::string beside = text(entry, "beside");
        const auto rows = static_cast<std::int64_t>(list_in(entry, "samples").size());
        const std::string where = rows > 0                   ? "in " + counted(rows, "row")
                                  : beside == "other splits" ? "in training, beside the other splits"
                                                             : "in all rows, beside " + beside;
        return std::vector<std::string>{
            text(entry, "target") + "." + text(entry, "column") + (other.empty() ? "" : " or " + other),
            signed_pixels(number(entry, "pixels")), where};
    });
    const Json stray = list_in(result, "stray_points");
    shown += section(fmt::format("points far from where the others expect them: {}", stray.size()), stray,
                     top, [](const Json& entry) {
                         return std::vector<std::string>{
                             sample_text(entry), text(entry, "target") + "." + text(entry, "point"),
                             fmt::format("{:.1f} px off", number(entry, "pixels"))};
                     });
    const Json outside = list_in(result, "points_outside");
    return shown + section(fmt::format("points outside of the picture: in {}",
                                       counted(static_cast<std::int64_t>(outside.size()), "picture")),
                           outside, top, [](const Json& entry) {
                               return std::vector<std::string>{
                                   sample_text(entry), text(entry, "target") + ": " +
                                                           one_line(joined(list_in(entry, "points")), 40)};
                           });
}

std::string numbers_text(const Json& entry, const char* key) {
    std::string shown;
    for (const Json& each : list_in(entry, key)) {
        shown += (shown.empty() ? "" : ", ") + fmt::format("{:.4g}", each.get<double>());
    }
    return "[" + shown + "]";
}

std::string pictures_text(const Json& result, std::size_t top) {
    std::string shown = section("normalisation that is not the weights' own",
                                list_in(result, "normalization"), top, [](const Json& entry) {
                                    const std::string what = text(entry, "what");
                                    return std::vector<std::string>{
                                        "data.image." + what + ": " + numbers_text(entry, "given"),
                                        "the weights expect " + numbers_text(entry, "expected")};
                                });
    const Json unreadable = list_in(result, "unreadable");
    shown +=
        section("left out: nobody can read it, or it is no picture", unreadable, top, [](const Json& entry) {
            return std::vector<std::string>{text(entry, "file"), text(entry, "reason")};
        });
    const Json outliers = list_in(result, "outliers");
    return shown +
           section(fmt::format("pictures like no other: {}", outliers.size()), outliers, top,
                   [](const Json& entry) {
                       return std::vector<std::string>{
                           sample_text(entry), fmt::format("{:.1f} deviations", number(entry, "deviations"))};
                   });
}

/// How far the lists can be trusted.
std::string judges_text(const Json& result) {
    std::string shown;
    for (const Json& judge : list_in(result, "judges")) {
        const bool has_labels = judge.contains("agree");
        shown += shown.empty() ? "judged by models that had not seen the sample; " : "; ";
        shown += has_labels ? fmt::format("of {} they would give {:.0f} % of the labels",
                                          text(judge, "target"), 100 * number(judge, "agree"))
                            : fmt::format("{} they miss by {} in the median", text(judge, "target"),
                                          with_unit(number(judge, "median_error"), text(judge, "unit")));
    }
    return shown.empty() ? "" : shown + "\n";
}

}  // namespace

std::string audit_text(const Json& result, std::size_t top, const Screen&) {
    std::string samples;
    const Json counts = inner(result, "samples");
    for (const auto& [split, count] : counts.items()) {
        samples += fmt::format("{}{} {}", samples.empty() ? "" : ", ", printable(split),
                               grouped(count.get<std::int64_t>()));
    }
    const Json features = inner(result, "features");
    std::string shown = fmt::format("samples: {}; features of {}: {} numbers\n", samples,
                                    text(features, "stage"), features.value("numbers", 0));
    shown += judges_text(result);
    const Json groups = list_in(result, "duplicates");
    const std::string found = duplicates_text(groups, true, top) + labels_text(result, top) +
                              points_text(result, top) + pictures_text(result, top) +
                              duplicates_text(groups, false, top);
    shown += found.empty() ? "\nnothing was found that looks wrong\n" : found;
    const Json unjudged = list_in(result, "not_judged");
    shown += unjudged.empty() ? "" : "\nnot judged, for want of a way to: " + joined(unjudged) + "\n";
    const Json proposed = inner(result, "proposed");
    shown += "\nwritten:\n";
    Rows rows = {{text(result, "file"), "all of it"}};
    for (const char* key : {"exclude", "relabel"}) {
        const Json each = inner(proposed, key);
        rows.push_back(
            {text(each, "file"), counted(each.value("rows", std::int64_t{0}), "sample") +
                                     (std::string(key) == "exclude" ? " to leave out" : " to relabel")});
    }
    for (const Json& sheet : list_in(result, "sheets")) {
        rows.push_back({text(sheet, "file"), fmt::format("pictures: {}, {} of {}", text(sheet, "what"),
                                                         sheet.value("shown", std::int64_t{0}),
                                                         sheet.value("of", std::int64_t{0}))});
    }
    return shown + table(rows);
}

}  // namespace graft::report

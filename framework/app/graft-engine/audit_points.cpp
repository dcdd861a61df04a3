// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Of an audit: points.
#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>

#include "audit/points.hpp"
#include "audit_findings.hpp"
#include "image/geometry.hpp"
#include "solve/untold.hpp"

namespace graft::engine {
namespace {

using core::Json;

/// Of the correlations: what points of a face do not tell of each other is a thousandth of how they vary.
constexpr double penalty = 1e-3;

/// x and y of each point in turn, [N, 2 P], in pixels of the pictures as seen.
at::Tensor places_in_pictures(const AuditSamples& samples, const Column& column) {
    at::Tensor places = column.values.to(at::kDouble).flatten(1).clone();
    auto numbers = places.accessor<double, 2>();
    for (std::int64_t sample = 0; sample < places.size(0); ++sample) {
        const image::Matrix back = image::inverse(samples.motions[static_cast<std::size_t>(sample)].matrix);
        for (std::int64_t place = 0; place + 1 < places.size(1); place += 2) {
            const Point point = image::apply(back, {numbers[sample][place], numbers[sample][place + 1]});
            numbers[sample][place] = point.x;
            numbers[sample][place + 1] = point.y;
        }
    }
    return places;
}

/// One target of points.
class PointColumns {
public:
    PointColumns(const AuditSamples& samples, std::size_t target)
        : samples_(samples),
          schema_(samples.targets[target]),
          values_(places_in_pictures(samples, samples.columns[target])),
          present_(samples.columns[target].present.contiguous()) {}

    /// Points beside their pictures, a row a sample.
    Json outside() const {
        Json list = Json::array();
        for (std::size_t sample = 0; sample < samples_.size(); ++sample) {
            Json points = Json::array();
            for (std::size_t point = 0; point < points_count(); ++point) {
                if (is_known(sample, point) && lies_outside(sample, point)) {
                    points.push_back(name_of(point));
                }
            }
            if (!points.empty()) {
                Json entry = samples_.name(sample);
                entry["target"] = schema_.name;
                entry["points"] = std::move(points);
                list.push_back(std::move(entry));
            }
        }
        std::stable_sort(list.begin(), list.end(), [](const Json& one, const Json& other) {
            return one["points"].size() > other["points"].size();
        });
        return list;
    }

    void judge(Json& shifted, Json& stray) const {
        constexpr std::int64_t fewest = 20;
        if (table_rows() < fewest) {
            return;
        }
        const audit::PointTable table = point_table();
        std::vector<std::pair<std::size_t, std::size_t>> mirrored;
        for (const auto& [left, right] : schema_.mirrored_points) {
            mirrored.emplace_back(left, right);
        }
        const std::vector<audit::ShiftedColumn> columns = audit::shifted_columns(table, mirrored);
        for (const audit::ShiftedColumn& each : columns) {
            shifted.push_back(described(each));
        }
        for (const audit::StrayPoint& each : audit::stray_points(table, columns)) {
            Json entry = samples_.name(each.sample);
            entry["target"] = schema_.name;
            entry["point"] = name_of(each.point);
            entry["pixels"] = each.distance;
            entry["deviations"] = each.deviations;
            stray.push_back(std::move(entry));
        }
    }

private:
    std::size_t points_count() const { return static_cast<std::size_t>(schema_.point_count); }
    std::int64_t table_rows() const { return present_.to(at::kLong).amax(1).sum().item<std::int64_t>(); }

    bool is_known(std::size_t sample, std::size_t point) const {
        return present_.const_data_ptr<bool>()[sample * points_count() + point];
    }
    double number(std::size_t sample, std::size_t column) const {
        return values_.const_data_ptr<double>()[sample * 2 * points_count() + column];
    }

    std::string name_of(std::size_t point) const {
        return schema_.point_names.empty() ? std::to_string(point) : schema_.point_names[point];
    }
    std::string column_name(std::size_t column) const {
        return name_of(column / 2) + (column % 2 == 0 ? ".x" : ".y");
    }

    bool lies_outside(std::size_t sample, std::size_t point) const {
        const image::Extent picture = samples_.motions[sample].original;
        const double x = number(sample, 2 * point);
        const double y = number(sample, 2 * point + 1);
        constexpr double rounding = 0.01;  // places have come through single floats
        return x < -rounding || y < -rounding || x > static_cast<double>(picture.width) + rounding ||
               y > static_cast<double>(picture.height) + rounding;
    }

    /// Unknown points at the mean of the known ones, so that they tell nothing.
    at::Tensor filled() const {
        const at::Tensor known = present_.repeat_interleave(2, 1).to(at::kDouble);
        const at::Tensor mean = (values_ * known).sum(0) / known.sum(0).clamp_min(1);
        return values_ * known + mean * (1 - known);
    }

    audit::PointTable point_table() const {
        std::vector<std::uint8_t> trains;
        audit::PointTable table;
        table.columns = 2 * points_count();
        for (std::size_t sample = 0; sample < samples_.size(); ++sample) {
            trains.push_back(samples_.trains(sample) ? 1 : 0);
            const image::Extent picture = samples_.motions[sample].original;
            table.sides.push_back(static_cast<double>(std::min(picture.width, picture.height)));
            table.splits.push_back(samples_.trains(sample) ? 0 : 1);
            for (std::size_t column = 0; column < table.columns; ++column) {
                table.known.push_back(is_known(sample, column / 2));
            }
        }
        at::Tensor learns = at::tensor(trains, at::kByte).to(at::kBool);
        if (!learns.any().item<bool>()) {
            learns = at::ones_like(learns);
        }
        const at::Tensor places = filled().contiguous();
        const at::Tensor residuals = solve::untold_by_others(places, learns, penalty).contiguous();
        const double* first = places.const_data_ptr<double>();
        table.places.assign(first, first + places.numel());
        const double* other = residuals.const_data_ptr<double>();
        table.residuals.assign(other, other + residuals.numel());
        return table;
    }

    Json described(const audit::ShiftedColumn& each) const {
        Json samples = Json::array();
        for (const std::size_t sample : each.samples) {
            samples.push_back(samples_.name(sample));
        }
        Json entry = {{"target", schema_.name},
                      {"column", column_name(each.column)},
                      {"pixels", each.shift},
                      {"beside", each.beside},
                      {"deviations", std::isfinite(each.sharpness) ? Json(each.sharpness) : Json()},
                      {"samples", samples}};
        if (each.or_column) {
            entry["or_column"] = column_name(*each.or_column);
        }
        return entry;
    }

    const AuditSamples& samples_;
    const TargetSchema& schema_;
    at::Tensor values_;   ///< [N, 2 P], in pixels of the pictures
    at::Tensor present_;  ///< [N, P]
};

}  // namespace

void judge_points(const AuditSamples& samples, Json& report) {
    Json outside = Json::array();
    Json shifted = Json::array();
    Json stray = Json::array();
    for (std::size_t target = 0; target < samples.targets.size(); ++target) {
        if (samples.targets[target].kind == TargetKind::points) {
            const PointColumns columns(samples, target);
            for (const Json& entry : columns.outside()) {
                outside.push_back(entry);
            }
            columns.judge(shifted, stray);
        }
    }
    report["points_outside"] = std::move(outside);
    report["shifted_columns"] = std::move(shifted);
    report["stray_points"] = std::move(stray);
}

}  // namespace graft::engine

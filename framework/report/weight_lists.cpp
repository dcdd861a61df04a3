// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/weight_lists.hpp"

#include <fmt/format.h>

#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;

Json items(const Json& fields, const char* key) {
    const auto found = fields.find(key);
    return found != fields.end() && found->is_array() ? *found : Json::array();
}

/// Four digits that count, also of small numbers.
std::string statistic(const Json& row, const char* key) {
    const auto found = row.find(key);
    return found != row.end() && found->is_number() ? fmt::format("{:.4g}", found->get<double>()) : "-";
}

/// What else a file holds: "beside them, no tensors: epoch, optimizer" and the like, a line each.
std::string others(const Json& result) {
    std::string lines;
    const auto add = [&](const std::string& label, const Json& names) {
        const std::string list = joined(names, ", ");
        lines += list.empty() ? "" : label + ": " + list + "\n";
    };
    Json unread = Json::array();
    const Json types = inner(result, "unread");
    for (const auto& [name, type] : types.items()) {
        unread.push_back(name + " (" + type.get<std::string>() + ")");
    }
    add("other state dicts (--key takes one)", items(result, "alternatives"));
    add("of types that are not read", unread);
    add("beside them, no tensors", items(result, "others"));
    add("objects of Python passed over", items(result, "foreign"));
    return lines;
}

/// Which tensors of a training checkpoint these are; "" for a plain state dict.
std::string origin(const Json& result) {
    const std::string name = text(result, "module_class");
    const std::string key = text(result, "wrapper");
    const std::string what = name.empty() ? "the state dict" : "the pickled module " + name;
    if (key.empty()) {
        return name.empty() ? "" : what + "\n";
    }
    return "a training checkpoint: " + what + " under '" + key + "'\n";
}

}  // namespace

std::string weight_list_text(const Json& result, const Screen& screen) {
    Rows rows;
    std::string problems;
    for (const Json& row : items(result, "weights")) {
        const std::string problem = text(row, "problem");
        const bool here = !text(row, "path").empty();
        rows.push_back({text(row, "id"), text(row, "file"),
                        !problem.empty() ? "damaged"
                        : here           ? "here"
                                         : "-",
                        text(row, "licence")});
        problems += problem.empty() ? "" : problem + "\n";
    }
    if (rows.empty()) {
        return "no backbone has published weights\n";
    }
    return "weights (" + text(result, "folder") + "):\n" + table(rows) +
           (problems.empty() ? "" : paint(screen, Paint::red, "problem:") + " " + problems);
}

std::string weight_file_text(const Json& result, const Screen&) {
    const Json tensors = items(result, "tensors");
    const bool statistics = !tensors.empty() && tensors.front().contains("mean");
    Rows rows = {{"name", "type", "shape"}};
    if (statistics) {
        rows.front().insert(rows.front().end(), {"mean", "std", "min", "max"});
    }
    double elements = 0;
    for (const Json& tensor : tensors) {
        const Json shape = items(tensor, "shape");
        double count = 1;
        for (const Json& side : shape) {
            count *= side.get<double>();
        }
        elements += count;
        rows.push_back(
            {text(tensor, "name"), text(tensor, "dtype"), shape.empty() ? "scalar" : joined(shape, " x ")});
        if (statistics) {
            for (const char* key : {"mean", "std", "min", "max"}) {
                rows.back().push_back(statistic(tensor, key));
            }
        }
    }
    std::string shown = fmt::format("{}, {}, {} elements\n", text(result, "container"),
                                    counted(static_cast<std::int64_t>(tensors.size()), "tensor"),
                                    grouped(static_cast<std::int64_t>(elements)));
    return shown + origin(result) + others(result) + table(rows, {3, 4, 5, 6});
}

std::string fetched_text(const Json& result, const Screen&) {
    return text(result, "id") + ": " + text(result, "path") + "\n";
}

std::string converted_text(const Json& result, const Screen&) {
    return fmt::format("{}: {} of {}\n", text(result, "to"),
                       counted(result.value("tensors", std::int64_t{0}), "tensor"), text(result, "from")) +
           origin(result) + others(result);
}

}  // namespace graft::report

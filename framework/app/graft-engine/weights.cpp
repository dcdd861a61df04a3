// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Weight files alone: the catalogues of all backbones, and what lies in a file.
#include "weights/weight_file.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "core/files.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "fetching.hpp"
#include "model/tensors.hpp"
#include "weights/published.hpp"

namespace graft::engine {
namespace {

using core::Category;
using core::Failure;
using core::Json;

struct Listed {
    std::string id;  ///< BACKBONE/ID
    WeightEntry entry;

    weights::Published published() const { return {entry.file_name, entry.url, entry.sha256_prefix}; }
};

std::vector<Listed> all_entries(plugin::Registry& registry) {
    std::vector<Listed> all;
    for (const catalog::PluginFile& file : registry.catalog().files()) {
        for (const plugin::ComponentHandle& component : registry.load(file)) {
            if (component.kind() != "backbone") {
                continue;
            }
            for (const WeightEntry& entry : component.weights()) {
                all.push_back({fmt::format("{}/{}", component.id(), entry.id), entry});
            }
        }
    }
    return all;
}

/// Where the file lies; "" when it is not there, and why when what is there cannot be used.
Json state_of(const Listed& listed) {
    try {
        const auto file = weights::find_published(listed.published());
        return {{"path", file ? file->string() : ""}, {"problem", ""}};
    } catch (const Failure& failure) {
        return {{"path", ""}, {"problem", failure.what()}};
    }
}

Json list(const std::vector<Listed>& entries) {
    Json rows = Json::array();
    for (const Listed& listed : entries) {
        Json row = {{"id", listed.id},
                    {"file", listed.entry.file_name},
                    {"url", listed.entry.url},
                    {"size", listed.entry.size},
                    {"licence", listed.entry.licence}};
        row.update(state_of(listed));
        rows.push_back(row);
    }
    return {{"weights", rows}, {"folder", weights::cache_folder().string()}};
}

Json fetch(CommandContext& context, const std::vector<Listed>& entries, const std::string& id) {
    std::vector<std::string> ids;
    for (const Listed& listed : entries) {
        if (listed.id == id) {
            const auto file = weights::find_or_fetch(listed.published(), fetch_control(context));
            return {{"id", id}, {"path", file.string()}};
        }
        ids.push_back(listed.id);
    }
    throw Failure(Category::pipeline, fmt::format("no backbone has the weights '{}'", id),
                  core::suggest(id, ids));
}

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

/// Of all elements, in double precision; null for a tensor without any.
void add_statistics(Json& row, const at::Tensor& tensor) {
    for (const char* key : {"mean", "std", "min", "max"}) {
        row[key] = nullptr;
    }
    if (tensor.numel() > 0) {
        const at::Tensor values = tensor.to(at::kDouble);
        row["mean"] = number(values.mean().item<double>());
        row["std"] = number(values.std(false).item<double>());
        row["min"] = number(values.min().item<double>());
        row["max"] = number(values.max().item<double>());
    }
}

Json inspect(const std::string& path, const std::string& key, bool with_statistics) {
    const weights::WeightFile file = weights::read_weights(path, {key, {}});
    if (with_statistics) {
        weights::verify(file, path);
    }
    Json rows = Json::array();
    for (const weights::Tensor& tensor : file.tensors) {
        Json row = {{"name", tensor.name},
                    {"shape", tensor.shape},
                    {"dtype", weights::type_name(file.storages[tensor.storage].type)}};
        if (with_statistics) {
            add_statistics(row, model::to_tensor(file, tensor));
        }
        rows.push_back(row);
    }
    return {
        {"container", file.container},       {"wrapper", file.wrapper},   {"module_class", file.module_class},
        {"alternatives", file.alternatives}, {"unread", file.unread},     {"others", file.others},
        {"foreign", file.foreign},           {"metadata", file.metadata}, {"tensors", rows}};
}

Json convert(const std::string& from, const std::string& key, const std::string& to) {
    const weights::WeightFile file = weights::read_weights(from, {key, {}});
    weights::verify(file, from);
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const weights::Tensor& tensor : file.tensors) {
        tensors.emplace_back(tensor.name, model::to_tensor(file, tensor));
    }
    core::write_atomically(to, model::to_safetensors(tensors, file.metadata));
    return {{"from", from},
            {"container", file.container},
            {"to", to},
            {"tensors", tensors.size()},
            {"wrapper", file.wrapper},
            {"alternatives", file.alternatives},
            {"unread", file.unread},
            {"others", file.others}};
}

}  // namespace

int weights(CommandContext& context) {
    const std::string action = context.text("action");
    Json result;
    if (action == "inspect") {
        result = inspect(context.text("file"), context.text("key"), context.flag("statistics"));
    } else if (action == "convert") {
        result = convert(context.text("file"), context.text("key"), context.text("to"));
    } else {
        const auto registry = open_registry(context, {});
        const std::vector<Listed> entries = all_entries(*registry);
        result = action == "list" ? list(entries) : fetch(context, entries, context.text("id"));
    }
    context.events.emit({"result", result});
    return 0;
}

}  // namespace graft::engine

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/export.hpp"

#include <map>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/problem.hpp"
#include "export/files.hpp"
#include "export/verify.hpp"
#include "model/tensors.hpp"

namespace graft::exporting {
namespace {

using core::Category;
using core::Failure;

Exported export_torchscript(const model::Model& model, const ExportRequest& request) {
    const TestPictures checked = test_pictures(model, request.network);
    const Network network = trace(model, request.network);
    Exported made{to_torchscript(network), network.outputs, {}};
    made.checks.push_back(check_torchscript(made.bytes, checked));
    return made;
}

Exported export_onnx(const model::Model& model, const ExportRequest& request) {
    const TestPictures checked = test_pictures(model, request.network);
    const Network network = trace(model, request.network);
    check_torchscript(to_torchscript(network), checked);  // the trace itself, before it is translated
    Exported made{to_onnx(network), network.outputs, {}};
    made.checks = check_onnx(made.bytes, checked, network.outputs);
    return made;
}

/// Losses' parameters serve training alone.
StateDict state_dict(const model::Model& model, bool backbone_only) {
    const std::string prefix = "backbone.";
    StateDict tensors;
    for (const model::NamedTensor& named : model.tensors()) {
        if (backbone_only && named.path.starts_with(prefix)) {
            tensors.emplace_back(named.path.substr(prefix.size()), named.tensor);
        } else if (!backbone_only && !named.path.starts_with("losses.")) {
            tensors.emplace_back(named.path, named.tensor);
        }
    }
    return tensors;
}

Exported export_safetensors(const model::Model& model, const ExportRequest& request) {
    return {
        model::to_safetensors(state_dict(model, request.backbone_only), metadata_of(model, request.network)),
        {},
        {}};
}

Exported export_pth(const model::Model& model, const ExportRequest& request) {
    return {to_pth(state_dict(model, request.backbone_only)), {}, {}};
}

struct Format {
    std::vector<std::string> suffixes;
    bool is_network = false;
    Exported (*write)(const model::Model&, const ExportRequest&) = nullptr;
};

const std::map<std::string, Format>& table() {
    static const std::map<std::string, Format> formats = {
        {"onnx", {{".onnx"}, true, export_onnx}},
        {"torchscript", {{".pt", ".ts"}, true, export_torchscript}},
        {"safetensors", {{".safetensors"}, false, export_safetensors}},
        {"pth", {{".pth", ".pt"}, false, export_pth}},
    };
    return formats;
}

const Format& format_of(const std::string& name) {
    const auto found = table().find(name);
    if (found == table().end()) {
        throw Failure(Category::pipeline, fmt::format("there is no format '{}'", name),
                      core::suggest(name, formats()));
    }
    return found->second;
}

}  // namespace

std::vector<std::string> formats() {
    std::vector<std::string> names;
    for (const auto& [name, format] : table()) {
        names.push_back(name);
    }
    return names;
}

const std::vector<std::string>& suffixes_of(const std::string& format) {
    return format_of(format).suffixes;
}

Exported export_model(const model::Model& model, const ExportRequest& request) {
    const Format& format = format_of(request.format);
    if (format.is_network && request.backbone_only) {
        throw Failure(Category::pipeline,
                      fmt::format("--part backbone makes a file of weights, not {}", request.format),
                      "use it --to safetensors or pth, or leave it out");
    }
    if (!format.is_network && (request.network.fold || request.network.raw)) {
        throw Failure(
            Category::pipeline,
            fmt::format("--fold and --raw change a network; {} holds weights alone", request.format),
            "use them --to onnx or torchscript, or leave them out");
    }
    return format.write(model, request);
}

}  // namespace graft::exporting

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "export/network.hpp"

namespace graft::exporting {

struct ExportRequest {
    std::string format;  ///< one of `formats()`
    NetworkOptions network;
    bool backbone_only = false;  ///< weights alone: the backbone's, by its published names
};

/// A program that ran the exported file at another batch size than the traced one, beside the model.
struct Check {
    std::string by;
    std::int64_t batch = 0;
    double largest_difference = 0;  ///< in parts of the largest number, where that is above 1
    std::string not_verified;       ///< why it could not run; empty: it could
};

struct Exported {
    std::string bytes;
    std::vector<NetworkOutput> outputs;  ///< none of a file of weights
    std::vector<Check> checks;           ///< none of a file of weights
};

/// The words for ExportRequest::format, and the suffixes of a file of that format (".onnx"), the usual one
/// first. Throws Failure(pipeline) for an unknown format.
std::vector<std::string> formats();
const std::vector<std::string>& suffixes_of(const std::string& format);

/// Exports a model, which stays as it is, and checks the result: to 1e-4, or it throws.
/// Failure(pipeline): an unknown format, or options that do not fit it. Failure(plugin): a network that
/// cannot be traced or written. Failure(data): an ONNX file of more than 2 GB. Failure(internal): a file that
/// says something else than the trace.
Exported export_model(const model::Model& model, const ExportRequest& request);

}  // namespace graft::exporting

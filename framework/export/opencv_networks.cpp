// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/opencv_networks.hpp"

#include <stdexcept>

#include <opencv2/core.hpp>

#include "plugin/library.hpp"

namespace graft::exporting {
namespace {

using Outputs = void(std::string_view, const cv::Mat&, const std::vector<std::string>&,
                     std::vector<cv::Mat>&);

Outputs* load_outputs() {
    std::string why_not;
    const auto library = plugin::open_library(plugin::own_library("libgraft_networks.so"),
                                              boost::dll::load_mode::rtld_local, why_not);
    if (!library) {
        throw std::runtime_error("OpenCV " CV_VERSION "'s module dnn cannot be loaded: " + why_not);
    }
    return &library.get<Outputs>("graft_opencv_outputs");  // it stays loaded
}

}  // namespace

std::vector<cv::Mat> opencv_outputs(std::string_view bytes, const cv::Mat& image,
                                    const std::vector<std::string>& names) {
    static Outputs* const compute = load_outputs();
    std::vector<cv::Mat> outputs;
    compute(bytes, image, names, outputs);
    return outputs;
}

}  // namespace graft::exporting

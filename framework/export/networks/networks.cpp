// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The library libgraft_networks.so: the one place that links OpenCV's module dnn, which checks exported files
// and which not every machine has. export/opencv_networks.hpp loads it when it is first needed.
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

// Exceptions of OpenCV pass through.
extern "C" [[gnu::visibility("default")]] void graft_opencv_outputs(std::string_view bytes,
                                                                    const cv::Mat& image,
                                                                    const std::vector<std::string>& names,
                                                                    std::vector<cv::Mat>& outputs) {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::dnn::Net net = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
    net.setInput(image, "image");
    std::vector<cv::String> nodes;
    nodes.reserve(names.size());
    for (const std::string& name : names) {
        nodes.push_back("onnx_node!Identity:" + name);
    }
    net.forward(outputs, nodes);
}

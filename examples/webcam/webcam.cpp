// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Names what a camera sees, or what a film shows: webcam RUN|MODEL.pt [FILM]. Escape ends it.
#include <cstdio>

#include <opencv2/highgui.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include <graft/inference.hpp>

int main(int count, char** words) try {
    const graft::inference::Model model(count > 1 ? words[1] : "model.pt");
    cv::VideoCapture camera;
    count > 2 ? camera.open(words[2]) : camera.open(0);
    constexpr int escape = 27;
    for (cv::Mat frame; camera.read(frame) && cv::waitKey(1) != escape;) {
        const auto result = model.predict(graft::inference::Pixels{
            frame.data, frame.cols, frame.rows, static_cast<std::int64_t>(frame.step), graft::inference::PixelOrder::bgr});
        for (const graft::Prediction& one : result.predictions) {
            if (const auto* points = std::get_if<std::vector<graft::Point>>(&one.value)) {
                for (const graft::Point& point : *points) {
                    cv::circle(frame, cv::Point2d(point.x, point.y), 3, {0, 255, 0}, cv::FILLED);
                }
            }
        }
        cv::putText(frame, result.json.substr(0, 60), {10, 30}, cv::FONT_HERSHEY_SIMPLEX, 0.6, {0, 255, 255});
        cv::imshow("graft", frame);
    }
} catch (const graft::inference::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}

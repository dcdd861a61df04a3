// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "legend.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "target/caption.hpp"

namespace graft::engine {

void add_keys(const std::vector<target::Key>& more, std::vector<target::Key>& keys) {
    for (const target::Key& key : more) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            keys.push_back(key);
        }
    }
}

Legend::Legend(const std::vector<target::Key>& keys, int width, double size, lettering::Lettering& lettering)
    : size_(size), lettering_(lettering) {
    const int between = swatch();
    cv::Point place;
    for (const target::Key& key : keys) {
        const int before = swatch() + swatch() / 2;
        const std::string name = lettering.fitted(key.name, size, width - before);
        const int taken = before + lettering.width(name, size);
        if (place.x > 0 && place.x + taken > width) {
            place = {0, place.y + line()};
        }
        entries_.push_back({name, key.color, place});
        place.x += taken + between;
    }
}

int Legend::height() const {
    return entries_.empty() ? 0 : entries_.back().place.y + line();
}

void Legend::draw(cv::Mat& picture, cv::Point corner) const {
    for (const Entry& entry : entries_) {
        const cv::Point place = corner + entry.place;
        const cv::Rect square(place.x, place.y + (line() - swatch()) / 2, swatch(), swatch());
        cv::rectangle(picture, square, entry.color, cv::FILLED);
        lettering_.write(picture, entry.name,
                         {place.x + swatch() + swatch() / 2,
                          place.y + static_cast<int>(std::lround(0.5 * line() + 0.36 * size_))},
                         size_, target::color_of(target::Mood::plain));
    }
}

int Legend::line() const {
    return static_cast<int>(std::lround(1.5 * size_));
}

int Legend::swatch() const {
    return static_cast<int>(std::lround(0.8 * size_));
}

}  // namespace graft::engine

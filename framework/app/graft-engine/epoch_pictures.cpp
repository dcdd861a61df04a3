// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "epoch_pictures.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <opencv2/imgproc.hpp>

#include "core/problem.hpp"
#include "core/profile.hpp"
#include "image/decode.hpp"
#include "image/jpeg_writer.hpp"
#include "small_picture.hpp"
#include "validation_picture.hpp"

namespace graft::engine {
namespace {

constexpr std::int64_t drawn_epochs = 20;
constexpr int kept_side = 256;  ///< as sheets show it
constexpr int sheet_quality = 85;

/// uint8 [h, w, 3].
at::Tensor small_pixels(const ImageSource& source, std::int64_t bits) {
    const auto reduction = [](image::Extent original) {
        return std::min(1.0, kept_side / static_cast<double>(std::max(original.width, original.height)));
    };
    image::PictureReader reader;
    const image::Picture picture = reader.read(source, {bits, reduction});
    cv::Mat small;
    cv::resize(picture.pixels, small, small_size(picture.original, kept_side), 0, 0, cv::INTER_AREA);
    return at::from_blob(small.data, {small.rows, small.cols, 3}, at::kByte).clone();
}

}  // namespace

EpochPictures::EpochPictures(const Composition& made, const data::Subset& val, report::TensorBoard& board)
    : made_(made), val_(val), board_(board) {
    for (const std::int64_t index : pictured_samples(val)) {
        Shown shown;
        shown.index = index;
        shown.tile.name = val.dataset.id(index);
        shown_.emplace(shown.tile.name, std::move(shown));
    }
}

void EpochPictures::hear(const data::Batch& batch, const std::vector<std::vector<at::Tensor>>& predictions) {
    for (std::size_t row = 0; row < batch.ids.size(); ++row) {
        const auto found = shown_.find(batch.ids[row]);
        if (found == shown_.end()) {
            continue;
        }
        prediction::PicturePrediction& answers = found->second.tile.prediction;
        answers.clear();
        const target::Motion& motion = batch.motions.at(row);
        found->second.motion = motion;
        for (std::size_t head = 0; head < predictions.size(); ++head) {
            const model::HeadPart& part = made_.model.heads()[head];
            for (std::size_t index = 0; index < predictions[head].size(); ++index) {
                answers.push_back({part.name,
                                   predictions[head].size() == 1,
                                   {part.predictions[index],
                                    predictions[head][index][static_cast<std::int64_t>(row)].clone(),
                                    motion.matrix, motion.original}});
                target::Answer& answer = answers.back().answer;
                target::kind_of(answer.schema).settle(answer);
            }
        }
    }
}

void EpochPictures::emit(const core::Event& event) {
    if (event.name == "epoch") {
        epoch_ = event.fields.value("epoch", std::int64_t{0});
        const auto epochs = event.fields.value("epochs", std::int64_t{0});
        const std::int64_t between = std::max<std::int64_t>(1, (epochs + drawn_epochs - 1) / drawn_epochs);
        if (epoch_ == 1 || epoch_ % between == 0 || epoch_ == epochs) {
            draw();
        }
    } else if (event.name == "phase" && epoch_ > 0) {
        draw();
    }
}

/// The picture and the truth; a sample that cannot be read is named by the loader already.
void EpochPictures::read(Shown& shown) {
    shown.was_read = true;
    try {
        shown.tile.truth = prediction::truth_of(made_.model, val_.dataset.targets(shown.index), shown.motion);
        shown.tile.original = small_pixels(val_.dataset.image(shown.index), made_.model.preprocess().bits);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
    }
}

void EpochPictures::draw() {
    const core::Timed writing(core::Work::writing);
    const std::int64_t epoch = std::exchange(epoch_, 0);
    std::vector<Tile> tiles;
    for (auto& [id, shown] : shown_) {
        if (!shown.was_read && !shown.tile.prediction.empty()) {
            read(shown);
        }
        if (shown.tile.original.defined() && !shown.tile.prediction.empty()) {
            tiles.push_back(shown.tile);
        }
        shown.tile.prediction.clear();
    }
    if (tiles.empty()) {
        return;
    }
    const cv::Mat sheet =
        sheet_of_tiles(tiles, title_of_validation(made_) + ", epoch " + std::to_string(epoch), lettering_);
    board_.add_picture(report::TensorBoard::epoch_pictures, image::encode_jpeg(sheet, sheet_quality),
                       sheet.cols, sheet.rows, epoch);
}

}  // namespace graft::engine

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Field numbers are those of TensorBoard's event.proto, summary.proto and of its plugin `hparams`
// (plugin_data.proto), and of protobuf's own struct.proto.
#include "report/tensorboard.hpp"

#include <cmath>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/protocol_buffer.hpp"
#include "jobs/run_files.hpp"
#include "pipeline/values.hpp"
#include "report/event_file.hpp"
#include "report/formatting.hpp"

namespace graft::report {
namespace {

namespace fs = std::filesystem;
namespace run_files = jobs::run_files;
using core::Json;
using core::ProtocolBuffer;

/// An Event with a Summary.
std::string event_of(double wall_time, std::int64_t step, const ProtocolBuffer& summary) {
    return framed(
        ProtocolBuffer().add_double(1, wall_time).add_integer(2, step).add_message(5, summary).bytes());
}

void add_scalar(ProtocolBuffer& summary, const std::string& tag, const Json& value) {
    if (value.is_number() && std::isfinite(value.get<double>())) {
        summary.add_message(
            1, ProtocolBuffer().add_bytes(1, tag).add_float(2, static_cast<float>(value.get<double>())));
    }
}

/// Of one epoch, as events and metrics.jsonl tell it.
ProtocolBuffer summary_of_epoch(const Json& fields) {
    ProtocolBuffer summary;
    for (const char* part : {"train", "val", "learning_rate"}) {
        const Json values = inner(fields, part);
        for (const auto& [name, value] : values.items()) {
            add_scalar(summary, fmt::format("{}/{}", part, name), value);
        }
    }
    for (const char* rate : {"seconds", "images_per_second"}) {
        add_scalar(summary, fmt::format("time/{}", rate), fields.value(rate, Json()));
    }
    return summary;
}

/// A google.protobuf.Value.
ProtocolBuffer value_of(const pipeline::Node& node) {
    if (const auto number = pipeline::as_real(node); number && std::isfinite(*number)) {
        return ProtocolBuffer().add_double(2, *number);
    }
    if (const auto truth = pipeline::as_boolean(node)) {
        return ProtocolBuffer().add_integer(4, *truth ? 1 : 0);
    }
    return ProtocolBuffer().add_bytes(3, node.is_scalar() ? printable(node.scalar) : "");
}

/// Every value of a document by its path, but where data lie and what is no part of the training.
void add_hyperparameters(const pipeline::Node& node, const std::string& path, ProtocolBuffer& start) {
    for (const char* passed_over :
         {"graft", "name", "plugins", "needs", "priority", "outputs", "data.root"}) {
        if (path == passed_over) {
            return;
        }
    }
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const auto& [key, value] : node.entries) {
        add_hyperparameters(value, prefix + key, start);
    }
    for (std::size_t index = 0; index < node.items.size(); ++index) {
        add_hyperparameters(node.items[index], prefix + std::to_string(index), start);
    }
    if (node.is_scalar()) {
        start.add_message(1, ProtocolBuffer().add_bytes(1, printable(path)).add_message(2, value_of(node)));
    }
}

/// A Summary that holds a message of the plugin `hparams`; `field` says which.
ProtocolBuffer hparams_summary(const std::string& tag, int field, const ProtocolBuffer& content) {
    const ProtocolBuffer data = ProtocolBuffer().add_message(field, content);  // HParamsPluginData, version 0
    const ProtocolBuffer plugin = ProtocolBuffer().add_bytes(1, "hparams").add_bytes(2, data.bytes());
    return ProtocolBuffer().add_message(
        1, ProtocolBuffer().add_bytes(1, tag).add_message(9, ProtocolBuffer().add_message(1, plugin)));
}

std::vector<Json> epochs_so_far(const fs::path& run) {
    std::vector<Json> epochs;
    const fs::path file = run / run_files::metrics;
    if (!fs::exists(file)) {
        return epochs;
    }
    std::istringstream lines(core::read_file(file));
    for (std::string line; std::getline(lines, line);) {
        Json epoch = core::parse_json_or_discard(line);
        if (epoch.is_object()) {
            epochs.push_back(std::move(epoch));
        }
    }
    return epochs;
}

std::int64_t step_of(const Json& fields) {
    const Json epoch = fields.value("epoch", Json());
    return epoch.is_number_integer() ? epoch.get<std::int64_t>() : 0;
}

double seconds_of(const Json& fields) {
    const double seconds = number(fields, "seconds");
    return std::isfinite(seconds) ? seconds : 0;
}

/// The step of an event that `event_of` made.
std::int64_t step_in(std::string_view event) {
    constexpr std::size_t place = 1 + sizeof(double) + 1;  // behind the time and the step's key
    std::int64_t step = 0;
    for (std::size_t index = 0; index < 9 && place + index < event.size(); ++index) {
        const auto byte = static_cast<unsigned char>(event[place + index]);
        step |= static_cast<std::int64_t>(byte & 0x7FU) << 7 * index;
        if (byte < 0x80) {
            break;
        }
    }
    return step;
}

/// Frames of the pictures that an earlier session of the run drew of its epochs up to this one.
std::string epoch_pictures_in(std::string_view file, std::int64_t last_epoch) {
    const std::string tag = ProtocolBuffer().add_bytes(1, TensorBoard::epoch_pictures).bytes();
    std::string kept;
    for (const std::string& message : messages_in(file)) {
        if (message.find(tag) != std::string::npos && step_in(message) <= last_epoch) {
            kept += framed(message);
        }
    }
    return kept;
}

/// Width or height of a PNG, as its header has it.
std::int64_t side_of_png(const std::string& png, std::size_t place) {
    std::int64_t side = 0;
    for (std::size_t index = 0; index < 4; ++index) {
        side = side << 8 | static_cast<unsigned char>(png.at(place + index));
    }
    return side;
}

}  // namespace

TensorBoard::TensorBoard(const fs::path& run, const pipeline::Node& document, WallClock clock)
    : clock_(std::move(clock)) {
    const fs::path folder = run / run_files::tensorboard;
    const double now = clock_();
    core::make_folder(folder);
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().filename().string().starts_with("events.out.tfevents.")) {
            old.push_back(entry.path());
        }
    }
    ProtocolBuffer start;
    add_hyperparameters(document, "", start);
    start.add_double(5, now);
    std::string bytes = framed(ProtocolBuffer().add_double(1, now).add_bytes(3, "brain.Event:2").bytes());
    bytes += event_of(now, 0, hparams_summary("_hparams_/session_start_info", 3, start));
    const std::vector<Json> epochs = epochs_so_far(run);
    double since = 0;  // what was trained after an epoch, as if it had just ended
    for (const Json& epoch : epochs) {
        since += seconds_of(epoch);
    }
    for (const Json& epoch : epochs) {
        since -= seconds_of(epoch);
        bytes += event_of(now - since, step_of(epoch), summary_of_epoch(epoch));
    }
    for (const fs::path& path : old) {
        bytes += epoch_pictures_in(core::read_file(path), epochs.empty() ? 0 : step_of(epochs.back()));
    }
    file_ = folder / fmt::format("events.out.tfevents.{:.0f}.graft", now);
    core::write_atomically(file_, bytes);
    for (const fs::path& path : old) {
        std::error_code error;
        if (path != file_) {
            fs::remove(path, error);
        }
    }
}

void TensorBoard::emit(const core::Event& event) {
    if (event.name == "epoch") {
        append_bytes(file_, event_of(clock_(), step_of(event.fields), summary_of_epoch(event.fields)));
    }
}

void TensorBoard::add_picture(const std::string& name, const fs::path& png, std::int64_t step) {
    constexpr std::size_t header = 24;
    const std::string bytes = core::read_file(png);
    if (bytes.size() < header || !bytes.starts_with("\x89PNG")) {
        throw core::Failure(core::Category::data, fmt::format("'{}' is no PNG", png.string()));
    }
    add_picture(name, bytes, side_of_png(bytes, 16), side_of_png(bytes, 20), step);
}

void TensorBoard::add_picture(const std::string& name, const std::string& bytes, std::int64_t width,
                              std::int64_t height, std::int64_t step) {
    ProtocolBuffer image;
    image.add_integer(1, height).add_integer(2, width).add_integer(3, 3).add_bytes(4, bytes);
    const ProtocolBuffer summary =
        ProtocolBuffer().add_message(1, ProtocolBuffer().add_bytes(1, name).add_message(4, image));
    append_bytes(file_, event_of(clock_(), step, summary));
}

void TensorBoard::finish(bool well) {
    const ProtocolBuffer end = ProtocolBuffer().add_integer(1, well ? 1 : 2).add_double(2, clock_());
    append_bytes(file_, event_of(clock_(), 0, hparams_summary("_hparams_/session_end_info", 4, end)));
}

}  // namespace graft::report

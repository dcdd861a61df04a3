// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The folder `tensorboard` of a run. That TensorBoard reads it is tried in tests/tools/tensorboard_test.py.
#include "report/tensorboard.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/problem.hpp"
#include "core/protocol_buffer.hpp"
#include "report/event_file.hpp"
#include "support/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
using namespace graft;
using graft::core::ProtocolBuffer;
using report::TensorBoard;

std::string bytes_of(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// A scalar within an event, as its bytes.
std::string scalar(const std::string& tag, float value) {
    return ProtocolBuffer().add_message(1, ProtocolBuffer().add_bytes(1, tag).add_float(2, value)).bytes();
}

std::size_t times(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t place = text.find(part); place != std::string::npos;
         place = text.find(part, place + 1)) {
        ++found;
    }
    return found;
}

core::Event epoch(std::int64_t number, double loss) {
    return {"epoch",
            {{"epoch", number},
             {"train", {{"loss", loss}}},
             {"val", {{"loss", loss / 2}, {"species/accuracy", nullptr}}},
             {"learning_rate", {{"backbone", 0.5}}},
             {"seconds", 2.0},
             {"images_per_second", 8.0}}};
}

}  // namespace

// Proves: an epoch's numbers are in the file by their names, those that are none are left out; what
// metrics.jsonl has is there from the start, so a run that goes on has each step once, in one file.
TEST_CASE("scalars of epochs") {
    const tests::TemporaryFolder run;
    const pipeline::Node document = pipeline::parse_document("graft: 1\nname: x\nseed: 7\n", "p.yaml");
    double now = 1000;
    const auto clock = [&now] { return now; };
    {
        TensorBoard board(run.path(), document, clock);
        CHECK(board.file().filename() == "events.out.tfevents.1000.graft");
        board.emit(epoch(1, 0.5));
        board.emit({"progress", {{"epoch", 2}}});
        board.emit(epoch(2, 0.25));  // no checkpoint holds it
        const std::string bytes = bytes_of(board.file());
        CHECK(times(bytes, "train/loss") == 2);
        CHECK(times(bytes, scalar("train/loss", 0.5F).substr(2)) == 1);
        CHECK(times(bytes, scalar("val/loss", 0.25F).substr(2)) == 1);
        CHECK(times(bytes, "learning_rate/backbone") == 2);
        CHECK(times(bytes, "species/accuracy") == 0);
        CHECK(times(bytes, "_hparams_/session_start_info") == 1);
        CHECK(times(bytes, "seed") == 1);
    }
    run.write("metrics.jsonl", R"({"epoch":1,"train":{"loss":0.5},"val":{},"seconds":2.0})"
                               "\n");
    now = 2000;
    TensorBoard board(run.path(), document, clock);
    board.emit(epoch(2, 0.125));
    const std::string bytes = bytes_of(board.file());
    CHECK(times(bytes, "train/loss") == 2);
    CHECK(times(bytes, scalar("train/loss", 0.5F).substr(2)) == 1);
    CHECK(times(bytes, scalar("train/loss", 0.125F).substr(2)) == 1);
    CHECK(std::distance(fs::directory_iterator(run / "tensorboard"), fs::directory_iterator()) == 1);
}

// Proves: a picture is there whole, with the sides that its header has; what is no PNG is refused.
TEST_CASE("pictures") {
    const tests::TemporaryFolder run;
    TensorBoard board(run.path(), {}, [] { return 1.0; });
    const std::string png = std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\2\0\0\0\3", 24) + "rest";
    board.add_picture("predictions", run.write("a.png", png), 3);
    const ProtocolBuffer image =
        ProtocolBuffer().add_integer(1, 3).add_integer(2, 258).add_integer(3, 3).add_bytes(4, png);
    CHECK(times(bytes_of(board.file()), ProtocolBuffer().add_message(4, image).bytes()) == 1);
    CHECK_THROWS_AS(board.add_picture("x", run.write("b.png", "no picture"), 3), core::Failure);
    board.finish(true);
    CHECK(times(bytes_of(board.file()), "_hparams_/session_end_info") == 1);
}

// Proves: a run that goes on keeps the pictures of the epochs that it has, once, and no others.
TEST_CASE("pictures of epochs") {
    const tests::TemporaryFolder run;
    double now = 1000;
    const auto clock = [&now] { return now; };
    {
        TensorBoard board(run.path(), {}, clock);
        board.add_picture(TensorBoard::epoch_pictures, "first", 3, 2, 1);
        board.add_picture(TensorBoard::epoch_pictures, "late", 3, 2, 200);
        board.add_picture("predictions", run.write("a.png", std::string("\x89PNG") + std::string(20, '\0')),
                          1);
    }
    run.write("metrics.jsonl", R"({"epoch":130,"train":{"loss":0.5},"val":{},"seconds":2.0})"
                               "\n");
    for (int session = 0; session < 2; ++session) {
        now += 1000;
        const TensorBoard board(run.path(), {}, clock);
        const std::string bytes = bytes_of(board.file());
        const ProtocolBuffer image =
            ProtocolBuffer().add_integer(1, 2).add_integer(2, 3).add_integer(3, 3).add_bytes(4, "first");
        CHECK(times(bytes, ProtocolBuffer().add_message(4, image).bytes()) == 1);
        CHECK(times(bytes, "late") == 0);
        CHECK(times(bytes, "PNG") == 0);
    }
}

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Twelve small pictures in a table, whose frozen features a run keeps.
#pragma once

#include <string>

#include "app/command_line.hpp"

namespace graft::tests {

inline constexpr const char* finches = R"(
graft: 1
name: finches
seed: 3
data:
  use: csv
  root: finches
  csv: labels.csv
  categories: [species]
  split: {val: 0.5}
  image: {size: 32, resize: stretch}
backbone: {use: resnet18, until: layer1}
heads:
  species: {use: classification, target: species}
train: {batch: 4, epochs: EPOCHS, freeze: [backbone]}
features: {folder: store}
)";

inline constexpr int finch_rows = 12;

/// A binary PPM of 40 x 24 pixels, another one for each number.
inline std::string finch_picture(int number) {
    std::string text = "P6 40 24 255\n";
    for (int byte = 0; byte < 40 * 24 * 3; ++byte) {
        text += static_cast<char>((byte * (number + 1) + 17 * number) % 251);
    }
    return text;
}

/// A table of pictures of two species in turn, and a pipeline of so many epochs.
inline void write_finches(const CommandLine& line, int epochs) {
    std::string table = "file,species\n";
    for (int row = 0; row < finch_rows; ++row) {
        const std::string file = std::to_string(row) + ".ppm";
        table += file + "," + (row % 2 == 0 ? "siskin" : "serin") + "\n";
        line.folder.write("finches/" + file, finch_picture(row));
    }
    line.folder.write("finches/labels.csv", table);
    std::string pipeline = finches;
    pipeline.replace(pipeline.find("EPOCHS"), 6, std::to_string(epochs));
    line.folder.write("finches.yaml", pipeline);
}

}  // namespace graft::tests

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The tables of the format in words, for docs/pipeline.md and `graft help`.
#pragma once

#include <string>
#include <vector>

#include "pipeline/format.hpp"

namespace graft::pipeline {

/// What a key takes: "a whole number in [1, 1048576]".
std::string takes(const FormatKey& key);

/// What holds without the key: "32", "required", "0; 0.01 with adamw".
std::string without(const FormatKey& key);

/// A key's path in the file: "train.batch", "seed".
std::string path_of(const FormatSection& section, const FormatKey& key);

/// What a word of the format stands for: a section, one of its keys, or one value of that key.
struct Meaning {
    const FormatSection* section = nullptr;
    const FormatKey* key = nullptr;
    const FormatWord* word = nullptr;
};

/// Everything that is called so, with as much of a path before it as one likes: "train", "data.image",
/// "heads.species.loss", "train.phases.0.schedule", "lr", "optimizer.lr", "cosine". Empty: nothing is.
std::vector<Meaning> look_up(const std::string& words);

/// What speaks of a word in its sentences, for a word that names nothing.
std::vector<Meaning> mentions(const std::string& word);

/// The names of all sections, keys and values.
std::vector<std::string> format_words();

}  // namespace graft::pipeline

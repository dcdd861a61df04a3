// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lettering/lettering.hpp"
#include "picture.hpp"

namespace graft::engine {

/// Predictions as pictures: one alone as large as it is, several on sheets of sixty, each written when it is
/// full: FILE, FILE-2, ... Host thread only.
class ContactSheets {
public:
    /// An empty file: nothing is drawn. `all`: more than the first sheet.
    ContactSheets(std::filesystem::path file, bool all, std::string title)
        : file_(std::move(file)), all_(all), title_(std::move(title)) {}

    /// Throws Failure(system).
    void add(Tile tile);

    /// Draws what is left. Throws Failure(system).
    void finish(bool is_only_one);

    std::size_t written() const { return written_; }

    /// What to tell of text that could not be drawn as it should.
    std::vector<std::string> notes() const;

private:
    void write();
    lettering::Lettering& letters();

    std::filesystem::path file_;
    bool all_;
    std::string title_;
    std::vector<Tile> tiles_;
    std::size_t written_ = 0;
    std::optional<lettering::Lettering> lettering_;  ///< made when something is drawn
};

}  // namespace graft::engine

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/problem.hpp"

namespace graft::pipeline {

/// A text cut into lines, for places. `text` must outlive it.
class SourceText {
public:
    SourceText(std::string_view text, std::string file_name);

    /// The place of a byte; `line` and `byte` count from 0, `byte` within its line. Columns of the place
    /// count characters, so that the caret stands below what it means.
    core::Place place(int line, int byte) const;

    /// The same of a byte of the whole text.
    core::Place place_at(std::size_t offset) const;

    /// Where a line begins; the text's end for lines beyond it.
    std::size_t offset(int line, int byte) const;

private:
    std::string_view text_;
    std::string file_name_;
    std::vector<std::size_t> starts_;
};

/// Keeps the first hundred problems (in the order of their places) and says how many more there are: a
/// hostile file has no end of them.
void limit(core::Problems& problems);

/// The number of bytes of the UTF-8 character at the front; 0: not valid there, or the text is empty.
std::size_t character_length(std::string_view text);

/// How many characters UTF-8 text has.
std::size_t character_count(std::string_view text);

}  // namespace graft::pipeline

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <string>
#include <vector>

namespace graft::core {

/// Who must act; the value is the exit code (docs/design.md, Exit codes).
enum class Category { internal = 1, pipeline = 2, plugin = 3, data = 4, training = 5, system = 6 };

/// The exit code of a command that saved and can go on (EX_TEMPFAIL of sysexits.h).
inline constexpr int exit_interrupted = 75;

/// Where in a text. Lines and columns count from 1; line 0: the file as a whole; empty file: nowhere.
struct Place {
    std::string file;  ///< as the user wrote it, or "--set train.batch"
    int line = 0;
    int column = 0;
    std::string source_line;  ///< the line itself, for the caret

    bool operator==(const Place&) const = default;
};

/// One thing that a person must mend.
struct Problem {
    Place place;
    std::string message;  ///< what is wrong, what was got, what is allowed
    std::string remedy;   ///< what to do, or the nearest valid name; may be empty

    bool operator==(const Problem&) const = default;
};

using Problems = std::vector<Problem>;

/// "train.yaml:12:9: message", the source line, a caret, the remedy; no newline at the end.
std::string render(const Problem& problem);

/// All problems, one after the other, in the order of their places.
std::string render(const Problems& problems);

/// The messages alone, in one line: "first; second".
std::string messages(const Problems& problems);

/// Ends a command: every problem of one pass together. what() is the rendered text.
class Failure : public std::exception {
public:
    Failure(Category category, Problems problems);
    Failure(Category category, std::string message, std::string remedy = "");

    Category category() const noexcept { return category_; }
    const Problems& problems() const noexcept { return problems_; }
    const char* what() const noexcept override { return text_.c_str(); }

private:
    Category category_;
    Problems problems_;
    std::string text_;
};

/// Throws a Failure of the category when there are problems.
void throw_if_any(Category category, const Problems& problems);

}  // namespace graft::core

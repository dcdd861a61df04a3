// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// The exception by which a plugin says what is wrong. Free of LibTorch.
#pragma once

#include <stdexcept>
#include <string>

#include "graft/export.hpp"

namespace graft {

/// Who must act on an error. The host turns it into the exit code named in brackets.
enum class ErrorKind {
    internal,  ///< a fault of the plugin itself [3]
    options,   ///< an option's value makes no sense together with the others [2]
    data,      ///< a record, an image or a weight file cannot be used [4]
    training,  ///< training cannot go on [5]
};

/// The one exception that plugins throw on purpose. The message says what was wrong, what was
/// expected and what to do; the host adds the place in the pipeline. Any other exception that leaves
/// a plugin is reported as a fault of that plugin. Thread-safety: any thread.
class GRAFT_API Error : public std::runtime_error {
public:
    /// `message`: for the person who must act; one line or several.
    Error(ErrorKind kind, const std::string& message);
    ~Error() override;

    /// Who must act.
    ErrorKind kind() const noexcept { return kind_; }

private:
    ErrorKind kind_;
};

}  // namespace graft

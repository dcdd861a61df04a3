// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace graft::plugin {

/// The sentence in what LibTorch says that tells what is wrong: it may put pages behind it, whole tensors, or
/// a trace of its own before it, whose last line has no end. Any thread.
std::string sentence_of(const std::string& message);

}  // namespace graft::plugin

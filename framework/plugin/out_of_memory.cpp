// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/out_of_memory.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

#include <c10/util/Exception.h>

namespace graft::plugin {

bool is_out_of_memory(const std::exception& error) {
    static constexpr std::array<std::string_view, 3> words = {"out of memory", "can't allocate memory",
                                                              "not enough memory"};
    const std::string_view text = error.what();
    return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
           dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
           std::any_of(words.begin(), words.end(),
                       [&](std::string_view each) { return text.find(each) != std::string_view::npos; });
}

}  // namespace graft::plugin

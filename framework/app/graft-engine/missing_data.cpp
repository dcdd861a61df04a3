// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "missing_data.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace graft::engine {

bool lacks_root(const Options& options) {
    const auto found = options.values().find("root");
    const std::string* root =
        found == options.values().end() ? nullptr : std::get_if<std::string>(&found->second);
    std::error_code ignored;
    return root != nullptr && !std::filesystem::exists(*root, ignored);
}

core::Failure with_data_page(const core::Failure& failure, const Options& options) {
    if (failure.category() != core::Category::data || failure.problems().empty() || !lacks_root(options)) {
        return failure;
    }
    core::Problems problems = failure.problems();
    std::string& remedy = problems.back().remedy;
    remedy += remedy.empty() ? "" : "\n";
    remedy += "docs/data.md says where the data of configs/ comes from; tools/fetch-data fetches it";
    return {failure.category(), std::move(problems)};
}

}  // namespace graft::engine

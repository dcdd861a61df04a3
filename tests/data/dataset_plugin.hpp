// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A data set plugin from the build folder, opened by its descriptor alone.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "plugin/library.hpp"

namespace graft::test {

class DatasetPlugin {
public:
    explicit DatasetPlugin(const std::string& id) {
        const std::string path = GRAFT_TEST_BINARY "/lib/graft/plugins/" + id + ".so";
        std::string why_not;
        const auto library = plugin::open_library(path, boost::dll::load_mode::rtld_local, why_not);
        if (!library) {
            throw std::runtime_error(why_not + "; build the target " + id);
        }
        const auto& descriptor = library.get<std::remove_pointer_t<DescriptorFunction>>(descriptor_symbol);
        component_ = *descriptor()->components[0];
    }

    /// The table's fallbacks with some values given.
    Options options(std::map<std::string, OptionValue> given = {}) const {
        std::map<std::string, OptionValue> values = std::move(given);
        for (const OptionSpec& spec : component_.options()) {
            values.emplace(spec.name, spec.fallback);
        }
        return Options(std::move(values));
    }

    std::vector<TargetSchema> schema(const Options& options, const std::string& split) const {
        return component_.dataset->schema(options, split);
    }
    std::shared_ptr<Dataset> open(const Options& options, const DatasetContext& context) const {
        return component_.dataset->create(options, context);
    }

private:
    Component component_;
};

}  // namespace graft::test

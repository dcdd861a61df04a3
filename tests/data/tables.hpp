// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A folder that a test fills with tables and pictures, opened by a data set plugin.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <cstdlib>

#include "core/files.hpp"
#include "dataset_plugin.hpp"
#include "support.hpp"

namespace graft::test {

class TableFolder {
public:
    explicit TableFolder(const std::string& id) : plugin_(id) {}

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((root() / name).parent_path());
        core::write_atomically(root() / name, text);
    }
    /// Files that stand for pictures: no data set opens them.
    void pictures(const std::vector<std::string>& names) const {
        for (const std::string& name : names) {
            write(name, "x");
        }
    }

    const std::filesystem::path& root() const { return folder_.path(); }

    Options options(std::map<std::string, OptionValue> given) const {
        given.emplace("root", root().string());
        return plugin_.options(std::move(given));
    }
    std::vector<TargetSchema> schema(const std::map<std::string, OptionValue>& given,
                                     const std::string& split = "") const {
        return plugin_.schema(options(given), split);
    }
    std::shared_ptr<Dataset> open(const std::map<std::string, OptionValue>& given,
                                  const std::string& split = "") const {
        return plugin_.open(options(given), {split, schema(given, split)});
    }
    const DatasetPlugin& plugin() const { return plugin_; }

    /// The message of the Error that opening throws, with "ROOT" for the folder; empty when it throws none.
    std::string error(const std::map<std::string, OptionValue>& given, const std::string& split = "") const {
        return error_of([&] { open(given, split); });
    }

    /// The same of any call.
    template <class Function>
    std::string error_of(Function&& function) const {
        try {
            function();
        } catch (const Error& error) {
            return without_root(error.what());
        }
        return "";
    }

    /// "place: message" of each problem, with "ROOT" for the folder.
    std::vector<std::string> problems(const Dataset& dataset) const {
        std::vector<std::string> lines;
        for (const DataProblem& problem : dataset.problems()) {
            lines.push_back(without_root(problem.place + ": " + problem.message));
        }
        return lines;
    }

private:
    std::string without_root(std::string text) const {
        const std::string name = root().string();
        for (std::size_t offset = 0; (offset = text.find(name, offset)) != std::string::npos;) {
            text.replace(offset, name.size(), "ROOT");
        }
        return text;
    }

    DatasetPlugin plugin_;
    TemporaryFolder folder_;
};

/// The options with one more, or with another value of one.
inline std::map<std::string, OptionValue> with(std::map<std::string, OptionValue> given,
                                               const std::string& name, OptionValue value) {
    given[name] = std::move(value);
    return given;
}

inline std::vector<std::string> ids(const Dataset& dataset) {
    std::vector<std::string> list;
    for (std::int64_t index = 0; index < dataset.size(); ++index) {
        list.push_back(dataset.id(index));
    }
    return list;
}

/// The folder of a data set of photographs: below GRAFT_DATA, else beside the checkout; nullopt when it is
/// not there, which the caller says.
inline std::optional<std::filesystem::path> photographs(const std::string& name) {
    const char* given = std::getenv("GRAFT_DATA");
    const std::filesystem::path folder = given != nullptr
                                             ? std::filesystem::path(given)
                                             : std::filesystem::path(GRAFT_TEST_SOURCE) / "../shared/data";
    return std::filesystem::is_directory(folder / name) ? std::optional(folder / name) : std::nullopt;
}

}  // namespace graft::test

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <unistd.h>

#include "core/problem.hpp"
#include "pipeline/pipeline.hpp"
#include "support/temporary_folder.hpp"

namespace graft::test {

/// The text of the Failure that the function throws; "nothing was thrown" when it does not.
template <class Function>
std::string failure_of(Function&& function) {
    try {
        function();
    } catch (const core::Failure& failure) {
        return failure.what();
    }
    return "nothing was thrown";
}

inline std::string parse_failure(const std::string& text) {
    return failure_of([&] { pipeline::parse_document(text, "p.yaml"); });
}

/// What interpret makes of a text, and what it complains about.
struct Interpreted {
    pipeline::Pipeline pipeline;
    std::string problems;
};

inline Interpreted interpret(const std::string& text) {
    core::Problems problems;
    pipeline::Pipeline pipeline =
        pipeline::interpret(pipeline::parse_document(text, "p.yaml"), "p.yaml", problems);
    return {std::move(pipeline), core::render(problems)};
}

/// A valid pipeline with other lines in the place of some of its own.
struct Text {
    std::string top = "";
    std::string data = "data: {use: faces}";
    std::string backbone = "backbone: {use: net}";
    std::string heads = "heads: {species: {use: classification}}";
    std::string train = "train: {epochs: 2}";

    std::string yaml() const {
        return "graft: 1\nname: t\n" + data + "\n" + backbone + "\n" + heads + "\n" + train + "\n" + top;
    }
};

/// A folder of its own that goes away again.
class Folder {
public:
    /// Writes a file and returns its path.
    std::string write(const std::string& name, const std::string& text) const {
        return folder_.write(name, text).string();
    }
    const std::filesystem::path& path() const { return folder_.path(); }

    /// The text with this folder's path written as DIR.
    std::string hide(std::string text) const {
        const std::string path = folder_.path().string();
        for (std::size_t offset = text.find(path); offset != std::string::npos; offset = text.find(path)) {
            text.replace(offset, path.size(), "DIR");
        }
        return text;
    }

private:
    tests::TemporaryFolder folder_;
};

}  // namespace graft::test

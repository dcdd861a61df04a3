// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// YAML to Node through yaml-cpp's events, not its own nodes: those take the first of two equal keys in
// silence, and expand an alias bomb completely.
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "pipeline/builder.hpp"
#include "pipeline/node.hpp"
#include "pipeline/source.hpp"

namespace graft::pipeline {
namespace {

/// yaml-cpp's words for a fault, and ours.
struct Wording {
    std::string_view theirs;
    std::string_view message;
    std::string_view remedy;
};

constexpr Wording wordings[] = {
    {"illegal tab", "a tab stands in the indentation", "indent with spaces"},
    {"illegal map value", "a ':' cannot stand here",
     "text with ': ' in it needs quotes; a line may be indented deeper only below one that ends with ':'"},
    {"illegal block entry", "a '-' cannot stand here", "each entry of a list begins a line of its own"},
    {"illegal flow end", "nothing is open that this could close", "remove it, or add the opening '[' or '{'"},
    {"end of sequence flow not found", "a ',' or the closing ']' is missing here", ""},
    {"end of map flow not found", "a ',' or the closing '}' is missing here", ""},
    {"end of map not found", "expected another key of the map above, or the end of it",
     "indent the line like those it belongs to"},
    {"end of sequence not found", "expected another '-' of the list above, or the end of it",
     "indent the line like those it belongs to"},
    {"the referenced anchor is not defined", "no anchor above has the name of this alias",
     "text that begins with '*' needs quotes"},
    {"unknown token", "text cannot begin with this character", "put it in quotes"},
};

bool has_tab_indent(const std::string& line) {
    const std::size_t text = line.find_first_not_of(" \t");
    return line.substr(0, text).find('\t') != std::string::npos;
}

core::Problem syntax_problem(const YAML::Exception& error, const NodeBuilder& builder,
                             const SourceText& source) {
    core::Problem problem{source.place(error.mark.line, error.mark.column), error.msg, ""};
    for (const Wording& wording : wordings) {
        if (error.msg.find(wording.theirs) != std::string::npos) {
            problem.message = wording.message;
            problem.remedy = wording.remedy;
        }
    }
    const core::Place begun = builder.innermost();
    if (error.msg.find("flow not found") != std::string::npos && begun.line > 0) {
        const bool variable = begun.source_line.find("${") != std::string::npos ||
                              problem.place.source_line.find("${") != std::string::npos;
        problem.remedy = variable ? "inside [ ] and { } text with ${...} in it needs quotes"
                                  : fmt::format("it begins at line {}, column {}", begun.line, begun.column);
    } else if (has_tab_indent(problem.place.source_line)) {
        problem.remedy = "indent with spaces, not tabs";
    }
    problem.message = "not valid YAML: " + problem.message;
    return problem;
}

void parse_into(NodeBuilder& builder, const std::string& text, const SourceText& source,
                const DocumentLimits& limits, core::Problems& problems) {
    std::istringstream stream(text);
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Stop&) {
        // its problem is among the others
    } catch (const YAML::DeepRecursion& error) {
        problems.push_back({source.place(error.mark.line, error.mark.column),
                            fmt::format("nested deeper than {} levels", limits.depth),
                            "a pipeline needs fewer than ten"});
    } catch (const YAML::Exception& error) {
        problems.push_back(syntax_problem(error, builder, source));
    }
}

}  // namespace

Node parse_document(const std::string& text, const std::string& file_name, const DocumentLimits& limits) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    const bool marked = text.compare(0, byte_order_mark.size(), byte_order_mark) == 0;
    const std::string body = marked ? text.substr(byte_order_mark.size()) : text;
    check_text(body, file_name, limits);
    const SourceText source(body, file_name);
    core::Problems problems;
    NodeBuilder builder({body, source, limits}, problems);
    parse_into(builder, body, source, limits, problems);
    limit(problems);
    core::throw_if_any(core::Category::pipeline, problems);
    if (builder.root.place.file.empty()) {
        builder.root.place = {file_name, 0, 0, ""};
    }
    return std::move(builder.root);
}

}  // namespace graft::pipeline

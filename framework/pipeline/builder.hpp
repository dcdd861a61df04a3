// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include "core/problem.hpp"
#include "pipeline/node.hpp"
#include "pipeline/source.hpp"

namespace graft::pipeline {

/// Leaves the parser once nothing after the last problem could be trusted.
struct Stop {};

/// Builds nodes from yaml-cpp's events and holds them to the limits. Adds problems; throws Stop after the
/// last one.
class NodeBuilder : public YAML::EventHandler {
public:
    /// What it is told to read must outlive it.
    struct Input {
        std::string_view text;
        const SourceText& source;
        const DocumentLimits& limits;
    };

    NodeBuilder(const Input& input, core::Problems& problems) : input_(input), problems_(problems) {}

    Node root;

    /// Where the innermost list or map begins that is not closed yet; line 0: none is open.
    core::Place innermost() const { return open_.empty() ? core::Place{} : open_.back().node.place; }

    void OnDocumentStart(const YAML::Mark& mark) override;
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override;
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override;
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override;
    void OnMapEnd() override { end(); }

private:
    /// A list or map that is not closed yet.
    struct Open {
        Node node;
        YAML::anchor_t anchor = 0;
        bool wants_key = false;
        std::string key;
        core::Place key_place;
        std::set<std::string> keys;  // beside the entries, so that many keys stay cheap
    };

    /// What an alias stands for.
    struct Anchored {
        Node node;
        std::size_t nodes = 0;
        std::size_t height = 0;
    };

    core::Place place(const YAML::Mark& mark) const { return input_.source.place(mark.line, mark.column); }

    void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind);
    void end();
    void add(Node node, YAML::anchor_t anchor, const YAML::Mark& mark);
    void take_key(Node node, const YAML::Mark& mark);
    void add_entry(Open& top, Node value);

    void count(std::size_t nodes, const YAML::Mark& mark);
    void check_tag(const YAML::Mark& mark, const std::string& tag);
    void check_closed(const YAML::Mark& mark);
    [[noreturn]] void stop(const YAML::Mark& mark, std::string message, std::string remedy);
    [[noreturn]] void stop_deep(const YAML::Mark& mark);
    [[noreturn]] void stop_bad_key(const YAML::Mark& mark);

    Input input_;
    core::Problems& problems_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
    YAML::Mark last_mark_;
};

}  // namespace graft::pipeline

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "core/problem.hpp"

namespace graft::pipeline {

/// A value of a YAML document together with the place it was written at. Aliases are expanded,
/// environment variables filled in.
struct Node {
    enum class Kind { null, scalar, list, map };

    Kind kind = Kind::null;
    std::string scalar;
    bool quoted = false;  ///< "7" is text, 7 is a number
    core::Place place;
    std::vector<Node> items;
    std::vector<std::pair<std::string, Node>> entries;  ///< in the order of the file
    std::vector<core::Place> key_places;                ///< one an entry

    // Defined where Node is complete: a pair that holds an incomplete type is not for every compiler.
    Node();
    Node(const Node&);
    Node(Node&&) noexcept;
    Node& operator=(const Node&);
    Node& operator=(Node&&) noexcept;
    ~Node();

    bool is_map() const { return kind == Kind::map; }
    bool is_list() const { return kind == Kind::list; }
    bool is_scalar() const { return kind == Kind::scalar; }

    /// The entry's value, or null when there is none.
    const Node* find(const std::string& key) const;
    Node* find(const std::string& key);

    /// Where the entry's key stands; the map's own place when there is none.
    const core::Place& key_place(const std::string& key) const;

    /// Adds or replaces an entry.
    void set(const std::string& key, Node value, const core::Place& key_place);

    /// Takes an entry away, where there is one.
    void erase(const std::string& key);
};

/// Limits that a hostile document runs into.
struct DocumentLimits {
    std::size_t bytes = 1 << 20;
    std::size_t nodes = 100'000;  ///< after aliases are expanded
    std::size_t depth = 64;
};

/// Parses one document. Throws Failure(pipeline) with every problem found: syntax, duplicate keys,
/// several documents, tags, alias bombs, a limit.
Node parse_document(const std::string& text, const std::string& file_name, const DocumentLimits& limits = {});

/// Throws Failure(pipeline) unless the text is UTF-8 without NUL and other control characters, at most
/// `limits.bytes` long.
void check_text(const std::string& text, const std::string& file_name, const DocumentLimits& limits = {});

/// YAML of the tree that load_document reads back as an equal tree (places aside): what needs quotes is
/// quoted, and "${" becomes "$${" so that nothing is filled in a second time.
std::string emit(const Node& node);

}  // namespace graft::pipeline

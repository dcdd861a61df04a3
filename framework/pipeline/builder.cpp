// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/builder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace graft::pipeline {
namespace {

using core::Place;

constexpr std::size_t longest_key = 200;
constexpr std::size_t longest_tag = 80;  // in a message

std::size_t node_count(const Node& node) {
    std::size_t count = 1;
    for (const Node& item : node.items) {
        count += node_count(item);
    }
    for (const auto& entry : node.entries) {
        count += node_count(entry.second);
    }
    return count;
}

std::size_t height(const Node& node) {
    std::size_t deepest = 0;
    for (const Node& item : node.items) {
        deepest = std::max(deepest, height(item));
    }
    for (const auto& entry : node.entries) {
        deepest = std::max(deepest, height(entry.second));
    }
    return deepest + (node.is_list() || node.is_map() ? 1 : 0);
}

}  // namespace

void NodeBuilder::OnDocumentStart(const YAML::Mark& mark) {
    if (++documents_ > 1) {
        stop(mark, "a second document begins here; a pipeline is one document", "remove the line ---");
    }
}

void NodeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
    Node node;
    node.place = place(mark);
    add(std::move(node), anchor, mark);
}

void NodeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
        stop(mark, "this alias stands inside what it names", "an alias can only name what ended before it");
    }
    count(found->second.nodes, mark);
    if (open_.size() + found->second.height > input_.limits.depth) {
        stop_deep(mark);
    }
    add(found->second.node, 0, mark);
}

void NodeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
    check_tag(mark, tag);
    if (tag == "!") {
        check_closed(mark);
    }
    Node node;
    node.kind = Node::Kind::scalar;
    node.scalar = value;
    node.quoted = tag == "!";
    node.place = place(mark);
    add(std::move(node), anchor, mark);
}

void NodeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value /*style*/) {
    begin(mark, tag, anchor, Node::Kind::list);
}

void NodeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value /*style*/) {
    begin(mark, tag, anchor, Node::Kind::map);
    open_.back().wants_key = true;
}

void NodeBuilder::stop(const YAML::Mark& mark, std::string message, std::string remedy) {
    problems_.push_back({place(mark), std::move(message), std::move(remedy)});
    throw Stop{};
}

void NodeBuilder::stop_deep(const YAML::Mark& mark) {
    stop(mark, fmt::format("nested deeper than {} levels", input_.limits.depth),
         "a pipeline needs fewer than ten");
}

void NodeBuilder::count(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ > input_.limits.nodes) {
        stop(mark,
             fmt::format("more than {} values, those that aliases repeat among them", input_.limits.nodes),
             "a pipeline needs far fewer: is this the right file?");
    }
}

void NodeBuilder::check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
        problems_.push_back(
            {place(mark), fmt::format("the tag {} has no meaning in a pipeline", tag.substr(0, longest_tag)),
             "write the value alone; quotes make text of a number"});
    }
}

/// yaml-cpp takes the end of the file for a closing quote.
void NodeBuilder::check_closed(const YAML::Mark& mark) {
    const std::size_t begin = input_.source.offset(mark.line, mark.column);
    const char quote = begin < input_.text.size() ? input_.text[begin] : ' ';
    if (quote != '"' && quote != '\'') {
        return;
    }
    for (std::size_t byte = begin + 1; byte < input_.text.size(); ++byte) {
        const bool escaped = quote == '"' ? input_.text[byte] == '\\' : input_.text.substr(byte, 2) == "''";
        if (escaped) {
            ++byte;
        } else if (input_.text[byte] == quote) {
            return;
        }
    }
    stop(mark, "not valid YAML: this quote is never closed", fmt::format("add the closing {}", quote));
}

void NodeBuilder::begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                        Node::Kind kind) {
    check_tag(mark, tag);
    if (!open_.empty() && open_.back().wants_key) {
        stop_bad_key(mark);
    }
    if (open_.size() >= input_.limits.depth) {
        stop_deep(mark);
    }
    count(1, mark);
    Open open;
    open.node.kind = kind;
    open.node.place = place(mark);
    open.anchor = anchor;
    open_.push_back(std::move(open));
    last_mark_ = mark;
}

void NodeBuilder::end() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    --nodes_;  // `add` counts it again
    add(std::move(closed.node), closed.anchor, last_mark_);
}

/// yaml-cpp takes a list that is never closed for a key, too.
void NodeBuilder::stop_bad_key(const YAML::Mark& mark) {
    const std::size_t byte = input_.source.offset(mark.line, mark.column);
    const char first = byte < input_.text.size() ? input_.text[byte] : ' ';
    if (first == '[' || first == '{') {
        stop(mark,
             fmt::format("not valid YAML: the closing '{}' is missing, or this stands where a key must",
                         first == '[' ? ']' : '}'),
             "a key is plain text: `key: value`");
    }
    stop(mark, "a key must be plain text", "write `key: value`");
}

void NodeBuilder::take_key(Node node, const YAML::Mark& mark) {
    Open& top = open_.back();
    if (!node.is_scalar() || node.scalar.empty()) {
        stop_bad_key(mark);
    }
    if (node.scalar.size() > longest_key) {
        stop(mark,
             fmt::format("this key has {} bytes; at most {} are allowed", node.scalar.size(), longest_key),
             "");
    }
    if (node.scalar == "<<") {
        problems_.push_back({node.place, "the merge key << is not part of this format",
                             "`extends: FILE` builds upon another pipeline"});
    }
    top.key = std::move(node.scalar);
    top.key_place = std::move(node.place);
    top.wants_key = false;
}

void NodeBuilder::add(Node node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    count(1, mark);
    if (anchor != 0) {
        const std::size_t nodes = node_count(node);
        count(nodes, mark);  // the copy that is kept for aliases
        anchors_[anchor] = {node, nodes, height(node)};
    }
    if (open_.empty()) {
        root = std::move(node);
        return;
    }
    Open& top = open_.back();
    if (top.node.is_list()) {
        top.node.items.push_back(std::move(node));
    } else if (top.wants_key) {
        take_key(std::move(node), mark);
    } else {
        add_entry(top, std::move(node));
    }
}

void NodeBuilder::add_entry(Open& top, Node value) {
    top.wants_key = true;
    if (!top.keys.insert(top.key).second) {
        problems_.push_back({top.key_place,
                             fmt::format("'{}' stands here a second time; the first is on line {}", top.key,
                                         top.node.key_place(top.key).line),
                             "keep one of them"});
        return;
    }
    top.node.entries.emplace_back(std::move(top.key), std::move(value));
    top.node.key_places.push_back(std::move(top.key_place));
}

}  // namespace graft::pipeline

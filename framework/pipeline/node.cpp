// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/node.hpp"

namespace graft::pipeline {

Node::Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

const Node* Node::find(const std::string& key) const {
    for (const auto& [name, value] : entries) {
        if (name == key) {
            return &value;
        }
    }
    return nullptr;
}

Node* Node::find(const std::string& key) {
    return const_cast<Node*>(static_cast<const Node&>(*this).find(key));
}

const core::Place& Node::key_place(const std::string& key) const {
    for (std::size_t index = 0; index < entries.size(); ++index) {
        if (entries[index].first == key) {
            return key_places[index];
        }
    }
    return place;
}

void Node::set(const std::string& key, Node value, const core::Place& key_place) {
    for (std::size_t index = 0; index < entries.size(); ++index) {
        if (entries[index].first == key) {
            entries[index].second = std::move(value);
            key_places[index] = key_place;
            return;
        }
    }
    entries.emplace_back(key, std::move(value));
    key_places.push_back(key_place);
}

void Node::erase(const std::string& key) {
    for (std::size_t index = 0; index < entries.size(); ++index) {
        if (entries[index].first == key) {
            entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(index));
            key_places.erase(key_places.begin() + static_cast<std::ptrdiff_t>(index));
            return;
        }
    }
}

}  // namespace graft::pipeline

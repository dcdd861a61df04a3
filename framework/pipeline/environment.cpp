// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cctype>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "core/text.hpp"
#include "pipeline/document.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/source.hpp"

namespace graft::pipeline {
namespace {

bool is_name(std::string_view text) {
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
        return false;
    }
    for (const char byte : text) {
        if (std::isalnum(static_cast<unsigned char>(byte)) == 0 && byte != '_') {
            return false;
        }
    }
    return true;
}

/// Fills in one scalar, front to back.
class Filler {
public:
    Filler(const Node& node, const Environment& environment, core::Problems& problems)
        : node_(node), text_(node.scalar), environment_(environment), problems_(problems) {}

    std::string fill() {
        std::string out;
        for (std::size_t position = 0; position < text_.size();) {
            if (text_.substr(position, 3) == "$${") {
                out += "${";
                position += 3;
            } else if (text_.substr(position, 2) == "${") {
                out += value(position);
            } else {
                out += text_[position++];
            }
        }
        return out;
    }

private:
    /// Of the variable at `at`, which moves behind it.
    std::string value(std::size_t& position) {
        const std::size_t begin = position;
        const std::size_t close = text_.find('}', position);
        const std::string_view inner =
            close == std::string_view::npos ? "" : text_.substr(position + 2, close - position - 2);
        const std::size_t colon = inner.find(":-");
        const std::string_view name = inner.substr(0, colon);
        position = close == std::string_view::npos ? text_.size() : close + 1;
        if (!is_name(name)) {
            add(begin, "'${' begins no variable here: letters, digits and _ are allowed, then '}'",
                "write ${NAME} or ${NAME:-default}; $${ stands for ${ itself");
            return "";
        }
        const auto found = environment_.find(std::string(name));
        const bool has_default = colon != std::string_view::npos;
        if (found == environment_.end() || (has_default && found->second.empty())) {
            if (!has_default) {
                add(begin, fmt::format("the environment variable {} is not set", name),
                    fmt::format("set it ({}=... graft ...), or write ${{{}:-default}}", name, name));
            }
            return has_default ? std::string(inner.substr(colon + 2)) : "";
        }
        return core::legible(found->second);
    }

    void add(std::size_t offset, std::string message, std::string remedy) {
        core::Place place = node_.place;
        const std::size_t column = place.column > 0 ? static_cast<std::size_t>(place.column) - 1 : 0;
        // Where the scalar stands in its line as it is, the caret goes to the variable itself.
        const std::string& line = place.source_line;
        const std::size_t found = line.find(text_, std::min(column, line.size()));
        if (found != std::string::npos) {
            place.column = static_cast<int>(character_count(line.substr(0, found + offset))) + 1;
        }
        problems_.push_back({std::move(place), std::move(message), std::move(remedy)});
    }

    const Node& node_;
    std::string_view text_;
    const Environment& environment_;
    core::Problems& problems_;
};

}  // namespace

void fill_in_environment(Node& node, const Environment& environment, core::Problems& problems) {
    if (node.is_scalar() && node.scalar.find("${") != std::string::npos) {
        node.scalar = Filler(node, environment, problems).fill();
    }
    for (Node& item : node.items) {
        fill_in_environment(item, environment, problems);
    }
    for (auto& entry : node.entries) {
        fill_in_environment(entry.second, environment, problems);
    }
}

Environment process_environment() {
    Environment values;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string::npos) {
            values.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return values;
}

}  // namespace graft::pipeline

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// YAML to Node through yaml-cpp's events, not its own nodes: those take the first of two equal keys in
// silence, and follow an alias bomb to its end.
#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "pipeline/node.hpp"
#include "pipeline/source.hpp"

namespace graft::pipeline {
namespace {

using core::Place;
using core::Problems;

constexpr std::size_t longest_key = 200;

/// Leaves the parser once nothing after the last problem could be trusted.
struct Stop {};

/// A list or map that is not closed yet.
struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool wants_key = false;
    std::string key;
    Place key_place;
    std::set<std::string> keys;  // beside the entries, so that many keys stay cheap
};

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

class Builder : public YAML::EventHandler {
public:
    Builder(std::string_view text, const Source& source, const DocumentLimits& limits, Problems& problems)
        : text_(text), source_(source), limits_(limits), problems_(problems) {}

    Node root;

    /// Where the innermost list or map begins that is not closed yet; line 0: none is open.
    Place innermost() const { return open_.empty() ? Place{} : open_.back().node.place; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            stop(mark, "a second document begins here; a pipeline is one document", "remove the line ---");
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Node node;
        node.place = place(mark);
        add(std::move(node), anchor, mark);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            stop(mark, "this alias stands inside what it names",
                 "an alias can only name what ended before it");
        }
        count(found->second.nodes, mark);
        if (open_.size() + found->second.height > limits_.depth) {
            stop_deep(mark);
        }
        add(found->second.node, 0, mark);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        check_tag(mark, tag);
        check_closed(mark);
        Node node;
        node.kind = Node::Kind::scalar;
        node.scalar = value;
        node.quoted = tag == "!";
        node.place = place(mark);
        add(std::move(node), anchor, mark);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        begin(mark, tag, anchor, Node::Kind::list);
    }
    void OnSequenceEnd() override { end(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        begin(mark, tag, anchor, Node::Kind::map);
        open_.back().wants_key = true;
    }
    void OnMapEnd() override { end(); }

private:
    struct Anchored {
        Node node;
        std::size_t nodes = 0;
        std::size_t height = 0;
    };

    Place place(const YAML::Mark& mark) const { return source_.place(mark.line, mark.column); }

    [[noreturn]] void stop(const YAML::Mark& mark, std::string message, std::string remedy) {
        problems_.push_back({place(mark), std::move(message), std::move(remedy)});
        throw Stop{};
    }

    [[noreturn]] void stop_deep(const YAML::Mark& mark) {
        stop(mark, fmt::format("nested deeper than {} levels", limits_.depth),
             "a pipeline needs fewer than ten");
    }

    void count(std::size_t nodes, const YAML::Mark& mark) {
        nodes_ += nodes;
        if (nodes_ > limits_.nodes) {
            stop(mark,
                 fmt::format("more than {} values, those that aliases repeat among them", limits_.nodes),
                 "a pipeline needs far fewer: is this the right file?");
        }
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            problems_.push_back({place(mark), fmt::format("the tag {} has no meaning in a pipeline", tag),
                                 "write the value alone; quotes make text of a number"});
        }
    }

    /// yaml-cpp takes the end of the file for a closing quote.
    void check_closed(const YAML::Mark& mark) {
        const std::size_t begin = source_.offset(mark.line, mark.column);
        const char quote = begin < text_.size() ? text_[begin] : ' ';
        if (quote != '"' && quote != '\'') {
            return;
        }
        for (std::size_t at = begin + 1; at < text_.size(); ++at) {
            if (quote == '"' && text_[at] == '\\') {
                ++at;
            } else if (quote == '\'' && text_.substr(at, 2) == "''") {
                ++at;
            } else if (text_[at] == quote) {
                return;
            }
        }
        stop(mark, "not valid YAML: this quote is never closed", fmt::format("add the closing {}", quote));
    }

    void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
        check_tag(mark, tag);
        if (!open_.empty() && open_.back().wants_key) {
            stop_bad_key(mark);
        }
        if (open_.size() >= limits_.depth) {
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

    void end() {
        Open closed = std::move(open_.back());
        open_.pop_back();
        --nodes_;  // `add` counts it again
        add(std::move(closed.node), closed.anchor, last_mark_);
    }

    /// yaml-cpp takes a list that is never closed for a key, too.
    [[noreturn]] void stop_bad_key(const YAML::Mark& mark) {
        const std::size_t at = source_.offset(mark.line, mark.column);
        const char first = at < text_.size() ? text_[at] : ' ';
        if (first == '[' || first == '{') {
            stop(mark,
                 fmt::format("not valid YAML: the closing '{}' is missing, or this stands where a key must",
                             first == '[' ? ']' : '}'),
                 "a key is plain text: `key: value`");
        }
        stop(mark, "a key must be plain text", "write `key: value`");
    }

    void take_key(Node node, const YAML::Mark& mark) {
        Open& top = open_.back();
        if (!node.is_scalar() || node.scalar.empty()) {
            stop_bad_key(mark);
        }
        if (node.scalar.size() > longest_key) {
            stop(
                mark,
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

    void add(Node node, YAML::anchor_t anchor, const YAML::Mark& mark) {
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

    void add_entry(Open& top, Node value) {
        top.wants_key = true;
        if (!top.keys.insert(top.key).second) {
            problems_.push_back({top.key_place,
                                 fmt::format("'{}' stands here a second time; the first is on line {}",
                                             top.key, top.node.key_place(top.key).line),
                                 "keep one of them"});
            return;
        }
        top.node.entries.emplace_back(std::move(top.key), std::move(value));
        top.node.key_places.push_back(std::move(top.key_place));
    }

    std::string_view text_;
    const Source& source_;
    const DocumentLimits& limits_;
    Problems& problems_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
    YAML::Mark last_mark_;
};

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

core::Problem syntax_problem(const YAML::Exception& error, const Builder& builder, const Source& source) {
    core::Problem problem{source.place(error.mark.line, error.mark.column), error.msg, ""};
    for (const Wording& wording : wordings) {
        if (error.msg.find(wording.theirs) != std::string::npos) {
            problem.message = wording.message;
            problem.remedy = wording.remedy;
        }
    }
    const Place begun = builder.innermost();
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

void parse_into(Builder& builder, const std::string& text, const Source& source, const DocumentLimits& limits,
                Problems& problems) {
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
    const Source source(body, file_name);
    Problems problems;
    Builder builder(body, source, limits, problems);
    parse_into(builder, body, source, limits, problems);
    limit(problems);
    core::throw_if_any(core::Category::pipeline, problems);
    if (builder.root.place.file.empty()) {
        builder.root.place = {file_name, 0, 0, ""};
    }
    return std::move(builder.root);
}

}  // namespace graft::pipeline

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/files.hpp"
#include "pipeline/document.hpp"
#include "pipeline/expansion.hpp"
#include "pipeline/matrix.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/source.hpp"

namespace graft::pipeline {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Place;
using core::Problems;

constexpr std::size_t deepest_extends = 16;

/// Reads a file and what it extends.
class DocumentReader {
public:
    explicit DocumentReader(const Environment& environment) : environment_(environment) {}

    Node load(const fs::path& file, const Place& asked_at) {
        const fs::path identity = fs::weakly_canonical(file);
        check_chain(file, identity, asked_at);
        chain_.push_back({file.string(), identity});
        Node document = parse_document(read(file, asked_at), file.string());
        if (document.is_map() && document.find("extends") != nullptr) {
            document = extended(std::move(document), file);
        }
        chain_.pop_back();
        return document;
    }

private:
    struct Link {
        std::string shown;
        fs::path identity;
    };

    Node extended(Node document, const fs::path& file) {
        const Node base_name = base_of(document);
        document.erase("extends");
        const fs::path base_file = (file.parent_path() / base_name.scalar).lexically_normal();
        Node base = load(base_file, base_name.place);
        if (!base.is_map()) {
            throw Failure(
                Category::pipeline,
                Problems{{base_name.place, fmt::format("{} holds no pipeline", base_file.string()), ""}});
        }
        merge(base, std::move(document));
        return base;
    }

    Node base_of(const Node& document) const {
        Node base = *document.find("extends");
        if (!base.is_scalar() || base.scalar.empty()) {
            throw Failure(Category::pipeline, Problems{{base.place, "extends must be the name of one file",
                                                        "write extends: base.yaml"}});
        }
        Problems problems;
        fill_in_environment(base, environment_, problems);
        core::throw_if_any(Category::pipeline, problems);
        return base;
    }

    void check_chain(const fs::path& file, const fs::path& identity, const Place& asked_at) const {
        std::string shown;
        for (const Link& link : chain_) {
            shown += link.shown + " -> ";
        }
        shown += file.string();
        const bool again = std::any_of(chain_.begin(), chain_.end(),
                                       [&](const Link& link) { return link.identity == identity; });
        if (again) {
            throw Failure(Category::pipeline, Problems{{asked_at, "this file extends itself: " + shown,
                                                        "one of these files must stand alone"}});
        }
        if (chain_.size() > deepest_extends) {
            throw Failure(
                Category::pipeline,
                Problems{{asked_at,
                          fmt::format("more than {} files extend one another: {}", deepest_extends, shown),
                          "copy what is needed into fewer files"}});
        }
    }

    static std::string read(const fs::path& file, const Place& asked_at) {
        constexpr std::size_t limit = DocumentLimits{}.bytes;
        std::error_code error;
        std::string message;
        if (!fs::exists(file, error)) {
            message = fmt::format("there is no file '{}'", file.string());
        } else if (fs::is_directory(file, error)) {
            message = fmt::format("'{}' is a folder; a pipeline file is expected", file.string());
        } else {
            try {
                return core::read_file(file, limit);
            } catch (const Failure& failure) {
                message = failure.problems()[0].message;
            }
        }
        throw Failure(Category::pipeline, Problems{{asked_at, std::move(message), ""}});
    }

    const Environment& environment_;
    std::vector<Link> chain_;
};

}  // namespace

namespace {

/// What the host can say of the rest, so that a variable that is not set hides no other mistake. Lines
/// with a problem already are left out: what stands there is not what was meant.
void add_interpretation(const Node& document, const std::string& file, Problems& problems) {
    Problems more;
    interpret(document, file, more);
    const std::size_t known = problems.size();
    for (core::Problem& problem : more) {
        const bool told = std::any_of(problems.begin(), problems.begin() + static_cast<std::ptrdiff_t>(known),
                                      [&](const core::Problem& other) {
                                          return other.place.file == problem.place.file &&
                                                 other.place.line == problem.place.line;
                                      });
        if (!told) {
            problems.push_back(std::move(problem));
        }
    }
}

}  // namespace

void merge(Node& base, Node top) {
    if (!base.is_map() || !top.is_map()) {
        base = std::move(top);
        return;
    }
    std::map<std::string, std::size_t> known;
    for (std::size_t index = 0; index < base.entries.size(); ++index) {
        known.emplace(base.entries[index].first, index);
    }
    for (std::size_t index = 0; index < top.entries.size(); ++index) {
        auto& [key, value] = top.entries[index];
        const auto found = known.find(key);
        if (found == known.end()) {
            base.entries.emplace_back(key, std::move(value));
            base.key_places.push_back(std::move(top.key_places[index]));
        } else {
            merge(base.entries[found->second].second, std::move(value));
            base.key_places[found->second] = std::move(top.key_places[index]);
        }
    }
    base.place = std::move(top.place);
}

namespace {

/// File, `extends` and `--set`.
Node load_as_written(const LoadRequest& request, Problems& problems) {
    Node document = DocumentReader(request.environment).load(request.file, {});
    for (const std::string& set : request.sets) {
        apply_set(document, set, problems);
    }
    return document;
}

/// One pipeline is wanted of a file that stands for several.
void refuse_several(const Node& document, Problems& problems) {
    const std::size_t known = problems.size();
    const std::vector<Variation> variations = variations_of(document, problems);
    if (problems.size() == known) {
        problems.push_back(
            {document.key_place("matrix"),
             fmt::format("this file stands for {} pipelines; one is expected", variations.size()),
             "take `matrix` out, or give the file to graft run or graft check"});
    }
}

/// What every document goes through at the end.
void complete(Node& document, const LoadRequest& request, Problems& problems) {
    const bool all_set = problems.empty();
    fill_in_environment(document, request.environment, problems);
    if (all_set && !problems.empty() && document.is_map() && document.find("graft") != nullptr) {
        add_interpretation(document, request.file.string(), problems);
    }
    limit(problems);
    core::throw_if_any(Category::pipeline, problems);
}

}  // namespace

Expansion::Expansion(LoadRequest request) : request_(std::move(request)) {
    Problems problems;
    written_ = load_as_written(request_, problems);
    core::throw_if_any(Category::pipeline, problems);
    has_matrix_ = written_.is_map() && written_.find("matrix") != nullptr;
    variations_ = variations_of(written_, problems);
    limit(problems);
    core::throw_if_any(Category::pipeline, problems);
    if (has_matrix_) {
        written_.erase("matrix");
    }
}

std::string Expansion::name() const {
    return name_of(written_, request_.file.string());
}

Node Expansion::document(std::size_t number) const {
    Problems problems;
    Node document = written_;
    if (has_matrix_) {
        apply_variation(document, variations_.at(number), request_.file.string(), problems);
    }
    complete(document, request_, problems);
    return document;
}

std::string name_of(const Node& document, const std::string& file) {
    const Node* name = document.is_map() ? document.find("name") : nullptr;
    const bool usable = name != nullptr && name->is_scalar() && !name->scalar.empty() &&
                        name->scalar.find('/') == std::string::npos;
    return usable ? name->scalar : fs::path(file).stem().string();
}

Node load_document(const LoadRequest& request) {
    if (request.variation) {
        return Expansion(request).document(*request.variation);
    }
    Problems problems;
    Node document = load_as_written(request, problems);
    if (document.is_map() && document.find("matrix") != nullptr) {
        refuse_several(document, problems);
    }
    complete(document, request, problems);
    return document;
}

}  // namespace graft::pipeline

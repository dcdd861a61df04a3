// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/draft.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "core/text.hpp"

namespace graft::start {
namespace {

std::string line(const Setting& setting, std::size_t indent) {
    constexpr std::size_t comment_column = 38;
    std::string text = std::string(indent, ' ') + setting.key + ": " + setting.value;
    if (!setting.comment.empty()) {
        text.append(text.size() < comment_column ? comment_column - text.size() : 1, ' ');
        text += "# " + setting.comment;
    }
    return text + "\n";
}

/// A name that may stand in paths: letters, digits, `_` and `-`.
std::string plain_name(const std::string& text) {
    std::string name;
    for (const unsigned char letter : text) {
        name += std::isalnum(letter) != 0 && letter < 128 ? static_cast<char>(letter) : '_';
    }
    return name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0 ? "data_" + name
                                                                                       : name;
}

bool has_kind(const Finding& finding, const std::string& kind) {
    return std::any_of(finding.heads.begin(), finding.heads.end(),
                       [&](const HeadDraft& head) { return head.kind == kind; });
}

/// Masks and boxes: heads that answer for every place, and cannot be solved at once.
bool is_dense(const std::string& kind) {
    return kind == "mask" || kind == "boxes";
}

/// The head that learns a kind of target, and the metric that tells which epoch is best; empty: the loss
/// does.
struct HeadOfKind {
    const char* use;
    const char* metric;
};

HeadOfKind head_of(const std::string& kind) {
    static const std::map<std::string, HeadOfKind> heads = {{"category", {"classification", "accuracy"}},
                                                            {"labels", {"classification", ""}},
                                                            {"scalar", {"regression", ""}},
                                                            {"points", {"keypoints", "error"}},
                                                            {"mask", {"segmentation", "miou"}},
                                                            {"boxes", {"boxes", "average_precision"}}};
    return heads.at(kind);
}

std::string draft_name(const DraftRequest& request) {
    if (!request.name.empty()) {
        return request.name;
    }
    const std::filesystem::path root = std::filesystem::absolute(request.root).lexically_normal();
    return plain_name((root.has_filename() ? root : root.parent_path()).filename().string());
}

/// Writes a pipeline around one of two networks: one that brings what ImageNet taught it and stays as it is,
/// so that heads are solved at once, and one from random values, which is trained as a whole.
class Draft {
public:
    Draft(const Finding& finding, const DraftRequest& request) : finding_(finding), request_(request) {}

    std::string text() const {
        return head_comment() + "graft: 1\n" + line({"name", yaml_word(draft_name(request_))}, 0) +
               "seed: 7\n" + data() + backbone() + heads() + train();
    }

private:
    bool is_random() const { return request_.weights == "none"; }
    bool has_dense() const {
        return std::any_of(finding_.heads.begin(), finding_.heads.end(),
                           [](const HeadDraft& head) { return is_dense(head.kind); });
    }
    /// A network with ImageNet's weights stays as it is where heads can be solved.
    bool is_solved() const { return !is_random() && !has_dense(); }

    std::string head_comment() const {
        std::string text =
            request_.schema.empty() ? "" : "# yaml-language-server: $schema=" + request_.schema + "\n";
        text += fmt::format("# Written by `graft init`, which found {}:\n", finding_.what);
        for (const std::string& fact : finding_.facts) {
            text += "#   " + core::name_to_text(fact) + "\n";
        }
        return text +
               "# `graft help WORD` explains any key, `graft check FILE` tells every mistake at once.\n";
    }

    std::string data() const {
        std::string text = "data:\n" + line(finding_.data.front(), 2);
        const std::filesystem::path root = request_.root;
        text += line({"root", yaml_word(finding_.below.empty()
                                            ? request_.root
                                            : (root / core::name_to_text(finding_.below)).string())},
                     2);
        for (std::size_t index = 1; index < finding_.data.size(); ++index) {
            text += line(finding_.data[index], 2);
        }
        const std::string size = is_random() ? "96" : "224";
        const std::string resize = finding_.shape_matters || is_random() ? "stretch" : "crop";
        text +=
            line({"image", fmt::format("{{size: {}, resize: {}}}", size, resize),
                  resize == "crop" ? "the middle of each picture" : "the whole picture, its shape changed"},
                 2);
        if (is_random()) {
            text += line({"augment", "[flip, {color: 0.2}]", "in training alone"}, 2);
        }
        return text;
    }

    std::string backbone() const {
        if (is_random()) {
            return "backbone:\n" + line({"use", "resnet18"}, 2) +
                   line({"weights", "none", "random values; weights of ImageNet teach far more"}, 2) +
                   (has_dense() ? line({"until", "layer3", "the last that a head reads"}, 2) : "");
        }
        std::string text = "backbone:\n" + line({"use", "efficientnet_lite0"}, 2) +
                           line({"weights", yaml_word(request_.weights),
                                 request_.weights == "imagenet1k" ? "fetched once" : ""},
                                2);
        if (has_dense()) {
            text += line({"until", "blocks7", "the last that a head reads"}, 2);
        } else if (has_kind(finding_, "points")) {
            text += line({"until", "blocks6", "where the map is 7 x 7: places need it"}, 2);
        }
        return text;
    }

    std::string heads() const {
        std::string text = "heads:\n";
        for (const HeadDraft& head : finding_.heads) {
            text += "  " + plain_name(head.name) + ":\n";
            text += line({"use", head_of(head.kind).use}, 4) + line({"target", yaml_word(head.target)}, 4);
            if (is_dense(head.kind)) {
                text += maps();
            } else if (head.kind == "points") {
                text += is_random() ? line({"loss", "smooth_l1"}, 4)
                                    : line({"neck", "flatten"}, 4) + line({"activation", "linear"}, 4) +
                                          line({"loss", "mse"}, 4);
            } else if (head.kind == "scalar") {
                text += line({"loss", "l1", "of absolute errors"}, 4);
            }
        }
        return text;
    }

    /// Stages from a quarter of the input's side down to a thirty-second.
    std::string maps() const {
        return line({"maps", is_random() ? "3" : "4", "as many as stages in `from`"}, 4) +
               line(
                   {"from", is_random() ? "[layer1, layer2, layer3]" : "[blocks2, blocks3, blocks5, blocks7]",
                    "fine ones for edges, late ones for what things are"},
                   4);
    }

    std::string monitor() const {
        if (finding_.heads.size() != 1) {
            return "val/loss";
        }
        const HeadDraft& head = finding_.heads.front();
        const std::string metric = head_of(head.kind).metric;
        return metric.empty() ? "val/loss" : "val/" + plain_name(head.name) + "/" + metric;
    }

    std::string train() const {
        std::string text = "train:\n" + line({"batch", has_dense() ? "16" : "32"}, 2);
        if (!is_solved()) {
            text +=
                line({"epochs", has_dense() ? "20" : "5"}, 2) +
                line({"optimizer", is_random() ? "{use: adamw, lr: 1e-3}" : "{use: adamw, lr: 3e-4}"}, 2) +
                line({"schedule", "{use: cosine, warmup: 0.1}"}, 2);
        } else {
            text += line({"freeze", "[backbone]", "stays as it is, so that its features are kept"}, 2) +
                    line({"solve", "linear", "the heads, found at once"}, 2);
        }
        text += line({"monitor", monitor(), "which epoch is best"}, 2);
        if (is_solved()) {
            text +=
                "  # To train the backbone, too, from there: instead of `freeze` write\n"
                "  #   recipe: lp-ft\n"
                "  #   epochs: 5\n"
                "  #   optimizer: {use: adamw, lr: 1e-3}\n";
        }
        return text;
    }

    const Finding& finding_;
    const DraftRequest& request_;
};

}  // namespace

std::string draft_pipeline(const Finding& finding, const DraftRequest& request) {
    return Draft(finding, request).text();
}

}  // namespace graft::start

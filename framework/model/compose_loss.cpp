// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which losses join which outputs of a head.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/names.hpp"
#include "model/balance.hpp"
#include "model/compose_head.hpp"
#include "model/head_part.hpp"
#include "target/kind.hpp"

namespace graft::model {
namespace {

using core::Problems;

/// A loss that the pipeline asks for, or the default of an output.
struct Wanted {
    std::string id;
    core::Place id_place;
    const pipeline::Use* use = nullptr;  ///< its section; null: the default, with default options
    std::vector<std::size_t> outputs;
    double weight = 1.0;
    core::Place place;
};

bool joins(const std::vector<LossPort>& ports, const HeadPorts& head,
           const std::vector<std::size_t>& outputs) {
    if (ports.size() != outputs.size()) {
        return false;
    }
    for (std::size_t port = 0; port < ports.size(); ++port) {
        const auto& spaces = ports[port].spaces;
        if (std::find(spaces.begin(), spaces.end(), head.outputs[outputs[port]].space) == spaces.end()) {
            return false;
        }
    }
    return true;
}

std::string outputs_text(const HeadPart& part, const std::vector<std::size_t>& outputs) {
    std::string text;
    for (const std::size_t output : outputs) {
        const OutputPort& port = part.ports.outputs[output];
        text += fmt::format("{}'{}' is {}", text.empty() ? "" : ", ", port.name, port.space);
    }
    return text;
}

std::string ports_text(const std::vector<LossPort>& ports) {
    std::vector<std::string> texts;
    for (const LossPort& port : ports) {
        std::string spaces;
        for (const std::string& space : port.spaces) {
            spaces += (spaces.empty() ? "" : " or ") + space;
        }
        texts.push_back(spaces);
    }
    return fmt::format("{} of {}", ports.size() == 1 ? "an output" : fmt::format("{} outputs", ports.size()),
                       core::listed(texts));
}

/// The losses that could join these outputs, each asked with its default options; one that cannot be asked is
/// no help and stays out of the list.
std::vector<std::string> fitting(const HeadPart& part, const std::vector<std::size_t>& outputs,
                                 plugin::Registry& registry) {
    std::vector<std::string> ids;
    for (const std::string& id : registry.catalog().ids("loss")) {
        try {
            Problems ignored;
            const plugin::ComponentHandle component = registry.find("loss", id, {}, ignored);
            if (joins(component.loss_ports(pipeline::default_options(component.options())), part.ports,
                      outputs)) {
                ids.push_back(id);
            }
        } catch (const std::exception&) {
            continue;
        }
    }
    return ids;
}

std::optional<std::size_t> output_index(const HeadPart& part, const std::string& name) {
    for (std::size_t index = 0; index < part.ports.outputs.size(); ++index) {
        if (part.ports.outputs[index].name == name) {
            return index;
        }
    }
    return std::nullopt;
}

/// The pipeline's losses of a head, with defaults filled in.
class LossChooser {
public:
    LossChooser(const HeadPart& part, const HeadRequest& request, Problems& problems)
        : part_(part), head_(request.head), registry_(request.compose.registry), problems_(problems) {}

    std::vector<Wanted> choose() {
        if (head_.losses.empty()) {
            add_defaults(all_outputs(), 1.0, head_.use.place);
        }
        for (const pipeline::Loss& loss : head_.losses) {
            const auto outputs = resolve(loss);
            if (!outputs) {
                continue;
            }
            if (loss.use) {
                wanted_.push_back(
                    {loss.use->id, loss.use->place, &*loss.use, *outputs, loss.weight, loss.place});
            } else {
                add_defaults(*outputs, loss.weight, loss.place);
            }
        }
        return wanted_;
    }

private:
    std::vector<std::size_t> all_outputs() const {
        std::vector<std::size_t> all(part_.ports.outputs.size());
        for (std::size_t index = 0; index < all.size(); ++index) {
            all[index] = index;
        }
        return all;
    }

    std::optional<std::vector<std::size_t>> resolve(const pipeline::Loss& loss) {
        if (loss.outputs.empty()) {
            return all_outputs();
        }
        std::vector<std::string> names;
        for (const OutputPort& port : part_.ports.outputs) {
            names.push_back(port.name);
        }
        std::vector<std::size_t> indices;
        for (const std::string& name : loss.outputs) {
            if (const auto index = output_index(part_, name)) {
                indices.push_back(*index);
            } else {
                problems_.push_back({loss.place,
                                     fmt::format("head '{}' has no output '{}'", head_.use.id, name),
                                     core::suggest(name, names)});
            }
        }
        if (indices.size() != loss.outputs.size()) {
            return std::nullopt;
        }
        return indices;
    }

    void add_defaults(const std::vector<std::size_t>& outputs, double weight, const core::Place& place) {
        for (const std::size_t output : outputs) {
            const OutputPort& port = part_.ports.outputs[output];
            if (port.default_loss.empty()) {
                problems_.push_back(
                    {place,
                     fmt::format("output '{}' of head '{}' has no default loss", port.name, head_.use.id),
                     fmt::format("name one with `loss`; what fits: {}",
                                 core::listed(fitting(part_, {output}, registry_)))});
                continue;
            }
            wanted_.push_back({port.default_loss, place, nullptr, {output}, weight, place});
        }
    }

    const HeadPart& part_;
    const pipeline::Head& head_;
    plugin::Registry& registry_;
    Problems& problems_;
    std::vector<Wanted> wanted_;
};

std::string loss_name(const HeadPart& part, const Wanted& wanted) {
    if (part.ports.outputs.size() == 1 || wanted.outputs.size() == part.ports.outputs.size()) {
        return part.name;
    }
    std::string name;
    for (const std::size_t output : wanted.outputs) {
        name += (name.empty() ? "" : "+") + part.ports.outputs[output].name;
    }
    return part.name + "/" + name;
}

/// A second loss of the same outputs is named after itself, a third also counted.
std::string unique_name(const HeadPart& part, const Wanted& wanted) {
    const auto taken = [&](const std::string& name) {
        return std::any_of(part.losses.begin(), part.losses.end(),
                           [&](const LossPart& loss) { return loss.name == name; });
    };
    const std::string name = loss_name(part, wanted);
    std::string unique = name;
    for (int count = 1; taken(unique); ++count) {
        unique = name + "/" + wanted.id + (count == 1 ? "" : std::to_string(count));
    }
    return unique;
}

/// A loss that compares samples needs all of them at once, and of one class each.
void check_coupling(const LossPart& loss, const HeadPart& part, const Wanted& wanted,
                    const pipeline::Pipeline& pipeline, Problems& problems) {
    if (!loss.couples_samples) {
        return;
    }
    if (pipeline.train.accumulate > 1) {
        problems.push_back(
            {wanted.id_place,
             fmt::format("loss {} compares the samples of a batch with each other, so train.accumulate: {} "
                         "would give another loss than one batch of that size",
                         loss.id, pipeline.train.accumulate),
             "set train.accumulate to 1 and train.batch to what the loss should see"});
    }
    for (const pipeline::Augment& change : pipeline.features.augment) {
        if (change.name == "mixup") {
            problems.push_back({change.place,
                                fmt::format("loss {} of head '{}' compares the samples of a batch with each "
                                            "other, and mixup leaves none that is of one class",
                                            loss.id, part.name),
                                "take mixup out of features.augment"});
        }
    }
}

void compose_loss(HeadPart& part, const Wanted& wanted, const HeadRequest& request, Problems& problems) {
    const std::string& id = wanted.id;
    plugin::Registry& registry = request.compose.registry;
    const plugin::ComponentHandle component =
        id.empty() ? plugin::ComponentHandle() : registry.find("loss", id, wanted.id_place, problems);
    if (!component) {
        return;
    }
    const std::size_t before = problems.size();
    LossPart loss;
    loss.name = unique_name(part, wanted);
    loss.id = id;
    loss.version = component.version();
    loss.outputs = wanted.outputs;
    loss.weight = wanted.weight;
    const OptionTable table = component.options(wanted.id_place);
    loss.options = wanted.use != nullptr ? pipeline::read_options(*wanted.use, "loss", table, problems)
                                         : pipeline::default_options(table);
    if (problems.size() > before) {
        return;
    }
    defer_balanced(loss, table);
    const auto& targets = part.context.targets;
    if (!loss.balanced.empty() && (targets.size() != 1 || targets.front().kind != TargetKind::category)) {
        problems.push_back(
            {wanted.id_place,
             fmt::format("{} is balanced, which counts the classes of a category; head '{}' has {}",
                         loss.balanced.front(), part.name,
                         targets.size() == 1
                             ? fmt::format("a target of the kind {}", target::kind_name(targets.front().kind))
                             : fmt::format("{} targets", targets.size())),
             "write the numbers themselves, or leave it out"});
        return;
    }
    const auto ports = component.loss_ports(loss.options, wanted.id_place);
    if (!joins(ports, part.ports, wanted.outputs)) {
        problems.push_back({wanted.id_place,
                            fmt::format("loss {} joins {}; {} of head '{}': {}", id, ports_text(ports),
                                        wanted.outputs.size() == 1 ? "the output" : "the outputs",
                                        request.head.use.id, outputs_text(part, wanted.outputs)),
                            "what fits: " + core::listed(fitting(part, wanted.outputs, registry))});
        return;
    }
    if (!part.head) {
        return;
    }
    seed_from(request.compose.pipeline.seed, "losses." + loss.name);
    try {
        create_loss(loss, part, component, wanted.id_place);
        check_coupling(loss, part, wanted, request.compose.pipeline, problems);
        part.losses.push_back(std::move(loss));
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::pipeline) {
            throw;
        }
        problems.insert(problems.end(), failure.problems().begin(), failure.problems().end());
    }
}

}  // namespace

void compose_losses(HeadPart& part, const HeadRequest& request, Problems& problems) {
    for (const Wanted& wanted : LossChooser(part, request, problems).choose()) {
        compose_loss(part, wanted, request, problems);
    }
}

}  // namespace graft::model

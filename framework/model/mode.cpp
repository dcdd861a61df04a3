// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What freezing means for modules while they train, and the proof that it was kept.
#include <map>
#include <optional>
#include <set>
#include <string>

#include <ATen/ATen.h>

#include "core/hash.hpp"
#include "model/freeze.hpp"

namespace graft::model {
namespace {

using Paths = std::set<std::string>;

/// Whether one of the module's tensors is not frozen; nothing when it has none.
std::optional<bool> moves(const torch::nn::Module& module, const std::string& path, bool recurse,
                          const Paths& moving) {
    std::optional<bool> found;
    const auto look = [&](const auto& tensors) {
        for (const auto& tensor : tensors) {
            found = found.value_or(false) || moving.contains(path + "." + tensor.key());
        }
    };
    look(module.named_parameters(recurse));
    look(module.named_buffers(recurse));
    return found;
}

/// Module::train also sets all modules below, so parents are set before their children.
template <class Type>
void set_modes(plugin::ModuleHandle<Type>& root, const std::string& root_path, const Paths& moving,
               const std::map<std::string, bool>& frozen_places) {
    std::map<std::string, bool> frozen;
    for (const auto& entry : root.module().named_modules(root_path)) {
        const std::string& path = entry.key();
        const auto own = moves(*entry.value(), path, false, moving);
        const auto below = own.has_value() ? own : moves(*entry.value(), path, true, moving);
        if (below.has_value()) {
            frozen[path] = !*below;
        } else if (const auto place = frozen_places.find(path); place != frozen_places.end()) {
            frozen[path] = place->second;
        } else {
            const auto around = frozen.find(path.substr(0, path.rfind('.')));
            frozen[path] = around != frozen.end() && around->second;
        }
        plugin::call(root.caller(), "train", {}, [&] { entry.value()->train(!frozen[path]); });
    }
}

/// The modules that stages name, each with whether its stage is wholly frozen.
std::map<std::string, bool> stage_modules(const Model& model, const Paths& moving_stages) {
    std::map<std::string, bool> frozen;
    const auto& stages = model.backbone().stages();
    for (std::size_t index = 0; index < stages.size(); ++index) {
        for (const std::string& path : stages[index].modules) {
            frozen["backbone." + path] =
                index >= model.kept_stages() || !moving_stages.contains(stages[index].name);
        }
    }
    return frozen;
}

}  // namespace

void set_mode(Model& model, const Freezing& freezing, bool training) {
    ModelParts& parts = model.parts_;
    parts.backbone.set_training(training);
    for (HeadPart& part : parts.heads) {
        part.head.set_training(training);
        for (LossPart& loss : part.losses) {
            loss.loss.set_training(training);
        }
    }
    if (!training) {
        return;
    }
    const Paths frozen(freezing.frozen.begin(), freezing.frozen.end());
    Paths moving;
    Paths moving_stages;
    for (const NamedTensor& tensor : model.tensors()) {
        if (!frozen.contains(tensor.path)) {
            moving.insert(tensor.path);
            moving_stages.insert(tensor.stage);
        }
    }
    set_modes(parts.backbone, "backbone", moving, stage_modules(model, moving_stages));
    for (HeadPart& part : parts.heads) {
        set_modes(part.head, "heads." + part.name, moving, {});
        for (LossPart& loss : part.losses) {
            set_modes(loss.loss, "losses." + loss.name, moving, {});
        }
    }
}

std::string frozen_hash(const Model& model, const Freezing& freezing) {
    const Paths frozen(freezing.frozen.begin(), freezing.frozen.end());
    core::Hasher hasher;
    for (const NamedTensor& tensor : model.tensors()) {
        if (frozen.contains(tensor.path)) {
            const at::Tensor values = tensor.tensor.detach().cpu().contiguous();
            hasher.add(tensor.path);
            hasher.add(values.const_data_ptr(), values.nbytes());
        }
    }
    return hasher.hex();
}

}  // namespace graft::model

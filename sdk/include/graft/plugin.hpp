// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// How a shared library becomes a plugin:
//
//     GRAFT_BACKBONE(ResNet18, "resnet18", "1.0.0", "18-layer residual network (He et al. 2015)")
//     GRAFT_PLUGIN("graft", "BSD-3-Clause", "https://...")
//
// at the end of one .cpp, outside every namespace: GRAFT_PLUGIN once a library, before or after any
// number of GRAFT_BACKBONE, GRAFT_HEAD, GRAFT_DATASET and GRAFT_LOSS.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graft/backbone.hpp"
#include "graft/dataset.hpp"
#include "graft/error.hpp"
#include "graft/export.hpp"
#include "graft/head.hpp"
#include "graft/loss.hpp"
#include "graft/options.hpp"
#include "graft/stamp.hpp"

namespace graft {

struct BackboneFactory {
    std::shared_ptr<Backbone> (*create)(const Options&, const BackboneContext&) = nullptr;
    BackboneInput (*input)(const Options&) = nullptr;
    std::vector<WeightEntry> (*weights)() = nullptr;
};

struct HeadFactory {
    std::shared_ptr<Head> (*create)(const Options&, const HeadContext&) = nullptr;
    HeadPorts (*ports)(const Options&, const std::vector<TargetKind>& bound) = nullptr;
};

struct DatasetFactory {
    std::shared_ptr<Dataset> (*create)(const Options&, const DatasetContext&) = nullptr;
    std::vector<TargetSchema> (*schema)(const Options&, const std::string& split) = nullptr;
};

struct LossFactory {
    std::shared_ptr<Loss> (*create)(const Options&, const LossContext&) = nullptr;
    std::vector<LossPort> (*ports)(const Options&) = nullptr;
};

/// One thing that a plugin brings. Exactly one of the four factories, that of `kind`, is filled.
struct Component {
    const char* kind = "";  ///< "backbone", "head", "dataset", "loss"
    const char* id = "";
    const char* version = "";
    const char* summary = "";
    OptionTable (*options)() = nullptr;
    std::string (*example)() = nullptr;  ///< YAML for the component's section; may be empty
    BackboneFactory backbone;
    HeadFactory head;
    DatasetFactory dataset;
    LossFactory loss;
};

/// What the one exported function, `graft_plugin_descriptor`, returns.
struct Descriptor {
    std::size_t size = sizeof(Descriptor);
    const char* stamp = GRAFT_STAMP;
    const char* name = "";
    const char* licence = "";
    const char* url = "";
    std::vector<Component> components;
};

using DescriptorFunction = const Descriptor* (*)();
inline constexpr const char* descriptor_symbol = "graft_plugin_descriptor";

/// What the macros below are made of; nothing here is for plugin authors.
namespace detail {

/// This library's own list: hidden visibility keeps it apart from every other plugin's.
inline std::vector<Component>& components() {
    static std::vector<Component> list;
    return list;
}

template <class Type>
Component describe(const char* kind, const char* id, const char* version, const char* summary) {
    Component component{kind, id, version, summary, nullptr, nullptr, {}, {}, {}, {}};
    component.options = [] {
        if constexpr (requires { Type::options(); }) {
            return Type::options();
        } else {
            return OptionTable{};
        }
    };
    component.example = [] {
        if constexpr (requires { Type::example(); }) {
            return std::string(Type::example());
        } else {
            return std::string();
        }
    };
    return component;
}

template <class Type>
bool add_backbone(const char* id, const char* version, const char* summary) {
    Component component = describe<Type>("backbone", id, version, summary);
    component.backbone.create = [](const Options& options, const BackboneContext& context) {
        return std::shared_ptr<Backbone>(std::make_shared<Type>(options, context));
    };
    component.backbone.input = [](const Options& options) {
        if constexpr (requires { Type::input(options); }) {
            return Type::input(options);
        } else {
            (void)options;
            return BackboneInput{};
        }
    };
    component.backbone.weights = [] {
        if constexpr (requires { Type::weights(); }) {
            return Type::weights();
        } else {
            return std::vector<WeightEntry>{};
        }
    };
    components().push_back(component);
    return true;
}

template <class Type>
bool add_head(const char* id, const char* version, const char* summary) {
    Component component = describe<Type>("head", id, version, summary);
    component.head.create = [](const Options& options, const HeadContext& context) {
        return std::shared_ptr<Head>(std::make_shared<Type>(options, context));
    };
    component.head.ports = &Type::ports;
    components().push_back(component);
    return true;
}

template <class Type>
bool add_dataset(const char* id, const char* version, const char* summary) {
    Component component = describe<Type>("dataset", id, version, summary);
    component.dataset.create = [](const Options& options, const DatasetContext& context) {
        return std::shared_ptr<Dataset>(std::make_shared<Type>(options, context));
    };
    component.dataset.schema = &Type::schema;
    components().push_back(component);
    return true;
}

template <class Type>
bool add_loss(const char* id, const char* version, const char* summary) {
    Component component = describe<Type>("loss", id, version, summary);
    component.loss.create = [](const Options& options, const LossContext& context) {
        return std::shared_ptr<Loss>(std::make_shared<Type>(options, context));
    };
    component.loss.ports = &Type::ports;
    components().push_back(component);
    return true;
}

}  // namespace detail
}  // namespace graft

#define GRAFT_JOIN_(left, right) left##right
#define GRAFT_JOIN(left, right) GRAFT_JOIN_(left, right)

#define GRAFT_COMPONENT_(Type, kind, id, version, summary)                            \
    GRAFT_NOTE(GRAFT_JOIN(graft_component_note_, __LINE__), ::graft::component_note,  \
               #kind "\n" id "\n" version "\n" summary);                              \
    [[maybe_unused]] static const bool GRAFT_JOIN(graft_component_added_, __LINE__) = \
        ::graft::detail::GRAFT_JOIN(add_, kind)<Type>(id, version, summary);

/// Register a class under an id (lower case letters, digits, `_`), a version and one sentence.
#define GRAFT_BACKBONE(Type, id, version, summary) GRAFT_COMPONENT_(Type, backbone, id, version, summary)
#define GRAFT_HEAD(Type, id, version, summary) GRAFT_COMPONENT_(Type, head, id, version, summary)
#define GRAFT_DATASET(Type, id, version, summary) GRAFT_COMPONENT_(Type, dataset, id, version, summary)
#define GRAFT_LOSS(Type, id, version, summary) GRAFT_COMPONENT_(Type, loss, id, version, summary)

/// Defines the one exported function and the stamp; once a library.
#define GRAFT_PLUGIN(name, licence, url)                                                                  \
    GRAFT_NOTE(graft_stamp_note, ::graft::stamp_note, GRAFT_STAMP);                                       \
    extern "C" GRAFT_API const ::graft::Descriptor* graft_plugin_descriptor() {                           \
        static const ::graft::Descriptor descriptor{                                                      \
            sizeof(::graft::Descriptor), GRAFT_STAMP, name, licence, url, ::graft::detail::components()}; \
        return &descriptor;                                                                               \
    }

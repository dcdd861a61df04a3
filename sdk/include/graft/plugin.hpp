// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// How a shared library becomes a plugin:
///
///     GRAFT_BACKBONE(ResNet18, "resnet18", "1.0.0", "18-layer residual network (He et al. 2015)")
///     GRAFT_PLUGIN("graft", "BSD-3-Clause", "https://...")
///
/// at the end of one .cpp, outside every namespace: GRAFT_PLUGIN once a library, before or after any
/// number of GRAFT_BACKBONE, GRAFT_HEAD, GRAFT_DATASET and GRAFT_LOSS.
///
/// Every struct here begins with its size and grows at its end alone: a host copies what both know
/// (docs/plugin-abi.md). `first_size` is what a host cannot do without; it never changes within an ABI.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
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

/// The functions by which the host asks for and makes a backbone.
struct BackboneFactory {
    static constexpr std::uint32_t first_size = 32;  ///< in bytes

    std::uint32_t size = sizeof(BackboneFactory);  ///< in bytes, as the plugin was compiled
    /// Makes one; throws what its constructor throws.
    std::shared_ptr<Backbone> (*create)(const Options&, const BackboneContext&) = nullptr;
    /// What it takes where nothing else says so.
    BackboneInput (*input)(const Options&) = nullptr;
    /// Its published weights.
    std::vector<WeightEntry> (*weights)() = nullptr;
};

/// The functions by which the host asks for and makes a head.
struct HeadFactory {
    static constexpr std::uint32_t first_size = 24;  ///< in bytes

    std::uint32_t size = sizeof(HeadFactory);  ///< in bytes, as the plugin was compiled
    /// Makes one; throws what its constructor throws.
    std::shared_ptr<Head> (*create)(const Options&, const HeadContext&) = nullptr;
    /// Its ports, once the kinds of its targets are known, and before (`bound` is empty then).
    HeadPorts (*ports)(const Options&, const std::vector<TargetKind>& bound) = nullptr;
};

/// The functions by which the host asks for and opens a data set.
struct DatasetFactory {
    static constexpr std::uint32_t first_size = 24;  ///< in bytes

    std::uint32_t size = sizeof(DatasetFactory);  ///< in bytes, as the plugin was compiled
    /// Makes one; throws what its constructor throws.
    std::shared_ptr<Dataset> (*create)(const Options&, const DatasetContext&) = nullptr;
    /// The targets of a split.
    std::vector<TargetSchema> (*schema)(const Options&, const std::string& split) = nullptr;
};

/// The functions by which the host asks for and makes a loss.
struct LossFactory {
    static constexpr std::uint32_t first_size = 24;  ///< in bytes

    std::uint32_t size = sizeof(LossFactory);  ///< in bytes, as the plugin was compiled
    /// Makes one; throws what its constructor throws.
    std::shared_ptr<Loss> (*create)(const Options&, const LossContext&) = nullptr;
    /// Its ports.
    std::vector<LossPort> (*ports)(const Options&) = nullptr;
    /// Whether a sample's loss depends on the other samples of its batch. Null: it does not.
    bool (*couples_samples)(const Options&) = nullptr;
};

/// One thing that a plugin brings. Of the four factories that of `kind` is there.
struct Component {
    static constexpr std::uint32_t first_size = 88;  ///< in bytes

    std::uint32_t size = sizeof(Component);  ///< in bytes, as the plugin was compiled
    const char* kind = "";                   ///< "backbone", "head", "dataset", "loss"
    const char* id = "";                     ///< as `use:` names it
    const char* version = "";                ///< of the component
    const char* summary = "";                ///< one sentence
    /// Its option table.
    OptionTable (*options)() = nullptr;
    /// YAML for the component's section; may be empty.
    std::string (*example)() = nullptr;
    const BackboneFactory* backbone = nullptr;  ///< of a backbone, else null
    const HeadFactory* head = nullptr;          ///< of a head, else null
    const DatasetFactory* dataset = nullptr;    ///< of a data set, else null
    const LossFactory* loss = nullptr;          ///< of a loss, else null
    /// What a component can do beyond its kind, by name; null: it cannot. Null itself: it can nothing.
    const void* (*ability)(const char* name) = nullptr;
};

/// What the one exported function, `graft_plugin_descriptor`, returns.
struct Descriptor {
    static constexpr std::uint32_t first_size = 64;  ///< in bytes

    std::uint32_t size = sizeof(Descriptor);                 ///< in bytes, as the plugin was compiled
    std::uint32_t api_level_built = GRAFT_API_LEVEL;         ///< of the SDK that it was built against
    std::uint32_t api_level_needed = GRAFT_NEEDS_API_LEVEL;  ///< the lowest whose host can run it
    const char* stamp = "";                                  ///< GRAFT_STAMP, as it was compiled
    const char* name = "";                                   ///< of the library
    const char* licence = "";                                ///< an SPDX identifier
    const char* url = "";                                    ///< where its sources are
    const Component* const* components = nullptr;            ///< pointers, so that Component can grow
    std::size_t component_count = 0;                         ///< how many there are
};

/// The type of the one exported function.
using DescriptorFunction = const Descriptor* (*)();
/// The name of the one exported function.
inline constexpr const char* descriptor_symbol = "graft_plugin_descriptor";

/// What the macros below are made of; nothing here is for plugin authors.
namespace detail {

/// This library's own list: hidden visibility keeps it apart from every other plugin's. A deque, because
/// the host keeps addresses of what is in it.
inline std::deque<Component>& components() {
    static std::deque<Component> list;
    return list;
}

/// `from` without its components, with those of this library.
inline Descriptor describe_library(Descriptor from) {
    static const std::vector<const Component*> list = [] {
        std::vector<const Component*> made;
        for (const Component& component : components()) {
            made.push_back(&component);
        }
        return made;
    }();
    from.components = list.data();
    from.component_count = list.size();
    return from;
}

template <class Type>
Component describe(const char* kind, const char* id, const char* version, const char* summary) {
    Component component;
    component.kind = kind;
    component.id = id;
    component.version = version;
    component.summary = summary;
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
    component.ability = [](const char* name) -> const void* {
        if constexpr (requires { Type::ability(std::string_view(name)); }) {
            return Type::ability(std::string_view(name));
        } else {
            (void)name;
            return nullptr;
        }
    };
    return component;
}

template <class Type>
bool add_backbone(const char* id, const char* version, const char* summary) {
    static const BackboneFactory factory = [] {
        BackboneFactory made;
        made.create = [](const Options& options, const BackboneContext& context) {
            return std::shared_ptr<Backbone>(std::make_shared<Type>(options, context));
        };
        made.input = [](const Options& options) {
            if constexpr (requires { Type::input(options); }) {
                return Type::input(options);
            } else {
                (void)options;
                return BackboneInput{};
            }
        };
        made.weights = [] {
            if constexpr (requires { Type::weights(); }) {
                return Type::weights();
            } else {
                return std::vector<WeightEntry>{};
            }
        };
        return made;
    }();
    components().push_back(describe<Type>("backbone", id, version, summary));
    components().back().backbone = &factory;
    return true;
}

template <class Type>
bool add_head(const char* id, const char* version, const char* summary) {
    static const HeadFactory factory = [] {
        HeadFactory made;
        made.create = [](const Options& options, const HeadContext& context) {
            return std::shared_ptr<Head>(std::make_shared<Type>(options, context));
        };
        made.ports = &Type::ports;
        return made;
    }();
    components().push_back(describe<Type>("head", id, version, summary));
    components().back().head = &factory;
    return true;
}

template <class Type>
bool add_dataset(const char* id, const char* version, const char* summary) {
    static const DatasetFactory factory = [] {
        DatasetFactory made;
        made.create = [](const Options& options, const DatasetContext& context) {
            return std::shared_ptr<Dataset>(std::make_shared<Type>(options, context));
        };
        made.schema = &Type::schema;
        return made;
    }();
    components().push_back(describe<Type>("dataset", id, version, summary));
    components().back().dataset = &factory;
    return true;
}

template <class Type>
bool add_loss(const char* id, const char* version, const char* summary) {
    static const LossFactory factory = [] {
        LossFactory made;
        made.create = [](const Options& options, const LossContext& context) {
            return std::shared_ptr<Loss>(std::make_shared<Type>(options, context));
        };
        made.ports = &Type::ports;
        made.couples_samples = [](const Options& options) -> bool {
            if constexpr (requires { Type::couples_samples(options); }) {
                return Type::couples_samples(options);
            } else {
                (void)options;
                return false;
            }
        };
        return made;
    }();
    components().push_back(describe<Type>("loss", id, version, summary));
    components().back().loss = &factory;
    return true;
}

}  // namespace detail
}  // namespace graft

/// Used by GRAFT_JOIN alone.
#define GRAFT_JOIN_(left, right) left##right
/// Two names as one.
#define GRAFT_JOIN(left, right) GRAFT_JOIN_(left, right)

/// What the macros below are made of.
#define GRAFT_COMPONENT_(Type, kind, id, version, summary)                               \
    GRAFT_NOTE(GRAFT_JOIN(graft_component_note_, __COUNTER__), ::graft::component_note,  \
               #kind "\n" id "\n" version "\n" summary);                                 \
    [[maybe_unused]] static const bool GRAFT_JOIN(graft_component_added_, __COUNTER__) = \
        ::graft::detail::GRAFT_JOIN(add_, kind)<Type>(id, version, summary);

/// Registers a class under an id (lower case letters, digits, `_`), a version and one sentence. Besides what
/// its kind asks for, a class may have `static const void* ability(std::string_view name)`, and a loss
/// `static bool couples_samples(const Options&)`.
#define GRAFT_BACKBONE(Type, id, version, summary) GRAFT_COMPONENT_(Type, backbone, id, version, summary)
/// As GRAFT_BACKBONE, of a head.
#define GRAFT_HEAD(Type, id, version, summary) GRAFT_COMPONENT_(Type, head, id, version, summary)
/// As GRAFT_BACKBONE, of a data set.
#define GRAFT_DATASET(Type, id, version, summary) GRAFT_COMPONENT_(Type, dataset, id, version, summary)
/// As GRAFT_BACKBONE, of a loss.
#define GRAFT_LOSS(Type, id, version, summary) GRAFT_COMPONENT_(Type, loss, id, version, summary)

/// This library's descriptor, as it is where the macro stands.
#define GRAFT_DESCRIPTOR(name, licence, url)                                                                \
    ::graft::detail::describe_library({sizeof(::graft::Descriptor), GRAFT_API_LEVEL, GRAFT_NEEDS_API_LEVEL, \
                                       GRAFT_STAMP, name, licence, url, nullptr, 0})

/// Defines the one exported function and the stamp; once a library.
#define GRAFT_PLUGIN(name, licence, url)                                                                  \
    static_assert(GRAFT_NEEDS_API_LEVEL <= GRAFT_API_LEVEL,                                               \
                  "GRAFT_NEEDS_API_LEVEL is above this SDK's level: build with a newer SDK or lower it"); \
    GRAFT_NOTE(graft_stamp_note, ::graft::stamp_note, GRAFT_STAMP);                                       \
    GRAFT_NOTE(graft_level_note, ::graft::level_note, GRAFT_LEVELS);                                      \
    extern "C" GRAFT_API const ::graft::Descriptor* graft_plugin_descriptor() {                           \
        static const ::graft::Descriptor descriptor = GRAFT_DESCRIPTOR(name, licence, url);               \
        return &descriptor;                                                                               \
    }

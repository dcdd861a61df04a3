// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/description.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "catalog/catalog.hpp"

namespace graft::plugin {
namespace {

using core::Category;
using core::Failure;

const char* const rebuild = "rebuild it against this graft's SDK, or tell its author";

/// More components than any library has; a larger count is refused.
constexpr std::size_t most_components = 4096;

struct Part {
    const char* name;
    bool is_there;
};

std::string missing(std::initializer_list<Part> parts) {
    std::vector<std::string> names;
    for (const Part& part : parts) {
        if (!part.is_there) {
            names.emplace_back(part.name);
        }
    }
    return names.empty() ? "" : fmt::format("has no {}", fmt::join(names, ", no "));
}

class Reader {
public:
    Reader(const std::filesystem::path& path, Description& into) : path_(path), into_(into) {}

    void read(const Descriptor* given) {
        const Descriptor descriptor = checked("its descriptor", read_sized(given));
        check_levels(descriptor);
        refuse_if(
            "its descriptor",
            missing({{"stamp", descriptor.stamp != nullptr},
                     {"name", descriptor.name != nullptr},
                     {"licence", descriptor.licence != nullptr},
                     {"url", descriptor.url != nullptr},
                     {"components", descriptor.components != nullptr || descriptor.component_count == 0}}));
        if (descriptor.component_count > most_components) {
            refuse(fmt::format("its descriptor says that it has {} components, which cannot be",
                               descriptor.component_count));
        }
        into_.api_level_built = descriptor.api_level_built;
        into_.stamp = descriptor.stamp;
        into_.components.reserve(descriptor.component_count);
        for (std::size_t index = 0; index < descriptor.component_count; ++index) {
            into_.components.push_back(component(descriptor.components[index], index));
        }
        if (!unread_.empty() || descriptor.api_level_built > GRAFT_API_LEVEL) {
            into_.notes.push_back(
                fmt::format("built against API level {}; this graft knows {}: {}", descriptor.api_level_built,
                            GRAFT_API_LEVEL,
                            unread_.empty() ? std::string("all of its descriptor was read")
                                            : fmt::format("{} were not read", fmt::join(unread_, ", "))));
        }
    }

private:
    [[noreturn]] void refuse(const std::string& reason) const { throw unusable(path_, reason, rebuild); }

    void refuse_if(const std::string& what, const std::string& problem) const {
        if (!problem.empty()) {
            refuse(what + " " + problem);
        }
    }

    template <class Type>
    Type checked(const std::string& what, const Sized<Type>& sized) {
        refuse_if(what, sized.problem);
        if (sized.unread() > 0) {
            unread_.push_back(fmt::format("{} bytes of {}", sized.unread(), what));
        }
        return sized.value;
    }

    void check_levels(const Descriptor& descriptor) const {
        if (descriptor.api_level_built == 0 || descriptor.api_level_needed == 0) {
            refuse(
                fmt::format("its descriptor says that it was built against API level {} and needs {}; "
                            "levels count from 1",
                            descriptor.api_level_built, descriptor.api_level_needed));
        }
        if (descriptor.api_level_needed > GRAFT_API_LEVEL) {
            throw Failure(Category::plugin, fmt::format("plugin '{}' cannot be used: it {}", path_.string(),
                                                        catalog::too_new(descriptor.api_level_needed)));
        }
    }

    Component component(const Component* given, std::size_t index) {
        Component made = checked(fmt::format("its component {}", index + 1), read_sized(given));
        refuse_if(fmt::format("its component {}", index + 1),
                  missing({{"kind", made.kind != nullptr},
                           {"id", made.id != nullptr},
                           {"version", made.version != nullptr},
                           {"summary", made.summary != nullptr}}));
        const std::string who = fmt::format("{} '{}'", made.kind, made.id);
        refuse_if(who, missing({{"options function", made.options != nullptr},
                                {"example function", made.example != nullptr}}));
        take_factory(made, who);
        if (made.ability == nullptr) {
            made.ability = [](const char*) -> const void* { return nullptr; };
        }
        return made;
    }

    /// Replaces the plugin's factory by a copy; those of other kinds are not looked at.
    void take_factory(Component& made, const std::string& who) {
        const Component given = made;
        made.backbone = nullptr;
        made.head = nullptr;
        made.dataset = nullptr;
        made.loss = nullptr;
        const std::string_view kind = made.kind;
        if (kind == "backbone") {
            made.backbone = kept(into_.backbones, given.backbone, who);
            refuse_if(who, missing({{"create function", made.backbone->create != nullptr},
                                    {"input function", made.backbone->input != nullptr},
                                    {"weights function", made.backbone->weights != nullptr}}));
        } else if (kind == "head") {
            made.head = kept(into_.heads, given.head, who);
            refuse_if(who, missing({{"create function", made.head->create != nullptr},
                                    {"ports function", made.head->ports != nullptr}}));
        } else if (kind == "dataset") {
            made.dataset = kept(into_.datasets, given.dataset, who);
            refuse_if(who, missing({{"create function", made.dataset->create != nullptr},
                                    {"schema function", made.dataset->schema != nullptr}}));
        } else if (kind == "loss") {
            made.loss = kept(into_.losses, given.loss, who);
            refuse_if(who, missing({{"create function", made.loss->create != nullptr},
                                    {"ports function", made.loss->ports != nullptr}}));
            if (made.loss->couples_samples == nullptr) {
                into_.losses.back().couples_samples = [](const Options&) { return false; };
            }
        } else {
            refuse(fmt::format("{} is of no kind that there is (backbone, head, dataset, loss)", who));
        }
    }

    template <class Type>
    const Type* kept(std::deque<Type>& list, const Type* given, const std::string& who) {
        list.push_back(checked(fmt::format("the factory of {}", who), read_sized(given)));
        return &list.back();
    }

    const std::filesystem::path& path_;
    Description& into_;
    std::vector<std::string> unread_;
};

}  // namespace

Failure unusable(const std::filesystem::path& path, const std::string& reason, const std::string& remedy) {
    return Failure(Category::plugin, fmt::format("plugin '{}' cannot be used: {}", path.string(), reason),
                   remedy);
}

void read_description(const Descriptor* descriptor, const std::filesystem::path& path, Description& into) {
    Reader(path, into).read(descriptor);
}

}  // namespace graft::plugin

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/names.hpp"
#include "model/bind.hpp"
#include "target/kind.hpp"

namespace graft::model {
namespace {

using core::Problems;

bool fits(const TargetPort& port, const TargetSchema& target) {
    return std::find(port.kinds.begin(), port.kinds.end(), target.kind) != port.kinds.end();
}

std::string kinds_text(const TargetPort& port) {
    std::string text;
    for (const TargetKind kind : port.kinds) {
        text += (text.empty() ? "" : " or ") + std::string(target::kind_name(kind));
    }
    return text;
}

/// "points (points), age (scalar)".
std::string targets_text(const std::vector<TargetSchema>& schema) {
    std::vector<std::string> texts;
    texts.reserve(schema.size());
    for (const TargetSchema& target : schema) {
        texts.push_back(fmt::format("{} ({})", target.name, target::kind_name(target.kind)));
    }
    return texts.empty() ? "no target" : core::listed(texts);
}

/// Binds a head's target ports to the data set's targets.
class TargetBinder {
public:
    TargetBinder(const pipeline::Head& head, const std::vector<TargetPort>& ports,
                 const std::vector<TargetSchema>& schema, Problems& problems)
        : head_(head), ports_(ports), schema_(schema), problems_(problems) {}

    /// One index a port, or nothing after a problem.
    std::optional<std::vector<std::size_t>> bind() {
        const std::size_t before = problems_.size();
        check_port_names();
        std::vector<std::optional<std::size_t>> bound(ports_.size());
        for (std::size_t port = 0; port < ports_.size(); ++port) {
            if (const std::string* name = named(ports_[port])) {
                bound[port] = by_name(ports_[port], *name);
                named_.push_back(bound[port].value_or(schema_.size()));
            }
        }
        for (std::size_t port = 0; port < ports_.size() && problems_.size() == before; ++port) {
            if (!bound[port]) {
                bound[port] = only_fit(ports_[port]);
            }
        }
        if (problems_.size() > before) {
            return std::nullopt;
        }
        std::vector<std::size_t> indices;
        indices.reserve(bound.size());
        for (const auto& index : bound) {
            indices.push_back(*index);
        }
        return indices;
    }

private:
    void add(const std::string& message, const std::string& remedy) {
        problems_.push_back({head_.targets_place, message, remedy});
    }

    /// `target: label` stands under the empty name: the one port there is.
    const std::string* named(const TargetPort& port) const {
        auto found = head_.targets.find(port.name);
        if (found == head_.targets.end() && ports_.size() == 1) {
            found = head_.targets.find("");
        }
        return found == head_.targets.end() ? nullptr : &found->second;
    }

    void check_port_names() {
        std::vector<std::string> names;
        for (const TargetPort& port : ports_) {
            names.push_back(port.name);
        }
        for (const auto& [name, target] : head_.targets) {
            if (name.empty() && ports_.size() != 1) {
                add(fmt::format("head '{}' needs {} targets ({}), one is named", head_.use.id, ports_.size(),
                                core::listed(names)),
                    fmt::format("write targets: {{{}: {}, ...}}", names.empty() ? "NAME" : names.front(),
                                target));
            } else if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
                add(fmt::format("head '{}' has no target port '{}'", head_.use.id, name),
                    core::suggest(name, names));
            }
        }
    }

    std::optional<std::size_t> by_name(const TargetPort& port, const std::string& name) {
        std::vector<std::string> names;
        for (std::size_t index = 0; index < schema_.size(); ++index) {
            names.push_back(schema_[index].name);
            if (schema_[index].name != name) {
                continue;
            }
            if (!fits(port, schema_[index])) {
                add(fmt::format("head '{}' needs a {} target; '{}' is {}", head_.use.id, kinds_text(port),
                                name, target::kind_name(schema_[index].kind)),
                    would_fit(port));
                return std::nullopt;
            }
            return index;
        }
        add(fmt::format("the data set has no target '{}'", name), core::suggest(name, names));
        return std::nullopt;
    }

    std::vector<std::size_t> candidates(const TargetPort& port) const {
        std::vector<std::size_t> indices;
        for (std::size_t index = 0; index < schema_.size(); ++index) {
            const bool taken = std::find(named_.begin(), named_.end(), index) != named_.end();
            if (fits(port, schema_[index]) && !taken) {
                indices.push_back(index);
            }
        }
        return indices;
    }

    std::string would_fit(const TargetPort& port) const {
        std::vector<std::string> names;
        for (const std::size_t index : candidates(port)) {
            names.push_back(schema_[index].name);
        }
        return names.empty() ? "the data set has " + targets_text(schema_)
                             : "what fits: " + core::listed(names);
    }

    /// The only target that fits; a namesake of the port goes before others.
    std::optional<std::size_t> only_fit(const TargetPort& port) {
        const std::vector<std::size_t> fitting = candidates(port);
        for (const std::size_t index : fitting) {
            if (schema_[index].name == port.name) {
                return index;
            }
        }
        if (fitting.size() == 1) {
            return fitting.front();
        }
        if (fitting.empty()) {
            add(fmt::format("head '{}' needs a {} target; the data set has {}", head_.use.id,
                            kinds_text(port), targets_text(schema_)),
                "choose another head, or another data set");
        } else {
            const bool one = ports_.size() == 1;
            add(fmt::format("head '{}' could take any of several targets{}", head_.use.id,
                            one ? "" : fmt::format(" as '{}'", port.name)),
                fmt::format("{}; choose one with `{}`", would_fit(port),
                            one ? "target: NAME" : fmt::format("targets: {{{}: NAME}}", port.name)));
        }
        return std::nullopt;
    }

    const pipeline::Head& head_;
    const std::vector<TargetPort>& ports_;
    const std::vector<TargetSchema>& schema_;
    Problems& problems_;
    std::vector<std::size_t> named_;  ///< targets that the pipeline gave to a port
};

}  // namespace

std::optional<std::vector<std::size_t>> bind_targets(const pipeline::Head& head,
                                                     const std::vector<TargetPort>& ports,
                                                     const std::vector<TargetSchema>& schema,
                                                     Problems& problems) {
    return TargetBinder(head, ports, schema, problems).bind();
}

}  // namespace graft::model

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

#include "core/problem.hpp"
#include "graft/plugin.hpp"

namespace graft::plugin {

/// What the host keeps of a library's descriptor: copies in the host's own layout. What a plugin of another
/// API level does not have is null, or does nothing where the host may call it unasked (`ability`,
/// `couples_samples`). Components point into the factories here, so an object stays where it was made.
struct Description {
    Description() = default;
    Description(const Description&) = delete;
    Description& operator=(const Description&) = delete;

    std::uint32_t api_level_built = 0;
    std::string stamp;
    std::vector<Component> components;
    std::vector<std::string> notes;  ///< what was not read, in words; empty: everything was

    std::deque<BackboneFactory> backbones;
    std::deque<HeadFactory> heads;
    std::deque<DatasetFactory> datasets;
    std::deque<LossFactory> losses;
};

/// Copies what a descriptor describes. Throws Failure(plugin) when its sizes, counts or pointers cannot be
/// right, or it needs a later API level than this graft's; whatever it says, no byte is read that it does
/// not claim.
void read_description(const Descriptor* descriptor, const std::filesystem::path& path, Description& into);

/// Failure(plugin): "plugin 'PATH' cannot be used: REASON".
core::Failure unusable(const std::filesystem::path& path, const std::string& reason,
                       const std::string& remedy);

/// A sized struct as this host knows it.
template <class Type>
struct Sized {
    Type value;                 ///< what lies beyond the plugin's size is as a new one has it
    std::uint32_t claimed = 0;  ///< the plugin's size in bytes
    std::string problem;        ///< why nothing was copied; empty: it was

    std::size_t unread() const { return claimed > sizeof(Type) ? claimed - sizeof(Type) : 0; }
};

/// More than any descriptor has; a larger number cannot be a size.
inline constexpr std::uint32_t largest_size = 1U << 20U;

/// Copies min(its size, ours) bytes of a struct of any API level that begins with its size.
template <class Type>
Sized<Type> read_sized(const Type* from) {
    static_assert(std::is_trivially_copyable_v<Type> && std::is_standard_layout_v<Type>);
    Sized<Type> read;
    if (from == nullptr) {
        read.problem = "is missing (a null pointer)";
        return read;
    }
    std::memcpy(&read.claimed, static_cast<const void*>(from), sizeof read.claimed);
    if (read.claimed < Type::first_size) {
        read.problem = "has " + std::to_string(read.claimed) + " bytes, the first of this SDK ABI had " +
                       std::to_string(Type::first_size);
    } else if (read.claimed > largest_size || read.claimed % alignof(Type) != 0) {
        read.problem = "says that it has " + std::to_string(read.claimed) + " bytes, which cannot be";
    } else {
        const std::size_t known = std::min<std::size_t>(read.claimed, sizeof(Type));
        std::memcpy(static_cast<void*>(&read.value), static_cast<const void*>(from), known);
        read.value.size = static_cast<std::uint32_t>(known);
    }
    return read;
}

}  // namespace graft::plugin

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Turns a plugin's source into one that was built at another API level: RESIZED_PLUGIN stands for
// GRAFT_PLUGIN and gives out copies of its structs, shorter or longer than this SDK's. A copy ends where a
// page ends that is followed by one nobody may touch, so reading a byte too many ends the test.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "graft/plugin.hpp"

namespace resized {

/// `size` bytes that begin as `from` does and go on with 0xAA, the last one before a wall.
template <class Type>
const Type* copy(const Type& from, std::uint32_t size) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    void* pages = ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || ::mprotect(static_cast<char*>(pages) + page, page, PROT_NONE) != 0) {
        throw std::runtime_error("no page for a copy");
    }
    char* bytes = static_cast<char*>(pages) + page - size;
    std::memset(bytes, 0xAA, size);
    std::memcpy(bytes, &from, std::min<std::size_t>(size, sizeof(Type)));
    std::memcpy(bytes, &size, sizeof size);
    return reinterpret_cast<const Type*>(bytes);
}

/// Shorter: the first layout of the ABI. Longer: 16 bytes that no host of today knows.
template <class Type>
const Type* changed(const Type* from, bool longer) {
    return from == nullptr ? nullptr : copy(*from, longer ? sizeof(Type) + 16 : Type::first_size);
}

inline const graft::Descriptor* change(graft::Descriptor descriptor, bool longer) {
    static std::vector<const graft::Component*> components;
    for (std::size_t index = 0; index < descriptor.component_count; ++index) {
        graft::Component component = *descriptor.components[index];
        component.backbone = changed(component.backbone, longer);
        component.head = changed(component.head, longer);
        component.dataset = changed(component.dataset, longer);
        component.loss = changed(component.loss, longer);
        components.push_back(changed(&component, longer));
    }
    descriptor.components = components.data();
    return changed(&descriptor, longer);
}

}  // namespace resized

/// GRAFT_PLUGIN with `expression`, a Descriptor's address, for what it gives out. Without a note of levels.
#define DESCRIBED_PLUGIN(expression)                                            \
    GRAFT_NOTE(graft_stamp_note, ::graft::stamp_note, GRAFT_STAMP);             \
    extern "C" GRAFT_API const ::graft::Descriptor* graft_plugin_descriptor() { \
        return expression;                                                      \
    }

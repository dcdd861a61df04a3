// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What must be equal in a plugin and its host, because they share tensors and modules, and the
/// ELF note that carries it. The note is read without loading the plugin. Free of LibTorch, but for
/// its version number.
#pragma once

#include <cstddef>
#include <cstdint>

/// Raised by a change after which plugins must be rebuilt; must be equal in a plugin and its host.
/// docs/plugin-abi.md says which changes do so, and tests/plugin/sdk_abi.sha256 holds the hash of the
/// headers that belong to this number.
#define GRAFT_SDK_ABI 2

/// Counts additions within an ABI, from 1: something new that leaves all that was there as it was.
#define GRAFT_API_LEVEL 1

/// The lowest API level whose host can run this plugin. Define it before including anything of graft when
/// the plugin uses what came later (`level N` stands at what did).
#ifndef GRAFT_NEEDS_API_LEVEL
#define GRAFT_NEEDS_API_LEVEL 1
#endif

/// Used by GRAFT_STRING alone.
#define GRAFT_STRING_(text) #text
/// The text of what a macro stands for.
#define GRAFT_STRING(text) GRAFT_STRING_(text)

/// The standard library that is compiled with.
#if defined(_LIBCPP_VERSION)
#define GRAFT_STANDARD_LIBRARY "libc++"
#else
#define GRAFT_STANDARD_LIBRARY "libstdc++"
#endif

/// The processor that is compiled for.
#if defined(__x86_64__)
#define GRAFT_ARCHITECTURE "x86_64"
#elif defined(__aarch64__)
#define GRAFT_ARCHITECTURE "aarch64"
#else
#error "graft knows no plugins for this architecture"
#endif

/// Which of GCC's two ABIs is compiled for.
#if defined(_GLIBCXX_USE_CXX11_ABI)
#define GRAFT_CXX11_ABI GRAFT_STRING(_GLIBCXX_USE_CXX11_ABI)
#else
#define GRAFT_CXX11_ABI "none"
#endif

/// `GRAFT_LIBTORCH_VERSION` ("2.11.0", without local suffix) comes from the build.
#define GRAFT_STAMP                                                                     \
    "sdk_abi=" GRAFT_STRING(GRAFT_SDK_ABI) "\nlibtorch=" GRAFT_LIBTORCH_VERSION         \
                                           "\ncxx11_abi=" GRAFT_CXX11_ABI               \
                                           "\nstandard_library=" GRAFT_STANDARD_LIBRARY \
                                           "\narchitecture=" GRAFT_ARCHITECTURE

/// Both numbers as a text, for the note: a library that needs a newer graft may not even load.
#define GRAFT_LEVELS "built=" GRAFT_STRING(GRAFT_API_LEVEL) "\nneeded=" GRAFT_STRING(GRAFT_NEEDS_API_LEVEL)

namespace graft {

/// The ELF section that holds the notes.
inline constexpr const char* note_section = ".note.graft";
/// The owner's name in each note.
inline constexpr const char* note_owner = "graft";
inline constexpr std::uint32_t stamp_note = 1;      ///< text: lines `key=value`, see GRAFT_STAMP
inline constexpr std::uint32_t component_note = 2;  ///< text: four lines: kind, id, version, summary
inline constexpr std::uint32_t level_note = 3;      ///< text: lines `key=value`, see GRAFT_LEVELS; optional

/// An ELF note (System V ABI, "Note Section") with a text of Size bytes, its closing 0 among them. An
/// aggregate: with a constructor the compiler would make the section writable.
template <std::size_t Size>
struct Note {
    std::uint32_t owner_size;    ///< of the owner's name, with its closing 0
    std::uint32_t text_size;     ///< of the text, with its closing 0
    std::uint32_t type;          ///< stamp_note, component_note, level_note
    char owner[8];               ///< note_owner, filled up with 0
    alignas(4) char text[Size];  ///< as the type says
};

}  // namespace graft

/// Puts a note into the library; survives `strip` and `--gc-sections`.
#define GRAFT_NOTE(name, type, text)                                     \
    __attribute__((section(".note.graft"), aligned(4), used,             \
                   retain)) static constexpr ::graft::Note<sizeof(text)> \
        name {                                                           \
        6, sizeof(text), type, "graft", text                             \
    }

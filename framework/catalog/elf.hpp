// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace graft::catalog {

/// Why a file cannot be read as a shared library; the text goes on after "is no shared library: " when
/// `is_elf` is false, after "is damaged: " otherwise.
class ElfError : public std::runtime_error {
public:
    ElfError(bool is_elf, const std::string& message) : std::runtime_error(message), is_elf_(is_elf) {}
    bool is_elf() const noexcept { return is_elf_; }

private:
    bool is_elf_;
};

struct ElfNote {
    std::string owner;
    std::uint32_t type = 0;
    std::string text;  ///< up to its first 0
};

/// A 64-bit little-endian ELF shared library, read by offset and never mapped: whatever the file says, and
/// even if it shrinks meanwhile, the worst is an ElfError. One thread per object.
class ElfFile {
public:
    explicit ElfFile(const std::filesystem::path& path);
    ElfFile(const ElfFile&) = delete;
    ElfFile& operator=(const ElfFile&) = delete;
    ~ElfFile();

    /// The notes of the section of that name, in their order; none when there is no such section. Zero words
    /// between notes are padding.
    std::vector<ElfNote> notes(std::string_view section_name);

    /// The libraries that it needs, by the names in its dynamic section (DT_NEEDED), in their order.
    std::vector<std::string> needed();

    /// The folders that its dynamic section names for them (DT_RUNPATH, else DT_RPATH), $ORIGIN as it is.
    std::vector<std::string> library_folders();

    /// Whether the dynamic symbol table defines it for others to find.
    bool exports(std::string_view symbol_name);

private:
    struct Section {
        std::uint32_t name = 0;
        std::uint32_t type = 0;
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
        std::uint32_t link = 0;
    };

    std::string read(std::uint64_t offset, std::uint64_t size, const char* what) const;
    void read_sections();
    std::string read_section(const Section& section, const char* what) const;
    std::vector<std::string> dynamic_texts(std::int64_t tag) const;

    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::vector<Section> sections_;
    std::string section_names_;
};

}  // namespace graft::catalog

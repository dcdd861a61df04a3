// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A shared library's bytes, built by hand from the System V ABI: no compiler and none of the code under
// test takes part.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <elf.h>

namespace graft::tests {

template <class Type>
void append(std::string& bytes, const Type& value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(Type));
}

/// A note: three words, the owner with its 0, the text with its 0, both padded to words.
inline std::string note(std::uint32_t type, const std::string& text, const std::string& owner = "graft") {
    std::string bytes;
    append(bytes, static_cast<std::uint32_t>(owner.size() + 1));
    append(bytes, static_cast<std::uint32_t>(text.size() + 1));
    append(bytes, type);
    for (const std::string& part : {owner, text}) {
        std::string padded = part + '\0';
        padded.resize((padded.size() + 3) / 4 * 4, '\0');
        bytes += padded;
    }
    return bytes;
}

struct Library {
    std::string notes;
    std::string note_section = ".note.graft";
    std::string symbol = "graft_plugin_descriptor";
    bool defined = true;  ///< false: the symbol is only referred to
    std::uint16_t type = ET_DYN;
    unsigned char bits = ELFCLASS64;
};

/// Header, notes, symbols, names, section table, in this order.
inline std::string build(const Library& library) {
    const std::string section_names = std::string(1, '\0') + library.note_section + '\0' + ".dynsym" + '\0' +
                                      ".dynstr" + '\0' + ".shstrtab" + '\0';
    const auto name_of = [&](const std::string& name) {
        return static_cast<Elf64_Word>(section_names.find(name));
    };
    const std::string symbol_names = std::string(1, '\0') + library.symbol + '\0';

    std::string symbols(sizeof(Elf64_Sym), '\0');
    Elf64_Sym symbol{};
    symbol.st_name = 1;
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = library.defined ? 1 : SHN_UNDEF;
    append(symbols, symbol);

    std::string bytes(sizeof(Elf64_Ehdr), '\0');
    std::vector<Elf64_Shdr> sections(1);
    const auto add = [&](const std::string& name, Elf64_Word type, const std::string& content,
                         Elf64_Word link) {
        Elf64_Shdr section{};
        section.sh_name = name_of(name);
        section.sh_type = type;
        section.sh_offset = bytes.size();
        section.sh_size = content.size();
        section.sh_link = link;
        sections.push_back(section);
        bytes += content;
    };
    add(library.note_section, SHT_NOTE, library.notes, 0);
    add(".dynsym", SHT_DYNSYM, symbols, 3);
    add(".dynstr", SHT_STRTAB, symbol_names, 0);
    add(".shstrtab", SHT_STRTAB, section_names, 0);

    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = library.bits;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = library.type;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_shoff = bytes.size();
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = static_cast<Elf64_Half>(sections.size());
    header.e_shstrndx = 4;
    std::memcpy(bytes.data(), &header, sizeof(header));
    for (const Elf64_Shdr& section : sections) {
        append(bytes, section);
    }
    return bytes;
}

}  // namespace graft::tests

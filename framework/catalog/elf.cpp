// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Layouts: System V ABI, "Object Files", and the x86-64 and aarch64 supplements; types from <elf.h>.
#include "catalog/elf.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace graft::catalog {
namespace {

// No library comes near these; a file that claims more is damaged or hostile.
constexpr std::uint64_t largest_section = 256u << 20;

template <class Type>
Type read_as(std::string_view bytes, std::uint64_t offset) {
    Type value{};
    std::memcpy(&value, bytes.data() + offset, sizeof(Type));
    return value;
}

/// The text that begins there, ended by a 0 or by the end of the table; empty beyond the end.
std::string_view text_at(std::string_view table, std::uint64_t offset) {
    if (offset >= table.size()) {
        return {};
    }
    const std::string_view rest = table.substr(offset);
    return rest.substr(0, std::min(rest.find('\0'), rest.size()));
}

std::uint64_t padded(std::uint64_t size) {
    return (size + 3) / 4 * 4;
}

std::vector<ElfNote> parse_notes(std::string_view bytes) {
    std::vector<ElfNote> notes;
    std::uint64_t offset = 0;
    while (offset + 4 <= bytes.size()) {
        if (read_as<std::uint32_t>(bytes, offset) == 0) {
            offset += 4;
            continue;
        }
        if (bytes.size() - offset < sizeof(Elf64_Nhdr)) {
            throw ElfError(true, "its last note is cut off");
        }
        const auto header = read_as<Elf64_Nhdr>(bytes, offset);
        offset += sizeof(Elf64_Nhdr);
        const std::uint64_t owner_size = padded(header.n_namesz);
        const std::uint64_t text_size = padded(header.n_descsz);
        if (owner_size > bytes.size() - offset || text_size > bytes.size() - offset - owner_size) {
            throw ElfError(true, fmt::format("note {} reaches beyond its section", notes.size() + 1));
        }
        ElfNote note;
        note.owner = text_at(bytes.substr(offset, header.n_namesz), 0);
        note.type = header.n_type;
        note.text = text_at(bytes.substr(offset + owner_size, header.n_descsz), 0);
        notes.push_back(std::move(note));
        offset += owner_size + text_size;
    }
    return notes;
}

}  // namespace

ElfFile::ElfFile(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
        throw ElfError(false, fmt::format("it cannot be opened ({})", std::strerror(errno)));
    }
    try {
        if (!S_ISREG(status.st_mode)) {
            throw ElfError(false, "it is no plain file");
        }
        size_ = static_cast<std::uint64_t>(status.st_size);
        read_sections();
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

ElfFile::~ElfFile() {
    ::close(descriptor_);
}

std::string ElfFile::read(std::uint64_t offset, std::uint64_t size, const char* what) const {
    if (offset > size_ || size > size_ - offset) {
        throw ElfError(true,
                       fmt::format("{} should end at byte {}, but the file has {} bytes (cut off?)", what,
                                   offset > UINT64_MAX - size ? UINT64_MAX : offset + size, size_));
    }
    if (size > largest_section) {
        throw ElfError(true, fmt::format("{} claims {} bytes", what, size));
    }
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got =
            ::pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
        if (got == 0 || (got < 0 && errno != EINTR)) {
            throw ElfError(true, fmt::format("{} cannot be read", what));
        }
        done += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return bytes;
}

void ElfFile::read_sections() {
    const std::string start = read(0, std::min<std::uint64_t>(size_, sizeof(Elf64_Ehdr)), "its header");
    if (start.size() < SELFMAG || std::memcmp(start.data(), ELFMAG, SELFMAG) != 0) {
        throw ElfError(false, size_ == 0 ? "the file is empty" : "it does not begin as an ELF file does");
    }
    if (start.size() < sizeof(Elf64_Ehdr)) {
        throw ElfError(true,
                       fmt::format("the file ends after {} bytes, within its header (cut off?)", size_));
    }
    const auto header = read_as<Elf64_Ehdr>(start, 0);
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
        throw ElfError(false, "it is no 64-bit little-endian ELF file");
    }
    if (header.e_type != ET_DYN) {
        throw ElfError(false, "it is an ELF file of another type (a program or an object file)");
    }
    if (header.e_shoff == 0 || header.e_shnum == 0) {
        throw ElfError(true, "it has no section table");
    }
    if (header.e_shentsize != sizeof(Elf64_Shdr)) {
        throw ElfError(true, "its section table has an impossible form");
    }
    const std::string table =
        read(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr), "its section table");
    for (std::size_t index = 0; index < header.e_shnum; ++index) {
        const auto section = read_as<Elf64_Shdr>(table, index * sizeof(Elf64_Shdr));
        sections_.push_back(
            {section.sh_name, section.sh_type, section.sh_offset, section.sh_size, section.sh_link});
    }
    if (header.e_shstrndx >= sections_.size()) {
        throw ElfError(true, "its section names are nowhere");
    }
    section_names_ = read_section(sections_[header.e_shstrndx], "its table of section names");
}

std::string ElfFile::read_section(const Section& section, const char* what) const {
    if (section.type == SHT_NOBITS) {
        throw ElfError(true, fmt::format("{} has no content", what));
    }
    return read(section.offset, section.size, what);
}

std::vector<ElfNote> ElfFile::notes(std::string_view section_name) {
    std::vector<ElfNote> notes;
    for (const Section& section : sections_) {
        if (section.type == SHT_NULL || text_at(section_names_, section.name) != section_name) {
            continue;
        }
        const auto more = parse_notes(read_section(section, "its note section"));
        notes.insert(notes.end(), more.begin(), more.end());
    }
    return notes;
}

/// The texts that entries of this tag mean.
std::vector<std::string> ElfFile::dynamic_texts(std::int64_t tag) const {
    std::vector<std::string> texts;
    for (const Section& section : sections_) {
        if (section.type != SHT_DYNAMIC || section.link >= sections_.size()) {
            continue;
        }
        const std::string entries = read_section(section, "its dynamic section");
        const std::string names = read_section(sections_[section.link], "its table of library names");
        for (std::uint64_t offset = 0; offset + sizeof(Elf64_Dyn) <= entries.size();
             offset += sizeof(Elf64_Dyn)) {
            const auto entry = read_as<Elf64_Dyn>(entries, offset);
            if (entry.d_tag == DT_NULL) {
                break;
            }
            if (entry.d_tag == tag) {
                texts.emplace_back(text_at(names, entry.d_un.d_val));
            }
        }
    }
    return texts;
}

std::vector<std::string> ElfFile::needed() {
    return dynamic_texts(DT_NEEDED);
}

std::vector<std::string> ElfFile::library_folders() {
    std::vector<std::string> lists = dynamic_texts(DT_RUNPATH);
    if (lists.empty()) {
        lists = dynamic_texts(DT_RPATH);
    }
    std::vector<std::string> folders;
    for (const std::string& list : lists) {
        for (std::size_t begin = 0; begin < list.size();) {
            const std::size_t end = std::min(list.find(':', begin), list.size());
            if (end > begin) {
                folders.push_back(list.substr(begin, end - begin));
            }
            begin = end + 1;
        }
    }
    return folders;
}

bool ElfFile::exports(std::string_view symbol_name) {
    for (const Section& section : sections_) {
        if (section.type != SHT_DYNSYM || section.link >= sections_.size()) {
            continue;
        }
        const std::string symbols = read_section(section, "its dynamic symbol table");
        const std::string names = read_section(sections_[section.link], "its table of symbol names");
        for (std::uint64_t offset = 0; offset + sizeof(Elf64_Sym) <= symbols.size();
             offset += sizeof(Elf64_Sym)) {
            const auto symbol = read_as<Elf64_Sym>(symbols, offset);
            const auto binding = ELF64_ST_BIND(symbol.st_info);
            if (symbol.st_shndx != SHN_UNDEF && (binding == STB_GLOBAL || binding == STB_WEAK) &&
                text_at(names, symbol.st_name) == symbol_name) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace graft::catalog

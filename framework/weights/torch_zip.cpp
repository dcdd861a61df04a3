// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <zlib.h>

#include "weights/containers.hpp"
#include "weights/state_dict.hpp"
#include "weights/zip.hpp"

namespace graft::weights {
namespace {

using ZipEntries = std::map<std::string, ZipEntry>;

/// PyTorch compresses nothing but a TorchScript archive's code.
void require_stored(const ZipEntry& entry, const std::string& source) {
    if (!entry.stored) {
        throw refused(
            source,
            fmt::format("its entry '{}' is compressed or encrypted; PyTorch stores it as it is", entry.name),
            "write the file again with torch.save");
    }
}

/// The folder that all lies in: "archive/".
std::string find_prefix(const std::vector<ZipEntry>& entries, const std::string& source) {
    std::optional<std::string> prefix;
    for (const ZipEntry& entry : entries) {
        const std::size_t slash = entry.name.find('/');
        if (slash != std::string::npos && entry.name.substr(slash) == "/data.pkl") {
            if (prefix) {
                throw refused(source,
                              fmt::format("it holds both '{}data.pkl' and '{}'", *prefix, entry.name));
            }
            prefix = entry.name.substr(0, slash + 1);
        }
    }
    if (!prefix) {
        throw refused(source, "it is a zip archive without the data.pkl of PyTorch",
                      "name a file that torch.save, torch.jit.save or safetensors wrote");
    }
    return *prefix;
}

void check_byte_order(const ZipEntries& entries, const std::string& prefix, const std::string& source) {
    const auto order = entries.find(prefix + "byteorder");
    if (order != entries.end() && as_text(order->second.bytes) != "little") {
        throw refused(
            source,
            fmt::format("its numbers are in '{}' order, only 'little' is read", as_text(order->second.bytes)),
            "save it again on a little-endian machine");
    }
}

void find_bytes(Storage& storage, const ZipEntries& entries, const std::string& prefix,
                const std::string& source) {
    const auto entry = entries.find(prefix + "data/" + storage.key);
    if (entry == entries.end()) {
        throw refused(source, fmt::format("its storage '{}' is missing", storage.key));
    }
    require_stored(entry->second, source);
    const std::uint64_t wanted = storage.count * element_size(storage.type);
    if (entry->second.bytes.size() != wanted) {
        throw refused(source, fmt::format("its storage '{}' has {} bytes, its pickle says {}", storage.key,
                                          entry->second.bytes.size(), wanted));
    }
    storage.bytes = entry->second.bytes;
    if (entry->second.crc != 0) {  // 0: written with torch.serialization.set_crc32_options(False)
        storage.crc = entry->second.crc;
    }
}

}  // namespace

WeightFile read_torch_zip(Bytes bytes, const std::string& source, const StateDictChoice& choice) {
    const std::vector<ZipEntry> list = read_zip(bytes, source);
    const std::string prefix = find_prefix(list, source);
    ZipEntries entries;
    bool script = false;
    for (const ZipEntry& entry : list) {
        script = script || entry.name.starts_with(prefix + "code/");
        entries.emplace(entry.name, entry);
    }
    check_byte_order(entries, prefix, source);
    const ZipEntry& pickle = entries.at(prefix + "data.pkl");
    require_stored(pickle, source);
    if (pickle.crc != 0 && ::crc32_z(0, reinterpret_cast<const Bytef*>(pickle.bytes.data()),
                                     pickle.bytes.size()) != pickle.crc) {
        throw refused(source, fmt::format("its entry '{}' is damaged (CRC-32)", pickle.name));
    }
    WeightFile file =
        name_tensors(read_pickle(pickle.bytes, script ? Dialect::torchscript : Dialect::state_dict, source),
                     choice, source);
    file.container = script ? "torchscript" : "zip";
    for (Storage& storage : file.storages) {
        find_bytes(storage, entries, prefix, source);
    }
    return file;
}

}  // namespace graft::weights

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "weights/containers.hpp"
#include "weights/state_dict.hpp"

namespace graft::weights {
namespace {

/// LONG1 of ten bytes: 0x1950a86a20f9469cfc6c, then STOP. Before it PROTO and the protocol.
constexpr std::array<unsigned char, 13> magic = {0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                                 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
constexpr std::size_t protocol_bytes = 2;
constexpr std::int64_t version = 1001;

/// The pickles of a stream, one after the other.
class Stream {
public:
    Stream(Bytes bytes, const std::string& source) : bytes_(bytes), source_(source) {}

    Pickle next() {
        Pickle pickle = read_pickle(bytes_.subspan(at_), Dialect::state_dict, source_);
        at_ += pickle.size;
        return pickle;
    }
    Bytes rest() const { return bytes_.subspan(at_); }

private:
    Bytes bytes_;
    const std::string& source_;
    std::uint64_t at_ = 0;
};

/// The storages' bytes follow in the order of the keys.
void find_bytes(std::vector<Storage>& storages, const Pickle& keys, Bytes rest, const std::string& source) {
    std::map<std::string, Storage*> missing;
    for (Storage& storage : storages) {
        missing.emplace(storage.key, &storage);
    }
    Cursor cursor(rest, source);
    for (const Value* key : keys.root->items) {
        const auto found = missing.find(key->text);
        if (key->kind != Value::Kind::text || found == missing.end()) {
            throw refused(source,
                          fmt::format("it lists storage '{}' twice, or no tensor names it", key->text));
        }
        Storage& storage = *found->second;
        const auto count = cursor.number<std::uint64_t>();
        if (count != storage.count) {
            throw refused(source, fmt::format("its storage '{}' has {} elements, its pickle says {}",
                                              storage.key, count, storage.count));
        }
        storage.bytes = cursor.take(count * element_size(storage.type));
        missing.erase(found);
    }
    if (!missing.empty()) {
        throw refused(source, fmt::format("its storage '{}' is missing", missing.begin()->first));
    }
    if (cursor.left() != 0) {
        throw refused(source, fmt::format("{} bytes follow its last storage", cursor.left()));
    }
}

}  // namespace

bool is_torch_legacy(Bytes bytes) {
    return bytes.size() >= protocol_bytes + magic.size() && bytes[0] == std::byte{0x80} &&
           std::equal(magic.begin(), magic.end(), bytes.begin() + protocol_bytes,
                      [](unsigned char left, std::byte right) { return std::byte{left} == right; });
}

WeightFile read_torch_legacy(Bytes bytes, const std::string& source, const StateDictChoice& choice) {
    Stream stream(bytes.subspan(protocol_bytes + magic.size()), source);
    const Pickle number = stream.next();
    if (number.root->kind != Value::Kind::integer || number.root->integer != version) {
        throw refused(source,
                      fmt::format("its version is {}, only {} is known", number.root->integer, version));
    }
    check_system(*stream.next().root, source);
    Pickle object = stream.next();
    if (!object.unread_storages.empty()) {  // how long they are is not known, so what follows is not found
        const auto& [key, type] = *object.unread_storages.begin();
        throw refused(source, fmt::format("its storage '{}' is a {}, which is not read", key, type),
                      "convert the tensors to float32 before they are saved");
    }
    WeightFile file = name_tensors(std::move(object), choice, source);
    file.container = "legacy";
    const Pickle keys = stream.next();
    find_bytes(file.storages, keys, stream.rest(), source);
    return file;
}

}  // namespace graft::weights

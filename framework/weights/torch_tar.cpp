// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Members of the archive, each of pickles and raw numbers one after the other:
//   sys_info  a dict
//   storages  how many; for each (key, location, type), its count (int64) and its bytes; then a list of views
//   of
//             storages: (key, key of the whole, offset, count)
//   tensors   how many; for each (key, storage's key, type), sides (int32, 4 bytes more), shape, strides,
//   offset (int64) pickle    the object; a persistent id is a tensor's key
#include <algorithm>

#include <fmt/format.h>

#include "weights/containers.hpp"
#include "weights/state_dict.hpp"

namespace graft::weights {
namespace {

constexpr std::uint64_t block = 512;
constexpr std::uint64_t name_length = 100;
constexpr std::uint64_t size_at = 124;
constexpr std::uint64_t size_length = 12;
constexpr std::uint64_t magic_at = 257;
constexpr std::int32_t most_sides = 64;

/// POSIX ustar: a header block with name and octal size, then the data, filled up to whole blocks.
std::map<std::string, Bytes> read_members(Bytes bytes, const std::string& source) {
    std::map<std::string, Bytes> members;
    Cursor cursor(bytes, source);
    while (cursor.left() >= block) {
        const std::string_view header = as_text(cursor.take(block));
        if (header[0] == '\0') {
            break;  // blocks of zeros end the archive
        }
        std::uint64_t size = 0;
        for (const char digit : header.substr(size_at, size_length)) {
            if (digit >= '0' && digit <= '7') {
                size = size * 8 + static_cast<std::uint64_t>(digit - '0');  // at most 36 bits
            }
        }
        std::string name(header.substr(0, std::min(header.find('\0'), name_length)));
        name.erase(0, name.starts_with("./") ? 2 : 0);
        if (!members.emplace(name, cursor.take(size)).second) {
            throw refused(source, fmt::format("it holds two members '{}'", name));
        }
        cursor.take(std::min((block - size % block) % block, cursor.left()));
    }
    return members;
}

/// A storage, or a part of one.
struct StoragePart {
    std::size_t storage = 0;
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
};

class TarReader {
public:
    TarReader(Bytes bytes, const std::string& source)
        : members_(read_members(bytes, source)), source_(source) {}

    WeightFile read(const StateDictChoice& choice) {
        const Pickle system = read_pickle(member("sys_info"), Dialect::tar, source_);
        check_system(*system.root, source_);
        read_storages(member("storages"));
        const KnownTensors tensors = read_tensors(member("tensors"));
        WeightFile file =
            name_tensors(read_pickle(member("pickle"), Dialect::tar, source_, tensors), choice, source_);
        file.container = "tar";
        file.storages = std::move(storages_);
        return file;
    }

private:
    Bytes member(const std::string& name) const {
        const auto found = members_.find(name);
        if (found == members_.end()) {
            throw refused(source_, fmt::format("it is a tar archive without the '{}' of PyTorch", name));
        }
        return found->second;
    }

    Pickle next(Cursor& cursor, Bytes bytes) const {
        Pickle pickle = read_pickle(bytes.subspan(cursor.offset()), Dialect::tar, source_);
        cursor.take(pickle.size);
        return pickle;
    }

    std::string key(const Value* value) const {
        if (value->kind == Value::Kind::integer) {
            return std::to_string(value->integer);
        }
        if (value->kind != Value::Kind::text) {
            throw refused(source_, "a key in it is neither number nor text");
        }
        return value->text;
    }

    /// A tuple of so many values.
    const std::vector<Value*>& fields(const Value* value, std::size_t count) const {
        if (value->kind != Value::Kind::sequence || value->items.size() != count) {
            throw refused(source_, fmt::format("a record in it has not {} fields", count));
        }
        return value->items;
    }

    std::uint64_t number(const Value* value) const {
        if (value->kind != Value::Kind::integer || value->integer < 0) {
            throw refused(source_, "a record in it lacks its number");
        }
        return static_cast<std::uint64_t>(value->integer);
    }

    void read_storages(Bytes bytes) {
        Cursor cursor(bytes, source_);
        const std::uint64_t count = number(next(cursor, bytes).root);
        for (std::uint64_t index = 0; index < count; ++index) {
            const Pickle record = next(cursor, bytes);
            const std::vector<Value*>& parts = fields(record.root, 3);
            const auto type =
                parts[2]->kind == Value::Kind::global ? storage_data_type(parts[2]->text) : std::nullopt;
            if (!type) {
                throw refused(source_, "a storage in it has no type");
            }
            Storage storage{key(parts[0]), *type, cursor.number<std::uint64_t>(), {}, {}};
            if (storage.count > cursor.left()) {  // so that the product below cannot overflow
                throw refused(source_,
                              fmt::format("storage '{}' claims {} elements", storage.key, storage.count));
            }
            storage.bytes = cursor.take(storage.count * element_size(storage.type));
            add_part(storage.key, {storages_.size(), 0, storage.count});
            storages_.push_back(storage);
        }
        const Pickle views = next(cursor, bytes);
        for (const Value* view : fields(views.root, views.root->items.size())) {
            const std::vector<Value*>& parts = fields(view, 4);
            const StoragePart whole = part(key(parts[1]));
            const std::uint64_t offset = number(parts[2]);
            const std::uint64_t length = number(parts[3]);
            if (offset > whole.count || length > whole.count - offset) {
                throw refused(source_,
                              fmt::format("a view of storage '{}' reaches beyond it", key(parts[1])));
            }
            add_part(key(parts[0]), {whole.storage, whole.offset + offset, length});
        }
    }

    KnownTensors read_tensors(Bytes bytes) const {
        KnownTensors tensors;
        Cursor cursor(bytes, source_);
        const std::uint64_t count = number(next(cursor, bytes).root);
        for (std::uint64_t index = 0; index < count; ++index) {
            const Pickle record = next(cursor, bytes);
            const std::vector<Value*>& parts = fields(record.root, 3);
            const StoragePart held = part(key(parts[1]));
            Tensor tensor;
            tensor.storage = held.storage;
            const auto sides = cursor.number<std::int32_t>();
            cursor.take(sizeof(std::int32_t));
            if (sides < 0 || sides > most_sides) {
                throw refused(source_, fmt::format("a tensor in it has {} sides", sides));
            }
            for (std::vector<std::int64_t>* numbers : {&tensor.shape, &tensor.strides}) {
                for (std::int32_t side = 0; side < sides; ++side) {
                    numbers->push_back(cursor.number<std::int64_t>());
                }
            }
            tensor.offset = cursor.number<std::int64_t>();
            check_view(tensor, held.count, key(parts[1]), source_);
            tensor.offset += static_cast<std::int64_t>(held.offset);
            if (!tensors.emplace(key(parts[0]), std::move(tensor)).second) {
                throw refused(source_, fmt::format("it holds two tensors with the key {}", key(parts[0])));
            }
        }
        return tensors;
    }

    void add_part(const std::string& key, const StoragePart& part) {
        if (!parts_.emplace(key, part).second) {
            throw refused(source_, fmt::format("it holds two storages with the key {}", key));
        }
    }
    StoragePart part(const std::string& key) const {
        const auto found = parts_.find(key);
        if (found == parts_.end()) {
            throw refused(source_, fmt::format("its storage '{}' is missing", key));
        }
        return found->second;
    }

    std::map<std::string, Bytes> members_;
    const std::string& source_;
    std::vector<Storage> storages_;
    std::map<std::string, StoragePart> parts_;
};

}  // namespace

bool is_torch_tar(Bytes bytes) {
    return bytes.size() >= block && as_text(bytes).substr(magic_at).starts_with("ustar");
}

WeightFile read_torch_tar(Bytes bytes, const std::string& source, const StateDictChoice& choice) {
    return TarReader(bytes, source).read(choice);
}

}  // namespace graft::weights

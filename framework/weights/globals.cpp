// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the names in a pickle mean: the list of those that are understood, and what they build.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "weights/pickle.hpp"

namespace graft::weights {
namespace {

using Kind = Value::Kind;

/// A real file makes a few dozen values a tensor.
constexpr std::size_t most_values = 1'000'000;

struct StorageType {
    const char* name;
    DataType type;
};
constexpr std::array<StorageType, 10> storage_types = {{{"BoolStorage", DataType::boolean},
                                                        {"ByteStorage", DataType::uint8},
                                                        {"CharStorage", DataType::int8},
                                                        {"ShortStorage", DataType::int16},
                                                        {"IntStorage", DataType::int32},
                                                        {"LongStorage", DataType::int64},
                                                        {"HalfStorage", DataType::float16},
                                                        {"BFloat16Storage", DataType::bfloat16},
                                                        {"FloatStorage", DataType::float32},
                                                        {"DoubleStorage", DataType::float64}}};

/// "torch.FloatStorage", or, of a tensor saved on a GPU, "torch.cuda.FloatStorage".
const StorageType* storage_type(const std::string& name) {
    for (const std::string prefix : {"torch.cuda.", "torch."}) {
        if (name.starts_with(prefix)) {
            const auto found = std::find_if(
                storage_types.begin(), storage_types.end(),
                [&](const StorageType& type) { return name.substr(prefix.size()) == type.name; });
            return found == storage_types.end() ? nullptr : &*found;
        }
    }
    return nullptr;
}

/// The class of a tensor of such a storage, "torch.FloatTensor": 2016's files name it.
bool is_tensor_type(const std::string& name) {
    const std::string ending = "Tensor";
    return name.ends_with(ending) &&
           storage_type(name.substr(0, name.size() - ending.size()) + "Storage") != nullptr;
}

constexpr std::array ordered_maps = {"collections.OrderedDict", "collections.Counter"};
/// Their first argument is the value, the others say how it is used in Python.
constexpr std::array wrappers = {"torch._utils._rebuild_parameter",
                                 "torch._utils._rebuild_parameter_with_state"};
constexpr std::array tensors = {"torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"};
constexpr const char* typed_tensor = "torch._tensor._rebuild_from_type_v2";
/// TorchScript's lists, and the wrapper that names a value's type.
constexpr std::array script_wrappers = {
    "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_tensorlist",
    "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.restore_type_tag"};
/// Named beside tensors; what they make is of no interest here.
constexpr std::array ignored = {
    "torch.Size",    "torch.device",  "torch.Tensor",  "torch.nn.parameter.Parameter",
    "torch.float64", "torch.float32", "torch.float16", "torch.bfloat16",
    "torch.int64",   "torch.int32",   "torch.int16",   "torch.int8",
    "torch.uint8",   "torch.bool",    "_codecs.encode"};

template <class Names>
bool is_one_of(const std::string& name, const Names& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_class_of_script(const std::string& name) {
    return name.starts_with("__torch__.");
}

}  // namespace

std::optional<DataType> storage_data_type(const std::string& class_name) {
    const StorageType* type = storage_type(class_name);
    return type != nullptr ? std::optional(type->type) : std::nullopt;
}

const std::string& text_of(const Value* value, const PickleBuilder& builder) {
    if (value->kind != Kind::text) {
        throw builder.refuse("its pickle has another value where a text belongs");
    }
    return value->text;
}

std::int64_t integer_of(const Value* value, const PickleBuilder& builder) {
    if (value->kind != Kind::integer) {
        throw builder.refuse("its pickle has another value where a whole number belongs");
    }
    return value->integer;
}

const std::vector<Value*>& items_of(const Value* value, const PickleBuilder& builder) {
    if (value->kind != Kind::sequence) {
        throw builder.refuse("its pickle has another value where a tuple belongs");
    }
    return value->items;
}

Value* PickleBuilder::make(Value value) {
    if (pickle_.values.size() >= most_values) {
        throw refuse(fmt::format("its pickle makes more than {} values", most_values));
    }
    pickle_.values.push_back(std::move(value));
    return &pickle_.values.back();
}

Value* PickleBuilder::global(const std::string& module, const std::string& name) {
    std::string whole = module + "." + name;
    const bool script = dialect_ == Dialect::torchscript;
    const bool known = is_one_of(whole, ordered_maps) || is_one_of(whole, wrappers) ||
                       is_one_of(whole, tensors) || is_one_of(whole, ignored) || whole == typed_tensor ||
                       storage_type(whole) != nullptr ||
                       (dialect_ == Dialect::tar && is_tensor_type(whole)) ||
                       (script && (is_class_of_script(whole) || is_one_of(whole, script_wrappers)));
    if (!known) {
        const bool data_type = whole.ends_with("Storage") || whole == "torch._utils._rebuild_tensor_v3";
        throw refused(source_,
                      fmt::format("it asks for '{}', {}", whole,
                                  data_type ? "and tensors of that type are not read"
                                            : "and only tensors are read, no other object is ever made"),
                      data_type ? "convert the tensors to float32 before they are saved"
                                : "save the weights alone: torch.save(model.state_dict(), \"weights.pth\")");
    }
    return make({Kind::global, 0, std::move(whole)});
}

Value* PickleBuilder::call(Value* function, Value* arguments) {
    if (function->kind != Kind::global) {
        throw refuse("its pickle calls what is no function");
    }
    const std::string& name = function->text;
    const std::vector<Value*>& given = items_of(arguments, *this);
    if (is_one_of(name, ordered_maps)) {
        return make_map(given);
    }
    if (is_one_of(name, tensors)) {
        return rebuild_tensor(given);
    }
    if (is_one_of(name, wrappers) || is_one_of(name, script_wrappers)) {
        if (given.empty()) {
            throw refuse(fmt::format("its pickle calls {} without a value", name));
        }
        return given.front();
    }
    if (name == typed_tensor) {  // (function, type, arguments, state)
        if (given.size() < 3 || given[0]->kind != Kind::global || given[0]->text == typed_tensor) {
            throw refuse(fmt::format("its pickle calls {} with other arguments", name));
        }
        return call(given[0], given[2]);
    }
    if (is_class_of_script(name)) {
        return make({Kind::object, 0, name});
    }
    if (is_one_of(name, ignored)) {
        return make({Kind::other});
    }
    throw refuse(fmt::format("its pickle calls {}, which is no function", name));
}

/// OrderedDict(), or of Python 2: OrderedDict([[key, value], ...]).
Value* PickleBuilder::make_map(const std::vector<Value*>& arguments) {
    Value* map = make({Kind::map});
    if (arguments.empty() || arguments[0]->kind == Kind::map) {
        return map;  // Counter({...}) holds no tensor
    }
    for (Value* pair : items_of(arguments[0], *this)) {
        const std::vector<Value*>& both = items_of(pair, *this);
        if (both.size() != 2) {
            throw refuse("its pickle makes a dict of what are no pairs");
        }
        make({});  // so that a list used again and again runs into the limit of values
        map->entries.emplace_back(both[0], both[1]);
    }
    return map;
}

void PickleBuilder::set_state(Value* object, Value* state) {
    if (object->kind == Kind::object && state->kind == Kind::map) {
        object->entries = state->entries;
        for (std::size_t index = 0; index < state->entries.size(); ++index) {
            make({});
        }
    }
    // A dict's own attributes are `_metadata`, versions of modules that no reader here needs.
}

/// In a tar archive the key of a tensor, else ('storage', type, key, location, count), in legacy files with a
/// view of another: (key, offset, count).
Value* PickleBuilder::persistent(Value* id) {
    if (dialect_ == Dialect::tar) {
        const auto known =
            known_tensors_.find(id->kind == Kind::integer ? std::to_string(id->integer) : text_of(id, *this));
        if (known == known_tensors_.end()) {
            throw refuse("its pickle names a tensor that is not there");
        }
        return make_tensor(known->second);
    }
    const std::vector<Value*>& parts = items_of(id, *this);
    if (parts.size() < 5 || parts.size() > 6 || text_of(parts[0], *this) != "storage") {
        throw refuse("its pickle names something outside of it that is no storage");
    }
    const StorageType* type = parts[1]->kind == Kind::global ? storage_type(parts[1]->text) : nullptr;
    if (type == nullptr) {
        throw refuse("its pickle names a storage without a type");
    }
    const std::string& key = text_of(parts[2], *this);
    const std::int64_t count = integer_of(parts[4], *this);
    if (count < 0 || count > (std::int64_t(1) << 48)) {
        throw refuse(fmt::format("storage '{}' claims {} elements", key, count));
    }
    const auto [known, added] = storage_keys_.try_emplace(key, pickle_.storages.size());
    if (added) {
        pickle_.storages.push_back({key, type->type, static_cast<std::uint64_t>(count), {}, {}});
    }
    const Storage& storage = pickle_.storages[known->second];
    if (storage.type != type->type || storage.count != static_cast<std::uint64_t>(count)) {
        throw refuse(fmt::format("storage '{}' is named with different types or sizes", key));
    }
    Value value{Kind::storage};
    value.index = known->second;
    value.count = storage.count;
    if (parts.size() == 6 && parts[5]->kind != Kind::none) {
        const std::vector<Value*>& view = items_of(parts[5], *this);
        const std::int64_t offset = view.size() == 3 ? integer_of(view[1], *this) : -1;
        const std::int64_t length = view.size() == 3 ? integer_of(view[2], *this) : -1;
        if (offset < 0 || length < 0 || offset > count || length > count - offset) {
            throw refuse(fmt::format("a view of storage '{}' reaches beyond it", key));
        }
        value.offset = static_cast<std::uint64_t>(offset);
        value.count = static_cast<std::uint64_t>(length);
    }
    return make(std::move(value));
}

/// (storage, offset, shape, strides, ...).
Value* PickleBuilder::rebuild_tensor(const std::vector<Value*>& arguments) {
    if (arguments.size() < 4 || arguments[0]->kind != Kind::storage) {
        throw refuse("its pickle makes a tensor without a storage");
    }
    const Value& storage = *arguments[0];
    Tensor tensor;
    tensor.storage = storage.index;
    tensor.offset = integer_of(arguments[1], *this);
    for (const Value* side : items_of(arguments[2], *this)) {
        tensor.shape.push_back(integer_of(side, *this));
    }
    for (const Value* stride : items_of(arguments[3], *this)) {
        tensor.strides.push_back(integer_of(stride, *this));
    }
    check_view(tensor, storage.count, pickle_.storages[storage.index].key, source_);
    tensor.offset += static_cast<std::int64_t>(storage.offset);
    return make_tensor(std::move(tensor));
}

Value* PickleBuilder::make_tensor(Tensor tensor) {
    Value value{Kind::tensor};
    value.index = pickle_.tensors.size();
    pickle_.tensors.push_back(std::move(tensor));
    return make(std::move(value));
}

}  // namespace graft::weights

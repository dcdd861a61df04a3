// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>

#include "weights/pickle.hpp"

namespace graft::weights {
namespace {

using Kind = Value::Kind;

/// A real file makes a few dozen values a tensor.
constexpr std::size_t most_values = 1'000'000;
constexpr std::size_t most_foreign = 1'000;

Value unread(std::string type) {
    return {Kind::unread, 0, std::move(type)};
}

/// What "torch._utils._rebuild_sparse_tensor" makes, in words; a type of numbers among the arguments says
/// more.
std::string unread_kind(const std::string& function, const std::vector<Value*>& arguments) {
    for (const Value* argument : arguments) {
        if (argument->kind == Kind::global && argument->meaning == GlobalMeaning::value) {
            return argument->text;
        }
        if (argument->kind == Kind::unread) {
            return argument->text;
        }
    }
    std::string words = function.substr(std::string("torch._utils._rebuild_").size());
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

}  // namespace

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

namespace {

/// The whole numbers of a shape or of strides.
std::vector<std::int64_t> numbers_of(const Value* tuple, const PickleBuilder& builder) {
    constexpr std::size_t most_sides = 64;
    const std::vector<Value*>& items = items_of(tuple, builder);
    if (items.size() > most_sides) {
        throw builder.refuse(fmt::format("a tensor in it has {} sides", items.size()));
    }
    std::vector<std::int64_t> numbers;
    numbers.reserve(items.size());
    for (const Value* item : items) {
        numbers.push_back(integer_of(item, builder));
    }
    return numbers;
}

}  // namespace

Value* PickleBuilder::make(Value value) {
    if (pickle_.values.size() >= most_values) {
        throw refuse(fmt::format("its pickle makes more than {} values", most_values));
    }
    pickle_.values.push_back(std::move(value));
    return &pickle_.values.back();
}

Value* PickleBuilder::global(const std::string& module, const std::string& name) {
    Value value{Kind::global, 0, module + "." + name};
    value.meaning = meaning_of(module, name, pickle_.dialect);
    if (value.meaning == GlobalMeaning::forbidden) {
        throw forbidden(value.text);
    }
    if (value.meaning == GlobalMeaning::foreign && pickle_.foreign.insert(value.text).second &&
        pickle_.foreign.size() > most_foreign) {
        throw refuse(fmt::format("it names more than {} classes and functions", most_foreign));
    }
    Value* made = make(std::move(value));
    if (made->meaning == GlobalMeaning::attribute) {
        unused_attribute_ = made;
    }
    return made;
}

core::Failure PickleBuilder::forbidden(const std::string& name) const {
    return refused(source_,
                   fmt::format("it names '{}', which can run programs or code and belongs to no weights; "
                               "nothing of the file is used",
                               name),
                   "do not load it elsewhere either, unless you trust who wrote it; where you do, save the "
                   "weights alone: torch.save(model.state_dict(), \"weights.pth\")");
}

Pickle PickleBuilder::take() {
    if (unused_attribute_ != nullptr) {
        throw forbidden(unused_attribute_->text);
    }
    return std::move(pickle_);
}

/// getattr(class or object, name): Python saves methods so, and the states of some classes hold their own.
Value* PickleBuilder::attribute(const std::vector<Value*>& arguments) {
    const bool is_method = arguments.size() == 2 && arguments[1]->kind == Kind::text &&
                           (arguments[0]->kind == Kind::global || arguments[0]->kind == Kind::object) &&
                           !arguments[1]->text.starts_with("_");
    if (!is_method) {
        throw forbidden("builtins.getattr");
    }
    unused_attribute_ = nullptr;
    return global(arguments[0]->text, arguments[1]->text);
}

Value* PickleBuilder::call(Value* function, Value* arguments) {
    const std::vector<Value*>& given = items_of(arguments, *this);
    if (function->kind == Kind::object) {
        return instance(function->text, given);
    }
    if (function->kind != Kind::global) {
        throw refuse("its pickle calls what is no function");
    }
    const std::string& name = function->text;
    switch (function->meaning) {
        case GlobalMeaning::map:
            return make_map(given);
        case GlobalMeaning::sequence:
            return make_sequence(given);
        case GlobalMeaning::tensor:
            return rebuild_tensor(given);
        case GlobalMeaning::wrapper:
            if (given.empty()) {
                throw refuse(fmt::format("its pickle calls {} without a value", name));
            }
            return given.front();
        case GlobalMeaning::typed_tensor:  // (function, type, arguments, state)
            if (given.size() < 3 || given[0]->kind != Kind::global ||
                given[0]->meaning == GlobalMeaning::typed_tensor) {
                throw refuse(fmt::format("its pickle calls {} with other arguments", name));
            }
            return call(given[0], given[2]);
        case GlobalMeaning::unread_tensor:
            return make(unread(unread_kind(name, given)));
        case GlobalMeaning::value:
            return make({Kind::other});
        case GlobalMeaning::reconstruction:  // (class, base, state of the base)
            return instance(given.empty() ? name : given.front()->text, {});
        case GlobalMeaning::attribute:
            return attribute(given);
        case GlobalMeaning::script_class:
        case GlobalMeaning::foreign:
            return instance(name, given);
        case GlobalMeaning::storage:
        case GlobalMeaning::unread_storage:
        case GlobalMeaning::forbidden:
            break;
    }
    throw refuse(fmt::format("its pickle calls {}, which is no function", name));
}

/// What an unknown class was made of: the dicts among its arguments are taken for its state.
Value* PickleBuilder::instance(const std::string& class_name, const std::vector<Value*>& arguments) {
    Value* object = make({Kind::object, 0, class_name});
    for (const Value* argument : arguments) {
        if (argument->kind == Kind::map) {
            set_state(object, argument);
        }
    }
    return object;
}

/// OrderedDict(), or of Python 2: OrderedDict([[key, value], ...]).
Value* PickleBuilder::make_map(const std::vector<Value*>& arguments) {
    Value* map = make({Kind::map});
    if (arguments.empty() || arguments[0]->kind != Kind::sequence) {
        return map;  // Counter({...}) holds no tensor; defaultdict's argument makes its missing values
    }
    for (Value* pair : arguments[0]->items) {
        const std::vector<Value*>& both = items_of(pair, *this);
        if (both.size() != 2) {
            throw refuse("its pickle makes a dict of what are no pairs");
        }
        make({});  // so that a list used again and again runs into the limit of values
        map->entries.emplace_back(both[0], both[1]);
    }
    return map;
}

/// set([item, ...]): the list itself, which nobody changes afterwards.
Value* PickleBuilder::make_sequence(const std::vector<Value*>& arguments) {
    const bool given = !arguments.empty() && arguments[0]->kind == Kind::sequence;
    return given ? arguments[0] : make({Kind::sequence});
}

/// A dict of attributes, or of a class with slots a tuple of two such. A dict's own attributes are
/// `_metadata`, versions of modules that no reader here needs.
void PickleBuilder::set_state(Value* object, const Value* state) {
    if (object->kind != Kind::object) {
        return;
    }
    if (state->kind == Kind::map) {
        for (const auto& entry : state->entries) {
            make({});
            object->entries.push_back(entry);
        }
    } else if (state->kind == Kind::sequence && state->items.size() == 2) {
        for (const Value* part : state->items) {
            if (part->kind == Kind::map) {
                set_state(object, part);
            }
        }
    }
}

/// In a tar archive the key of a tensor, else ('storage', type, key, location, count), in legacy files with a
/// view of another: (key, offset, count), or ('module', class, file, source) beside a pickled module's class.
Value* PickleBuilder::persistent(Value* id) {
    if (pickle_.dialect == Dialect::tar) {
        const auto known =
            known_tensors_.find(id->kind == Kind::integer ? std::to_string(id->integer) : text_of(id, *this));
        if (known == known_tensors_.end()) {
            throw refuse("its pickle names a tensor that is not there");
        }
        return make_tensor(known->second);
    }
    const std::vector<Value*>& parts = items_of(id, *this);
    if (parts.size() == 4 && text_of(parts[0], *this) == "module") {
        return parts[1];
    }
    if (parts.size() < 5 || parts.size() > 6 || text_of(parts[0], *this) != "storage") {
        throw refuse("its pickle names something outside of it that is no storage");
    }
    if (parts[1]->kind != Kind::global) {
        throw refuse("its pickle names a storage without a type");
    }
    return find_storage(parts);
}

Value* PickleBuilder::find_storage(const std::vector<Value*>& parts) {
    const std::string& key = text_of(parts[2], *this);
    const auto type = storage_data_type(parts[1]->text);
    if (!type) {
        pickle_.unread_storages.emplace(key, parts[1]->text);
        return make(unread(parts[1]->text));
    }
    const std::int64_t count = integer_of(parts[4], *this);
    if (count < 0 || count > (std::int64_t(1) << 48)) {
        throw refuse(fmt::format("storage '{}' claims {} elements", key, count));
    }
    const auto [known, added] = storage_keys_.try_emplace(key, pickle_.storages.size());
    if (added) {
        pickle_.storages.push_back({key, *type, static_cast<std::uint64_t>(count), {}, {}});
    }
    const Storage& storage = pickle_.storages[known->second];
    if (storage.type != *type || storage.count != static_cast<std::uint64_t>(count)) {
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
    if (!arguments.empty() && arguments[0]->kind == Kind::unread) {
        return arguments[0];
    }
    if (arguments.size() < 4 || arguments[0]->kind != Kind::storage) {
        throw refuse("its pickle makes a tensor without a storage");
    }
    const Value& storage = *arguments[0];
    Tensor tensor;
    tensor.storage = storage.index;
    tensor.offset = integer_of(arguments[1], *this);
    tensor.shape = numbers_of(arguments[2], *this);
    tensor.strides = numbers_of(arguments[3], *this);
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

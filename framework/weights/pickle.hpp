// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Python's pickles as data. A pickle is a program that builds objects; this machine knows the instructions
// that PyTorch's files use, and builds nothing but the values below. A global name is only compared with
// the list in globals.cpp: what is not on it is refused by name; nothing is ever looked up or called.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "weights/bytes.hpp"

namespace graft::weights {

/// A Python value.
struct Value {
    enum class Kind {
        none,
        boolean,
        integer,
        text,
        sequence,  ///< tuple or list
        map,
        global,   ///< a name on the list
        storage,  ///< of tensors, by its persistent id
        tensor,
        object,  ///< an instance in a TorchScript archive: `entries` are its attributes
        other    ///< a value that no tensor needs: a real number, bytes, a data type
    };
    Kind kind = Kind::none;
    std::int64_t integer = 0;  ///< also of a boolean
    std::string text = {};     ///< also a global's name, "torch._utils._rebuild_tensor_v2"
    std::vector<Value*> items = {};
    std::vector<std::pair<Value*, Value*>> entries = {};
    std::size_t index = 0;     ///< of the tensor or storage
    std::uint64_t offset = 0;  ///< storage: a view of another begins there,
    std::uint64_t count = 0;   ///< and has as many elements
};

/// What a pickle built. Values refer to each other in any way, circles among them.
struct Pickle {
    std::deque<Value> values;  ///< addresses stay
    Value* root = nullptr;
    std::vector<Storage> storages;  ///< declared, their bytes still to be found
    std::vector<Tensor> tensors;    ///< without names
    std::uint64_t size = 0;         ///< bytes that it took
};

enum class Dialect { state_dict, torchscript, tar };

/// Tensors that a pickle names by a key, as those in tar archives do.
using KnownTensors = std::map<std::string, Tensor>;

/// Reads one pickle from the beginning of the bytes. Tensors are checked against their storage's declared
/// count. Throws Failure(data) naming `source`.
Pickle read_pickle(Bytes bytes, Dialect dialect, const std::string& source, const KnownTensors& known = {});

/// The type of a storage class, "torch.FloatStorage"; nothing for any other name.
std::optional<DataType> storage_data_type(const std::string& class_name);

/// What the machine and the meaning of globals share.
class PickleBuilder {
public:
    PickleBuilder(Dialect dialect, const std::string& source, const KnownTensors& known)
        : dialect_(dialect), source_(source), known_tensors_(known) {}

    /// Throws Failure(data) where the file makes more values than any real one.
    Value* make(Value value);

    /// `from module import name`, if it is on the list.
    Value* global(const std::string& module, const std::string& name);

    /// function(*arguments).
    Value* call(Value* function, Value* arguments);

    /// The state that an object is given after it was made.
    void set_state(Value* object, Value* state);

    /// The storage that a persistent id stands for.
    Value* persistent(Value* id);

    Pickle take() { return std::move(pickle_); }
    core::Failure refuse(const std::string& why) const { return refused(source_, why); }

private:
    Value* make_tensor(Tensor tensor);
    Value* rebuild_tensor(const std::vector<Value*>& arguments);
    Value* make_map(const std::vector<Value*>& arguments);

    Dialect dialect_;
    const std::string& source_;
    const KnownTensors& known_tensors_;
    Pickle pickle_;
    std::map<std::string, std::size_t> storage_keys_;
};

/// The text of a value that must be text, its number, its items, likewise; refused otherwise.
const std::string& text_of(const Value* value, const PickleBuilder& builder);
std::int64_t integer_of(const Value* value, const PickleBuilder& builder);
const std::vector<Value*>& items_of(const Value* value, const PickleBuilder& builder);

}  // namespace graft::weights

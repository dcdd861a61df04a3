// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Python's pickles as data. A pickle is a program that builds objects; this machine builds nothing but the
// values below. Names are only compared with the lists in globals.cpp: an instance of an unknown class
// becomes the state that it carries, and a name that could do harm ends the reading. Nothing is ever looked
// up or called.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "weights/bytes.hpp"
#include "weights/globals.hpp"

namespace graft::weights {

/// A Python value.
struct Value {
    enum class Kind {
        none,
        boolean,
        integer,
        text,
        sequence,  ///< tuple, list or set
        map,
        global,   ///< a name
        storage,  ///< of tensors, by its persistent id
        tensor,
        unread,  ///< a storage or tensor that is not read; `text` is its type
        object,  ///< an instance of the class `text`: `entries` are its attributes, and items if it is a dict
        other    ///< a value that no tensor needs: a real number, bytes, a data type
    };
    Kind kind = Kind::none;
    std::int64_t integer = 0;  ///< also of a boolean
    std::string text = {};     ///< also a global's name, "torch._utils._rebuild_tensor_v2"
    std::vector<Value*> items = {};
    std::vector<std::pair<Value*, Value*>> entries = {};
    std::size_t index = 0;                           ///< of the tensor or storage
    std::uint64_t offset = 0;                        ///< storage: a view of another begins there,
    std::uint64_t count = 0;                         ///< and has as many elements
    GlobalMeaning meaning = GlobalMeaning::foreign;  ///< of a global
};

/// What a pickle built. Values refer to each other in any way, circles among them.
struct Pickle {
    Dialect dialect = Dialect::state_dict;
    std::deque<Value> values;  ///< addresses stay
    Value* root = nullptr;
    std::vector<Storage> storages;                       ///< declared, their bytes still to be found
    std::map<std::string, std::string> unread_storages;  ///< keys and types of those that are not read
    std::vector<Tensor> tensors;                         ///< without names
    std::set<std::string> foreign;                       ///< names that are not known
    std::uint64_t size = 0;                              ///< bytes that it took
};

/// Tensors that a pickle names by a key, as those in tar archives do.
using KnownTensors = std::map<std::string, Tensor>;

/// Reads one pickle from the beginning of the bytes. Tensors are checked against their storage's declared
/// count. Throws Failure(data) naming `source`.
Pickle read_pickle(Bytes bytes, Dialect dialect, const std::string& source, const KnownTensors& known = {});

/// Builds what a pickle's instructions ask for.
class PickleBuilder {
public:
    PickleBuilder(Dialect dialect, const std::string& source, const KnownTensors& known)
        : source_(source), known_tensors_(known) {
        pickle_.dialect = dialect;
    }

    /// Throws Failure(data) where the file makes more values than any real one.
    Value* make(Value value);

    /// `from module import name`, which is done nowhere. Throws Failure(data) for a forbidden name.
    Value* global(const std::string& module, const std::string& name);

    /// function(*arguments).
    Value* call(Value* function, Value* arguments);

    /// The state that an object is given after it was made, or keyword arguments.
    void set_state(Value* object, const Value* state);

    /// The storage that a persistent id stands for.
    Value* persistent(Value* id);

    /// What was built. Throws Failure(data) where getattr was named for something else than methods.
    Pickle take();
    core::Failure forbidden(const std::string& name) const;
    core::Failure refuse(const std::string& why) const { return refused(source_, why); }

private:
    Value* make_tensor(Tensor tensor);
    Value* rebuild_tensor(const std::vector<Value*>& arguments);
    Value* make_map(const std::vector<Value*>& arguments);
    Value* make_sequence(const std::vector<Value*>& arguments);
    Value* instance(const std::string& class_name, const std::vector<Value*>& arguments);
    Value* attribute(const std::vector<Value*>& arguments);
    Value* find_storage(const std::vector<Value*>& parts);

    const std::string& source_;
    const KnownTensors& known_tensors_;
    Pickle pickle_;
    std::map<std::string, std::size_t> storage_keys_;
    const Value* unused_attribute_ = nullptr;  ///< getattr, named and not yet called
};

/// The text of a value that must be text, its number, its items, likewise; refused otherwise.
const std::string& text_of(const Value* value, const PickleBuilder& builder);
std::int64_t integer_of(const Value* value, const PickleBuilder& builder);
const std::vector<Value*>& items_of(const Value* value, const PickleBuilder& builder);

}  // namespace graft::weights

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the names in a pickle mean. A name is only compared with lists; nothing is looked up or called.
#pragma once

#include <optional>
#include <string>

#include "weights/weight_file.hpp"

namespace graft::weights {

enum class Dialect { state_dict, torchscript, tar };

/// What is made where a pickle calls such a name.
enum class GlobalMeaning {
    map,             ///< a dict
    sequence,        ///< a list, tuple or set of what it is given
    wrapper,         ///< the first argument
    tensor,          ///< from storage, offset, shape and strides
    typed_tensor,    ///< what another name, its first argument, makes
    unread_tensor,   ///< a tensor of a kind that is not read: quantised, sparse, ...
    storage,         ///< nothing; it is the type of a storage
    unread_storage,  ///< nothing; it is the type of a storage that is not read
    value,           ///< a value that no tensor needs
    script_class,    ///< a module of TorchScript
    reconstruction,  ///< an instance of its first argument
    attribute,       ///< a name below another, as methods are saved
    foreign,         ///< an instance of an unknown class: the state that it carries
    forbidden        ///< nothing; a file that names it is refused
};

/// `module` and `name` as the pickle has them. "os.system" is forbidden, however it is reached.
GlobalMeaning meaning_of(const std::string& module, const std::string& name, Dialect dialect);

/// The type of a storage class, "torch.FloatStorage"; nothing for any other name.
std::optional<DataType> storage_data_type(const std::string& class_name);

}  // namespace graft::weights

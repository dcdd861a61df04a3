// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/globals.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace graft::weights {
namespace {

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

struct KnownGlobal {
    std::string_view name;
    GlobalMeaning meaning;
};
constexpr std::array known = {
    KnownGlobal{"collections.OrderedDict", GlobalMeaning::map},
    KnownGlobal{"collections.Counter", GlobalMeaning::map},
    KnownGlobal{"collections.defaultdict", GlobalMeaning::map},
    KnownGlobal{"builtins.dict", GlobalMeaning::map}, KnownGlobal{"builtins.set", GlobalMeaning::sequence},
    KnownGlobal{"builtins.frozenset", GlobalMeaning::sequence},
    KnownGlobal{"builtins.list", GlobalMeaning::sequence},
    KnownGlobal{"builtins.tuple", GlobalMeaning::sequence},
    KnownGlobal{"torch._utils._rebuild_parameter", GlobalMeaning::wrapper},
    KnownGlobal{"torch._utils._rebuild_parameter_with_state", GlobalMeaning::wrapper},
    KnownGlobal{"torch._utils._rebuild_tensor", GlobalMeaning::tensor},
    KnownGlobal{"torch._utils._rebuild_tensor_v2", GlobalMeaning::tensor},
    KnownGlobal{"torch._tensor._rebuild_from_type_v2", GlobalMeaning::typed_tensor},
    KnownGlobal{"torch._tensor._rebuild_from_type", GlobalMeaning::typed_tensor},
    KnownGlobal{"copyreg._reconstructor", GlobalMeaning::reconstruction},
    KnownGlobal{"copy_reg._reconstructor", GlobalMeaning::reconstruction},
    KnownGlobal{"builtins.getattr", GlobalMeaning::attribute},
    // Named beside tensors; what they make is of no interest here.
    KnownGlobal{"torch.nn.parameter.Parameter", GlobalMeaning::value},
    KnownGlobal{"torch.nn.parameter.Buffer", GlobalMeaning::value},
    KnownGlobal{"_codecs.encode", GlobalMeaning::value}, KnownGlobal{"builtins.bool", GlobalMeaning::value},
    KnownGlobal{"builtins.bytearray", GlobalMeaning::value},
    KnownGlobal{"builtins.bytes", GlobalMeaning::value},
    KnownGlobal{"builtins.complex", GlobalMeaning::value},
    KnownGlobal{"builtins.float", GlobalMeaning::value}, KnownGlobal{"builtins.int", GlobalMeaning::value},
    KnownGlobal{"builtins.object", GlobalMeaning::value}, KnownGlobal{"builtins.range", GlobalMeaning::value},
    KnownGlobal{"builtins.slice", GlobalMeaning::value}, KnownGlobal{"builtins.str", GlobalMeaning::value}};

/// TorchScript's lists, and the wrapper that names a value's type.
constexpr std::array<std::string_view, 5> script_wrappers = {
    "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_tensorlist",
    "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.restore_type_tag"};

/// Modules that run programs or code, or reach files and the network. They are looked for at every place of a
/// dotted name: "logging" and "os.system" is os.system.
constexpr std::array<std::string_view, 15> dangerous_anywhere = {
    "os",     "posix",     "nt",  "subprocess",       "sys", "socket", "runpy", "builtins", "__builtin__",
    "shutil", "importlib", "imp", "_posixsubprocess", "pty", "ctypes"};
/// The same, whose names others have, too: only at the beginning.
constexpr std::array<std::string_view, 29> dangerous_modules = {
    "webbrowser", "code",      "codeop",  "pdb",       "bdb",      "timeit",  "profile", "cProfile",
    "trace",      "pydoc",     "doctest", "commands",  "popen2",   "pickle",  "_pickle", "cPickle",
    "marshal",    "asyncio",   "urllib",  "urllib2",   "requests", "httplib", "ftplib",  "smtplib",
    "telnetlib",  "zipimport", "pkgutil", "ensurepip", "pip"};
/// Single names that load or run what they are given, and names that begin so.
constexpr std::array<std::string_view, 11> dangerous_names = {"torch.load",
                                                              "torch.hub.",
                                                              "torch.jit.load",
                                                              "torch.storage._load_from_bytes",
                                                              "torch.package.",
                                                              "torch.utils.cpp_extension.",
                                                              "numpy.load",
                                                              "numpy.testing.",
                                                              "types.CodeType",
                                                              "types.FunctionType",
                                                              "collections.namedtuple"};

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_forbidden(std::string_view whole) {
    if (is_one_of(whole.substr(0, whole.find('.')), dangerous_modules) ||
        std::any_of(dangerous_names.begin(), dangerous_names.end(), [&](std::string_view name) {
            return name.ends_with('.') ? whole.starts_with(name) : whole == name;
        })) {
        return true;
    }
    for (std::string_view rest = whole; !rest.empty();) {
        const std::size_t dot = rest.find('.');
        if (is_one_of(rest.substr(0, dot), dangerous_anywhere)) {
            return true;
        }
        rest = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
    }
    return false;
}

/// The class of a tensor of such a storage, "torch.FloatTensor": 2016's files name it.
bool is_tensor_type(const std::string& name) {
    const std::string ending = "Tensor";
    return name.ends_with(ending) &&
           storage_data_type(name.substr(0, name.size() - ending.size()) + "Storage").has_value();
}

}  // namespace

std::optional<DataType> storage_data_type(const std::string& class_name) {
    for (const std::string_view prefix : {"torch.cuda.", "torch."}) {  // the first: saved on a GPU
        if (class_name.starts_with(prefix)) {
            const auto found = std::find_if(
                storage_types.begin(), storage_types.end(),
                [&](const StorageType& type) { return class_name.substr(prefix.size()) == type.name; });
            return found == storage_types.end() ? std::nullopt : std::optional(found->type);
        }
    }
    return std::nullopt;
}

GlobalMeaning meaning_of(const std::string& module, const std::string& name, Dialect dialect) {
    // Python 2 called builtins __builtin__.
    const std::string whole = (module == "__builtin__" ? "builtins" : module) + "." + name;
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const KnownGlobal& each) { return each.name == whole; });
    if (found != known.end()) {
        return found->meaning;
    }
    if (storage_data_type(whole) || (dialect == Dialect::tar && is_tensor_type(whole))) {
        return GlobalMeaning::storage;
    }
    if (dialect == Dialect::torchscript && whole.starts_with("__torch__.")) {
        return GlobalMeaning::script_class;
    }
    if (dialect == Dialect::torchscript && is_one_of(whole, script_wrappers)) {
        return GlobalMeaning::wrapper;
    }
    if (is_forbidden(whole)) {
        return GlobalMeaning::forbidden;
    }
    if (whole.starts_with("torch.") && whole.ends_with("Storage")) {
        return GlobalMeaning::unread_storage;
    }
    if (whole.starts_with("torch._utils._rebuild_")) {
        return GlobalMeaning::unread_tensor;
    }
    const bool is_plain =
        module == "torch" && name.find('.') == std::string::npos;  // torch.Size, torch.float32
    return is_plain ? GlobalMeaning::value : GlobalMeaning::foreign;
}

}  // namespace graft::weights

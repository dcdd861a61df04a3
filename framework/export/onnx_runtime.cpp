// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/onnx_runtime.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/environment.hpp"
#include "plugin/library.hpp"

namespace graft::exporting {
namespace {

const char* const variable = "GRAFT_ONNXRUNTIME";

// The C interface is a table of functions that only ever grows at its end, so a place in version 1 of it is
// the place in every version (onnxruntime_c_api.h, struct OrtApi). Without that header, which few systems
// have, the places are counted here.
constexpr std::uint32_t interface_version = 1;

enum FunctionIndex : std::size_t {
    get_error_message = 2,
    create_environment = 3,
    create_session_from_array = 8,
    run_session = 9,
    create_session_options = 10,
    create_tensor_with_data = 49,
    get_tensor_data = 51,
    get_element_type = 60,
    get_element_count = 64,
    get_type_and_shape = 65,
    create_cpu_memory_info = 69,
    release_environment = 92,
    release_status = 93,
    release_memory_info = 94,
    release_session = 95,
    release_value = 96,
    release_type_and_shape = 99,
    release_session_options = 100,
};

constexpr int log_errors = 3;
constexpr int float_elements = 1;
constexpr int device_allocator = 0;
constexpr int default_memory = 0;

struct InterfaceBase {
    const void* const* (*functions)(std::uint32_t version);
    const char* (*version)();
};

using Handle = std::unique_ptr<void, void (*)(void*)>;

class Functions {
public:
    explicit Functions(const void* const* table) : table_(table) {}

    /// Calls a function that reports failure by a status.
    template <typename... Arguments>
    void call(FunctionIndex index, Arguments... arguments) const {
        void* status = function<void*(Arguments...)>(index)(arguments...);
        if (status != nullptr) {
            const std::string message = function<const char*(const void*)>(get_error_message)(status);
            function<void(void*)>(release_status)(status);
            throw std::runtime_error(message);
        }
    }

    /// The same for one that makes an object, which its last argument receives.
    template <typename... Arguments>
    Handle make(FunctionIndex index, FunctionIndex release, Arguments... arguments) const {
        void* made = nullptr;
        call(index, arguments..., &made);
        return {made, function<void(void*)>(release)};
    }

    Handle own(void* object, FunctionIndex release) const { return {object, function<void(void*)>(release)}; }

private:
    template <typename Signature>
    Signature* function(FunctionIndex index) const {
        Signature* function = nullptr;
        std::memcpy(&function, &table_[index], sizeof function);
        return function;
    }

    const void* const* table_;
};

boost::dll::shared_library open_library() {
    const auto visibility = boost::dll::load_mode::rtld_local;
    std::string why_not;
    if (const std::string named = core::environment_variable(variable); !named.empty()) {
        auto library = plugin::open_library(named, visibility, why_not);
        if (!library) {
            throw std::runtime_error(fmt::format("{}: {}", variable, why_not));
        }
        return library;
    }
    for (const char* name : {"libonnxruntime.so.1", "libonnxruntime.so"}) {
        if (auto library = plugin::open_library(name, visibility, why_not)) {
            return library;
        }
    }
    throw std::runtime_error(
        fmt::format("ONNX Runtime is not there; {} may name its libonnxruntime.so", variable));
}

at::Tensor to_tensor(const Functions& api, void* value, std::int64_t batch, const NetworkOutput& output) {
    const Handle type = api.make(get_type_and_shape, release_type_and_shape, value);
    int element = 0;
    std::size_t count = 0;
    api.call(get_element_type, type.get(), &element);
    api.call(get_element_count, type.get(), &count);
    std::vector<std::int64_t> sizes = {batch};
    sizes.insert(sizes.end(), output.shape.begin(), output.shape.end());
    at::Tensor tensor = at::empty(sizes, at::kFloat);
    if (element != float_elements || count != static_cast<std::size_t>(tensor.numel())) {
        throw std::runtime_error(fmt::format("output {} has another type or size", output.name));
    }
    void* data = nullptr;
    api.call(get_tensor_data, value, &data);
    std::memcpy(tensor.mutable_data_ptr(), data, tensor.nbytes());
    return tensor;
}

}  // namespace

bool OnnxRuntime::is_named() {
    return !core::environment_variable(variable).empty();
}

OnnxRuntime::OnnxRuntime() {
    const boost::dll::shared_library library = open_library();
    const char* const symbol = "OrtGetApiBase";
    const InterfaceBase* base = library.has(symbol) ? library.get<const InterfaceBase*()>(symbol)() : nullptr;
    functions_ = base == nullptr ? nullptr : base->functions(interface_version);
    if (functions_ == nullptr) {
        throw std::runtime_error("the library that was loaded is not ONNX Runtime's");
    }
    version_ = base->version();
}

std::vector<at::Tensor> OnnxRuntime::run(const std::string& bytes, const at::Tensor& image,
                                         const std::vector<NetworkOutput>& outputs) const {
    const Functions api(functions_);
    const Handle environment = api.make(create_environment, release_environment, log_errors, "graft");
    const Handle options = api.make(create_session_options, release_session_options);
    const Handle session = api.make(create_session_from_array, release_session, environment.get(),
                                    static_cast<const void*>(bytes.data()), bytes.size(), options.get());
    const Handle memory =
        api.make(create_cpu_memory_info, release_memory_info, device_allocator, default_memory);
    at::Tensor plain = image.contiguous();
    const Handle input =
        api.make(create_tensor_with_data, release_value, memory.get(), plain.mutable_data_ptr(),
                 plain.nbytes(), plain.sizes().data(), static_cast<std::size_t>(plain.dim()), float_elements);

    const char* const input_name = "image";
    void* const input_value = input.get();
    std::vector<const char*> names;
    names.reserve(outputs.size());
    for (const NetworkOutput& output : outputs) {
        names.push_back(output.name.c_str());
    }
    std::vector<void*> values(outputs.size(), nullptr);
    api.call(run_session, session.get(), static_cast<void*>(nullptr), &input_name, &input_value,
             std::size_t{1}, names.data(), names.size(), values.data());
    std::vector<Handle> owned;
    owned.reserve(values.size());
    std::vector<at::Tensor> tensors;
    tensors.reserve(values.size());
    for (void* value : values) {
        owned.push_back(api.own(value, release_value));
    }
    for (std::size_t index = 0; index < values.size(); ++index) {
        tensors.push_back(to_tensor(api, values[index], plain.size(0), outputs[index]));
    }
    return tensors;
}

}  // namespace graft::exporting

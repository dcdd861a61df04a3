// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A state dict as torch.save writes it: a zip (LibTorch's own writer) with the tensors' bytes and `data.pkl`,
// a pickle of protocol 2 (Python's pickletools lists the opcodes) that rebuilds an OrderedDict of tensors.
// LibTorch's own pickler tags dicts in a way that torch.load(weights_only=True) refuses.
#include <cstring>
#include <map>

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>

#include "core/problem.hpp"
#include "export/files.hpp"

namespace graft::exporting {
namespace {

/// The opcodes that a state dict needs.
class Pickle {
public:
    Pickle() { bytes_ = "\x80\x02"; }

    void global(const std::string& module, const std::string& name) {
        bytes_ += "c" + module + "\n" + name + "\n";
    }
    void text(const std::string& text) {
        bytes_ += 'X';
        number(static_cast<std::uint32_t>(text.size()));
        bytes_ += text;
    }
    void integer(std::int64_t value) {
        bytes_ += "\x8a\x08";  // LONG1, eight bytes
        number(value);
    }
    void no() { bytes_ += '\x89'; }
    void mark() { bytes_ += '('; }
    void tuple() { bytes_ += 't'; }  ///< of all since the mark
    void empty_tuple() { bytes_ += ')'; }
    void call() { bytes_ += 'R'; }        ///< a global with a tuple
    void persistent() { bytes_ += 'Q'; }  ///< the object that a tuple stands for
    void set_items() { bytes_ += 'u'; }   ///< names and values since the mark, into a dict
    std::string finished() const { return bytes_ + '.'; }

private:
    template <class Number>
    void number(Number value) {  // little endian, as is every machine that LibTorch runs on
        char raw[sizeof(Number)];
        std::memcpy(raw, &value, sizeof(Number));
        bytes_.append(raw, sizeof(Number));
    }

    std::string bytes_;
};

std::string storage_name(at::ScalarType type) {
    static const std::map<at::ScalarType, std::string> names = {
        {at::kFloat, "FloatStorage"},       {at::kDouble, "DoubleStorage"}, {at::kHalf, "HalfStorage"},
        {at::kBFloat16, "BFloat16Storage"}, {at::kLong, "LongStorage"},     {at::kInt, "IntStorage"},
        {at::kShort, "ShortStorage"},       {at::kChar, "CharStorage"},     {at::kByte, "ByteStorage"},
        {at::kBool, "BoolStorage"}};
    const auto name = names.find(type);
    if (name == names.end()) {
        throw core::Failure(
            core::Category::plugin,
            fmt::format("a tensor of type {} has no storage in a .pth file", at::toString(type)),
            "export --to safetensors");
    }
    return name->second;
}

void add_numbers(Pickle& pickle, at::IntArrayRef numbers) {
    pickle.mark();
    for (const std::int64_t number : numbers) {
        pickle.integer(number);
    }
    pickle.tuple();
}

void add_ordered_dict(Pickle& pickle) {
    pickle.global("collections", "OrderedDict");
    pickle.empty_tuple();
    pickle.call();
}

/// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks).
void add_tensor(Pickle& pickle, const at::Tensor& tensor, const std::string& key) {
    pickle.global("torch._utils", "_rebuild_tensor_v2");
    pickle.mark();
    pickle.mark();
    pickle.text("storage");
    pickle.global("torch", storage_name(tensor.scalar_type()));
    pickle.text(key);
    pickle.text("cpu");
    pickle.integer(tensor.numel());
    pickle.tuple();
    pickle.persistent();
    pickle.integer(0);
    add_numbers(pickle, tensor.sizes());
    add_numbers(pickle, tensor.strides());
    pickle.no();
    add_ordered_dict(pickle);
    pickle.tuple();
    pickle.call();
}

}  // namespace

std::string to_pth(const StateDict& tensors) {
    std::string bytes;
    caffe2::serialize::PyTorchStreamWriter writer([&bytes](const void* data, std::size_t size) {
        bytes.append(static_cast<const char*>(data), size);
        return size;
    });
    Pickle pickle;
    add_ordered_dict(pickle);
    pickle.mark();
    for (std::size_t index = 0; index < tensors.size(); ++index) {
        const auto& [name, tensor] = tensors[index];
        const at::Tensor plain = tensor.detach().cpu().contiguous();
        const std::string key = std::to_string(index);
        pickle.text(name);
        add_tensor(pickle, plain, key);
        writer.writeRecord("data/" + key, plain.const_data_ptr(), plain.nbytes());
    }
    pickle.set_items();
    const std::string program = pickle.finished();
    writer.writeRecord("data.pkl", program.data(), program.size());
    const std::string order = "little";
    writer.writeRecord("byteorder", order.data(), order.size());
    writer.writeEndOfFile();
    return bytes;
}

}  // namespace graft::exporting

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "tensor_blocks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>

namespace graft::engine {
namespace {

/// A huge page; smaller tensors share glibc's heap.
constexpr std::size_t smallest = 2 << 20;

/// Blocks of whole huge pages, in use or kept. Any thread.
class Blocks {
public:
    /// Null where the system has no more.
    void* take(std::size_t bytes) {
        const std::size_t size = (bytes + smallest - 1) / smallest * smallest;
        const std::lock_guard lock(mutex_);
        const auto found = free_.lower_bound(size);
        void* block = nullptr;
        std::size_t got = size;
        if (found != free_.end() && found->first <= size + size / 8) {
            std::tie(got, block) = *found;
            free_.erase(found);
            kept_ -= got;
        } else {
            block = map(size);
            if (block == nullptr) {
                return nullptr;
            }
        }
        sizes_[block] = got;
        used_ += got;
        most_used_ = std::max(most_used_, used_);
        return block;
    }

    /// Whether it was one of these.
    bool give(void* block) {
        const std::lock_guard lock(mutex_);
        const auto found = sizes_.find(block);
        if (found == sizes_.end()) {
            return false;
        }
        const std::size_t size = found->second;
        sizes_.erase(found);
        used_ -= size;
        kept_ += size;
        free_.emplace(size, block);
        return true;
    }

private:
    void* map(std::size_t size) {
        while (!free_.empty() && used_ + kept_ + size > most_used_ + most_used_ / 8) {
            release();
        }
        void* block = try_to_map(size);
        while (block == nullptr && !free_.empty()) {
            release();
            block = try_to_map(size);
        }
        return block;
    }

    /// Gives the largest kept block back to the system.
    void release() {
        const auto largest = std::prev(free_.end());
        ::munmap(largest->second, largest->first);
        kept_ -= largest->first;
        free_.erase(largest);
    }

    static void* try_to_map(std::size_t size) {
        // A whole huge page more, so that the block can begin at one.
        void* begin =
            ::mmap(nullptr, size + smallest, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (begin == MAP_FAILED) {
            return nullptr;
        }
        auto* first = static_cast<std::byte*>(begin);
        const std::size_t before = (smallest - reinterpret_cast<std::uintptr_t>(first) % smallest) % smallest;
        if (before > 0) {
            ::munmap(first, before);
        }
        ::munmap(first + before + size, smallest - before);
        ::madvise(first + before, size, MADV_HUGEPAGE);
        return first + before;
    }

    std::mutex mutex_;
    std::multimap<std::size_t, void*> free_;
    std::unordered_map<void*, std::size_t> sizes_;
    std::size_t used_ = 0;
    std::size_t kept_ = 0;
    std::size_t most_used_ = 0;
};

/// LibTorch's allocator for the CPU; lives as long as the process.
class Allocator : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) override {
        void* block = bytes < smallest ? c10::alloc_cpu(bytes) : blocks().take(bytes);
        TORCH_CHECK(block != nullptr || bytes == 0,
                    "DefaultCPUAllocator: can't allocate memory: you tried to allocate ", bytes, " bytes.");
        return {block, block, &give, c10::Device(c10::kCPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &give; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override {
        std::memcpy(to, from, bytes);
    }

private:
    static Blocks& blocks() {
        static auto& all = *new Blocks;  // tensors of static objects outlive the end of main
        return all;
    }
    static void give(void* block) {
        // Only what begins at a huge page can be one of the large ones.
        if (reinterpret_cast<std::uintptr_t>(block) % smallest != 0 || !blocks().give(block)) {
            c10::free_cpu(block);
        }
    }
};

}  // namespace

void use_tensor_blocks() {
    static Allocator allocator;
    c10::SetCPUAllocator(&allocator, /*priority=*/1);
}

}  // namespace graft::engine

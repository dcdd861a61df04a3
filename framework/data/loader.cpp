// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>
#include <utility>

#include <ATen/ATen.h>

#include "core/problem.hpp"
#include "core/profile.hpp"
#include "data/loader.hpp"
#include "data/sample.hpp"
#include "data/sampler.hpp"
#include "target/kind.hpp"

namespace graft::data {

/// A batch that threads are filling: each sample has its own place in `images`.
struct Slot {
    at::Tensor images;
    at::Tensor rows;  ///< of a feature table, or not defined
    std::vector<Sample> samples;
    std::size_t begin = 0;  ///< of its samples in the epoch's order
    std::size_t left = 0;   ///< samples not yet finished
};

namespace {

std::uint8_t* bytes_at(const at::Tensor& tensor, std::size_t index) {
    return tensor.data_ptr<std::uint8_t>() + index * static_cast<std::size_t>(tensor.stride(0));
}

/// Moves a sample's bytes over the gaps that skipped samples left before it.
void move_up(at::Tensor& tensor, std::size_t from, std::size_t to) {
    if (tensor.defined() && from != to) {
        std::memcpy(bytes_at(tensor, to), bytes_at(tensor, from), static_cast<std::size_t>(tensor.stride(0)));
    }
}

/// Closes the gaps that skipped samples left and makes the tensors.
std::unique_ptr<Batch> assemble(Slot& slot, const std::vector<TargetSchema>& schemas) {
    auto batch = std::make_unique<Batch>();
    std::vector<std::vector<TargetValue>> targets;
    StoredRows rows;
    for (std::size_t index = 0; index < slot.samples.size(); ++index) {
        Sample& sample = slot.samples[index];
        if (!sample.problem.empty()) {
            continue;
        }
        move_up(slot.images, index, batch->ids.size());
        move_up(slot.rows, index, batch->ids.size());
        rows.origins.push_back(sample.origin);
        rows.there.push_back(sample.has_row);
        batch->ids.push_back(std::move(sample.id));
        batch->motions.push_back(sample.motion);
        targets.push_back(std::move(sample.targets));
    }
    const auto good = static_cast<std::int64_t>(targets.size());
    batch->images = slot.images.narrow(0, 0, good);
    if (slot.rows.defined()) {
        rows.rows = slot.rows.narrow(0, 0, good);
        batch->rows = std::move(rows);
    }
    const image::Extent input{slot.images.size(1), slot.images.size(2)};
    for (std::size_t target = 0; target < schemas.size() && !targets.empty(); ++target) {
        batch->targets.push_back(target::make_column(schemas[target], targets, target, input));
    }
    return batch;
}

}  // namespace

/// The epoch's samples in order, a window of batches being filled, and the threads that fill them.
/// One mutex guards everything but pixels and samples, which belong to the thread that took their place.
struct Loader::State {
    State(Subset subset, LoaderOptions options)
        : subset_(std::move(subset)),
          options_(std::move(options)),
          statistics_(subset_.indices.size(), options_.targets),
          decoded_(subset_.indices.size(), options_.decoded_limit) {
        if (options_.batch < 1 || !subset_.dataset) {
            throw core::Failure(core::Category::internal,
                                "a loader needs a data set and a batch of at least 1");
        }
        for (int thread = 0; thread < std::max(1, options_.threads); ++thread) {
            add_thread();
        }
    }

    /// Those that the machine does not give are done without.
    void add_thread() {
        try {
            threads_.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
            if (threads_.empty()) {
                throw;
            }
        }
    }

    ~State() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        room_.notify_all();
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }

    std::int64_t batches() const { return (size() + options_.batch - 1) / options_.batch; }

    void start(std::int64_t epoch, std::int64_t first_batch) {
        std::vector<OrderEntry> order = epoch_order(epoch);
        const std::lock_guard lock(mutex_);
        order_ = std::make_shared<const std::vector<OrderEntry>>(std::move(order));
        epoch_ = epoch;
        statistics_.begin_epoch();
        rows_ = next_rows_;
        drawn_epoch_ = views_.drawn_epoch(epoch);
        window_.clear();
        failure_ = nullptr;
        next_batch_ = std::clamp(first_batch, std::int64_t{0}, batches());
        next_sample_ = static_cast<std::size_t>(std::min(next_batch_ * options_.batch, size()));
        room_.notify_all();
    }

    std::unique_ptr<Batch> next() {
        while (const std::shared_ptr<Slot> slot = wait_for_slot()) {
            for (const Sample& sample : slot->samples) {
                statistics_.note(sample);
            }
            auto batch = assemble(*slot, options_.targets);
            if (!batch->ids.empty()) {
                statistics_.count(*batch, next_batch_ - 1);
                return batch;
            }
        }
        return nullptr;
    }

    std::int64_t size() const {
        return options_.sampler != nullptr ? options_.sampler->size()
                                           : static_cast<std::int64_t>(subset_.indices.size());
    }

    void use_rows(const FeatureRows& rows) { next_rows_ = rows; }
    void use_views(const KeptViews& views) { views_ = views; }

    const Subset& subset() const { return subset_; }
    DecodedCache::Count decoded() const { return decoded_.count(); }
    const Statistics& statistics() const { return statistics_; }
    Statistics& statistics() { return statistics_; }
    std::int64_t epoch() const { return epoch_; }
    std::int64_t next_batch() const { return next_batch_; }

private:
    /// A sample's position in the subset, and how often the epoch had it before: augmentation differs then.
    struct OrderEntry {
        std::int64_t position = 0;
        std::uint64_t view = 0;
    };
    using Order = std::shared_ptr<const std::vector<OrderEntry>>;

    /// What a thread fills next. It holds the slot and the order, so a new epoch may begin meanwhile.
    struct Task {
        std::shared_ptr<Slot> slot;
        std::size_t place = 0;
        Order order;
        std::int64_t drawn_epoch = 0;
        FeatureRows rows;
    };

    std::vector<OrderEntry> epoch_order(std::int64_t epoch) const {
        std::vector<std::int64_t> positions(subset_.indices.size());
        if (options_.sampler != nullptr) {
            positions = options_.sampler->order(epoch);
        } else {
            std::iota(positions.begin(), positions.end(), 0);
        }
        std::vector<std::uint64_t> seen(subset_.indices.size(), 0);
        std::vector<OrderEntry> order;
        order.reserve(positions.size());
        for (const std::int64_t position : positions) {
            order.push_back({position, seen.at(static_cast<std::size_t>(position))++});
        }
        return order;
    }

    std::size_t batch_end(std::size_t begin) const {
        return std::min(begin + static_cast<std::size_t>(options_.batch), static_cast<std::size_t>(size()));
    }

    /// The batch that comes next, finished; null at the epoch's end.
    std::shared_ptr<Slot> wait_for_slot() {
        const core::Timed wait(core::Work::wait);
        std::unique_lock lock(mutex_);
        if (order_ == nullptr || (next_batch_ >= batches() && failure_ == nullptr)) {
            return nullptr;
        }
        finished_.wait(
            lock, [this] { return failure_ != nullptr || (!window_.empty() && window_.front()->left == 0); });
        if (failure_ != nullptr) {
            order_ = nullptr;
            window_.clear();
            std::rethrow_exception(std::exchange(failure_, nullptr));
        }
        std::shared_ptr<Slot> slot = std::move(window_.front());
        window_.pop_front();
        ++next_batch_;
        room_.notify_all();
        return slot;
    }

    /// Whether a place is free: in the batch that was opened last, or in another one.
    bool has_work() const {
        if (order_ == nullptr || failure_ != nullptr || next_sample_ >= order_->size()) {
            return false;
        }
        const bool inside = !window_.empty() && next_sample_ < batch_end(window_.back()->begin);
        return inside || window_.size() < static_cast<std::size_t>(std::max(1, options_.ahead));
    }

    Task take() {
        if (window_.empty() || next_sample_ >= batch_end(window_.back()->begin)) {
            auto slot = std::make_shared<Slot>();
            slot->begin = next_sample_;
            slot->left = batch_end(next_sample_) - next_sample_;
            slot->samples.resize(slot->left);
            const image::Preprocess& preprocess = options_.preprocess;
            slot->images =
                at::empty({static_cast<std::int64_t>(slot->left), preprocess.height, preprocess.width, 3},
                          at::TensorOptions(at::kByte).pinned_memory(options_.pinned));
            if (rows_.table != nullptr) {
                slot->rows = at::empty({static_cast<std::int64_t>(slot->left),
                                        static_cast<std::int64_t>(rows_.table->row_bytes())},
                                       at::TensorOptions(at::kByte).pinned_memory(options_.pinned));
            }
            window_.push_back(std::move(slot));
        }
        return {window_.back(), next_sample_++ - window_.back()->begin, order_, drawn_epoch_, rows_};
    }

    void fill(const Task& task) {
        const OrderEntry& entry = (*task.order)[task.slot->begin + task.place];
        SamplePlace place{bytes_at(task.slot->images, task.place), {}, task.rows};
        if (task.rows.table == nullptr && options_.decoded_limit > 0) {
            place.decoded = &decoded_;
            place.position = static_cast<std::size_t>(entry.position);
        }
        if (task.rows.table != nullptr) {
            place.row = {reinterpret_cast<std::byte*>(bytes_at(task.slot->rows, task.place)),
                         task.rows.table->row_bytes()};
        }
        task.slot->samples[task.place] =
            read_sample(subset_.dataset, subset_.indices[static_cast<std::size_t>(entry.position)], options_,
                        {task.drawn_epoch, entry.view}, place);
        task.slot->samples[task.place].position = entry.position;
    }

    void work() {
        const plugin::SignalStack stack;
        const core::Profile::Here profile(profile_);
        std::unique_lock lock(mutex_);
        while (true) {
            room_.wait(lock, [this] { return stopping_ || has_work(); });
            if (stopping_) {
                return;
            }
            std::exception_ptr failure;
            {
                Task task;
                try {
                    task = take();
                    lock.unlock();
                    fill(task);
                } catch (...) {
                    failure = std::current_exception();
                }
                if (!lock.owns_lock()) {
                    lock.lock();
                }
                finish(task, failure);
            }
        }
    }

    void finish(const Task& task, const std::exception_ptr& failure) {
        const bool current = task.slot == nullptr || task.order == order_;
        if (failure != nullptr && current) {
            failure_ = failure_ != nullptr ? failure_ : failure;
            finished_.notify_all();
        } else if (failure == nullptr && --task.slot->left == 0) {
            finished_.notify_all();
        }
    }

    Subset subset_;
    LoaderOptions options_;
    Statistics statistics_;  ///< host thread only
    DecodedCache decoded_;
    FeatureRows next_rows_;        ///< host thread only
    KeptViews views_;              ///< host thread only
    std::int64_t next_batch_ = 0;  ///< host thread only

    std::mutex mutex_;
    std::condition_variable room_;      ///< there may be a place to fill
    std::condition_variable finished_;  ///< a batch is finished, or a thread threw
    std::deque<std::shared_ptr<Slot>> window_;
    Order order_;
    std::int64_t epoch_ = 0;
    std::int64_t drawn_epoch_ = 0;
    FeatureRows rows_;
    std::size_t next_sample_ = 0;
    std::exception_ptr failure_;
    bool stopping_ = false;
    core::Profile* profile_ = core::Profile::here();  ///< of whoever made the loader
    std::vector<std::thread> threads_;
};

Loader::Loader(Subset subset, LoaderOptions options)
    : state_(std::make_unique<State>(std::move(subset), std::move(options))) {}
Loader::~Loader() = default;

std::int64_t Loader::size() const {
    return state_->size();
}
std::int64_t Loader::batches() const {
    return state_->batches();
}
const Subset& Loader::subset() const {
    return state_->subset();
}
std::int64_t Loader::position() const {
    return state_->next_batch();
}
void Loader::start(std::int64_t epoch, std::int64_t first_batch) {
    state_->start(epoch, first_batch);
}
void Loader::use_rows(const FeatureRows& rows) {
    state_->use_rows(rows);
}
void Loader::use_views(const KeptViews& views) {
    state_->use_views(views);
}
std::unique_ptr<Batch> Loader::next() {
    return state_->next();
}

std::string Loader::content() const {
    return state_->statistics().content();
}
const Survey& Loader::survey() const {
    return state_->statistics().survey();
}
DecodedCache::Count Loader::decoded() const {
    return state_->decoded();
}
std::vector<TargetPlaces> Loader::places() const {
    return state_->statistics().places();
}
std::vector<Skipped> Loader::skipped() const {
    return state_->statistics().skipped();
}
std::string Loader::statistics(std::int64_t epoch, std::int64_t batches) const {
    return state_->statistics().to_bytes(epoch == state_->epoch() ? batches : state_->batches());
}
void Loader::restore_statistics(const std::string& bytes) {
    state_->statistics().restore(bytes);
}
void Loader::check_bad_images(double limit) const {
    data::check_bad_images(state_->subset(), state_->statistics(), size(), limit);
}

}  // namespace graft::data

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/stored_source.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>

#include "core/problem.hpp"
#include "core/profile.hpp"

namespace graft::train {
namespace {

std::span<std::byte> row_at(const at::Tensor& rows, std::int64_t index) {
    const auto bytes = static_cast<std::size_t>(rows.stride(0));
    return {
        reinterpret_cast<std::byte*>(rows.data_ptr<std::uint8_t>()) + static_cast<std::size_t>(index) * bytes,
        bytes};
}

std::span<const std::byte> bytes_of(const at::Tensor& rows) {
    return {static_cast<const std::byte*>(rows.const_data_ptr()), rows.nbytes()};
}

/// Rows of so many batches may wait for their copies.
constexpr std::size_t most_on_their_way = 8;

}  // namespace

void StoredSource::use(RowsOf rows_of) {
    keep_computed(true);
    rows_of_ = std::move(rows_of);
    generation_.reset();
}

void StoredSource::start(std::int64_t epoch, std::int64_t first_batch) {
    const std::int64_t generation = views_.generation(epoch);
    keep_computed(true);
    if (rows_of_ && generation_ != generation) {
        rows_ = rows_of_(generation);
        loader_.use_rows({rows_.table, rows_.table != nullptr ? &store_.files() : nullptr});
        generation_ = generation;
    }
    loader_.start(epoch, first_batch);
}

std::unique_ptr<data::Batch> StoredSource::next() {
    auto batch = loader_.next();
    const core::Timed timed(core::Work::store);
    if (batch == nullptr) {
        keep_computed(true);
        try {
            store_.files().save();
        } catch (const core::Failure& failure) {
            warn_(fmt::format("what picture files hold cannot be noted, so the next run reads them again: {}",
                              failure.what()));
        }
        return nullptr;
    }
    if (batch->rows) {
        batch->stored = unpack(all_rows(*batch), rows_.layout);
        batch->rows.reset();
        batch->images = at::Tensor();
    }
    return batch;
}

/// Reads what another process added since the loader looked, and gives the samples still without a row.
std::vector<std::int64_t> StoredSource::read_missing(data::StoredRows& rows) const {
    std::vector<std::int64_t> missing;
    for (std::size_t index = 0; index < rows.there.size(); ++index) {
        const auto place = static_cast<std::int64_t>(index);
        if (!rows.there[index] && !rows_.table->read(rows.origins[index].key, row_at(rows.rows, place))) {
            missing.push_back(place);
        }
    }
    return missing;
}

/// The rows of a batch on the device; those that nobody has are worked out.
at::Tensor StoredSource::all_rows(data::Batch& batch) {
    data::StoredRows& rows = *batch.rows;
    if (std::find(rows.there.begin(), rows.there.end(), false) == rows.there.end()) {
        return rows.rows.to(device_);
    }
    keep_computed(false);
    const features::FeatureTable::Turn turn(*rows_.table, patience_);
    patience_ = turn.held() ? patience_ : 0;  // whoever has it may have been stopped
    rows_.table->refresh();
    const std::vector<std::int64_t> missing = read_missing(rows);
    at::Tensor all = rows.rows.to(device_);
    if (missing.empty()) {
        return all;
    }
    const at::Tensor places = at::tensor(missing, at::kLong);
    const at::Tensor pixels =
        missing.size() == rows.there.size() ? batch.images : batch.images.index_select(0, places);
    const at::Tensor made =
        pack(model_.frozen_prefix(model_.normalized(pixels, device_), rows_.layout.stages), rows_.layout);
    all.index_copy_(0, places.to(device_), made);
    std::vector<features::Origin> origins;
    origins.reserve(missing.size());
    for (const std::int64_t place : missing) {
        origins.push_back(rows.origins[static_cast<std::size_t>(place)]);
    }
    if (keeps_) {
        computed_.push_back(on_its_way(made, std::move(origins)));
        keep_computed(device_.is_cpu());
    }
    return all;
}

/// Copied to the CPU behind what the device has to do, so that nobody waits for it.
StoredSource::Computed StoredSource::on_its_way(const at::Tensor& rows,
                                                std::vector<features::Origin> origins) const {
    if (device_.is_cpu()) {
        return {rows, std::move(origins), nullptr};
    }
    const at::Tensor host = at::empty(rows.sizes(), at::TensorOptions(at::kByte).pinned_memory(true));
    host.copy_(rows, /*non_blocking=*/true);
    auto copied = std::make_unique<c10::Event>(device_.type());
    copied->record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
    return {host, std::move(origins), std::move(copied)};
}

/// Adds to the table what has arrived on the CPU; `all`: and what has not, once it has.
void StoredSource::keep_computed(bool all) {
    while (!computed_.empty()) {
        const Computed& oldest = computed_.front();
        if (oldest.copied != nullptr && !all && computed_.size() < most_on_their_way &&
            !oldest.copied->query()) {
            return;
        }
        if (oldest.copied != nullptr) {
            oldest.copied->synchronize();
        }
        keep(oldest);
        computed_.pop_front();
    }
}

void StoredSource::keep(const Computed& computed) {
    if (!keeps_) {
        return;
    }
    if (!told_of_size_ && reaches_limit(computed.rows, rows_.layout)) {
        told_of_size_ = true;
        warn_(
            "some features are larger than 65504, the largest number of float16, as which they are kept; "
            "features.precision: float32 keeps them as they are");
    }
    try {
        if (store_.make_room(computed.origins.size() * rows_.table->bytes_a_row())) {
            rows_.table->add(computed.origins, bytes_of(computed.rows));
        } else {
            give_up(
                fmt::format("{} would hold more than features.limit allows\n  raise features.limit, or "
                            "name another features.folder",
                            store_.folder().string()));
        }
    } catch (const core::Failure& failure) {
        give_up(failure.what());
    }
}

void StoredSource::give_up(const std::string& reason) {
    if (std::exchange(keeps_, false)) {
        warn_(
            fmt::format("features of the frozen stages are kept no longer, so the rest is worked out anew in "
                        "every epoch: {}",
                        reason));
    }
}

}  // namespace graft::train

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/stored_source.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::train {
namespace {

std::span<std::byte> row_at(const at::Tensor& rows, std::int64_t index) {
    const auto bytes = static_cast<std::size_t>(rows.stride(0));
    return {
        reinterpret_cast<std::byte*>(rows.data_ptr<std::uint8_t>()) + static_cast<std::size_t>(index) * bytes,
        bytes};
}

}  // namespace

void StoredSource::use(const OpenRows& rows) {
    rows_ = rows;
    loader_.use_rows({rows.table, rows.table != nullptr ? &store_.files() : nullptr});
}

std::unique_ptr<data::Batch> StoredSource::next() {
    auto batch = loader_.next();
    if (batch == nullptr) {
        try {
            store_.files().save();
        } catch (const core::Failure& failure) {
            give_up(failure.what());
        }
        return nullptr;
    }
    if (batch->rows) {
        fill(*batch);
        batch->stored = unpack(batch->rows->rows, rows_.layout);
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
        if (!rows.there[index] && !rows_.table->read(rows.origins[index].content, row_at(rows.rows, place))) {
            missing.push_back(place);
        }
    }
    return missing;
}

void StoredSource::fill(data::Batch& batch) {
    data::StoredRows& rows = *batch.rows;
    if (std::find(rows.there.begin(), rows.there.end(), false) == rows.there.end()) {
        return;
    }
    const features::Table::Turn turn(*rows_.table, patience_);
    patience_ = turn.held() ? patience_ : 0;  // whoever has it may have been stopped
    rows_.table->refresh();
    const std::vector<std::int64_t> missing = read_missing(rows);
    if (missing.empty()) {
        return;
    }
    const at::Tensor pixels = missing.size() == rows.there.size()
                                  ? batch.images
                                  : batch.images.index_select(0, at::tensor(missing, at::kLong));
    pack(model_.prefix(model_.normalized(pixels, device_), rows_.layout.stages), rows_.layout, missing,
         rows.rows);
    keep(rows, missing);
}

void StoredSource::keep(const data::StoredRows& rows, const std::vector<std::int64_t>& places) {
    if (!keeps_) {
        return;
    }
    std::vector<features::Origin> origins;
    std::vector<std::byte> bytes;
    for (const std::int64_t place : places) {
        origins.push_back(rows.origins[static_cast<std::size_t>(place)]);
        const auto row = row_at(rows.rows, place);
        bytes.insert(bytes.end(), row.begin(), row.end());
    }
    try {
        if (store_.make_room(places.size() * rows_.table->bytes_a_row())) {
            rows_.table->add(origins, bytes);
        } else {
            give_up(fmt::format("{} would hold more than features.limit allows", store_.folder().string()));
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

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "data/loader.hpp"
#include "features/store.hpp"
#include "model/model.hpp"
#include "train/feature_rows.hpp"

namespace graft::train {

/// A table of the store and what its rows hold.
struct OpenRows {
    std::shared_ptr<features::Table> table;
    RowLayout layout;
};

/// The batches of a loader; while rows are in use, with the features of a frozen prefix in place of pixels.
/// What the table lacks is worked out when it is first asked for, and kept. Host thread only.
class StoredSource : public data::BatchSource {
public:
    using Warn = std::function<void(const std::string& text)>;

    /// All must outlive the source. `warn` is told once when features cannot be kept: they are then worked
    /// out again in every epoch.
    StoredSource(data::Loader& loader, const model::Model& model, at::Device device, features::Store& store,
                 Warn warn)
        : loader_(loader), model_(model), device_(device), store_(store), warn_(std::move(warn)) {}

    /// From the next `start` on; without a table, pixels again. The prefix must stay as it is meanwhile.
    void use(const OpenRows& rows);

    std::int64_t size() const override { return loader_.size(); }
    std::int64_t batches() const override { return loader_.batches(); }
    std::int64_t position() const override { return loader_.position(); }
    void start(std::int64_t epoch, std::int64_t first_batch = 0) override {
        loader_.start(epoch, first_batch);
    }
    std::unique_ptr<data::Batch> next() override;
    void check_bad_images(double limit) const override { loader_.check_bad_images(limit); }
    std::string statistics(std::int64_t epoch, std::int64_t batches) const override {
        return loader_.statistics(epoch, batches);
    }
    void restore_statistics(const std::string& bytes) override { loader_.restore_statistics(bytes); }

private:
    std::vector<std::int64_t> read_missing(data::StoredRows& rows) const;
    void fill(data::Batch& batch);
    void keep(const data::StoredRows& rows, const std::vector<std::int64_t>& places);
    void give_up(const std::string& reason);

    data::Loader& loader_;
    const model::Model& model_;
    at::Device device_;
    features::Store& store_;
    Warn warn_;
    OpenRows rows_;
    bool keeps_ = true;
    double patience_ = 10;  ///< seconds that another process may take over a batch
};

}  // namespace graft::train

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <c10/core/Event.h>

#include "data/loader.hpp"
#include "features/store.hpp"
#include "model/model.hpp"
#include "train/feature_rows.hpp"

namespace graft::train {

/// A table of the store and what its rows hold.
struct OpenRows {
    std::shared_ptr<features::FeatureTable> table;
    RowLayout layout;
};

/// The batches of a loader; while rows are in use, with the features of a frozen prefix in place of pixels.
/// What the table lacks is worked out when it is first asked for, and kept. Host thread only.
class StoredSource : public data::BatchSource {
public:
    using Warn = std::function<void(const std::string& text)>;

    /// The rows of a generation of views (0 where views are not drawn again); without a table, pixels.
    using RowsOf = std::function<OpenRows(std::int64_t generation)>;

    /// All must outlive the source. `views`: as the loader has them. `warn` is told once when features cannot
    /// be kept: they are then worked out again in every epoch.
    StoredSource(data::Loader& loader, const model::Model& model, at::Device device,
                 features::FeatureStore& store, const data::KeptViews& views, Warn warn)
        : loader_(loader),
          model_(model),
          device_(device),
          store_(store),
          views_(views),
          warn_(std::move(warn)) {}

    /// From the next `start` on, which asks for the rows. The prefix must stay as it is meanwhile.
    void use(RowsOf rows_of);

    std::int64_t size() const override { return loader_.size(); }
    std::int64_t batches() const override { return loader_.batches(); }
    std::int64_t position() const override { return loader_.position(); }
    void start(std::int64_t epoch, std::int64_t first_batch = 0) override;
    std::unique_ptr<data::Batch> next() override;
    void check_bad_images(double limit) const override { loader_.check_bad_images(limit); }
    std::string statistics(std::int64_t epoch, std::int64_t batches) const override {
        return loader_.statistics(epoch, batches);
    }
    void restore_statistics(const std::string& bytes) override { loader_.restore_statistics(bytes); }

private:
    /// Rows that were worked out, in memory of the CPU; on another device they may still be on their way.
    struct Computed {
        at::Tensor rows;
        std::vector<features::Origin> origins;
        std::unique_ptr<c10::Event> copied;  ///< null: they are there
    };

    std::vector<std::int64_t> read_missing(data::StoredRows& rows) const;
    at::Tensor all_rows(data::Batch& batch);
    Computed on_its_way(const at::Tensor& rows, std::vector<features::Origin> origins) const;
    void keep_computed(bool all);
    void keep(const Computed& computed);
    void give_up(const std::string& reason);

    data::Loader& loader_;
    const model::Model& model_;
    at::Device device_;
    features::FeatureStore& store_;
    data::KeptViews views_;
    Warn warn_;
    RowsOf rows_of_;
    std::optional<std::int64_t> generation_;  ///< of `rows_`
    OpenRows rows_;
    std::deque<Computed> computed_;  ///< the oldest first
    bool keeps_ = true;
    bool told_of_size_ = false;
    double patience_ = 10;  ///< seconds that another process may take over a batch
};

}  // namespace graft::train

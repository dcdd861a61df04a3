// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/ATen.h>
#include <fmt/format.h>

#include "target/kinds.hpp"
#include "target/places.hpp"

namespace graft::target {
namespace {

/// Only predicted: as a target of a data set it is refused.
class EmbeddingKind : public Kind {
public:
    EmbeddingKind() : Kind("embedding") {}

    std::string schema_problem(const TargetSchema& schema) const override {
        return schema.shape.size() != 1 || schema.shape.front() < 1 ? "needs one length of at least 1" : "";
    }

    bool is_only_predicted() const override { return true; }

    void check(const TargetSchema& schema, const TargetValue&) const override {
        wrong_value(schema, "is an embedding, which data sets do not have; use a tensor");
    }

    Column batch(const TargetSchema& schema, const std::vector<const TargetValue*>& values,
                 image::Extent) const override {
        const auto samples = static_cast<std::int64_t>(values.size());
        return {at::zeros({samples, schema.shape.at(0)}, at::kFloat), at::zeros({samples}, at::kBool)};
    }

    std::vector<std::int64_t> prediction_shape(const TargetSchema& schema, std::int64_t samples,
                                               image::Extent) const override {
        return {samples, schema.shape.at(0)};
    }

    std::string text(const TargetValue&) const override { return ""; }

    PredictedValue value(const Answer& answer) const override { return numbers_of(answer.values); }

    core::Json to_json(const Answer& answer, const MaskWriter&) const override {
        return {{"vector", numbers_of(answer.values)}};
    }

    void caption(const Answer& answer, const TargetValue*, std::size_t,
                 std::vector<Caption>& lines) const override {
        lines.push_back({fmt::format("{}: a vector of {} numbers", answer.schema.name, answer.values.numel()),
                         Mood::faint, -1});
    }

    TargetSchema example_schema(std::size_t) const override { return embedding_target(name(), 8); }

    TargetValue example_value(const TargetSchema&, image::Extent, std::uint64_t) const override { return {}; }
};

}  // namespace

const Kind& embedding_kind() {
    static const EmbeddingKind kind;
    return kind;
}

}  // namespace graft::target

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Kinds of targets. All that the host knows of a kind is one class here and one line of the table in
// kind.cpp. To add one: append it to graft::TargetKind, write its class beside the others, name it in the
// table; its metrics are in sdk/src.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "graft/column.hpp"
#include "graft/prediction.hpp"
#include "graft/target.hpp"
#include "image/geometry.hpp"
#include "target/canvas.hpp"
#include "target/caption.hpp"

namespace graft::target {

/// How a sample's picture came from its file into the network's input.
struct Motion {
    image::Matrix matrix = image::identity_matrix;  ///< from the picture as seen to input pixels
    bool mirrored = false;                          ///< left and right changed places on the way
    image::Extent original;                         ///< of the picture as seen
    image::Extent input;
    int orientation = 1;  ///< by EXIF: how the stored picture was turned to be seen
};

/// One prediction for one picture.
struct Answer {
    TargetSchema schema;
    at::Tensor values;  ///< of this sample alone: as in Column, without the first side; on the CPU. A mask
                        ///< that is settled: uint8 [height, width], the class of each pixel of the original
    image::Matrix matrix = image::identity_matrix;  ///< from the picture as seen to input pixels
    image::Extent original;                         ///< of the picture as seen
};

/// Keeps a picture of classes (8 bits, one channel) somewhere and gives its file's name; empty: nobody wants
/// it.
using MaskWriter = std::function<std::string(const cv::Mat& classes)>;

/// Places of a column that are known, and how many of them lie beside the input.
struct PlaceCount {
    std::int64_t known = 0;
    std::int64_t outside = 0;
};

/// Functions of one kind; schemas that they get are of it. Objects are const and live for ever.
/// Thread-safety: any thread.
class Kind {
public:
    explicit Kind(const char* name) : name_(name) {}
    Kind(const Kind&) = delete;
    Kind& operator=(const Kind&) = delete;
    virtual ~Kind() = default;

    const char* name() const { return name_; }

    /// What is wrong with a schema, to go on after "target 'x' "; empty: nothing.
    virtual std::string schema_problem(const TargetSchema& schema) const;

    /// Whether values lie in the picture and move with it.
    virtual bool is_spatial() const { return false; }

    /// Whether heads predict it and data sets cannot have it.
    virtual bool is_only_predicted() const { return false; }

    /// What to say of a target that stays as it is while its pictures are moved; empty: nothing.
    virtual std::string note_when_moved(const TargetSchema& schema) const;

    /// What to say of a target whose pictures are mirrored at random; empty: nothing.
    virtual std::string note_when_flipped(const TargetSchema& schema) const;

    /// Refuses what a data set may not return: Failure(plugin) for a count, type or class that the schema
    /// does not have, Failure(data) for a number that is not finite (the sample is then skipped and named). A
    /// value that is missing is not shown to it.
    virtual void check(const TargetSchema& schema, const TargetValue& value) const = 0;

    /// Reads what the value only names (a mask's file), so that it holds the numbers themselves, and gives
    /// their XXH3-64; 0 where nothing was named. Throws Failure(data).
    virtual std::uint64_t load(const TargetSchema& schema, TargetValue& value) const;

    /// Moves the value into the input, loaded or not. Throws Failure(data).
    virtual void move(const TargetSchema& schema, const Motion& motion, TargetValue& value) const;

    /// Targets of N samples as a column; null: missing. Values are checked and moved; without one that is
    /// there the column is blank. Calls no operator of LibTorch that could start threads.
    virtual Column batch(const TargetSchema& schema, const std::vector<const TargetValue*>& values,
                         image::Extent input) const = 0;

    /// The sides that `decode` must give for N samples; -1: any.
    virtual std::vector<std::int64_t> prediction_shape(const TargetSchema& schema, std::int64_t samples,
                                                       image::Extent input) const = 0;

    /// What is wrong with the numbers of a prediction of the right shape; empty: nothing.
    virtual std::string wrong_numbers(const TargetSchema& schema, const at::Tensor& prediction) const;

    /// The value as text that is equal for equal values.
    virtual std::string text(const TargetValue& value) const = 0;

    /// Does once what everything below would do again, and lets go of the batch that the answer came from.
    virtual void settle(Answer& answer) const;

    /// What programs that embed a model get, in the original picture's pixels.
    virtual PredictedValue value(const Answer& answer) const = 0;

    /// What `graft predict` prints, in the original picture's pixels.
    virtual core::Json to_json(const Answer& answer, const MaskWriter& write_mask) const = 0;

    /// Lines below the picture; `truth` is null where nobody knows it. `classes`: how many to name.
    virtual void caption(const Answer& answer, const TargetValue* truth, std::size_t classes,
                         std::vector<Caption>& lines) const = 0;

    /// Draws into the canvas, whose places are those of the original. What is true is green where it is
    /// drawn, too.
    virtual void draw(const Answer& answer, const TargetValue* truth, const Canvas& canvas) const;

    /// What the colours mean that `draw` gives to places without a name beside them; none by default.
    virtual std::vector<Key> keys(const Answer& answer) const;

    /// Where places lie; none by default.
    virtual PlaceCount count_places(const Column& column, image::Extent input) const;

    /// The one class that a value names, for splits and samplers; nothing where it names none.
    virtual std::optional<std::int64_t> class_of(const TargetValue& value) const;

    /// A small schema of the kind, for documentation and conformance; with so many classes, where it has any.
    virtual TargetSchema example_schema(std::size_t classes) const = 0;

    /// A value that goes with the schema in a picture of the input's size; others for other numbers.
    virtual TargetValue example_value(const TargetSchema& schema, image::Extent input,
                                      std::uint64_t number) const = 0;

private:
    const char* name_;
};

/// The one object that knows targets of this kind; it lives as long as the program. Throws std::out_of_range
/// for a kind that this graft does not know. Any thread.
const Kind& kind_of(TargetKind kind);
inline const Kind& kind_of(const TargetSchema& schema) {
    return kind_of(schema.kind);
}

/// Every kind, in the order of the enumeration.
std::vector<TargetKind> all_kinds();

/// The kind of that name, or nothing.
std::optional<TargetKind> kind_named(const std::string& name);

/// "category", ...; of a kind that only a later graft knows: words that say so.
const char* kind_name(TargetKind kind);

/// Whether a prediction can be compared with a target: of one kind, with the same classes, points and shape.
bool is_comparable(const TargetSchema& prediction, const TargetSchema& target);

/// Refuses values that do not go with the schemas, see Kind::check; one value a schema.
void check_targets(const std::vector<TargetSchema>& schemas, const std::vector<TargetValue>& values);

/// One target of several samples, `samples[i][target]`, as a column; see Kind::batch.
Column make_column(const TargetSchema& schema, const std::vector<std::vector<TargetValue>>& samples,
                   std::size_t target, image::Extent input);

/// The samples of both columns of one target, in their order.
Column joined(const Column& first, const Column& second);

/// What is wrong with a prediction of N samples (its first side), in shape or numbers; empty: nothing.
std::string prediction_problem(const TargetSchema& schema, const at::Tensor& prediction, image::Extent input);

/// Targets of N samples of which nothing is known, one column a schema.
std::vector<Column> blank_targets(const std::vector<TargetSchema>& schemas, std::int64_t samples,
                                  image::Extent input);

/// Problems of a list of schemas: what a kind finds, two of one name, unknown properties. Empty: none.
std::vector<std::string> schema_problems(const std::vector<TargetSchema>& schemas);

}  // namespace graft::target

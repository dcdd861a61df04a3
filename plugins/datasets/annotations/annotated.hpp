// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the data sets of this folder have in common: pictures with the things on them, read beforehand,
// whatever the format of their files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graft/dataset.hpp"
#include "outline.hpp"

namespace graft::annotations {

/// Thrown for an annotation that cannot be used; `message` goes on after its place.
struct BadAnnotation {
    std::string message;
};

/// A thing on a picture.
struct Instance {
    Box box;  ///< its class refers to the data set's; ignored: a crowd
    Outline outline;
    Points points;  ///< empty: none are known
};

struct Picture {
    std::string id;
    std::filesystem::path file;
    std::int64_t width = 0;  ///< as annotations have it
    std::int64_t height = 0;
    std::vector<Instance> things;
};

/// The option `targets` and its values.
OptionSpec targets_option(const std::string& what);

/// Whether `targets` names it. Throws Error(options) for an unknown name, or one that is there twice.
bool wants(const Options& options, const std::string& target);

/// The targets that the options ask for, in their order. A mask has one class more, the background, before
/// the others. `points` is the schema of points, where there are any. Throws Error(options).
std::vector<TargetSchema> target_schemas(const Options& options, const std::vector<std::string>& classes,
                                         const std::optional<TargetSchema>& points);

/// The classes of things in a schema that `target_schemas` made; none where it asks for points alone.
std::vector<std::string> classes_of(const std::vector<TargetSchema>& schemas);

/// The box inside the picture. Up to a pixel beside it is taken for rounding. Throws BadAnnotation for a box
/// that is empty, not finite, or farther outside.
Box inside(Box box, std::int64_t width, std::int64_t height);

/// Throws BadAnnotation for a picture of more pixels than graft reads, which a mask of it could not be,
/// either.
void require_readable(std::int64_t width, std::int64_t height);

/// Collects pictures; one that is not to be used is told and left out.
class Album {
public:
    void add(Picture picture) { pictures_.push_back(std::move(picture)); }
    void tell(std::string place, std::string message, bool record = true) {
        problems_.push_back({std::move(place), std::move(message), record});
    }

    /// Throws Error(data) when there is no picture, naming the first problems.
    void require_pictures(const std::string& source) const;

    const std::vector<Picture>& pictures() const { return pictures_; }
    const std::vector<DataProblem>& problems() const { return problems_; }

private:
    std::vector<Picture> pictures_;
    std::vector<DataProblem> problems_;
};

/// The data set of an album. Boxes are all things of a picture; its mask their outlines; its points those of
/// the thing with most of them, of several the largest.
class AnnotatedDataset : public Dataset {
public:
    std::int64_t size() const override { return static_cast<std::int64_t>(album_.pictures().size()); }
    std::string id(std::int64_t index) const override { return picture(index).id; }
    std::vector<TargetValue> targets(std::int64_t index) const override;
    ImageSource image(std::int64_t index) const override { return picture(index).file; }
    std::vector<DataProblem> problems() const override { return album_.problems(); }

protected:
    AnnotatedDataset(std::vector<TargetSchema> targets, Album album);

private:
    const Picture& picture(std::int64_t index) const {
        return album_.pictures().at(static_cast<std::size_t>(index));
    }

    std::vector<TargetSchema> targets_;
    Album album_;
};

}  // namespace graft::annotations

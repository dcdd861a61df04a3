// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/survey.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/names.hpp"
#include "target/kind.hpp"

namespace graft::data {
namespace {

constexpr std::size_t pictures_named = 3;
constexpr double many = 0.05;  // of the pictures

}  // namespace

void Survey::Group::add(const std::string& id) {
    ++count;
    if (names.size() < pictures_named) {
        names.push_back(id);
    }
}

void Survey::note(const std::string& id, const image::Traits& traits) {
    ++pictures_;
    if (traits.is_transparent) {
        transparent_.add(id);
    }
    if (traits.orientation != 1) {
        turned_.add(id);
    }
    if (traits.has_several) {
        several_.add(id);
    }
    if (traits.bits == 16) {
        deep_.add(id);
        highest_ = std::max(highest_, traits.highest);
    }
}

/// "3 of 40 pictures (a.png, b.png, c.png)", with dots where there are more.
std::string Survey::counted(const Group& group) const {
    const bool is_more = group.count > static_cast<std::int64_t>(group.names.size());
    return fmt::format("{} of {} pictures ({}{})", group.count, pictures_, fmt::join(group.names, ", "),
                       is_more ? ", ..." : "");
}

std::string Survey::note_of_unused_bits(std::int64_t bits) const {
    return bits == 0 || bits == 16 || deep_.count > 0 || pictures_ == 0
               ? ""
               : fmt::format(
                     "data.image.bits is {}, but none of the {} pictures has 16 bits: it changes nothing",
                     bits, pictures_);
}

std::string Survey::note_of_bits(std::int64_t bits) const {
    const std::int64_t used = std::max<std::int64_t>(8, std::bit_width(static_cast<std::uint64_t>(highest_)));
    if (bits != 0 || deep_.count == 0 || used > 15) {
        return "";
    }
    return fmt::format(
        "{} have 16 bits and never use the upper {}: their largest value is {} of 65535, so they look "
        "black; data.image.bits: {} takes that as the whole range (16 keeps them as they are)",
        counted(deep_), 16 - used, highest_, used);
}

std::string Survey::note_of_turned(const std::vector<TargetSchema>& targets) const {
    std::vector<std::string> names;
    for (const TargetSchema& target : targets) {
        if (target::kind_of(target).is_spatial() && target.frame == Frame::seen) {
            names.push_back(target.name);
        }
    }
    if (turned_.count == 0 || names.empty()) {
        return "";
    }
    return fmt::format(
        "{} are turned by their EXIF orientation, and the places of {} are taken as those of the "
        "picture as people see it; where they belong to the pixels as they are stored, write "
        "data.orientation: stored (data.orientation: seen says that they do not)",
        counted(turned_), core::listed(names));
}

std::vector<std::string> Survey::notes(const image::Preprocess& preprocess,
                                       const std::vector<TargetSchema>& targets, bool says_frame) const {
    std::vector<std::string> notes;
    const auto add = [&](const std::string& note) {
        if (!note.empty()) {
            notes.push_back(note);
        }
    };
    if (static_cast<double>(transparent_.count) > many * static_cast<double>(pictures_)) {
        add(fmt::format(
            "{} are transparent in places: the colours that lie hidden there are used as they are; draw "
            "them on a background beforehand if that is not meant",
            counted(transparent_)));
    }
    add(note_of_bits(preprocess.bits));
    add(says_frame ? "" : note_of_turned(targets));
    if (several_.count > 0) {
        add(fmt::format("{} hold several frames or pages: the first is used", counted(several_)));
    }
    return notes;
}

}  // namespace graft::data

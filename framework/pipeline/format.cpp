// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/format.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "pipeline/format_tables.hpp"

namespace graft::pipeline {

FormatKey FormatKey::goes_with(std::vector<std::string> uses) && {
    only = std::move(uses);
    return std::move(*this);
}

FormatKey FormatKey::exactly(std::size_t items) && {
    length = items;
    return std::move(*this);
}

FormatKey FormatKey::with_fallbacks(std::map<std::string, OptionValue> by_use) && {
    fallbacks = std::move(by_use);
    return std::move(*this);
}

FormatKey FormatKey::when_absent(std::string what_holds) && {
    absent = std::move(what_holds);
    return std::move(*this);
}

FormatKey FormatKey::with_words(std::vector<FormatWord> values) && {
    words = std::move(values);
    return std::move(*this);
}

FormatKey FormatKey::described_in(std::string section_name) && {
    section = std::move(section_name);
    return std::move(*this);
}

FormatKey FormatKey::must() && {
    spec = std::move(spec).must();
    return std::move(*this);
}

FormatKey key(OptionSpec spec, std::string example) {
    FormatKey entry;
    entry.spec = std::move(spec);
    entry.example = std::move(example);
    return entry;
}

FormatKey special(OptionSpec spec, std::string form, std::string example) {
    FormatKey entry = key(std::move(spec).optional(), std::move(example));
    entry.form = std::move(form);
    return entry;
}

FormatKey special(std::string name, std::string form, std::string doc, std::string example) {
    return special(option::text(std::move(name), "", std::move(doc)), std::move(form), std::move(example));
}

const FormatKey* FormatSection::find(std::string_view key) const {
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const FormatKey& entry) { return entry.spec.name == key; });
    return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> FormatSection::names() const {
    std::vector<std::string> names;
    for (const FormatKey& key : keys) {
        names.push_back(key.spec.name);
    }
    return names;
}

const std::vector<FormatSection>& format() {
    static const std::vector<FormatSection> sections = {
        pipeline_section(),   data_section(),      split_section(),
        image_section(),      augment_section(),   backbone_section(),
        weights_section(),    head_section(),      loss_section(),
        train_section(),      sampler_section(),   phase_section(),
        solve_section(),      optimizer_section(), schedule_section(),
        early_stop_section(), features_section(),  feature_augment_section(),
        outputs_section(),    matrix_section(),    range_section()};
    return sections;
}

const FormatSection& format_section(std::string_view name) {
    for (const FormatSection& section : format()) {
        if (section.name == name) {
            return section;
        }
    }
    throw std::out_of_range("no section of the format is called '" + std::string(name) + "'");
}

}  // namespace graft::pipeline

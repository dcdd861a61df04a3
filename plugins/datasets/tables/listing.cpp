// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "listing.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "cells.hpp"
#include "graft/error.hpp"

namespace graft::tables {
namespace {

namespace fs = std::filesystem;

/// The file's path as the table means it: Windows separates folders by backslashes.
std::string with_slashes(const TableFile& file, std::string name) {
    std::error_code error;
    if (name.find('\\') != std::string::npos && !fs::exists(file.picture(name), error)) {
        std::replace(name.begin(), name.end(), '\\', '/');
    }
    return name;
}

/// An absolute path as a path below the root. Throws BadRecord when it leads elsewhere.
fs::path below_root(const TableFile& file, const std::string& name) {
    std::error_code error;
    for (const bool resolved : {false, true}) {
        const fs::path root = resolved ? fs::weakly_canonical(file.root, error) : fs::absolute(file.root);
        const fs::path path = resolved ? fs::weakly_canonical(name, error) : fs::path(name);
        const fs::path below = path.lexically_normal().lexically_relative(root.lexically_normal());
        if (!below.empty() && *below.begin() != ".." && below != ".") {
            return below;
        }
    }
    throw BadRecord{"names '" + name + "', an absolute path; expected one below " + file.root.string()};
}

Sample to_sample(const TableFile& file, Record record) {
    if (is_blank(record.file)) {
        throw BadRecord{"names no file"};
    }
    const std::string name = with_slashes(file, std::move(record.file));
    Sample sample;
    if (fs::path(name).is_absolute()) {
        const fs::path below = below_root(file, name);
        sample.id = below.generic_string();
        sample.picture = file.root / below;
    } else {
        sample.id = (fs::path(file.images) / name).lexically_normal().generic_string();
        sample.picture = file.picture(name);
    }
    sample.group = is_blank(record.group) ? "" : std::move(record.group);
    sample.targets = std::move(record.targets);
    return sample;
}

bool is_equal(const std::optional<Point>& left, const std::optional<Point>& right) {
    return left.has_value() == right.has_value() && (!left || (left->x == right->x && left->y == right->y));
}

/// Tables hold none of the other kinds.
bool is_equal(const TargetValue& left, const TargetValue& right) {
    if (left.index() != right.index()) {
        return false;
    }
    if (const auto* points = std::get_if<Points>(&left)) {
        const Points& others = std::get<Points>(right);
        return std::equal(points->begin(), points->end(), others.begin(), others.end(),
                          [](const auto& one, const auto& other) { return is_equal(one, other); });
    }
    if (const auto* labels = std::get_if<Labels>(&left)) {
        return *labels == std::get<Labels>(right);
    }
    if (const auto* number = std::get_if<double>(&left)) {
        return *number == std::get<double>(right);
    }
    const auto* index = std::get_if<std::int64_t>(&left);
    return index == nullptr || *index == std::get<std::int64_t>(right);
}

bool is_equal(const Sample& left, const Sample& right) {
    return left.group == right.group &&
           std::equal(left.targets.begin(), left.targets.end(), right.targets.begin(), right.targets.end(),
                      [](const auto& one, const auto& other) { return is_equal(one, other); });
}

void read_row(const Csv& csv, const TableFile& file, const Row& row, const RowReader& reader,
              Listing& listing) {
    try {
        if (row.cells.size() != csv.header.cells.size()) {
            throw BadRecord{"has " + std::to_string(row.cells.size()) + " cells, but the header has " +
                            std::to_string(csv.header.cells.size())};
        }
        if (std::optional<Record> record = reader(row)) {
            listing.add(csv.place(row), to_sample(file, std::move(*record)));
        }
    } catch (const BadRecord& bad) {
        listing.add_problem({csv.place(row), bad.message});
    } catch (const BadTable& bad) {
        throw Error(ErrorKind::data, csv.place(row) + ": " + bad.message);
    }
}

}  // namespace

void Listing::add(const std::string& place, Sample sample) {
    std::error_code error;
    if (!fs::is_regular_file(sample.picture, error)) {
        problems_.push_back({place, "there is no file " + sample.picture.string()});
        return;
    }
    const auto [first, is_new] = known_.emplace(sample.id, FirstRecord{place, samples_.size()});
    if (is_new) {
        samples_.push_back(std::move(sample));
        return;
    }
    if (!is_equal(samples_[first->second.sample], sample)) {
        throw BadTable{"contradicts " + first->second.place + ": both are records of " + sample.id +
                       ", with different values; keep the right one"};
    }
    if (repeated_++ == 0) {
        first_repeated_ = {place, "repeats " + first->second.place, false};
    }
}

void Listing::tell_repeated() {
    if (repeated_ > 0) {
        first_repeated_.message += repeated_ > 1 ? ", and " + std::to_string(repeated_ - 1) +
                                                       " more records repeat others; each counts once"
                                                 : "; it counts once";
        problems_.push_back(first_repeated_);
    }
}

void Listing::require_samples(const std::string& source) const {
    if (!samples_.empty()) {
        return;
    }
    if (problems_.empty()) {
        throw Error(ErrorKind::data, source + " has no sample; expected at least one");
    }
    constexpr std::size_t named_at_most = 5;
    std::string text = source + ": none of its " + std::to_string(problems_.size()) + " records can be used";
    for (std::size_t index = 0; index < std::min(problems_.size(), named_at_most); ++index) {
        text += "\n  " + problems_[index].place + ": " + problems_[index].message;
    }
    throw Error(ErrorKind::data, text + "\nCorrect `root`, `images` or the records.");
}

Listing read_tables(const std::vector<TableFile>& files, const Layout& layout) {
    Listing listing;
    std::vector<std::string> names;
    for (const TableFile& file : files) {
        const Csv csv = read_csv(file.csv, file.form);
        if (!csv.note.empty()) {
            listing.add_problem({csv.path, csv.note, false});
        }
        const RowReader reader = layout(csv, file);
        for (const Row& row : csv.rows) {
            read_row(csv, file, row, reader, listing);
        }
        names.push_back(csv.path);
    }
    listing.tell_repeated();
    listing.require_samples(joined(names));
    return listing;
}

}  // namespace graft::tables

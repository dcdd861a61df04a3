// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Points of a picture a line, in the layout of Udacity's facial key points: the file, then x and y in turn.
#include <optional>
#include <string_view>
#include <utility>

#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "listing.hpp"
#include "person.hpp"
#include "point_layout.hpp"

namespace graft::tables {
namespace {

/// A record where the header should be would be lost in silence.
void require_header(const Csv& csv, const TableFile& file) {
    std::error_code error;
    const std::string& first = csv.header.cells.front();
    if (!first.empty() && std::filesystem::is_regular_file(file.picture(first), error)) {
        throw Error(ErrorKind::data, csv.place(csv.header) + ": the first line is a record of " + first +
                                         ", but must be a header; write one above it");
    }
}

class KeypointsCsv : public ListedDataset {
public:
    static OptionTable options() {
        OptionTable table = table_options();
        for (OptionSpec& spec : PointLayout::options()) {
            table.push_back(std::move(spec));
        }
        table.push_back(PersonRule::option());
        return table;
    }

    static std::vector<TargetSchema> schema(const Options& options, const std::string& split) {
        const PointLayout layout(options);
        const PersonRule checked(options);
        if (const std::optional<std::int64_t> count = layout.declared_count()) {
            return {layout.schema(*count)};
        }
        const TableFile file = table_files_by_name(options, split).front();
        return {layout.schema(layout.count(read_csv(file.csv, file.form)))};
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::Outline outline = [](const Options& options) {
            const PointLayout layout(options);
            const std::optional<std::int64_t> count = layout.declared_count();
            return std::vector<TargetSchema>{count ? layout.schema(*count) : points_target("points", 0)};
        };
        static constexpr ability::SplitNames names = split_names;
        return name == ability::outline       ? static_cast<const void*>(&outline)
               : name == ability::split_names ? static_cast<const void*>(&names)
                                              : nullptr;
    }

    static std::string example() {
        return "use: keypoints_csv\n"
               "root: facial_keypoints        # training_frames_keypoints.csv, training/Angelo_Reyes_22.jpg, "
               "...\n"
               "csv: \"{split}_frames_keypoints.csv\"\n"
               "images: \"{split}\"\n"
               "person: '^(.+)_[0-9]+[.]'     # Angelo_Reyes\n"
               "split: {train: training, val: test}\n"
               "# or, by person:  csv: training_frames_keypoints.csv\n"
               "#                 images: training\n"
               "#                 split: {val: 0.2, seed: 0, group: person}\n";
    }

    KeypointsCsv(const Options& options, const DatasetContext& context)
        : ListedDataset(list(options, context)) {}

private:
    static Listing list(const Options& options, const DatasetContext& context) {
        const PointLayout layout(options);
        const PersonRule rule(options);
        const std::int64_t expected = context.targets.at(0).point_count;
        return read_tables(table_files_by_name(options, context.split), [&](const Csv& csv,
                                                                            const TableFile& file) {
            require_header(csv, file);
            if (const std::int64_t count = layout.count(csv); count != expected) {
                throw Error(ErrorKind::data, csv.place(csv.header) + ": the header has columns for " +
                                                 std::to_string(count) + " points, but " +
                                                 std::to_string(expected) + " were learned; use other data");
            }
            return [&](const Row& row) -> std::optional<Record> {
                return Record{row.cells[0], rule.person(row.cells[0]), {layout.read(row)}};
            };
        });
    }
};

}  // namespace
}  // namespace graft::tables

GRAFT_DATASET(graft::tables::KeypointsCsv, "keypoints_csv", "1.0.0", "points of pictures in a CSV table")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")

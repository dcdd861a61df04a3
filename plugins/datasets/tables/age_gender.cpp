// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Faces with age and gender, in the layouts of UTKFace (file names) and FairFace (a table).
#include <string_view>
#include <utility>

#include "fairface.hpp"
#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "listing.hpp"
#include "utkface.hpp"

namespace graft::tables {
namespace {

class AgeGender : public ListedDataset {
public:
    static OptionTable options() {
        OptionTable table = table_options(fairface_table);
        table.push_back(
            option::choice("layout", {"utkface", "fairface"}, "",
                           "utkface: files named [age]_[gender]_[race]_[date].jpg, in root or in a "
                           "folder a split, without csv and images; fairface: a table with the "
                           "columns file, age and gender")
                .must());
        table.push_back(
            option::real("oldest", 75,
                         "fairface: the age that `more than 70` stands for; `10-19` stands for its middle, "
                         "14.5, and a number for itself")
                .between(0, oldest_known)
                .in("years"));
        return table;
    }

    static std::vector<TargetSchema> schema(const Options& options, const std::string&) {
        if (options.text("layout") == "utkface" &&
            (options.text("csv") != fairface_table || !options.text("images").empty() ||
             options.has("delimiter") || !options.texts("missing").empty())) {
            throw Error(ErrorKind::options,
                        "`csv`, `images`, `delimiter` and `missing` have no meaning in the layout utkface, "
                        "which has no table; remove them, or correct `layout`");
        }
        return {scalar_target("age", "years"), category_target("gender", {"male", "female"})};
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::SplitNames names = split_names;
        return name == ability::split_names ? &names : nullptr;
    }

    static std::string example() {
        return "use: age_gender\n"
               "layout: utkface\n"
               "root: utkface                 # utkface/25_1_4_20170103235222492.jpg, ...\n"
               "split: {val: 0.2, seed: 0, stratify: gender}\n"
               "# or:  layout: fairface\n"
               "#      root: fairface         # fairface_label_train.csv, train/1.jpg, ...\n"
               "#      split: {train: train, val: val}\n";
    }

    AgeGender(const Options& options, const DatasetContext& context)
        : ListedDataset(options.text("layout") == "utkface" ? list_utkface(options, context.split)
                                                            : list_fairface(options, context.split)) {}
};

}  // namespace
}  // namespace graft::tables

GRAFT_DATASET(graft::tables::AgeGender, "age_gender", "1.0.0", "faces with age and gender: UTKFace, FairFace")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")

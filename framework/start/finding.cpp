// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/finding.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/text.hpp"
#include "pipeline/node.hpp"

namespace graft::start {

std::string yaml_word(const std::string& text) {
    static const std::vector<std::string> other_than_text = {"true", "false", "yes", "no",   "on", "off",
                                                             "y",    "n",     "~",   "null", "nan"};
    pipeline::Node node;
    node.kind = pipeline::Node::Kind::scalar;
    node.scalar = core::name_to_text(text);
    const unsigned char first = text.empty() ? ' ' : static_cast<unsigned char>(text.front());
    node.quoted = (std::isalpha(first) == 0 && first != '/' && first != '_') ||
                  std::find(other_than_text.begin(), other_than_text.end(), in_small_letters(text)) !=
                      other_than_text.end();
    std::string emitted = pipeline::emit(node);
    emitted.pop_back();
    return emitted;
}

std::string yaml_list(const std::vector<std::string>& texts) {
    std::vector<std::string> words;
    std::transform(texts.begin(), texts.end(), std::back_inserter(words), yaml_word);
    return "[" + fmt::format("{}", fmt::join(words, ", ")) + "]";
}

std::string split_of(const std::string& word) {
    static const std::map<std::string, std::string> names = {
        {"train", "train"},    {"training", "train"}, {"val", "val"},   {"valid", "val"},
        {"validation", "val"}, {"dev", "val"},        {"test", "test"}, {"testing", "test"}};
    const auto found = names.find(in_small_letters(word));
    return found == names.end() ? "" : found->second;
}

std::string some_of(const std::vector<std::string>& names, std::size_t most) {
    std::vector<std::string> shown(names.begin(),
                                   names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size())));
    std::transform(shown.begin(), shown.end(), shown.begin(), core::name_to_text);
    const std::size_t more = names.size() - shown.size();
    return core::listed(shown) + (more > 0 ? fmt::format(" and {} more", more) : "");
}

namespace {

std::optional<Finding> find_face_names(const Files& files) {
    static const std::regex form("[0-9]{1,3}_[01]_[0-9]_[0-9]+\\..*");
    const auto count =
        std::count_if(files.pictures.begin(), files.pictures.end(),
                      [](const std::string& path) { return std::regex_match(name_of(path), form); });
    if (count == 0 || static_cast<std::size_t>(count) * 10 < files.pictures.size() * 8) {
        return std::nullopt;
    }
    Finding found;
    found.what = "faces whose files are named [age]_[gender]_[race]_[date], as in UTKFace";
    found.facts = {fmt::format("{} of {} pictures are named so", count, files.pictures.size())};
    found.data = {
        {"use", "age_gender"},
        {"layout", "utkface"},
        {"split", "{val: 0.2, seed: 0, stratify: gender}", "a fifth validates, with as many of each gender"}};
    found.heads = {{"age", "scalar", "age"}, {"gender", "category", "gender"}};
    found.shape_matters = true;
    return found;
}

Finding look_into(const Files& files) {
    for (const auto& find :
         {find_coco, find_yolo, find_masks, find_table, find_face_names, find_class_folders}) {
        if (std::optional<Finding> found = find(files)) {
            return *found;
        }
    }
    Finding nothing;
    if (files.pictures.empty()) {
        nothing.refusal = "there is no picture in it";
        if (!files.others.empty()) {
            nothing.facts = {fmt::format("{} other files: {}", files.others.size(),
                                         some_of({files.others.begin(), files.others.end()}, 5))};
        }
        return nothing;
    }
    nothing.facts = {fmt::format("{} pictures", files.pictures.size())};
    nothing.refusal =
        "nothing tells what is on the pictures: put them into a folder a class (cats/1.jpg, dogs/2.jpg), or "
        "add "
        "a table whose rows name pictures (file,label)";
    return nothing;
}

/// The folder that all pictures lie in; empty: there is none.
std::string only_folder(const Files& files) {
    const std::string first = files.pictures.empty() ? "" : *files.pictures.begin();
    const std::string folder = first.substr(0, first.find('/') + 1);
    const bool is_only = !folder.empty() && files.pictures.rbegin()->starts_with(folder);
    return is_only ? folder.substr(0, folder.size() - 1) : "";
}

}  // namespace

Finding look_at(const std::filesystem::path& folder) {
    const Files files = files_below(folder);
    Finding found = look_into(files);
    const std::string only = found.refusal.empty() ? "" : only_folder(files);
    if (only.empty()) {
        return found;
    }
    Finding below = look_at(folder / only);
    if (!below.refusal.empty() && (!found.what.empty() || below.what.empty())) {
        return found;
    }
    below.below = below.below.empty() ? only : only + "/" + below.below;
    below.facts.insert(below.facts.begin(), "all of it lies in " + only + "/");
    return below;
}

}  // namespace graft::start

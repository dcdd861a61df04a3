// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "contact_sheets.hpp"

#include <utility>

#include <fmt/format.h>

namespace graft::engine {
namespace {

constexpr std::size_t tiles_a_sheet = 60;

}  // namespace

void ContactSheets::add(Tile tile) {
    if (file_.empty() || (written_ > 0 && !all_)) {
        return;
    }
    tiles_.push_back(std::move(tile));
    if (tiles_.size() == tiles_a_sheet) {
        write();
    }
}

void ContactSheets::finish(bool is_only_one) {
    if (is_only_one && tiles_.size() == 1) {
        write_card(tiles_.front(), file_.string(), letters());
        written_ = 1;
    } else if (!tiles_.empty()) {
        write();
    }
}

std::vector<std::string> ContactSheets::notes() const {
    return lettering_ ? lettering_->notes() : std::vector<std::string>{};
}

void ContactSheets::write() {
    std::filesystem::path file = file_;
    if (written_ > 0) {
        file.replace_filename(
            fmt::format("{}-{}{}", file_.stem().string(), written_ + 1, file_.extension().string()));
    }
    write_sheet(tiles_, title_, file.string(), letters());
    tiles_.clear();
    ++written_;
}

lettering::Lettering& ContactSheets::letters() {
    if (!lettering_) {
        lettering_.emplace();
    }
    return *lettering_;
}

}  // namespace graft::engine

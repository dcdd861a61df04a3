// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a page is made of besides its data; CMake makes the source from files (cmake/GraftEmbed.cmake).
#pragma once

namespace graft::insight::assets {

extern const char* const style;         ///< insight/page/page.css
extern const char* const script;        ///< insight/page/page.js
extern const char* const map_script;    ///< insight/page/map.js
extern const char* const watch_script;  ///< insight/page/watch.js
extern const char* const library;       ///< Chart.js, with its licence at its beginning

}  // namespace graft::insight::assets

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "target/kind.hpp"

namespace graft::target {

const Kind& category_kind();
const Kind& labels_kind();
const Kind& scalar_kind();
const Kind& points_kind();
const Kind& tensor_kind();
const Kind& mask_kind();
const Kind& boxes_kind();
const Kind& embedding_kind();

}  // namespace graft::target

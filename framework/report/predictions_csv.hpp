// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"

namespace graft::report {

/// `graft predict --csv`: a row an image, from the data of `prediction` events, with columns named as in a
/// run's predictions.csv: `image`, `ANSWER.prediction`, `ANSWER.probability`, `ANSWER.probability.CLASS`,
/// `ANSWER.prediction.POINT.x`, ...; of masks `ANSWER.file` and `ANSWER.share.CLASS`, of boxes `ANSWER.boxes`
/// (JSON); last `error`, why an image could not be read. RFC 4180, UTF-8.
std::string predictions_csv(const std::vector<core::Json>& predictions);

}  // namespace graft::report

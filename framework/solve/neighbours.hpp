// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace graft::solve {

/// Of every sample those most alike, most alike first: never itself.
struct Neighbours {
    at::Tensor samples;  ///< int64 [N, k]
    at::Tensor cosines;  ///< double [N, k]: of the features less their mean over all samples
};

/// The `most` samples with the largest cosine, or all others where there are fewer. `features`: double [N,
/// D]. Samples all at the mean have cosines of 0.
Neighbours nearest(const at::Tensor& features, std::int64_t most);

}  // namespace graft::solve

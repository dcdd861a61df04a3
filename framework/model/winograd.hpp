// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

namespace graft::model {

/// What a convolution of a graph is, besides its weight: shape of the input as it was traced, and its
/// numbers.
struct ConvolutionShape {
    std::vector<std::int64_t> input;  ///< N x C x H x W
    std::vector<std::int64_t> padding;
    std::vector<std::int64_t> stride;
    std::vector<std::int64_t> dilation;
    std::int64_t groups;
};

/// Two operators for graphs, `weight` by winograd_weight:
///   graft::winograd(Tensor input, Tensor? summand, Tensor weight, Tensor? bias, bool relu) -> Tensor
///   graft::winograd_(Tensor(a!) summand, Tensor input, Tensor weight, Tensor? bias, bool relu) -> Tensor(a!)
/// Both give convolution, bias and summand added, with ReLU where asked for; the second puts that over its
/// summand. A picture's numbers do not depend on what comes with it, nor on the number of threads.
inline constexpr const char* winograd_operator = "graft::winograd";
inline constexpr const char* winograd_operator_in_place = "graft::winograd_";

/// Whether Winograd's way (winograd/kernel.hpp) is open to a convolution, and pays: float32 on a CPU with
/// AVX2 or AVX-512, 3 x 3 with stride 1 and its map kept, 64 channels or more, and maps that tiles of 4 x 4
/// cover without much waste. Any thread.
bool winograd_pays(const at::Tensor& weight, const ConvolutionShape& shape);

/// The weight of such a convolution, laid out for the operators on this CPU. They transform it in each call:
/// kept, the transformed would take four times the memory, for a few percent of the time.
at::Tensor winograd_weight(const at::Tensor& weight);

/// Makes the operators known to LibTorch; once is enough, more do no harm.
void add_winograd_operators();

}  // namespace graft::model

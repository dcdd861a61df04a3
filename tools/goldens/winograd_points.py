#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""How much float32 loses in Winograd's F(4 x 4, 3 x 3) by the points where its polynomials' values are taken.

Transforms by Toom and Cook's construction with the points 0, a, -a, b, -b and infinity (Lavin and Gray 2016; Barabasz
et al., "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks", 2018, on the
choice of points). Needs numpy. framework/model/winograd/kernel.hpp holds what came of it.
"""
import numpy

CHANNELS, OUTPUTS, TILES = 256, 16, 64


def transforms(a, b):
    """A transposed (4 x 6), B transposed (6 x 6), G (6 x 3)."""
    inputs = numpy.array([
        [a * a * b * b, 0, -(a * a + b * b), 0, 1, 0],
        [0, -a * b * b, -b * b, a, 1, 0],
        [0, a * b * b, -b * b, -a, 1, 0],
        [0, -b * a * a, -a * a, b, 1, 0],
        [0, b * a * a, -a * a, -b, 1, 0],
        [0, a * a * b * b, 0, -(a * a + b * b), 0, 1]])
    points = [0, a, -a, b, -b]
    divisors = [a * a * b * b] + 2 * [2 * a * a * (a * a - b * b)] + 2 * [2 * b * b * (b * b - a * a)]
    weights = numpy.array([[point ** k / divisor for k in range(3)] for point, divisor in zip(points, divisors)] +
                          [[0, 0, 1]])
    outputs = numpy.array([[float(point) ** i for point in points] + [float(i == 3)] for i in range(4)])
    return outputs, inputs, weights


def by_winograd(tiles, kernels, a, b):
    """Each step rounded to float32, products summed channel after channel."""
    single = numpy.float32
    outputs, inputs, weights = transforms(a, b)
    changed = numpy.einsum("ai,kcij,bj->abkc", weights, kernels.astype(float), weights).astype(single)
    values = numpy.einsum("tcij,bj->tcib", tiles, inputs.astype(single)).astype(single)
    values = numpy.einsum("ai,tcib->abtc", inputs.astype(single), values).astype(single)
    products = numpy.zeros((6, 6, TILES, OUTPUTS), single)
    for channel in range(CHANNELS):
        products += values[..., channel][..., None] * changed[..., channel][:, :, None, :]
    half = numpy.einsum("ia,abtk->ibtk", outputs.astype(single), products).astype(single)
    return numpy.einsum("ibtk,jb->tkij", half, outputs.astype(single)).astype(single)


def directly(tiles, kernels, kind):
    result = numpy.zeros((TILES, OUTPUTS, 4, 4), kind)
    for channel in range(CHANNELS):
        for i in range(3):
            for j in range(3):
                result += (tiles[:, None, channel, i:i + 4, j:j + 4].astype(kind) *
                           kernels[None, :, channel, i, j, None, None].astype(kind))
    return result


def main():
    random = numpy.random.default_rng(0)
    tiles = numpy.maximum(random.standard_normal((TILES, CHANNELS, 6, 6)), 0).astype(numpy.float32)
    kernels = (random.standard_normal((OUTPUTS, CHANNELS, 3, 3)) * 0.05).astype(numpy.float32)
    exact = directly(tiles, kernels, float)

    def tell(name, result):
        error = result - exact
        print(f"{name:16} largest error {abs(error).max():.1e}, root of mean square {(error ** 2).mean() ** 0.5:.1e}")

    tell("no transform", directly(tiles, kernels, numpy.float32))
    for a, b in ((1, 2), (0.5, 1), (0.5, 1.5), (0.75, 1.5), (0.5 ** 0.5, 2 ** 0.5), (0.6875, 1.375), (0.625, 1.5)):
        tell(f"{a:.4g}, {b:.4g}", by_winograd(tiles, kernels, a, b))


if __name__ == "__main__":
    main()

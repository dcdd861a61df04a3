// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Exists so that a target can build a precompiled header that all others reuse: the light half has one, and
// whatever includes LibTorch.

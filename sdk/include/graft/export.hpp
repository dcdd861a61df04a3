// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What a library shows to others. Free of LibTorch.
#pragma once

/// Marks what other libraries may use. Everything else is hidden: two plugins never see each other.
#define GRAFT_API __attribute__((visibility("default")))

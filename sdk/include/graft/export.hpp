// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// Marks what other libraries may use. Everything else is hidden: two plugins never see each other.
#define GRAFT_API __attribute__((visibility("default")))

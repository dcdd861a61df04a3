// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Handles of objects that a test made itself, and what is behind a handle.
#pragma once

#include "plugin/unguarded.hpp"

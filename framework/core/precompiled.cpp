// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Exists so that one target builds the precompiled header that all others reuse.

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A toy (RESIZED_SOURCE) as it would come from an SDK of the ABI's first API level, or, with RESIZED_LONGER,
// from one that is six levels ahead.
#include "resized.hpp"

#undef GRAFT_PLUGIN
#ifdef RESIZED_LONGER
#undef GRAFT_API_LEVEL
#define GRAFT_API_LEVEL 7
#define GRAFT_PLUGIN(name, licence, url) \
    DESCRIBED_PLUGIN(::resized::change(GRAFT_DESCRIPTOR(name, licence, url), true))
#else
#define GRAFT_PLUGIN(name, licence, url) \
    DESCRIBED_PLUGIN(::resized::change(GRAFT_DESCRIPTOR(name, licence, url), false))
#endif

#include RESIZED_SOURCE

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "core/event.hpp"

namespace graft::jobs {

/// What a job may use. Its engine takes that and chooses nothing by itself.
struct Resources {
    std::string device;        ///< auto, cpu, cuda, cuda:N; empty: as the pipeline says
    std::int64_t threads = 0;  ///< of the CPU, for all that the engine does; 0: one a core it may run on
    double memory_share = 1;   ///< of the device's memory (on the CPU: of the machine's), at most
    std::int64_t rank = 0;     ///< of this process among those that do the job together
    std::int64_t ranks = 1;
};

core::Json to_json(const Resources& resources);

/// As `to_json` writes it; a key that is absent keeps its default. Throws Failure(internal), naming the key,
/// for unknown keys, other types and numbers out of range; Failure(pipeline) for several ranks: no command
/// divides its work yet.
Resources resources_from_json(const core::Json& json);

}  // namespace graft::jobs

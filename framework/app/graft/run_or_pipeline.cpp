// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_or_pipeline.hpp"

#include <filesystem>
#include <system_error>

#include "jobs.hpp"

namespace graft::app {

RunOrPipeline run_or_pipeline(const std::string& given, const std::vector<std::string>& sets,
                              const Console& console) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(given, error)) {
        return {find_run(given, console), ""};
    }
    read_pipeline(given, sets);
    return {"", given};
}

}  // namespace graft::app

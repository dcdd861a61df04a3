// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// To add a command: a file with its function, a line here, a line in main.cpp's table.
#pragma once

#include <string>
#include <vector>

namespace graft::app {

using Words = std::vector<std::string>;

/// Each takes the words after its name and returns the exit code, or throws core::Failure.
int run(const Words& words);
int check(const Words& words);
int plugins(const Words& words);
int weights(const Words& words);
int show(const Words& words);
int predict(const Words& words);
int evaluate(const Words& words);
int embed(const Words& words);
int report(const Words& words);
int audit(const Words& words);
int compare(const Words& words);
int list_features(const Words& words);
int list_jobs(const Words& words);
int export_run(const Words& words);
int list_devices(const Words& words);
int run_in_slurm(const Words& words);
int run_tasks(const Words& words);
int where(const Words& words);
int init(const Words& words);
int schema(const Words& words);
int new_project(const Words& words);
int help(const Words& words);

}  // namespace graft::app

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace graft::engine {

/// From now on a signal that ends this process (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT), or an exit() out
/// of a plugin (which then ends it by SIGABRT), is told to `descriptor` first, as the event `crashed` with
/// the call into a plugin that ran on its thread, if any. The process still ends by that signal. Host thread
/// only, once.
void tell_crashes(int descriptor);

}  // namespace graft::engine

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/state_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "core/user_folders.hpp"

namespace graft::jobs {

namespace fs = std::filesystem;

fs::path state_folder(const std::map<std::string, std::string>& environment) {
    const auto value = [&](const std::string& name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::string() : found->second;
    };
    if (const std::string own = value("GRAFT_STATE"); !own.empty()) {
        return own;
    }
    const fs::path states = core::user_folder("XDG_STATE_HOME", ".local/state", value);
    return states.empty() ? states : states / "graft";
}

void make_private_folder(const fs::path& folder) {
    const fs::path parent = folder.parent_path();
    if (!parent.empty()) {
        core::make_folder(parent);
    }
    std::error_code error;
    if (::mkdir(folder.c_str(), 0700) != 0 && (errno != EEXIST || !fs::is_directory(folder, error))) {
        throw core::Failure(core::Category::system,
                            "'" + folder.string() + "' cannot be made: " + std::strerror(errno));
    }
}

bool is_of_a_network(long type) {
    // linux/magic.h and statfs(2), which lack some of them.
    constexpr std::array<unsigned long, 15> networks = {
        0x6969,      // NFS
        0x517B,      // SMB
        0xFF534D42,  // CIFS
        0xFE534D42,  // SMB2
        0x5346414F,  // AFS
        0x6B414653,  // kAFS
        0x73757245,  // Coda
        0x00C36400,  // Ceph
        0x0BD00BD0,  // Lustre
        0x47504653,  // GPFS
        0x19830326,  // BeeGFS
        0x7461636F,  // OCFS2
        0x01161970,  // GFS2
        0x01021997,  // 9P
        0x65735546,  // FUSE: sshfs, GlusterFS, ... among them
    };
    const auto bits = static_cast<unsigned long>(type) & 0xFFFFFFFFUL;  // signed in 32 bits
    return std::find(networks.begin(), networks.end(), bits) != networks.end();
}

bool lies_in_a_network(const fs::path& folder) {
    struct statfs found {};
    return ::statfs(folder.c_str(), &found) != 0 || is_of_a_network(static_cast<long>(found.f_type));
}

}  // namespace graft::jobs

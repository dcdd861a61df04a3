// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Starts the built graft as a shell would and keeps what it printed.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "core/json_text.hpp"
#include "support/temporary_folder.hpp"

namespace graft::tests {

inline std::string slurp(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

using graft::core::Json;
using graft::core::parse_json;

/// One value a line.
inline std::vector<Json> json_lines(const std::string& text) {
    std::vector<Json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(parse_json(line));
    }
    return lines;
}

inline std::string quoted(const std::string& word) {
    std::string text = "'";
    for (const char letter : word) {
        text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    }
    return text + "'";
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A plain picture: a binary PPM of 40 x 24 pixels.
inline std::string plain_picture() {
    std::string text = "P6 40 24 255\n";
    for (int byte = 0; byte < 40 * 24 * 3; ++byte) {
        text += static_cast<char>(byte % 251);
    }
    return text;
}

struct Printed {
    int exit_code = -1;
    std::string out;
    std::string err;
};

/// A folder to work in, in which the engine may be a script.
class CommandLine {
public:
    CommandLine() {
        folder.write("minimal.yaml", "graft: 1\nname: minimal\n");
        folder.write("runs/one/run.json", "{}");
    }

    /// From now on the engine is this script. It finds its request in $request.
    void engine(const std::string& body) {
        engine_ =
            folder.write_script("engine", "request=$(cat)\nprintf '%s\\n' \"$request\" >> requests\n" + body)
                .string();
    }

    /// Runs a line for /bin/sh in the folder; $graft is the program.
    Printed shell(const std::string& line) const {
        const std::string graft = GRAFT_TEST_BINARY "/bin/graft";
        std::string whole =
            "cd " + quoted(folder.path().string()) +
            " && unset GRAFT_PLUGIN_PATH GRAFT_FEATURES GRAFT_STATE XDG_STATE_HOME "
            "XDG_CACHE_HOME XDG_DATA_HOME NO_COLOR && export HOME=\"$PWD\" LC_ALL=C.UTF-8 && ";
        // What a script does must not wait for this machine's GPUs.
        whole += engine_.empty() ? "unset GRAFT_ENGINE"
                                 : "export GRAFT_NVML=/nowhere GRAFT_ENGINE=" + quoted(engine_);
        whole += "\ngraft=" + quoted(graft) + "\n{ " + line + "\n} >out 2>err </dev/null";
        const int status = std::system(whole.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(folder / "out"), slurp(folder / "err")};
    }

    Printed graft(const std::vector<std::string>& words) const {
        std::string line = "\"$graft\"";
        for (const std::string& word : words) {
            line += " " + quoted(word);
        }
        return shell(line);
    }

    /// What the engines were asked, a line each.
    std::string requests() const { return slurp(folder / "requests"); }

    TemporaryFolder folder;

private:
    std::string engine_;
};

}  // namespace graft::tests

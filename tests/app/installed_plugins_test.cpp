// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft plugins add`, `list`, `update` and `remove`. The projects copy a library that this build has made,
// so that no compiler is needed.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;

const std::string note_library = GRAFT_TEST_BINARY "/tests/catalog/test-catalog-note.so";

/// A project that makes a copy of a library.
std::string copying(const std::string& library) {
    return "cmake_minimum_required(VERSION 3.25)\nproject(copied LANGUAGES NONE)\nfile(COPY \"" + library +
           "\" DESTINATION ${CMAKE_BINARY_DIR}/lib/graft/plugins)\n";
}

/// A user with a project, and an engine that finds no fault.
class User {
public:
    User() {
        line.engine(R"(printf '%s\n' '{"event":"result","data":{"cases":[]}}')");
        line.folder.write("copied/CMakeLists.txt", copying(note_library));
        line.folder.write("copied/build/CMakeCache.txt", "made");
    }

    /// Of the folder of what was added.
    fs::path installed(const std::string& name) const {
        return line.folder / (".local/share/graft/installed/" + name);
    }

    /// The names in it but for logs.
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const fs::directory_entry& entry : fs::directory_iterator(installed(""))) {
            if (entry.path().filename() != ".logs") {
                found.push_back(entry.path().filename().string());
            }
        }
        return found;
    }

    Printed plugins(std::vector<std::string> words) const {
        words.insert(words.begin(), "plugins");
        return line.graft(words);
    }

    std::string added(const std::vector<std::string>& words) const {
        const Printed printed = plugins(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        return printed.out;
    }

    void refused(const std::vector<std::string>& words, int exit_code, const std::string& text) const {
        const Printed printed = plugins(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == exit_code);
        CHECK(has(printed.err, text));
    }

    CommandLine line;
};

std::string sha256_of(const CommandLine& line, const fs::path& file) {
    return line.shell("sha256sum '" + file.string() + "'").out.substr(0, 64);
}

// Proves: what was built lies where every command looks, with a record that another program can check, and
// goes without a trace.
TEST_CASE("a plugin is added from its folder, listed and removed") {
    const User user;
    const std::string out = user.added({"add", "copied"});
    CHECK(has(out, "copied is added: "));
    CHECK(has(out, "head first 1.0.0"));
    const fs::path library = user.installed("copied/plugins/test-catalog-note.so");
    REQUIRE(fs::exists(library));
    CHECK(slurp(library) == slurp(note_library));
    CHECK(fs::exists(user.installed("copied/source/CMakeLists.txt")));
    CHECK_FALSE(fs::exists(user.installed("copied/source/build")));
    CHECK_FALSE(fs::exists(user.installed("copied/build")));
    CHECK(fs::exists(user.installed("copied/build.log")));
    CHECK(user.names() == std::vector<std::string>{"copied"});

    const Json record = parse_json(slurp(user.installed("copied/record.json")));
    CHECK(record["source"] == (fs::canonical(user.line.folder.path()) / "copied").string());
    CHECK(record["libraries"][0]["sha256"] == sha256_of(user.line, library));
    CHECK(record["libraries"][0]["components"].size() == 3);
    CHECK(record["stamp"].contains("sdk_abi"));
    const Json request = graft::tests::json_lines(user.line.requests()).at(0);
    CHECK(request["command"] == "verify");
    CHECK(request["list"] == true);

    CHECK(has(user.added({"list"}), "as its source"));
    const Json listed = parse_json(user.added({"list", "--json"}))["plugins"];
    REQUIRE(listed.size() == 1);
    CHECK(listed[0]["name"] == "copied");
    CHECK(listed[0]["state"]["source_changed"] == false);

    user.refused({"add", "copied"}, 2, "there is a plugin 'copied' already");
    user.refused({"remove", "copie"}, 2, "did you mean 'copied'?");
    fs::create_directories(user.installed("stray"));
    const Printed stray = user.plugins({"list"});
    CHECK(stray.exit_code == 4);
    CHECK(has(stray.out,
              "is no record of a plugin that was added\n  `graft plugins remove stray` takes it away"));
    user.added({"remove", "stray"});
    CHECK(user.added({"remove", "copied"}) == "copied is removed\n");
    CHECK(user.names().empty());
    CHECK(has(user.added({"list"}), "no plugin was added"));
}

// Proves: a plugin that cannot be built or loaded, or would stop every command, changes nothing, and what the
// compiler said is shown and kept.
TEST_CASE("a plugin that cannot be added leaves nothing") {
    User user;
    user.line.folder.write("failing/CMakeLists.txt",
                           "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES NONE)\n"
                           "message(FATAL_ERROR \"the sky has fallen\n  ${CMAKE_CURRENT_SOURCE_DIR}\")\n");
    user.refused({"add", "failing"}, 3, "failing was not added: it cannot be configured:");
    const Printed failing = user.plugins({"add", "failing"});
    CHECK(has(failing.err, "the sky has fallen"));
    CHECK(has(failing.err, (fs::canonical(user.line.folder.path()) / "failing").string()));
    CHECK_FALSE(has(failing.err, ".new-failing"));
    CHECK(has(failing.err, "all that was printed: " + user.installed(".logs/failing.log").string()));
    CHECK(has(slurp(user.installed(".logs/failing.log")), "the sky has fallen"));

    user.line.folder.write("empty/CMakeLists.txt",
                           "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES NONE)\n");
    user.refused({"add", "empty"}, 3, "its build makes no plugin");
    user.line.folder.write("text/CMakeLists.txt", copying(user.line.folder.file("text/text.so")));
    user.line.folder.write("text/text.so", "no library");
    user.refused({"add", "text"}, 3, "text.so is no shared library");
    user.refused({"add", "nowhere"}, 4, "there is no folder or archive 'nowhere'");
    user.line.folder.write("plain/a.txt", "");
    user.refused({"add", "plain"}, 4, "there is no CMakeLists.txt in 'plain'");
    user.refused({"add", "copied", "--name", "../evil"}, 2, "cannot be the name of an installed plugin");
    fs::create_symlink("/etc/passwd", user.line.folder / "plain/link");
    user.line.folder.write("plain/CMakeLists.txt", "");
    user.refused({"add", "plain"}, 4, "is a link that leads out of the folder");
    CHECK(user.names().empty());

    user.added({"add", "copied"});
    user.refused({"add", "copied", "--name", "again"}, 3, "and so does " + user.installed("copied").string());
    user.line.engine(R"(echo '{"event":"failed","data":{"category":3,"text":"it does not load"}}'; exit 3)");
    user.added({"remove", "copied"});
    user.refused({"add", "copied"}, 3, "copied was not added: it does not load");
    CHECK(user.names().empty());
}

// Proves: a plugin is built again when its source or the graft is another one, from the copy where the source
// is gone, and stays as it was where that fails.
TEST_CASE("plugins are updated") {
    const User user;
    user.added({"add", "copied"});
    CHECK(user.added({"update"}) == "copied: as it was\n");
    user.line.folder.write("copied/more.txt", "more");
    CHECK(has(user.added({"list"}), "its source has changed: update"));
    CHECK(user.added({"update", "copied"}) == "copied: built again, since its source has changed\n");
    CHECK(fs::exists(user.installed("copied/source/more.txt")));

    user.line.folder.write("copied/CMakeLists.txt", "message(FATAL_ERROR \"not yet\")\n");
    user.refused({"update"}, 3, "copied was not built again: it cannot be configured:");
    user.refused({"update"}, 3, "not yet");
    CHECK(fs::exists(user.installed("copied/plugins/test-catalog-note.so")));
    fs::rename(user.line.folder / "copied", user.line.folder / "elsewhere");
    CHECK(has(user.added({"list"}), "its source is gone, the copy is there"));
    CHECK(user.added({"update"}) == "copied: as it was\n");

    Json record = parse_json(slurp(user.installed("copied/record.json")));
    record["stamp"]["libtorch"] = "2.10.0";
    user.line.folder.write(".local/share/graft/installed/copied/record.json", record.dump());
    CHECK(has(user.added({"list"}), "built for another graft: update"));
    CHECK(user.added({"update"}) == "copied: built again for this graft\n");
    CHECK(user.added({"update"}) == "copied: as it was\n");
    CHECK(user.names() == std::vector<std::string>{"copied"});
}

// Proves: archives are added as folders are, with their project at the top or in one folder.
TEST_CASE("a plugin is added from an archive") {
    const User user;
    const Printed made = user.line.shell(
        "rm -r copied/build && cmake -E tar czf copied-1.0.tar.gz copied && cd copied && "
        "cmake -E tar cf ../flat.zip --format=zip CMakeLists.txt");
    REQUIRE(made.exit_code == 0);
    CHECK(has(user.added({"add", "copied-1.0.tar.gz"}), "copied-1.0 is added"));
    CHECK(fs::exists(user.installed("copied-1.0/source/CMakeLists.txt")));
    CHECK(user.added({"update"}) == "copied-1.0: as it was\n");
    user.added({"remove", "copied-1.0"});
    CHECK(has(user.added({"add", "flat.zip", "--name", "zipped"}), "zipped is added"));
    user.added({"remove", "zipped"});
    user.refused({"add", "copied/CMakeLists.txt"}, 4, "cannot be read as an archive");
}

// Proves: no archive writes outside of its folder, whatever its names and links say.
TEST_CASE("archives that reach out of themselves are refused") {
    const User user;
    user.line.folder.write("make.py", R"(
import io, sys, tarfile
FILE, LINK, HARD, PIPE = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE
def archive(name, *entries):
    with tarfile.open(name, "w:gz") as tar:
        for path, kind, target in entries:
            info = tarfile.TarInfo(path)
            info.type, info.linkname, info.size = kind, target, 0 if target or kind == PIPE else 1
            tar.addfile(info, io.BytesIO(b"x"))
archive("up.tar.gz", ("p/../../evil", FILE, ""))
archive("absolute.tar.gz", (sys.argv[1] + "/evil", FILE, ""))
archive("link.tar.gz", ("p", LINK, sys.argv[1]), ("p/evil", FILE, ""))
archive("hard.tar.gz", ("p", HARD, sys.argv[1] + "/make.py"))
archive("newline.tar.gz", ("a\n../evil", FILE, ""))
archive("pipe.tar.gz", ("pipe", PIPE, ""))
)");
    REQUIRE(user.line.shell("python3 make.py \"$PWD\"").exit_code == 0);
    for (const std::string name : {"up", "absolute", "link", "hard", "newline", "pipe"}) {
        CAPTURE(name);
        const Printed printed = user.plugins({"add", name + ".tar.gz"});
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 4);
        CHECK(
            (has(printed.err, "would lie outside of it") || has(printed.err, "neither a file nor a folder")));
        CHECK_FALSE(fs::exists(user.line.folder / "evil"));
        CHECK_FALSE(fs::exists(user.installed("evil")));
        CHECK(user.names().empty());
    }
}

// Proves: a registry is a folder with an index, whose sources are what it says; an update follows it.
TEST_CASE("a plugin is added from a registry") {
    const User user;
    const Printed made = user.line.shell(
        "rm -r copied/build && mkdir share && cmake -E tar czf share/one.tar.gz copied && "
        "touch copied/more && cmake -E tar czf share/two.tar.gz copied && rm -r copied");
    REQUIRE(made.exit_code == 0);
    const auto write = [&](const std::string& archive, const std::string& sha256) {
        const Json offer = {{"source", archive}, {"sha256", sha256}, {"summary", "A copy"}};
        user.line.folder.write("share/index.json",
                               Json({{"graft_plugins", 1}, {"plugins", {{"mine", offer}}}}).dump());
    };
    write("one.tar.gz", sha256_of(user.line, user.line.folder / "share/one.tar.gz"));
    CHECK(has(user.added({"list", "--from", "share"}), "A copy"));
    user.refused({"add", "mind", "--from", "share"}, 2, "did you mean 'mine'?");
    CHECK(has(user.added({"add", "mine", "--from", "share"}), "mine is added"));
    CHECK(user.added({"update"}) == "mine: as it was\n");
    write("two.tar.gz", sha256_of(user.line, user.line.folder / "share/two.tar.gz"));
    CHECK(user.added({"update"}) == "mine: built again, since its source has changed\n");
    CHECK(fs::exists(user.installed("mine/source/more")));

    user.added({"remove", "mine"});
    write("two.tar.gz", std::string(64, '0'));
    user.refused({"add", "mine", "--from", "share/index.json"}, 4, "is not what the index names");
    write("../elsewhere", std::string(64, '0'));
    user.refused({"list", "--from", "share"}, 4, "names no source in the folder of the index");
    user.line.folder.write("share/index.json", "{}");
    user.refused({"list", "--from", "share"}, 4, "is no index of plugins that this graft reads");
    user.line.folder.write("share/index.json", R"({"graft_plugins": 2, "plugins": {}})");
    user.refused({"list", "--from", "share"}, 4,
                 "is an index of version 2, this graft reads 1\n  update graft, ");
    user.line.folder.write("share/index.json", "{\"graft_plugins\": 1,\n \"plugins\": {]}");
    user.refused({"list", "--from", "share"}, 4,
                 "index.json:2:14: the index of plugins is no JSON from here on");
    user.refused({"list", "--from", "nowhere"}, 4,
                 "/nowhere'\n  a registry is a folder that holds an index.json");
    user.refused({"list", "--from", ""}, 2, "cannot be used: it has no name");
    user.refused({"list", "--from", "https://"}, 2, "cannot be used: it names no machine");
    user.refused({"update", "--from", "share"}, 2, "--from goes with add and list alone");
    CHECK(user.names().empty());
}

// Proves: whoever stops `graft plugins add` stops what it started, too, and finds nothing half done.
TEST_CASE("a build that is stopped ends whole") {
    const User user;
    user.line.folder.write("slow/CMakeLists.txt",
                           "cmake_minimum_required(VERSION 3.25)\nproject(slow LANGUAGES NONE)\n"
                           "execute_process(COMMAND sh -c \"echo $$ > '" +
                               (user.line.folder / "started").string() + "'; exec sleep 1000\")\n");
    const Printed stopped = user.line.shell(
        R"("$graft" plugins add slow & whole=$!
           while [ ! -s started ]; do sleep 0.05; done
           kill -TERM $whole; wait $whole; echo "exit code $?"
           # It was killed, which takes its time, and whoever is process 1 need not bury it (Z).
           while grep -qs '^State:.[^ZX]' /proc/$(cat started)/status; do sleep 0.01; done
           echo "nothing goes on")");
    CHECK(stopped.out == "exit code 6\nnothing goes on\n");
    CHECK(has(stopped.err, "error: slow was not added: it was stopped\n"));
    CHECK(user.names().empty());
}

// Proves: one process at a time; what one that was killed left is put in order by the next.
TEST_CASE("processes that change installed plugins do not meet") {
    const User user;
    user.added({"list"});
    fs::create_directories(user.installed(".new-half/plugins"));
    fs::create_directories(user.installed(".old-whole/plugins"));
    const std::string folder = "'" + user.installed("").string() + "'";
    const Printed second = user.line.shell("flock " + folder + " \"$graft\" plugins add copied");
    CAPTURE(second.err);
    CHECK(second.exit_code == 6);
    CHECK(has(second.err, "another graft is at work"));
    user.added({"add", "copied"});
    CHECK_FALSE(fs::exists(user.installed(".new-half")));
    CHECK(fs::exists(user.installed("whole/plugins")));
}

// Proves: words that make no command are refused with the nearest that do.
TEST_CASE("wrong words of graft plugins are refused") {
    const User user;
    user.refused({"add"}, 2, "add which plugin?");
    user.refused({"ad", "copied"}, 2, "did you mean 'add'?");
    user.refused({"add", "one", "two"}, 2, "one plugin is added at a time");
    user.refused({"remove"}, 2, "remove which plugin?");
    user.refused({"update"}, 2, "no plugin was added that could be updated");
    user.refused({"list", "copied"}, 2, "takes no word behind it");
    user.refused({"show"}, 2, "show which component?");
    user.refused({"show", "one", "two"}, 2, "'two'");
    user.refused({"remove", "x", "--name", "y"}, 2, "--name goes with add alone");
    user.refused({"--name", "y"}, 2, "--name goes with `graft plugins add` alone");
    user.refused({"list", "--plugin-dir", "."}, 2, "takes no --plugin-dir");
    user.refused({"--verify", "x.so", "--key", "y"}, 2, "--key goes with `graft plugins add` alone");
    user.refused({"--verify", ""}, 2, "--verify names no file");
    CHECK(user.line.requests() == "");
    const Printed shown = user.plugins({"show", "list", "--json"});
    CHECK(graft::tests::json_lines(user.line.requests()).at(0)["id"] == "list");
}

// Proves: the same with the real engine: what was added is found without being named, until it is removed.
TEST_CASE("a plugin that was added is found by every command") {
    if (!graft::tests::has_engine({"toys"})) {
        return;
    }
    const CommandLine line;
    line.folder.write("pair/CMakeLists.txt",
                      copying(GRAFT_TEST_BINARY "/tests/plugins/toys/toy_pair_loss.so"));
    const Printed added = line.graft({"plugins", "add", "pair"});
    CAPTURE(added.err);
    CHECK(added.exit_code == 0);
    CHECK(line.graft({"plugins", "toy_pair"}).exit_code == 0);
    CHECK(line.graft({"plugins", "remove", "pair"}).exit_code == 0);
    CHECK(line.graft({"plugins", "toy_pair"}).exit_code == 3);
}

}  // namespace

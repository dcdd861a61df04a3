// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Registries of plugins on another machine, and signed ones. OpenSSL's own program signs and makes
// certificates.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "support/skip.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;

/// A registry `share` of one plugin, and an engine that fetches as ever and finds no fault with a library.
class Sharing {
public:
    Sharing() {
        line.engine(
            "case \"$request\" in *'\"most_bytes\"'*) unset GRAFT_ENGINE\n"
            "printf '%s' \"$request\" | exec '" GRAFT_TEST_BINARY
            "/bin/graft-engine' ;; esac\n"
            R"(printf '%s\n' '{"event":"result","data":{"cases":[]}}')");
        line.folder.write("copied/CMakeLists.txt",
                          "cmake_minimum_required(VERSION 3.25)\nproject(copied LANGUAGES NONE)\nfile(COPY "
                          "\"" GRAFT_TEST_BINARY
                          "/tests/catalog/test-catalog-note.so\" DESTINATION "
                          "${CMAKE_BINARY_DIR}/lib/graft/plugins)\n");
        done("mkdir share; cmake -E tar czf 'share/the one.tar.gz' copied");
        offer("the one.tar.gz");
        done(
            "openssl genpkey -algorithm ed25519 -out private.pem; "
            "openssl pkey -in private.pem -pubout -out public.pem");
    }

    void done(const std::string& line_of_shell) const {
        const Printed printed = line.shell("set -e; " + line_of_shell);
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
    }

    void offer(const std::string& archive) const {
        const std::string sha256 = line.shell("sha256sum 'share/" + archive + "'").out.substr(0, 64);
        const Json mine = {{"source", archive}, {"sha256", sha256}, {"summary", "A copy"}};
        line.folder.write("share/index.json",
                          Json({{"graft_plugins", 1}, {"plugins", {{"mine", mine}}}}).dump());
    }

    void sign(const std::string& key = "private.pem") const {
        done("openssl pkeyutl -sign -rawin -inkey " + key +
             " -in share/index.json -out share/index.json.sig");
    }

    Printed plugins(const std::string& words) const {
        return line.shell(certificates +
                          "mkdir -p fetched; export TMPDIR=\"$PWD/fetched\"; \"$graft\" plugins " + words);
    }

    void added(const std::string& words, const std::string& text) const {
        const Printed printed = plugins(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        CAPTURE(printed.out);
        CHECK(has(printed.out, text));
    }

    void refused(const std::string& words, int exit_code, const std::string& text) const {
        const Printed printed = plugins(words);
        CAPTURE(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == exit_code);
        CHECK(has(printed.err, text));
    }

    Json record() const {
        return parse_json(slurp(line.folder / ".local/share/graft/installed/mine/record.json"));
    }

    CommandLine line;
    std::string certificates;
};

/// registry_server.py, with a certificate of its own.
class SecureServer {
public:
    explicit SecureServer(Sharing& sharing) {
        const fs::path folder = sharing.line.folder.path();
        sharing.done(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out "
            "server.crt -days 2 -subj /CN=registry -addext subjectAltName=IP:127.0.0.1");
        const std::string command = "exec python3 " GRAFT_TEST_SOURCE "/tests/app/registry_server.py '" +
                                    (folder / "share").string() + "' '" + (folder / "server.crt").string() +
                                    "' '" + (folder / "server.key").string() + "'";
        pipe_ = ::popen(command.c_str(), "r");
        REQUIRE(std::fscanf(pipe_, "%d %d %d", &port_, &plain_port_, &process_) == 3);
        sharing.certificates = "export SSL_CERT_FILE=server.crt; ";
    }
    SecureServer(const SecureServer&) = delete;
    SecureServer& operator=(const SecureServer&) = delete;
    ~SecureServer() { end(); }

    void end() {
        if (pipe_ != nullptr) {
            ::kill(process_, SIGKILL);
            ::pclose(pipe_);
            pipe_ = nullptr;
        }
    }

    std::string at(const std::string& manner) const {
        return "https://127.0.0.1:" + std::to_string(port_) + "/" + manner;
    }
    std::string plain() const { return "http://127.0.0.1:" + std::to_string(plain_port_) + "/share"; }

private:
    std::FILE* pipe_ = nullptr;
    int port_ = 0;
    int plain_port_ = 0;
    int process_ = 0;
};

bool has_openssl() {
    if (CommandLine().shell("openssl version").exit_code != 0) {
        graft::tests::skip("there is no program openssl here");
        return false;
    }
    return true;
}

// Proves: a registry that its user holds to a key is refused unsigned, signed by another key, or changed
// since, each by its name, also by commands that do not name the key again; without a key nothing changes.
TEST_CASE("a registry is checked with its maintainer's key") {
    if (!has_openssl()) {
        return;
    }
    const Sharing user;
    user.added("list --from share", "A copy");
    user.refused("list --from share --key public.pem", 4,
                 "index.json' is not signed, and --key asks for that");
    user.done("openssl genpkey -algorithm ed25519 -out other.pem");
    user.sign("other.pem");
    user.refused("add mine --from share --key public.pem", 4,
                 "was not signed by the key that --key names, or was changed since");
    user.line.folder.write("share/index.json.sig", "no signature");
    user.refused("list --from share --key public.pem", 4, "was not signed by the key");
    user.sign();
    user.added("list --from share --key public.pem", "A copy");
    user.added("add mine --from share --key public.pem", "mine is added");
    CHECK(user.record()["registry_key"] == slurp(user.line.folder / "public.pem"));
    user.added("update", "mine: as it was");

    user.done("touch copied/more; cmake -E tar czf share/two.tar.gz copied");
    user.offer("two.tar.gz");
    user.refused("update", 4, "mine was not built again: '");
    user.refused("update", 4, "was not signed by the key");
    user.refused("list --from share/", 4, "was not signed by the key");
    user.added("list", "its registry cannot be used, the copy is there");
    user.sign();
    user.added("update", "mine: built again, since its source has changed");
    user.added("list --from \"file://$PWD/share\"", "A copy");

    user.refused("list --from share --key private.pem", 2, "holds a private key");
    user.refused("list --from share --key share/index.json", 2, "is no public key of Ed25519 in PEM");
    user.done("openssl genpkey -algorithm rsa -out rsa.pem; openssl pkey -in rsa.pem -pubout -out rsa.pub");
    user.refused("list --from share --key rsa.pub", 2, "is no public key of Ed25519 in PEM");
    user.refused("list --from share --key nowhere.pem", 4, "nowhere.pem");
    user.refused("list --key public.pem", 2, "--key goes with --from");
}

TEST_SUITE_BEGIN("slow");

// Proves: a registry at https serves as a folder does; nothing comes over http, from a machine that nobody
// vouches for, without end, or other than the index says; without the network what was added can be rebuilt.
TEST_CASE("a plugin is added from a registry on another machine") {
    if (!has_openssl() || !graft::tests::has_engine()) {
        return;
    }
    Sharing user;
    user.sign();
    SecureServer server(user);
    user.added("list --from " + server.at("share/"), "A copy");
    user.added("list --from " + server.at("around/index.json") + " --key public.pem", "A copy");
    user.added("add mine --from " + server.at("share") + " --key public.pem", "mine is added");
    CHECK(user.record()["registry"] == server.at("share"));
    CHECK(user.record()["source"] == server.at("share/the%20one.tar.gz"));
    user.added("list", "of another machine, which update asks");
    user.added("update", "mine: as it was");
    user.done("touch copied/more; cmake -E tar czf share/two.tar.gz copied");
    user.offer("two.tar.gz");
    user.refused("update", 4, "was not signed by the key");
    user.sign();
    user.added("update", "mine: built again, since its source has changed");

    user.refused("list --from " + server.at("away"), 6, "cannot be fetched: ");
    user.refused("list --from " + server.plain(), 2, "others could change on the way what comes from there");
    user.refused("list --from '" + server.at("share") + "?a=b'", 2, "it has a query");
    user.refused("list --from " + server.at("endless"), 6, "it is longer than 16777216 bytes");
    user.refused("list --from " + server.at("share/nowhere"), 6, "404");
    user.certificates = "unset SSL_CERT_FILE; ";
    user.refused("list --from " + server.at("share"), 6, "certificate");
    user.certificates = "export SSL_CERT_FILE=server.crt; ";
    user.line.folder.write("share/two.tar.gz", "another archive");
    user.added("remove mine", "mine is removed");
    user.refused("add mine --from " + server.at("share"), 4, "is not what the index names: its SHA-256 is");
    CHECK(fs::is_empty(user.line.folder / "fetched"));

    user.done("cp share/index.json kept; cmake -E tar czf share/two.tar.gz copied");
    user.offer("two.tar.gz");
    user.added("add mine --from " + server.at("share"), "mine is added");
    server.end();
    user.refused("update", 6, "mine was not built again: https://127.0.0.1");
    Json record = user.record();
    record["stamp"]["libtorch"] = "2.10.0";
    user.line.folder.write(".local/share/graft/installed/mine/record.json", record.dump());
    user.added("update", "mine: built again for this graft");
}

TEST_SUITE_END();

}  // namespace

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <string>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "weights/server.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::has_engine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::quoted;

const std::string files = GRAFT_TEST_SOURCE "/tests/weights/files/";

// Proves: the whole help, and what each action asks the engine.
TEST_CASE("graft weights: help and requests") {
    CommandLine line;
    CHECK(
        line.graft({"weights", "--help"}).out ==
        "usage: graft weights list | fetch ID... | inspect FILE | convert FILE TO [options]\n"
        "\n"
        "list: every published set of weights of all backbones, and whether it is here.\n"
        "fetch: gets them (BACKBONE/ID) into torch hub's cache folder.\n"
        "inspect: the tensors in a file of PyTorch (.pth, .pt), TorchScript or safetensors; runs none of "
        "its code.\n"
        "convert: writes them as safetensors.\n"
        "\n"
        "options:\n"
        "  --no-stats        inspect: names, shapes and types only, at once for a file of any length\n"
        "  --key KEY         inspect, convert: which state dict of a training checkpoint, as state_dict_ema\n"
        "  --plugin-dir DIR  look for plugins there first (may be repeated)\n"
        "  --verbose         show what plugins and libraries print, too\n"
        "  --json            print results as JSON, for programs\n"
        "  --help            print this\n"
        "\n"
        "example:\n"
        "  graft weights fetch resnet18/imagenet1k_v1\n"
        "  graft weights inspect checkpoint.pth\n"
        "  graft weights convert checkpoint.pth weights.safetensors\n");
    line.engine(R"(echo '{"event":"fetching","data":{"bytes":10,"total":20}}'
        printf '%s\n' '{"event":"result","data":{"id":"a/b","path":"/cache/b.pth"}}')");
    const Printed fetched = line.graft({"weights", "fetch", "a/b", "c/d"});
    CHECK(fetched.exit_code == 0);
    CHECK(fetched.out == "a/b: /cache/b.pth\na/b: /cache/b.pth\n");
    CHECK(fetched.err == "");
    line.graft({"weights", "inspect", "x.pth", "--no-stats"});
    line.graft({"weights", "convert", "x.pth", "y", "--key", "ema"});
    CHECK(line.requests() ==
          R"({"command":"weights","action":"fetch","plugin_dirs":[],"id":"a/b"}
{"command":"weights","action":"fetch","plugin_dirs":[],"id":"c/d"}
{"command":"weights","action":"inspect","plugin_dirs":[],"file":"x.pth","statistics":false}
{"command":"weights","action":"convert","plugin_dirs":[],"key":"ema","file":"x.pth","to":"y"}
)");
}

TEST_CASE("graft weights: wrong usage") {
    const CommandLine line;
    const std::string more = "\n  `graft weights --help` tells what it takes\n";
    const auto said = [&](const std::vector<std::string>& words) {
        std::vector<std::string> all{"weights"};
        all.insert(all.end(), words.begin(), words.end());
        const Printed printed = line.graft(all);
        CHECK(printed.exit_code == 2);
        return printed.err;
    };
    CHECK(said({}) == "error: list, fetch, inspect or convert?" + more);
    CHECK(said({"lst"}) == "error: graft weights cannot 'lst'\n  did you mean 'list'?" + more);
    CHECK(said({"inspect"}) == "error: inspect what? It takes a file" + more);
    CHECK(said({"inspect", "a", "b"}) == "error: inspect takes a file, and no 'b'" + more);
    CHECK(said({"convert", "a"}) == "error: convert what? It takes a file and where to write" + more);
    CHECK(said({"fetch"}) ==
          "error: fetch what? It takes BACKBONE/ID\n  `graft weights list` shows them" + more);
    CHECK(said({"list", "--no-stats"}) == "error: --no-stats goes with inspect" + more);
    CHECK(said({"list", "--key", "ema"}) == "error: --key goes with inspect and convert" + more);
}

// Proves: the real engine reads a real file; numbers by numpy: arange(-3, 5) has mean 0.5, std sqrt(5.25).
TEST_CASE("graft weights inspect and convert") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    const Printed json = line.graft({"weights", "inspect", files + "types.pth", "--json"});
    REQUIRE(json.exit_code == 0);
    const Json result = parse_json(json.out);
    CHECK(result["container"] == "zip");
    REQUIRE(result["tensors"].size() == 10);
    CHECK(result["tensors"][2] == Json({{"name", "float16"},
                                        {"shape", {8}},
                                        {"dtype", "float16"},
                                        {"mean", 0.5},
                                        {"std", 2.29128784747792},
                                        {"min", -3.0},
                                        {"max", 4.0}}));
    const Printed text = line.graft({"weights", "inspect", files + "checkpoint_legacy.pth", "--no-stats"});
    CHECK(text.out.find("legacy, 15 tensors, 65 elements\n"
                        "a training checkpoint: the state dict under 'model'\n"
                        "beside them, no tensors: epoch\n"
                        "  name                               type     shape\n"
                        "  fc.bias                            float32  3\n"
                        "  fc.weight                          float32  3 x 2\n") == 0);
    const Printed timm = line.graft({"weights", "inspect", files + "training/timm.pth.tar", "--no-stats"});
    CHECK(timm.out.find(
              "zip, 9 tensors, 19 elements\n"
              "a training checkpoint: the state dict under 'state_dict'\n"
              "other state dicts (--key takes one): state_dict_ema\n"
              "beside them, no tensors: amp_scaler, arch, args, epoch, metric, optimizer, saver, version\n"
              "objects of Python passed over: argparse.Namespace, numpy._core.multiarray.scalar, "
              "numpy.dtype, pathlib.PurePosixPath\n") == 0);
    const std::string whole =
        line.graft({"weights", "inspect", files + "training/whole.pth", "--no-stats"}).out;
    CHECK(whole.find("the pickled module __main__.Net\n") != std::string::npos);
    const Printed wrong =
        line.graft({"weights", "inspect", files + "training/timm.pth.tar", "--key", "state_dict_em"});
    CHECK(wrong.exit_code == 2);
    CHECK(wrong.err == "error: '" + files +
                           "training/timm.pth.tar' has no state dict under 'state_dict_em'\n" +
                           "  did you mean 'state_dict_ema'?\n");
    const Printed average = line.graft({"weights", "convert", files + "training/torchvision.pth",
                                        "average.safetensors", "--key", "model_ema"});
    CHECK(average.out.find("average.safetensors: 10 tensors of ") == 0);
    const Printed converted = line.graft({"weights", "convert", files + "views.pth", "views.safetensors"});
    CHECK(converted.exit_code == 0);
    CHECK(converted.out == "views.safetensors: 9 tensors of " + files + "views.pth\n");
    const Json before = parse_json(line.graft({"weights", "inspect", files + "views.pth", "--json"}).out);
    const Json after = parse_json(line.graft({"weights", "inspect", "views.safetensors", "--json"}).out);
    CHECK(after["container"] == "safetensors");
    CHECK(after["metadata"] == Json({{"format", "pt"}}));
    CHECK(after["tensors"] == before["tensors"]);
}

// Proves: a hostile file ends with exit code 4 and its reason, and runs nothing.
TEST_CASE("graft weights inspect of a pickle that would run a command") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    const Printed made = line.shell(
        "python3 -c 'import os, pickle, zipfile\n"
        "class Evil:\n"
        "    def __reduce__(self): return os.system, (\"touch owned\",)\n"
        "z = zipfile.ZipFile(\"evil.pth\", \"w\")\n"
        "z.writestr(\"evil/data.pkl\", pickle.dumps({\"a\": Evil()}, 2))\n"
        "z.close()'");
    REQUIRE(made.exit_code == 0);
    const Printed printed = line.graft({"weights", "inspect", "evil.pth"});
    CHECK(printed.exit_code == 4);
    CHECK(printed.err ==
          "error: 'evil.pth' cannot be used as weights: it names 'posix.system', which can run programs or "
          "code "
          "and belongs to no weights; nothing of the file is used\n"
          "  do not load it elsewhere either, unless you trust who wrote it; where you do, save the weights "
          "alone: torch.save(model.state_dict(), \"weights.pth\")\n");
    CHECK_FALSE(std::filesystem::exists(line.folder / "owned"));
}

// Proves: a backbone's own catalogue is listed and fetched; a fetch killed midway leaves nothing that is
// taken for complete, and the next one goes on; a file of another hash is not kept.
TEST_CASE("graft weights list and fetch, from a server") {
    if (!has_engine()) {
        return;
    }
    const graft::weights::test::Server server;
    const CommandLine line;
    const std::string hash = graft::weights::test::hash().substr(0, 8);
    const std::string file = ".cache/torch/hub/checkpoints/published-" + hash + ".pth";
    const std::string graft =
        "unset TORCH_HOME XDG_CACHE_HOME; export PUBLISHED_PORT=" + std::to_string(server.port()) +
        "; weights() { \"$graft\" weights \"$@\" --plugin-dir " +
        quoted(GRAFT_TEST_BINARY "/tests/plugins/published") + "; }\n";
    const auto state = [&] {
        const Json all = parse_json(line.shell(graft + "weights list --json").out);
        for (const Json& row : all["weights"]) {
            if (row["id"] == "published/well") {
                return row["path"].get<std::string>();
            }
        }
        return std::string("not listed");
    };
    const Printed wrong = line.shell(graft + "weights fetch published/wrong");
    CHECK(wrong.exit_code == 4);
    CHECK(wrong.err.find(" has a SHA-256 that begins with ") != std::string::npos);
    CHECK(wrong.err.find("put it at " + (line.folder.path() / file).string()) != std::string::npos);
    CHECK(state() == "");
    line.shell(graft + "\"$graft\" weights fetch published/crawls --plugin-dir " +
               quoted(GRAFT_TEST_BINARY "/tests/plugins/published") + " & while kill -0 $! && [ ! -s " +
               file + ".part ]; do sleep 0.02; done; kill -9 $!; wait");
    CHECK(std::filesystem::file_size(line.folder / (file + ".part")) > 0);  // so it was midway
    CHECK_FALSE(std::filesystem::exists(line.folder / file));
    CHECK(state() == "");
    const Printed fetched = line.shell(graft + "weights fetch published/well");
    CHECK(fetched.exit_code == 0);
    CHECK(fetched.out == "published/well: " + (line.folder.path() / file).string() + "\n");
    CHECK(state() == (line.folder.path() / file).string());
    CHECK(graft::tests::slurp(line.folder / file) == graft::weights::test::content());
}

}  // namespace

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Objects of any class in a pickle: their state is looked into, nothing is made or called, and names that
// could do harm end the reading. Which state dict of several is taken.
#include <doctest/doctest.h>

#include "core/files.hpp"
#include "weights/support.hpp"

using namespace graft;
using namespace graft::weights;
using namespace graft::weights::test;

// Proves: a pickle runs no code: the name is refused before anything is done with it.
TEST_CASE("a pickle that calls os.system is refused by name") {
    const std::string evil =
        "\x80\x02"
        "cposix\nsystem\n" +
        tuple({text("touch /tmp/owned")}) + "R.";
    CHECK(refusal(archive(evil)) ==
          "'file' cannot be used as weights: it names 'posix.system', which can run programs or code and "
          "belongs "
          "to no weights; nothing of the file is used\n"
          "  do not load it elsewhere either, unless you trust who wrote it; where you do, save the weights "
          "alone: torch.save(model.state_dict(), \"weights.pth\")");
    for (const std::string name : {"os\nsystem",
                                   "nt\nsystem",
                                   "subprocess\nPopen",
                                   "sys\nexit",
                                   "socket\nsocket",
                                   "runpy\nrun_path",
                                   "builtins\neval",
                                   "builtins\ngetattr",
                                   "__builtin__\nexec",
                                   "builtins\nset.__init__",
                                   "shutil\nrmtree",
                                   "importlib\nimport_module",
                                   "pty\nspawn",
                                   "ctypes\nCDLL",
                                   "webbrowser\nopen",
                                   "code\nInteractiveInterpreter",
                                   "logging\nos.system",
                                   "six.moves\nbuiltins.eval",
                                   "asyncio.subprocess\nsomething",
                                   "pickle\nloads",
                                   "torch\nload",
                                   "torch.hub\nload",
                                   "torch.storage\n_load_from_bytes",
                                   "collections\nnamedtuple",
                                   "numpy\nload"}) {
        CAPTURE(name);
        says(archive("\x80\x02"
                     "c" +
                     name + "\n)R."),
             "it names '");
    }
    says(archive("\x80\x04\x8c\x05posix\x8c\x06system\x93)R."), "it names 'posix.system'");
}

// Proves: such a name is found wherever it hides: in the state of an unknown object, in nested calls, as INST
// and OBJ, in a text that is made a name, in what is thrown away again.
TEST_CASE("a name that could do harm is found wherever it stands") {
    const std::string system = "cposix\nsystem\n";
    const std::string run = system + tuple({text("x")}) + "R";
    const std::string object = "cmy.config\nOptions\n)\x81";
    const auto beside = [](const std::string& value) {
        return archive(dict({{"a", good_tensor}, {"args", value}}));
    };
    CHECK(refusal(beside(object + "}" + text("lr") + "K\x01sb")) == "");
    for (const std::string& evil :
         {run, system, object + "}" + text("lr") + run + "sb",
          object + tuple({"N", "}" + text("x") + run + "s"}) + "b",
          "cmy\nf\n" + tuple({"cmy\ng\n" + tuple({run}) + "R"}) + "R", "(" + text("x") + "iposix\nsystem\n",
          "(" + system + text("x") + "o", text("posix") + text("system") + "\x93",
          "S'posix'\nS'system'\n\x93" + tuple({text("x")}) + "R", run + "0N", "(" + run + "1N",
          system + "q\x07" + "0h\x07)R", "cmy\nf\n)" + std::string("}") + text("x") + run + "s\x92",
          "](" + run + "e", "\x8f(" + run + "\x90", "(" + run + "\x91",
          "ccollections\nOrderedDict\n)R}" + text("x") + run + "sb",
          "cmy\nClass\n)\x81(" + text("x") + run + "u"}) {
        CAPTURE(evil);
        says(beside(evil), "it names 'posix.system'");
    }
    for (const std::string code : {"\x82\x01", "\x83\x01\x01", "\x84\x01\x01\x01\x01"}) {
        says(beside(code), "it asks for an object by a number of Python's own registry");
    }
}

// Proves: what an unknown class carries is looked into, and only where it is asked for; nothing is made of
// it.
TEST_CASE("unknown objects are the state that they carry") {
    const std::string state = "}" + text("weights") + "}" + text("a") + good_tensor + "ssb";
    const auto read = [](const std::string& bytes, const std::string& key) {
        return read_weights(as_bytes(bytes), "file", {key, {}});
    };
    const std::string bytes =
        archive("\x80\x02}(" + text("epoch") + "K\x01" + text("trainer") + "cmy.code\nTrainer\n)\x81" +
                state + text("args") + "cargparse\nNamespace\n)R" + "u.");
    const WeightFile file = read(bytes, "");
    CHECK(file.wrapper == "trainer.weights");
    CHECK(file.others == std::vector<std::string>{"args", "epoch"});
    CHECK(file.foreign == std::vector<std::string>{"argparse.Namespace", "my.code.Trainer"});
    REQUIRE(file.tensors.size() == 1);
    CHECK(file.tensors[0].name == "a");
    CHECK(read(bytes, "trainer.weights").tensors.size() == 1);
}

// Proves: tensors that are not read are named with their type where nothing else is left, and else reported.
TEST_CASE("tensors of types that are not read") {
    const std::string complex = tensor(storage("1", 2, "ComplexFloatStorage"), 0, {2}, {1});
    const std::string sparse = "ctorch._utils\n_rebuild_sparse_tensor\n)R";
    const std::string newer = "ctorch._utils\n_rebuild_tensor_v3\n" + tuple({"ctorch\nuint16\n"}) + "R";
    says(archive(dict({{"a", complex}})),
         "'a' is of the type torch.ComplexFloatStorage, and tensors of that type are not read");
    const std::string bytes =
        archive(dict({{"a", good_tensor}, {"b", complex}, {"c", sparse}, {"d", newer}}));
    CHECK(read_weights(as_bytes(bytes), "file").unread ==
          std::map<std::string, std::string>{
              {"b", "torch.ComplexFloatStorage"}, {"c", "sparse tensor"}, {"d", "torch.uint16"}});
}

// Proves: a class's own method in its state is a name like any other; getattr reaches nothing else.
TEST_CASE("getattr is taken for the name of a method only") {
    const auto named = [](const std::string& object, const std::string& name) {
        return archive(
            dict({{"a", good_tensor}, {"b", "cbuiltins\ngetattr\n" + tuple({object, text(name)}) + "R"}}));
    };
    CHECK(read_weights(as_bytes(named("cmy.log\nBuffer\n", "mean")), "file").foreign ==
          std::vector<std::string>{"my.log.Buffer", "my.log.Buffer.mean"});
    says(named("cmy.log\nBuffer\n", "__globals__"), "it names 'builtins.getattr'");
    says(named("cmy.log\nBuffer\n", "os"), "it names 'my.log.Buffer.os'");
    says(named("cmy.log\nBuffer\n", "os.system"), "it names 'my.log.Buffer.os.system'");
    says(named(text("posix"), "system"), "it names 'builtins.getattr'");
    says(archive(dict({{"a", good_tensor}, {"b", "cbuiltins\ngetattr\n"}})), "it names 'builtins.getattr'");
    says(named("cbuiltins\ngetattr\n", "system"), "it names 'builtins.getattr.system'");
}

TEST_CASE("a state dict is chosen by its key, or told apart by its name") {
    const auto dicts = [](const std::vector<std::string>& names) {
        std::vector<std::pair<std::string, std::string>> entries;
        for (const std::string& name : names) {
            entries.emplace_back(name, "}" + text("a") + good_tensor + "s");
        }
        return archive(dict(entries));
    };
    const auto taken = [&](const std::vector<std::string>& names, const std::string& key = "") {
        return read_weights(as_bytes(dicts(names)), "file", {key, {}}).wrapper;
    };
    CHECK(taken({"model_ema", "model"}) == "model");
    CHECK(taken({"ema"}) == "ema");
    CHECK(taken({"student", "ema_teacher"}) == "student");
    CHECK(taken({"network", "state_dict", "x"}) == "state_dict");
    CHECK(taken({"model_ema", "model"}, "model_ema") == "model_ema");
    says(dicts({"generator", "critic"}),
         "it holds several state dicts: critic, generator\n"
         "  choose one: weights: {file: ..., key: critic}");
    const auto refused_key = [&](const std::string& bytes, const std::string& key) -> std::string {
        try {
            read_weights(as_bytes(bytes), "file", {key, {}});
        } catch (const core::Failure& failure) {
            CHECK(failure.category() == core::Category::pipeline);
            return failure.what();
        }
        return "";
    };
    CHECK(refused_key(dicts({"model", "state_dict_ema"}), "state_dict_em") ==
          "'file' has no state dict under 'state_dict_em'\n  did you mean 'state_dict_ema'?");
    CHECK(refused_key(dicts({"model", "best"}), "x") ==
          "'file' has no state dict under 'x'\n  allowed: best, model");
    CHECK(refused_key(archive(dict({{"a", good_tensor}})), "model") ==
          "'file' has no state dict under 'model'\n  it has one only: leave `key` out");
    CHECK(refused_key(core::read_file(files / "types.safetensors"), "model") ==
          "'file' is a safetensors file, which holds one set of tensors only, none under 'model'\n"
          "  leave `key` out");
    CHECK(refused_key(core::read_file(files / "scripted.pt"), "model") ==
          "'file' is a TorchScript file, which holds one set of tensors only, none under 'model'\n"
          "  leave `key` out");
}

// Proves: states that contain themselves, share each other or nest without end are read to an end.
TEST_CASE("states without end") {
    const std::string object = "cmy\nC\n)\x81";
    const auto read = [](const std::string& bytes) { return read_weights(as_bytes(bytes), "file"); };
    const std::string state = text("model") + "}" + text("a") + good_tensor + "s";
    // An object that is its own attribute and its own state's state, beside weights.
    CHECK(read(archive("\x80\x02}(" + state + text("me") + object + "q\x01}" + text("me") + "h\x01sb" +
                       "h\x01" + "b" + "u."))
              .tensors.size() == 1);
    CHECK(read(archive("\x80\x02}q\x01(" + text("self") + "h\x01" + state + "u.")).tensors.size() == 1);
    // A module below itself, and one of 2^40 paths.
    const std::string module = "cnn\nModule\n)\x81";
    const auto with_children = [&](const std::string& children) {
        return "}(" + text("_parameters") + "}" + text("a") + good_tensor + "s" + text("_modules") + "}(" +
               children + "uub";
    };
    says(archive("\x80\x02" + module + "q\x01" + with_children(text("me") + "h\x01") + "."),
         "its modules nest more than 64 deep");
    std::string doubled =
        "\x80\x02" + module + "}(" + text("_parameters") + "}" + text("_modules") + "}ubq\x01";
    for (int level = 0; level < 40; ++level) {
        doubled += module + "}(" + text("_parameters") + "}" + text("_modules") + "}(" + text("l") + "h\x01" +
                   text("r") + "h\x01uubq\x01";
    }
    says(archive(doubled + "."), "more than 100000 modules");
    // Dicts in dicts: a million, of which the innermost has a tensor, and many that are the state of many.
    std::string deep = "\x80\x02";
    for (int level = 0; level < 100'000; ++level) {
        deep += "}" + text("a");
    }
    deep += good_tensor;
    says(archive(deep + std::string(100'000, 's') + "."), "it holds no state dict; its keys are a");
    std::string shared = "\x80\x02}(";
    for (int entry = 0; entry < 1'000; ++entry) {
        shared += text(std::to_string(entry)) + "N";
    }
    shared += "uq\x01](";
    for (int again = 0; again < 2'000; ++again) {
        shared += object + "h\x01" + "b";
    }
    says(archive(shared + "e."), "its pickle makes more than 1000000 values");
    std::string names = "\x80\x02](";
    for (int name = 0; name < 2'000; ++name) {
        names += "cmy\nC" + std::to_string(name) + "\n";
    }
    says(archive(names + "e."), "it names more than 1000 classes and functions");
}

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/results.hpp"
#include "report/predictions.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <sstream>
#include <string>

#include "core/text.hpp"
#include "report/formatting.hpp"
#include "support/temporary_folder.hpp"

namespace {

using graft::core::Json;
using graft::report::Screen;

std::ostringstream nowhere;
const Screen plain{nowhere};

// Proves: numbers and times as people write them, also at their edges.
TEST_CASE("numbers and times for people") {
    using namespace graft::report;
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(-123456) == "-123,456");
    CHECK(grouped(11242305) == "11,242,305");
    CHECK(duration(0.04) == "0.0 s");
    CHECK(duration(9.94) == "9.9 s");
    CHECK(duration(9.99) == "10 s");
    CHECK(duration(59.6) == "1 min 0 s");
    CHECK(duration(3599.4) == "59 min 59 s");
    CHECK(duration(7530) == "2 h 6 min");
    CHECK(duration(86400 * 3 + 3600) == "3 days 1 h");
    CHECK(duration(std::nan("")) == "-");
    CHECK(duration(-1) == "-");
    CHECK(measure(0.98765) == "0.9877");
    CHECK(measure(31.25, "years") == "31.25 years");
    CHECK(measure(Json()) == "-");
    CHECK(counted(1, "epoch") == "1 epoch");
    CHECK(columns_of("Größe") == 5);
}

// Proves: the table at the end of a run, units and all, and how to go on.
TEST_CASE("the end of a run") {
    const graft::tests::TemporaryFolder folder;
    folder.write("predictions.png", "");
    const std::string path = folder.path().string();
    const Json result = {
        {"status", "finished"},
        {"name", "ants-bees"},
        {"seconds", 72.4},
        {"folder", path},
        {"best",
         {{"epoch", 2},
          {"metrics",
           {{"loss", 0.25}, {"species/accuracy", 0.9}, {"species/f1/ants", 1.0}, {"person/mae", 6.0}}}}},
        {"final",
         {{"epoch", 3}, {"metrics", {{"loss", 0.5}, {"species/accuracy", 0.85}, {"person/mae", nullptr}}}}},
        {"against_constant",
         {{{"name", "species"},
           {"measure", "accuracy"},
           {"unit", ""},
           {"model", 0.9},
           {"constant", 0.5},
           {"constant_is", "always ants"},
           {"better_by", 0.4},
           {"better", true}},
          {{"name", "person"},
           {"measure", "mae"},
           {"unit", "years"},
           {"model", 6.5},
           {"constant", 6.0},
           {"constant_is", "always 30 years"},
           {"better_by", -0.5},
           {"better", false}}}},
        {"units", {{"person/mae", "years"}}}};
    const std::string word = graft::core::shell_word(path);  // temporary folders may have any name
    CHECK(graft::report::run_text(result, Json::object(), plain) ==
          "ants-bees finished after 1 min 12 s\n"
          "  metric            best (epoch 2)  last (epoch 3)\n"
          "  loss                      0.2500          0.5000\n"
          "  species/accuracy          0.9000          0.8500\n"
          "  person/mae          6.0000 years               -\n"
          "  species against always ants     better by 0.4000  (accuracy 0.9000 against 0.5000)\n"
          "  person against always 30 years  no better         (mae 6.5000 years against 6.0000 years)\n"
          "  run folder       " +
              path +
              "\n"
              "  picture          " +
              path +
              "/predictions.png\n"
              "  to use it        graft predict " +
              word +
              " IMAGE...\n"
              "  to look into it  graft report " +
              word +
              "\n"
              "  to pass it on    graft export " +
              word + " --to onnx\n");
    CHECK(graft::report::run_text({{"status", "interrupted"}, {"folder", "runs/x"}},
                                  {{"plugin_dirs", {"a/b"}}, {"trust_run_plugins", true}}, plain) ==
          "the run interrupted\n"
          "  run folder  runs/x\n"
          "  to go on    graft run --resume runs/x --plugin-dir a/b --trust-run-plugins\n");
    CHECK(graft::report::run_text({{"status", "finished"}, {"folder", "my runs/x"}},
                                  {{"plugin_dirs", {"a", "it's"}}}, plain) ==
          "the run finished\n"
          "  run folder       my runs/x\n"
          "  to use it        graft predict 'my runs/x' IMAGE... --plugin-dir a --plugin-dir 'it'\\''s'\n"
          "  to look into it  graft report 'my runs/x' --plugin-dir a --plugin-dir 'it'\\''s'\n"
          "  to pass it on    graft export 'my runs/x' --to onnx --plugin-dir a --plugin-dir 'it'\\''s'\n");
    CHECK(graft::report::run_text(
              {{"status", "dry run"}, {"dry_run", {{"batches", 2}, {"train", {{"loss", 0.5}}}}}},
              Json::object(), plain) ==
          "dry run: everything works together\n"
          "  batches     2\n"
          "  train.loss  0.5000\n");
}

// Proves: every score stands there, a head's second ones and those of single classes, too; metrics and the
// confusion matrix stand in columns.
TEST_CASE("an evaluation") {
    const Json result = {{"samples", 1153},
                         {"metrics",
                          {{"loss", 0.25},
                           {"species/accuracy", 0.9},
                           {"species/recall/ants", 0.857},
                           {"age/mae", 6.0},
                           {"age/rmse", 7.5}}},
                         {"units", {{"age/rmse", "years"}}},
                         {"tables",
                          {{"species",
                            {{{"name", "confusion matrix"},
                              {"columns", {"ants", "bees"}},
                              {"rows", {"ants", "bees"}},
                              {"values", {{60.0, 10.0}, {3.0, 1080.0}}}}}}}}};
    CHECK(graft::report::eval_text(result, plain) ==
          "1,153 samples\n"
          "  metric                      value\n"
          "  loss                       0.2500\n"
          "  species/accuracy           0.9000\n"
          "  species/recall/ants        0.8570\n"
          "  age/mae                    6.0000\n"
          "  age/rmse             7.5000 years\n"
          "\n"
          "species: confusion matrix\n"
          "        ants   bees\n"
          "  ants    60     10\n"
          "  bees     3  1,080\n");
}

// Proves: each kind of prediction has its form, and an image that cannot be read is not passed over.
TEST_CASE("predictions") {
    const std::vector<Json> predictions = {
        {{"image", "a.jpg"},
         {"heads",
          {{"species", {{"class", "ants"}, {"probability", 0.875}}},
           {"age", {{"value", 31.24}, {"unit", "years"}}},
           {"eyes", {{1, 2}, {3, 4}}}}}},
        {{"image", "broken.jpg"}, {"error", "broken.jpg: no image"}},
        {{"image", "b.jpg"},
         {"heads",
          {{"species", {{"class", "bees"}, {"probability", 0.5}}},
           {"person",
            {{"age", {{"value", 8.0}, {"unit", "years"}}}, {"sex", {{"class", "f"}, {"probability", 1}}}}}}},
         {"several", {"person"}}}};
    CHECK(graft::report::predictions_text(predictions, plain) ==
          "image  species      age          eyes      person/age  person/sex\n"
          "a.jpg  ants 0.8750  31.24 years  2 points  -           -\n"
          "b.jpg  bees 0.5000  -            -         8 years     f 1.0000\n"
          "cannot be read  broken.jpg: no image\n");
}

// Proves: no head and no target is taken for one of our own keys, whatever it is called.
TEST_CASE("predictions of heads called as our own keys") {
    const Json value = {{"value", 1.0}, {"unit", ""}};
    Json heads = Json::object();
    for (const char* name : {"event", "image", "loss", "error", "val", "data", "heads"}) {
        heads[name] = value;
    }
    heads["targets"] = {{"class", value}, {"value", value}, {"targets", value}};
    CHECK(
        graft::report::predictions_text({{{"image", "a.jpg"}, {"heads", heads}, {"several", {"targets"}}}},
                                        plain) ==
        "image  event  image  loss  error  val  data  heads  targets/class  targets/value  targets/targets\n"
        "a.jpg  1      1      1     1      1    1     1      1              1              1\n");
}

// Proves: scores and tables of such heads stand beside the loss, as any other's.
TEST_CASE("an evaluation of heads called as our own keys") {
    const Json table = {{"name", "counts"}, {"columns", {"n"}}, {"rows", {"all"}}, {"values", {{2}}}};
    const Json result = {{"samples", 2},
                         {"metrics", {{"loss", 0.25}, {"loss/accuracy", 0.5}, {"val/accuracy", 1.0}}},
                         {"tables", {{"loss", {table}}, {"tables", {table}}}}};
    CHECK(graft::report::eval_text(result, plain) ==
          "2 samples\n"
          "  metric          value\n"
          "  loss           0.2500\n"
          "  loss/accuracy  0.5000\n"
          "  val/accuracy   1.0000\n"
          "\n"
          "loss: counts\n"
          "       n\n"
          "  all  2\n"
          "\n"
          "tables: counts\n"
          "       n\n"
          "  all  2\n");
}

// Proves: plugins stand below their folder by kind and id, notes after them, broken ones last with the
// reason.
TEST_CASE("the list of plugins") {
    const Json result = {
        {"plugins",
         {{{"path", "/p/b.so"},
           {"problem", ""},
           {"notes", {"built against API level 3; this graft knows 1: 16 bytes of it were not read"}},
           {"components", {{{"kind", "loss"}, {"id", "bce"}, {"version", "1.0.0"}, {"summary", "A loss"}}}}},
          {{"path", "/p/a.so"},
           {"problem", ""},
           {"components",
            {{{"kind", "backbone"}, {"id", "resnet18"}, {"version", "1.0.0"}, {"summary", "A net"}}}}},
          {{"path", "/q/c.so"}, {"problem", "is no shared library"}, {"components", Json::array()}}}}};
    CHECK(graft::report::plugins_text(result, plain) ==
          "/p\n"
          "  backbone  resnet18  1.0.0  A net   a.so\n"
          "  loss      bce       1.0.0  A loss  b.so\n"
          "\n"
          "newer than this graft\n"
          "  /p/b.so: built against API level 3; this graft knows 1: 16 bytes of it were not read\n"
          "\n"
          "cannot be used\n"
          "  /q/c.so: is no shared library\n");
    CHECK(graft::report::plugins_text({{"plugins", Json::array()}}, plain) == "no plugin was found\n");
}

// Proves: everything that an author declared is shown.
TEST_CASE("one component") {
    const Json component = {{"kind", "head"},
                            {"id", "toy"},
                            {"version", "1.0.0"},
                            {"summary", "A head"},
                            {"file", "/p/toy.so"},
                            {"options",
                             {{{"name", "dropout"},
                               {"type", "real"},
                               {"doc", "how much"},
                               {"required", false},
                               {"default", 0.5},
                               {"minimum", 0},
                               {"maximum", 1},
                               {"excludes_minimum", false},
                               {"excludes_maximum", true}},
                              {{"name", "mode"},
                               {"type", "choice"},
                               {"doc", "which"},
                               {"required", true},
                               {"default", nullptr},
                               {"choices", {"a", "b"}}}}},
                            {"example", "use: toy\ndropout: 0.1\n"},
                            {"outputs", {{{"name", "class"}, {"space", "class_logits"}}}}};
    CHECK(graft::report::component_text(component, plain) ==
          "head toy 1.0.0\n"
          "A head\n"
          "/p/toy.so\n"
          "\n"
          "  option   type    default   allowed  meaning\n"
          "  dropout  real    0.5       [0, 1)   how much\n"
          "  mode     choice  required  a | b    which\n"
          "\n"
          "outputs\n"
          "  name   space\n"
          "  class  class_logits\n"
          "\n"
          "example\n"
          "  use: toy\n"
          "  dropout: 0.1\n");
}

}  // namespace

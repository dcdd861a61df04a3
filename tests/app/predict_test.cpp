// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft predict`: which images a command line means, and tables for programs.
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
using graft::tests::json_lines;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;
using Texts = std::vector<std::string>;

/// An engine that answers with nothing but the outcome.
constexpr const char* silent = R"(echo '{"event":"result","data":{"images":1,"failed":0,"picture":""}}')";

Texts images_asked(const CommandLine& line) {
    return json_lines(line.requests()).back()["images"].get<Texts>();
}

}  // namespace

// Proves: a pattern in quotes means the files that it matches, in order; a file whose name looks like a
// pattern is itself; a pattern without a match is an error with 4.
TEST_CASE("patterns in quotes") {
    CommandLine line;
    line.engine(silent);
    for (const std::string name : {"p/b.jpg", "p/a.jpg", "p/c.png", "p/[x].jpg"}) {
        line.folder.write(name, "");
    }
    CHECK(line.graft({"predict", "runs/one", "p/?.jpg", "p/[x].jpg", "p/c.{png,gif}"}).exit_code == 0);
    CHECK(images_asked(line) == Texts{"p/a.jpg", "p/b.jpg", "p/[x].jpg", "p/c.png"});
    const Printed nothing = line.graft({"predict", "runs/one", "p/*.tif"});
    CHECK(nothing.exit_code == 4);
    CHECK(nothing.err ==
          "error: no file matches 'p/*.tif'\n  `*` does not cross folders; a folder's name alone means "
          "everything "
          "in it\n");
}

// Proves: names come from a list, in a file or on standard input; an image may come on standard input, whole,
// and only once; nothing there is an error.
TEST_CASE("lists and standard input") {
    CommandLine line;
    line.engine(
        std::string(
            "cp \"$(printf '%s' \"$request\" | sed 's/.*\"standard_input\":\"\\([^\"]*\\)\".*/\\1/')\" "
            "came 2>/dev/null\n") +
        silent);
    line.folder.write("list", "a.jpg\r\n\nfolder name/b.jpg\n");
    CHECK(line.graft({"predict", "runs/one", "first.jpg", "--list", "list"}).exit_code == 0);
    CHECK(images_asked(line) == Texts{"first.jpg", "a.jpg", "folder name/b.jpg"});
    CHECK(line.shell("printf 'x.jpg\\ny.jpg\\n' | \"$graft\" predict runs/one --list -").exit_code == 0);
    CHECK(images_asked(line) == Texts{"x.jpg", "y.jpg"});
    const std::string bytes = graft::tests::plain_picture() + std::string("\0\xFF\n", 3);
    line.folder.write("picture", bytes);
    CHECK(line.shell("\"$graft\" predict runs/one - <picture").exit_code == 0);
    CHECK(images_asked(line) == Texts{"-"});
    CHECK(slurp(line.folder / "came") == bytes);
    CHECK(has(line.shell("\"$graft\" predict runs/one - </dev/null").err, "nothing came on standard input"));
    CHECK(has(line.graft({"predict", "runs/one", "-", "-"}).err, "- stands there twice"));
    CHECK(has(line.graft({"predict", "runs/one", "-", "--list", "-"}).err, "- stands there twice"));
    CHECK(line.graft({"predict", "runs/one", "--list", "nothing"}).exit_code == 4);
}

// Proves: what is no list of names, and a file that would take an image's place or could not be written in
// the end, is refused before anything is asked of the engine; a folder that is missing is made.
TEST_CASE("lists that are none, and files in the way of images") {
    CommandLine line;
    line.engine(silent);
    line.folder.write("photos/a.png", "picture");
    line.folder.write("list", std::string("a.png\0b.png\n", 12));
    const auto refused = [&](Texts words) {
        words.insert(words.begin(), {"predict", "runs/one"});
        const Printed printed = line.graft(words);
        CHECK(printed.exit_code != 0);
        return printed.err;
    };
    CHECK(has(refused({"--list", "list"}), "the list 'list' is no text\n  write one name a line"));
    CHECK(has(refused({"--list", "photos"}), "the list 'photos' is a folder\n  name it without --list"));
    for (const std::string option : {"--csv", "--picture"}) {
        for (const std::string image : {"photos/a.png", "photos/../photos", "./photos/a.png"}) {
            CHECK(has(refused({image, option, "photos/a.png"}),
                      option + " 'photos/a.png' is one of the images that are predicted"));
        }
        CHECK(has(refused({"photos/a.png", option, "photos"}), option + " 'photos' is a folder"));
    }
    CHECK(slurp(line.folder / "photos/a.png") == "picture");
    CHECK(line.requests().empty());
    CHECK(line.graft({"predict", "runs/one", "photos", "--csv", "new/t.csv", "--picture", "photos/b.png"})
              .exit_code == 0);
    CHECK(fs::exists(line.folder / "new/t.csv"));
}

// Proves: a table has a row an image and a column a number, named as in a run's predictions.csv, whatever a
// head predicts; what could not be read has its reason, and cells are quoted where they must be.
TEST_CASE("a table of predictions") {
    CommandLine line;
    line.engine(R"(
echo '{"event":"prediction","data":{"image":"a, b.jpg","heads":{
"species":{"class":"cat","probability":0.75,"probabilities":{"cat":0.75,"dog":0.25}},
"person":{"age":{"value":31.5,"unit":"years"},"gender":{"class":"f","probability":1.0,"probabilities":{"f":1.0,"m":0.0}}},
"eyes":[[1.5,2],[3,4]],"ground":{"file":"m.png","classes":{"sky":0.5}},"cars":[{"box":[1,2,3,4],"class":"car","score":0.5}],
"traits":{"probabilities":{"hat":0.5}},"code":[1,2.5]},"several":["person"]}}' | tr -d '\n'
echo
echo '{"event":"prediction","data":{"image":"c.txt","error":"no \"image\""}}'
echo '{"event":"result","data":{"images":2,"failed":1,"picture":""}}'; exit 4)");
    const Printed printed = line.graft({"predict", "runs/one", "p", "--csv", "-"});
    CHECK(printed.exit_code == 4);
    CHECK(printed.out ==
          "image,species.prediction,species.probability,species.probability.cat,species.probability.dog,"
          "person/age.prediction,person/gender.prediction,person/gender.probability,"
          "person/gender.probability.f,person/gender.probability.m,eyes.prediction.0.x,eyes.prediction.0.y,"
          "eyes.prediction.1.x,eyes.prediction.1.y,ground.file,ground.share.sky,cars.boxes,"
          "traits.probability.hat,code.prediction.0,code.prediction.1,error\n"
          "\"a, b.jpg\",cat,0.75,0.75,0.25,31.5,f,1.0,1.0,0.0,1.5,2,3,4,m.png,0.5,"
          "\"[{\"\"box\"\":[1,2,3,4],\"\"class\"\":\"\"car\"\",\"\"score\"\":0.5}]\",0.5,1,2.5,\n"
          "c.txt,,,,,,,,,,,,,,,,,,,,\"no \"\"image\"\"\"\n");
    CHECK(line.graft({"predict", "runs/one", "p", "--json", "--csv", "t.csv"}).exit_code == 4);
    CHECK(slurp(line.folder / "t.csv") == printed.out);
    CHECK(line.graft({"predict", "runs/one", "p", "--json", "--csv", "-"}).exit_code == 2);
}

TEST_SUITE("slow") {
    // Proves: an image on standard input is seen as its file is; every image of a folder lies on a sheet,
    // sixty each, where a picture was asked for, and only the first sheet where none was.
    TEST_CASE("many images, and one on standard input") {
        if (!graft::tests::has_engine({"hostile"})) {
            return;
        }
        const CommandLine line;
        for (const std::string split : {"photos/train/", "photos/val/"}) {
            for (const std::string name : {"a", "b"}) {
                line.folder.write(split + name + "/1.ppm", graft::tests::plain_picture());
                line.folder.write(split + name + "/2.ppm", graft::tests::plain_picture());
            }
        }
        line.folder.write("p.yaml", R"(
graft: 1
name: photos
data: {use: image_folder, root: photos, image: {size: 32}}
backbone: {use: hostile_backbone}
head: {use: classification}
train: {device: cpu, batch: 4, epochs: 1, threads: 1}
)");
        const std::string plugins = GRAFT_TEST_BINARY "/tests/plugins/hostile";
        REQUIRE(line.graft({"run", "p.yaml", "--out", "run", "--plugin-dir", plugins}).exit_code == 0);
        const auto said = [&](const std::string& words) {
            const Printed printed = line.shell("\"$graft\" predict run " + words + " --plugin-dir " +
                                               graft::tests::quoted(plugins));
            CAPTURE(printed.err);
            CHECK(printed.exit_code == 0);
            return printed.out;
        };
        Json of_file = parse_json(said("photos/val/a/1.ppm --json"));
        const Json of_input = parse_json(said("- --json --picture one.png <photos/val/a/1.ppm"));
        CHECK(of_input["image"] == "-");
        CHECK(of_input["heads"] == of_file["heads"]);
        CHECK(fs::exists(line.folder / "one.png"));
        for (int number = 0; number < 130; ++number) {
            line.folder.write("many/" + std::to_string(1000 + number) + ".ppm",
                              graft::tests::plain_picture());
        }
        CHECK(has(said("many --picture sheet.png"), "\npicture: sheet.png and 2 more\n"));
        for (const char* name : {"sheet.png", "sheet-2.png", "sheet-3.png"}) {
            CHECK(fs::exists(line.folder / name));
        }
        CHECK(has(said("many"), "\npicture: run/predict.png\n"));
        CHECK(fs::exists(line.folder / "run/predict.png"));
        CHECK_FALSE(fs::exists(line.folder / "run/predict-2.png"));
        const Texts rows = [&] {
            Texts rows;
            for (const Json& row : json_lines(said("many --json"))) {
                rows.push_back(row["image"]);
            }
            return rows;
        }();
        REQUIRE(rows.size() == 130);
        CHECK(rows[0] == "many/1000.ppm");
        CHECK(rows[129] == "many/1129.ppm");
        fs::create_symlink("loop", line.folder / "loop");
        const Printed odd =
            line.shell("\"$graft\" predict run loop photos/val/a/1.ppm '' " + std::string(300, 'a') +
                       " --json --plugin-dir " + graft::tests::quoted(plugins));
        CHECK(odd.exit_code == 4);
        const std::vector<Json> told = json_lines(odd.out);
        REQUIRE(told.size() >= 4);
        CHECK(has(told[0]["error"].get<std::string>(), "loop: cannot be looked up: Too many levels"));
        CHECK(told[1]["heads"] == of_file["heads"]);
        CHECK(told[2]["error"] == "a picture was named by an empty text");
        CHECK(has(told[3]["error"].get<std::string>(), "cannot be looked up: File name too long"));
    }
}

// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft audit`: what was planted is found, and what it proposes goes back into a pipeline. Real photographs
// where they are there, drawn faces and painted pictures everywhere.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::has_engine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;
using Texts = std::vector<std::string>;

/// The folder of real data; nothing where a part of it is not there, which is told.
std::optional<fs::path> real_data(const Texts& parts) {
    const char* given = std::getenv("GRAFT_DATA");
    const fs::path folder =
        given != nullptr ? fs::path(given) : fs::path(GRAFT_TEST_SOURCE).parent_path() / "shared" / "data";
    for (const std::string& part : parts) {
        if (!fs::exists(folder / part)) {
            graft::tests::skip("no " + part + " in " + folder.string() +
                               "; GRAFT_DATA may name another folder");
            return std::nullopt;
        }
    }
    return folder;
}

Json report_in(const CommandLine& line, const std::string& folder) {
    return parse_json(slurp(line.folder / (folder + "/audit.json")));
}

std::set<std::string> ids_of(const Json& list, std::size_t most = 1000) {
    std::set<std::string> ids;
    for (std::size_t index = 0; index < std::min(most, list.size()); ++index) {
        ids.insert(list[index]["id"].get<std::string>());
    }
    return ids;
}

/// A binary PPM of blots: the class tells whether they are red or blue, the number where they are.
std::string blots(bool red, unsigned int number) {
    constexpr int width = 64;
    constexpr int height = 48;
    std::mt19937 random(number);
    std::vector<double> shade(static_cast<std::size_t>(width * height), 40);
    for (int blot = 0; blot < 6; ++blot) {
        const double x = static_cast<double>(random() % width);
        const double y = static_cast<double>(random() % height);
        const double size = 3 + static_cast<double>(random() % 8);
        for (int place = 0; place < width * height; ++place) {
            const double distance = std::hypot(place % width - x, static_cast<double>(place / width) - y);
            shade[static_cast<std::size_t>(place)] +=
                120 * std::exp(-distance * distance / (2 * size * size));
        }
    }
    std::string text = "P6 64 48 255\n";
    for (const double each : shade) {
        const auto bright = static_cast<char>(static_cast<unsigned char>(std::min(each, 255.0)));
        const auto dim = static_cast<char>(static_cast<unsigned char>(std::min(each / 3, 255.0)));
        text += {red ? bright : dim, dim, red ? dim : bright};
    }
    return text;
}

constexpr const char* blots_pipeline = R"(
graft: 1
name: blots
seed: 3
data: {use: image_folder, root: blots, image: {size: 32, resize: stretch}}
backbone: {use: resnet18, until: layer1}
heads:
  color: {use: classification, target: label}
train: {batch: 8, epochs: 1, freeze: [backbone]}
features: {folder: store}
)";

std::string blot_file(const std::string& split, bool red, unsigned int number) {
    return split + "/" + (red ? "red/" : "blue/") + std::to_string(number) + ".ppm";
}

/// Forty for training and twenty for validation.
void write_blots(const CommandLine& line) {
    for (unsigned int number = 0; number < 60; ++number) {
        const bool red = number % 2 == 0;
        line.folder.write("blots/" + blot_file(number < 40 ? "train" : "val", red, number),
                          blots(red, number));
    }
    line.folder.write("blots.yaml", blots_pipeline);
}

Texts pictures_in(const fs::path& folder) {
    Texts files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (entry.path().extension() == ".jpg" && !name.starts_with("exchanged_")) {
            files.push_back(name);
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Moves five pictures of each split and class of photos/ to the other class; their ids from then on.
std::set<std::string> exchange_labels(const CommandLine& line) {
    std::mt19937 random(11);
    std::set<std::string> planted;
    for (const std::string split : {"train/", "val/"}) {
        for (const std::string kind : {"ants", "bees"}) {
            const fs::path folder = line.folder / ("photos/" + split + kind);
            Texts files = pictures_in(folder);
            std::shuffle(files.begin(), files.end(), random);
            for (std::size_t index = 0; index < 5; ++index) {
                const std::string target =
                    split + (kind == "ants" ? "bees" : "ants") + "/exchanged_" + files[index];
                fs::rename(folder / files[index], line.folder / ("photos/" + target));
                planted.insert(target);
            }
        }
    }
    return planted;
}

/// The table of facial keypoints with 15 added to the x of point 37 in some rows, counted from 1.
std::string shifted_table(const fs::path& file, const std::function<bool(std::size_t)>& is_shifted) {
    constexpr std::size_t column = 2 * 37 + 1;  // behind the file's name
    std::istringstream rows(slurp(file));
    std::string table;
    std::size_t number = 0;
    for (std::string row; std::getline(rows, row); ++number) {
        Texts cells;
        std::istringstream parts(row);
        for (std::string cell; std::getline(parts, cell, ',');) {
            cells.push_back(cell);
        }
        if (number > 0 && is_shifted(number)) {
            cells.at(column) = std::to_string(std::stod(cells.at(column)) + 15);
        }
        for (std::size_t index = 0; index < cells.size(); ++index) {
            table += (index == 0 ? "" : ",") + cells[index];
        }
        table += "\n";
    }
    return table;
}

}  // namespace

// Proves: a picture that is in training and in validation ends with code 4 and is named, a copy in training,
// two wrong labels and a picture nobody can read are found, too; the tables go back
// into the pipeline, after which an audit finds none of them, keeps the old rows, and ends with 0; a run
// audits like its pipeline. What is suspected lies there as pictures, too.
TEST_CASE("audit: what was planted is found, and the proposal mends it") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_blots(line);
    line.folder.write("blots/val/red/leak.ppm", blots(true, 4));
    line.folder.write("blots/train/blue/again.ppm", blots(false, 7));
    line.folder.write("blots/train/blue/wrong.ppm", blots(true, 500));
    line.folder.write("blots/val/red/wrong.ppm", blots(false, 501));
    line.folder.write("blots/train/red/broken.gif", "GIF89a, cut off");
    const Printed found = line.graft({"audit", "blots.yaml", "--out", "first"});
    CAPTURE(found.out);
    CAPTURE(found.err);
    CHECK(found.exit_code == 4);
    CHECK(has(found.err, "a picture is in more than one split"));
    CHECK(has(found.err, "random weights"));
    CHECK(has(found.out, "LEAKS: a picture is in more than one split, so scores there say too much"));
    CHECK(has(found.out, "graft run blots.yaml --set data.exclude=first/exclude.csv"));
    const Json report = report_in(line, "first");
    CHECK(report["leaks"] == 1);
    REQUIRE(report["duplicates"].size() == 2);
    CHECK(report["duplicates"][0]["leak"] == true);
    CHECK(report["duplicates"][0]["samples"][1]["split"] == "val");
    CHECK(report["duplicates"][1]["exact"] == true);
    CHECK(ids_of(report["label_errors"]) ==
          std::set<std::string>{"train/blue/wrong.ppm", "val/red/wrong.ppm"});
    CHECK(report["label_errors"][0]["suggested"] != report["label_errors"][0]["given"]);
    CHECK(report["judges"][0]["target"] == "label");
    CHECK(report["judges"][0]["agree"].get<double>() > 0.9);
    CHECK(has(found.out, "judged by models that had not seen the sample; of label they would give 9"));
    CHECK(has(report["unreadable"].dump(), "broken.gif"));
    CHECK(report["small_classes"].empty());
    CHECK(report["proposed"]["exclude"]["rows"].get<int>() >= 2);
    CHECK(has(slurp(line.folder / "first/exclude.csv"),
              "train/red/4.ppm,train,the same picture as val/red/leak.ppm in val"));
    CHECK(has(slurp(line.folder / "first/relabel.csv"), "val/red/wrong.ppm,val,label,blue,"));
    const Printed refused = line.graft({"audit", "blots.yaml", "--out", "first"});
    CHECK(refused.exit_code == 2);
    CHECK(has(refused.err, "'first/audit.json' is there already"));
    CHECK(line.graft({"audit", "blots.yaml", "--out", "first", "--force", "--allow-leaks"}).exit_code == 0);
    const Texts mended = {"--set", "data.exclude=first/exclude.csv", "--set",
                          "data.relabel=first/relabel.csv"};
    Texts words = {"run", "blots.yaml", "--out", "run"};
    words.insert(words.end(), mended.begin(), mended.end());
    const Printed trained = line.graft(words);
    CAPTURE(trained.err);
    REQUIRE(trained.exit_code == 0);
    const Printed again = line.graft({"audit", "run", "--json"});
    CAPTURE(again.err);
    CHECK(again.exit_code == 0);
    const Json mended_report = report_in(line, "run/audit");
    CHECK(mended_report["leaks"] == 0);
    CHECK(mended_report["duplicates"].empty());
    CHECK(mended_report["label_errors"].empty());
    CHECK(slurp(line.folder / "run/audit/exclude.csv") == slurp(line.folder / "first/exclude.csv"));
    CHECK(slurp(line.folder / "run/audit/relabel.csv") == slurp(line.folder / "first/relabel.csv"));
    // A sheet of pictures for each list that has some, with the counts that the lists have; an audit that
    // finds nothing takes those before it away.
    CHECK(report["sheets"][0]["file"] == "first/labels.png");
    CHECK(report["sheets"][0]["of"] == report["label_errors"].size() + report["label_doubts"].size());
    CHECK(report["sheets"][0]["shown"] == report["sheets"][0]["of"]);
    CHECK(slurp(line.folder / "first/labels.png").starts_with("\x89PNG"));
    CHECK(slurp(line.folder / "first/duplicates.png").starts_with("\x89PNG"));
    CHECK(has(found.out, "first/duplicates.png  pictures: pictures that are there more than once, 4 of 4"));
    CHECK_FALSE(fs::exists(line.folder / "first/numbers.png"));
    CHECK_FALSE(fs::exists(line.folder / "run/audit/duplicates.png"));
}

// Proves: weights whose mean the pipeline replaces are told of with both means; others are not.
TEST_CASE("audit: a normalisation that is not the weights' own") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_blots(line);
    REQUIRE(line.graft({"run", "blots.yaml", "--out", "run"}).exit_code == 0);
    const auto with_weights = [&](const Texts& more) {
        Texts all = {"audit", "blots.yaml", "--out", "weights", "--force", "--set", "backbone.weights=run"};
        all.insert(all.end(), more.begin(), more.end());
        const Printed printed = line.graft(all);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        return printed.out;
    };
    const std::string heading = "normalisation that is not the weights' own";
    CHECK_FALSE(has(with_weights({}), heading));
    const std::string wrong = with_weights(
        {"--set", "data.image.mean=[0.9, 0.456, 0.406]", "--set", "data.image.std=[0.229, 0.224, 0.225]"});
    CHECK(has(wrong, heading));
    CHECK(has(wrong, "data.image.mean: [0.9, 0.456, 0.406]  the weights expect [0.485, 0.456, 0.406]"));
    CHECK_FALSE(has(wrong, "data.image.std:"));
    CHECK(report_in(line, "weights")["normalization"] ==
          parse_json(R"([{"what":"mean","given":[0.9,0.456,0.406],"expected":[0.485,0.456,0.406]}])"));
}

// Proves: of drawn faces no column of points is called shifted and no point outside; an age that was planted
// through data.relabel is the first of the numbers that are not expected, with what was given.
TEST_CASE("audit: drawn faces") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    line.folder.write("faces.yaml", R"(
graft: 1
name: faces
seed: 1
data: {use: synthetic_faces, samples: 200, size: 48, difficulty: 0, image: {size: 48}}
backbone: {use: resnet18, until: layer2}
heads:
  gender: {use: classification, target: gender}
  age: {use: regression, target: age}
  points: {use: keypoints, target: points}
train: {batch: 32, epochs: 1, freeze: [backbone]}
features: {folder: store}
)");
    const Printed clean = line.graft({"audit", "faces.yaml", "--out", "clean"});
    CAPTURE(clean.out);
    CAPTURE(clean.err);
    CHECK(clean.exit_code == 0);
    const Json before = report_in(line, "clean");
    CHECK(before["samples"] == Json({{"train", 200}, {"val", 50}}));
    CHECK(before["shifted_columns"].empty());
    CHECK(before["points_outside"].empty());
    CHECK(before["normalization"].empty());
    CHECK(before["value_errors"].empty());
    line.folder.write("ages.csv", "id,target,label\ntrain/000007,age,900\n");
    const Printed planted =
        line.graft({"audit", "faces.yaml", "--out", "planted", "--set", "data.relabel=ages.csv", "--json"});
    CAPTURE(planted.err);
    CHECK(planted.exit_code == 0);
    const Json after = report_in(line, "planted")["value_errors"];
    REQUIRE_FALSE(after.empty());
    CHECK(after[0]["id"] == "train/000007");
    CHECK(after[0]["given"] == 900);
    CHECK(after[0]["expected"].get<double>() < 200);
    CHECK(has(slurp(line.folder / "planted/relabel.csv"), "train/000007,,age,900,"));
    CHECK(slurp(line.folder / "planted/numbers.png").starts_with("\x89PNG"));
    CHECK(parse_json(planted.out)["value_errors"] == after);
}

// Proves: usage.
TEST_CASE("audit: usage") {
    const CommandLine line;
    const Printed none = line.graft({"audit"});
    CHECK(none.exit_code == 2);
    CHECK(has(none.err, "which pipeline, or which run?"));
    const Printed top = line.graft({"audit", "minimal.yaml", "--top", "many"});
    CHECK(top.exit_code == 2);
    CHECK(has(top.err, "--top 'many' is no number of rows"));
}

// Proves: of twenty ants and bees whose labels are exchanged, in training and validation, at least
// fifteen are among the first thirty; a training picture that is saved again at another size in
// validation is found.
TEST_CASE("audit: twenty exchanged labels and a leak among ants and bees" * doctest::test_suite("slow")) {
    const auto data = real_data({"hymenoptera", "weights/efficientnet-lite0-57934424.pth"});
    if (!has_engine() || !data) {
        return;
    }
    const CommandLine line;
    const Printed copied =
        line.shell("cp -r " + graft::tests::quoted((*data / "hymenoptera").string()) + " photos");
    REQUIRE(copied.exit_code == 0);
    const std::set<std::string> planted = exchange_labels(line);
    fs::copy_file(
        line.folder / ("photos/train/ants/" + pictures_in(line.folder / "photos/train/ants").front()),
        line.folder / "photos/val/ants/seen.jpg");
    const Printed printed = line.graft(
        {"audit", GRAFT_TEST_SOURCE "/configs/ants_bees_efficientnet_lite0.yaml", "--out", "found", "--set",
         "data.root=photos", "--set",
         "backbone.weights=" + (*data / "weights/efficientnet-lite0-57934424.pth").string(), "--top", "40"});
    CAPTURE(printed.out);
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 4);
    const Json report = report_in(line, "found");
    CHECK(report["leaks"] == 1);
    Json ranked = report["label_errors"];
    for (const Json& doubt : report["label_doubts"]) {
        ranked.push_back(doubt);
    }
    const std::set<std::string> first = ids_of(ranked, 30);
    const auto found = std::count_if(planted.begin(), planted.end(),
                                     [&](const std::string& id) { return first.contains(id); });
    MESSAGE(found << " of 20 exchanged labels among the first thirty");
    CHECK(found >= 15);
    CHECK(has(report["unreadable"].dump(), "imageNotFound.gif"));
}

// Proves: of 400 real faces the ages of six that are put far off are nearly all found, before others, and of
// twenty genders that are exchanged more than half are among the first thirty: the network knows little of
// genders, which the audit tells.
TEST_CASE("audit: ages and genders of real faces" * doctest::test_suite("slow")) {
    const auto data = real_data({"utkface", "weights/efficientnet-lite0-57934424.pth"});
    if (!has_engine() || !data) {
        return;
    }
    const CommandLine line;
    fs::create_directories(line.folder / "faces");
    Texts files;
    for (const std::string& name : pictures_in(*data / "utkface")) {
        if (std::count(name.begin(), name.end(), '_') == 3) {
            files.push_back(name);
        }
    }
    std::mt19937 random(5);
    std::shuffle(files.begin(), files.end(), random);
    std::set<std::string> ages;
    std::set<std::string> genders;
    REQUIRE(files.size() >= 400);
    for (std::size_t index = 0; index < 400; ++index) {
        // AGE_GENDER_RACE_DATE
        const std::string& file = files[index];
        const std::size_t first = file.find('_');
        const int age = std::stoi(file.substr(0, first));
        std::string name = file;
        if ((age <= 12 || age >= 60) && ages.size() < 6) {
            name = (age <= 12 ? "70" : "4") + file.substr(first);
            ages.insert(name);
        } else if (age >= 18 && age <= 70 && genders.size() < 20) {
            name[first + 1] = name[first + 1] == '0' ? '1' : '0';
            genders.insert(name);
        }
        fs::create_symlink(*data / "utkface" / file, line.folder / ("faces/" + name));
    }
    const Printed printed =
        line.graft({"audit", GRAFT_TEST_SOURCE "/configs/age_gender_efficientnet_lite0.yaml", "--out",
                    "found", "--allow-leaks", "--set", "data.root=faces", "--set",
                    "backbone.weights=" + (*data / "weights/efficientnet-lite0-57934424.pth").string()});
    CAPTURE(printed.out);
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 0);
    const Json report = report_in(line, "found");
    Json ranked = report["label_errors"];
    for (const Json& doubt : report["label_doubts"]) {
        ranked.push_back(doubt);
    }
    const auto found = [](const std::set<std::string>& planted, const std::set<std::string>& named) {
        return std::count_if(planted.begin(), planted.end(),
                             [&](const std::string& id) { return named.contains(id); });
    };
    const auto of_ages = found(ages, ids_of(report["value_errors"], 8));
    const auto of_genders = found(genders, ids_of(ranked, 30));
    MESSAGE(of_ages << " of 6 ages among the first eight, " << of_genders
                    << " of 20 genders among the first thirty");
    CHECK(of_ages >= 4);
    CHECK(of_genders >= 10);
    CHECK(report["judges"][0]["agree"].get<double>() < 0.95);
}

// Proves: of real faces one column of points that is shifted by 15 pixels is found, whether in a part of
// the rows (which are then proposed to be left out) or in all of them; without a shift none is.
TEST_CASE("audit: a shifted column of facial keypoints" * doctest::test_suite("slow")) {
    const auto data = real_data({"facial_keypoints", "weights/efficientnet-lite0-57934424.pth"});
    if (!has_engine() || !data) {
        return;
    }
    const CommandLine line;
    fs::create_directories(line.folder / "faces");
    fs::create_directory_symlink(*data / "facial_keypoints/training", line.folder / "faces/training");
    const auto audited = [&](const std::string& name, const std::function<bool(std::size_t)>& is_shifted) {
        const std::string table =
            shifted_table(*data / "facial_keypoints/training_frames_keypoints.csv", is_shifted);
        line.folder.write("faces/training_frames_keypoints.csv", table);
        const Printed printed =
            line.graft({"audit", GRAFT_TEST_SOURCE "/configs/facial_keypoints_efficientnet_lite0.yaml",
                        "--out", name, "--allow-leaks", "--set", "data.root=faces", "--set",
                        "backbone.weights=" + (*data / "weights/efficientnet-lite0-57934424.pth").string()});
        CAPTURE(printed.out);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        return report_in(line, name)["shifted_columns"];
    };
    const Json clean = audited("clean", [](std::size_t) { return false; });
    CAPTURE(clean.dump());
    CHECK(clean.empty());
    const Json some = audited("some", [](std::size_t row) { return row % 10 == 0; });
    CAPTURE(some.dump());
    REQUIRE(some.size() == 1);
    CHECK(some[0]["column"] == "37.x");
    CHECK(some[0]["pixels"].get<double>() == doctest::Approx(15).epsilon(0.1));
    CHECK(some[0]["samples"].size() == 100);
    CHECK(has(slurp(line.folder / "some/exclude.csv"), "37.x lies 14.3 pixels off"));
    const Json all = audited("all", [](std::size_t) { return true; });
    CAPTURE(all.dump());
    REQUIRE(all.size() == 1);
    CHECK((all[0]["column"] == "37.x" || all[0]["or_column"] == "37.x"));
    CHECK(std::abs(all[0]["pixels"].get<double>()) == doctest::Approx(15).epsilon(0.3));
}

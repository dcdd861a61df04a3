// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugin image_folder by its own descriptor: conventions, messages, what it names as left out.
#include <doctest/doctest.h>

#include "core/files.hpp"
#include "dataset_plugin.hpp"
#include "support.hpp"
#include "support/skip.hpp"
#include "tables.hpp"

using namespace graft;
using graft::test::DatasetPlugin;
using graft::test::ids;
using graft::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& path) {
    fs::create_directories(path.parent_path());
    core::write_atomically(path, "x");
}

/// As torchvision's ImageFolder would list it, with what it would leave out.
void fill(const fs::path& root) {
    put(root / "train/bees/2.PNG");
    put(root / "train/bees/10.jpeg");
    put(root / "train/bees/deep/er/1.webp");
    put(root / "train/ants/z.tif");
    put(root / "train/ants/a.jpg");
    put(root / "train/ants/moving.gif");
    put(root / "train/ants/.hidden.jpg");
    put(root / "train/ants/notes");
    put(root / "train/.cache/x.jpg");
    put(root / "train/loose.jpg");
    put(root / "train/README.txt");
    fs::create_directories(root / "train/wasps");
}

struct Folder {
    DatasetPlugin plugin{"image_folder"};
    TemporaryFolder folder;

    Options options(std::map<std::string, OptionValue> given = {}) const {
        given.emplace("root", folder.path().string());
        return plugin.options(std::move(given));
    }
    std::shared_ptr<Dataset> open(const Options& options, const std::string& split) const {
        return plugin.open(options, {split, plugin.schema(options, split)});
    }
    std::string error(const Options& options, const std::string& split) const {
        try {
            open(options, split);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
};

}  // namespace

TEST_CASE("image_folder: sorted classes, files at any depth, extensions in any case") {
    Folder folder;
    fill(folder.folder.path());
    const Options options = folder.options();
    const auto schema = folder.plugin.schema(options, "train");
    REQUIRE(schema.size() == 1);
    CHECK(schema[0].name == "label");
    CHECK(schema[0].classes == std::vector<std::string>{"ants", "bees", "wasps"});
    const auto dataset = folder.open(options, "train");
    CHECK(ids(*dataset) == std::vector<std::string>{"train/ants/a.jpg", "train/ants/z.tif",
                                                    "train/bees/10.jpeg", "train/bees/2.PNG",
                                                    "train/bees/deep/er/1.webp"});
    CHECK(std::get<std::int64_t>(dataset->targets(4).at(0)) == 1);
    CHECK(std::get<fs::path>(dataset->image(0)) == folder.folder.path() / "train/ants/a.jpg");
    CHECK(dataset->group(0) == "train/ants/a.jpg");
}

TEST_CASE("image_folder: everything left out is named") {
    Folder folder;
    fill(folder.folder.path());
    std::vector<std::string> lines;
    for (const DataProblem& problem : folder.open(folder.options(), "train")->problems()) {
        CHECK(!problem.record);
        lines.push_back(fs::path(problem.place).lexically_relative(folder.folder.path()).string() + ": " +
                        problem.message);
    }
    CHECK(
        lines ==
        std::vector<std::string>{
            "train/ants/moving.gif: has the extension .gif, which image folders do not read; left out",
            "train/ants/notes: has no extension, which image folders do not read; left out",
            "train/loose.jpg: lies beside the class folders, so it has no class; left out",
            "train: holds what systems and tools leave behind, which is no data: .cache, ants/.hidden.jpg"});
}

TEST_CASE("image_folder: declared classes need no folder, keep their order, and must agree later") {
    Folder folder;
    const Options options = folder.options(
        {{"classes", std::vector<std::string>{"wasps", "bees", "ants"}}, {"target", std::string("insect")}});
    const auto schema = folder.plugin.schema(options, "train");
    CHECK(schema[0].name == "insect");
    CHECK(schema[0].classes == std::vector<std::string>{"wasps", "bees", "ants"});
    fill(folder.folder.path());
    CHECK(folder.open(options, "train")->size() == 5);
    CHECK(std::get<std::int64_t>(folder.open(options, "train")->targets(0).at(0)) == 1);  // a bee
    const std::string train = (folder.folder.path() / "train").string();
    const Options other = folder.options({{"classes", std::vector<std::string>{"ants", "beetles"}}});
    CHECK(folder.error(other, "train") == "the class folders in " + train +
                                              " are not the expected classes.\n"
                                              "  folders:  ants, bees, wasps\n"
                                              "  expected: ants, beetles\n"
                                              "  only here: bees, wasps; not here: beetles\n"
                                              "  for example " +
                                              train +
                                              "/bees/10.jpeg\n"
                                              "Rename or remove folders, or correct `classes`, `root` or the "
                                              "split's name.");
    CHECK_THROWS_AS(
        folder.plugin.schema(folder.options({{"classes", std::vector<std::string>{"a", "b", "a"}}}), ""),
        Error);
}

TEST_CASE("image_folder: a validation split uses the training split's classes") {
    Folder folder;
    fill(folder.folder.path());
    put(folder.folder.path() / "val/bees/1.jpg");
    const auto trained = folder.plugin.schema(folder.options(), "train");
    const auto val = folder.plugin.open(folder.options(), {"val", trained});
    CHECK(std::get<std::int64_t>(val->targets(0).at(0)) == 1);
    CHECK(val->problems().empty());  // that there are no ants and no wasps is told by the counts
    put(folder.folder.path() / "val/hornets/1.jpg");
    CHECK_THROWS_AS(folder.plugin.open(folder.options(), {"val", trained}), Error);
}

TEST_CASE("image_folder: without a split the root itself holds the classes") {
    Folder folder;
    put(folder.folder.path() / "cat/1.jpg");
    put(folder.folder.path() / "dog/1.jpg");
    CHECK(ids(*folder.open(folder.options(), "")) == std::vector<std::string>{"cat/1.jpg", "dog/1.jpg"});
}

TEST_CASE("image_folder: a missing folder says what was looked for and what lies there") {
    Folder folder;
    put(folder.folder.path() / "training/cat/1.jpg");
    put(folder.folder.path() / "notes.txt");
    const std::string root = folder.folder.path().string();
    CHECK(folder.error(folder.options(), "train") ==
          "there is no folder " + root + "/train; expected one with a folder a class.\n" + root +
              " holds: notes.txt, training/\nCorrect `root` or the split's name.");
    CHECK(folder.error(folder.options(), "training/cat") ==
          "the folder " + root + "/training/cat has no class folders; expected one with a folder a class.\n" +
              root + "/training/cat holds: 1.jpg\nCorrect `root` or the split's name.");
}

TEST_CASE("image_folder: links that lead back are passed over and named, links to nothing, too") {
    Folder folder;
    const fs::path root = folder.folder.path();
    put(root / "train/cat/1.jpg");
    put(root / "train/dog/1.jpg");
    put(root / "more/2.jpg");
    fs::create_symlink("nowhere.jpg", root / "train/cat/2.jpg");
    fs::create_directory_symlink("..", root / "train/cat/up");
    fs::create_directory_symlink("/", root / "train/cat/top");
    fs::create_directory_symlink("../dog", root / "train/cat/dog");
    fs::create_directory_symlink("../../more", root / "train/cat/a");
    fs::create_directory_symlink("../../more", root / "train/cat/b");
    fs::create_directory_symlink(".", root / "train/myself");
    fs::create_directory_symlink("..", root / "more/back");
    const auto dataset = folder.open(folder.options(), "train");
    CHECK(folder.plugin.schema(folder.options(), "train")[0].classes ==
          std::vector<std::string>{"cat", "dog"});
    CHECK(ids(*dataset) == std::vector<std::string>{"train/cat/1.jpg", "train/cat/a/2.jpg",
                                                    "train/cat/dog/1.jpg", "train/dog/1.jpg"});
    std::vector<std::string> lines;
    for (const DataProblem& problem : dataset->problems()) {
        CHECK(problem.record == problem.message.starts_with("is no file"));
        std::string line = problem.place + " " + problem.message;
        for (std::size_t place = 0; (place = line.find(root.string(), place)) != std::string::npos;) {
            line.replace(place, root.string().size(), "ROOT");
        }
        lines.push_back(line);
    }
    const std::string back = " leads back to ROOT";
    CHECK(lines == std::vector<std::string>{
                       "ROOT/train/cat/2.jpg is no file, or a link to nothing",
                       "ROOT/train/cat/a/back" + back + ", which holds it; not followed",
                       "ROOT/train/cat/b leads to ROOT/train/cat/a, which was read already; not followed",
                       "ROOT/train/cat/top leads back to /, which holds it; not followed",
                       "ROOT/train/cat/up" + back + "/train, which holds it; not followed",
                       "ROOT/train/myself" + back + "/train, which holds it; not followed"});
}

TEST_CASE("image_folder: what systems leave behind is no class and no picture, and is said once") {
    Folder folder;
    const fs::path root = folder.folder.path();
    for (const char* name : {"cat/1.jpg", "__MACOSX/cat/._1.jpg", "cat/.DS_Store", "cat/._1.jpg",
                             "cat/Thumbs.db", ".ipynb_checkpoints/1-checkpoint.jpg"}) {
        put(root / name);
    }
    CHECK(folder.plugin.schema(folder.options(), "")[0].classes == std::vector<std::string>{"cat"});
    const auto dataset = folder.open(folder.options(), "");
    CHECK(ids(*dataset) == std::vector<std::string>{"cat/1.jpg"});
    REQUIRE(dataset->problems().size() == 1);
    CHECK(dataset->problems()[0].message ==
          "holds what systems and tools leave behind, which is no data: .ipynb_checkpoints, __MACOSX, "
          "cat/.DS_Store and 2 more");
    CHECK(!dataset->problems()[0].record);
}

TEST_CASE("image_folder: the broken gif of the ants and bees is named") {
    const auto root = test::photographs("hymenoptera");
    if (!root) {
        tests::skip("the photographs of hymenoptera are not here");
        return;
    }
    const DatasetPlugin plugin("image_folder");
    const Options options = plugin.options({{"root", root->string()}});
    const auto dataset = plugin.open(options, {"train", plugin.schema(options, "train")});
    CHECK(dataset->size() == 244);          // 245 files, one of them the gif
    REQUIRE(!dataset->problems().empty());  // the other one names .DS_Store
    CHECK(fs::path(dataset->problems()[0].place).filename() == "imageNotFound.gif");
    for (const DataProblem& problem : dataset->problems()) {
        CHECK(!problem.record);
    }
}

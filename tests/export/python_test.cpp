// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the programs that people use make of exported files: ONNX's checker, ONNX Runtime, torch.jit.load,
// torch.load, torchvision, safetensors. Needs a Python that has them: GRAFT_PYTHON, else python3.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/files.hpp"
#include "data/sample.hpp"
#include "export/export.hpp"
#include "export/samples.hpp"
#include "export/verify.hpp"
#include "support/skip.hpp"

using namespace graft;
using namespace graft::exporting;
using namespace graft::exporting::test;

namespace {

constexpr int skipped = 77;

void write(const std::string& folder, const std::string& name, model::Model model,
           const ExportRequest& request) {
    core::make_folder(folder);
    core::write_atomically(std::filesystem::path(folder) / name, export_model(model, request).bytes);
}

/// The network in both formats, a picture, and what the model says of it.
void write_networks(const std::string& folder, const NamedModel& one, const NetworkOptions& options) {
    write(folder, "network.onnx", one.make(), {"onnx", options, false});
    write(folder, "network.pt", one.make(), {"torchscript", options, false});
    const TestPictures checked = test_pictures(one.make(), options);
    std::vector<std::pair<std::string, at::Tensor>> tensors = {{"image", checked.image()}};
    for (std::size_t index = 0; index < checked.expected.size(); ++index) {
        tensors.emplace_back("expected." + std::to_string(index), checked.expected[index]);
    }
    core::write_atomically(std::filesystem::path(folder) / "sample.safetensors",
                           model::to_safetensors(tensors));
}

model::Model with_classifier() {
    return model::test::sound(
        "backbone: {use: resnet18, classifier: true}\nheads: {it: {use: classification}}\n"
        "data: {image: {size: 64}}\n",
        {model::test::animals()});
}

/// A network, a photograph and what `graft predict` says of it, by one rule of resizing.
void write_photo(const std::string& folder, const std::string& rule) {
    const model::Model model = model::test::sound(
        "backbone: {use: resnet18}\nheads: {species: {use: classification}}\n"
        "data: {image: {size: [64, 48], resize: " +
            rule + "}}\n",
        {model::test::animals()});
    core::make_folder(folder);
    core::write_atomically(std::filesystem::path(folder) / "animals.onnx",
                           export_model(model, {"onnx", {}, false}).bytes);
    cv::Mat noise(90, 131, CV_8UC3);
    cv::randu(noise, 0, 256);
    cv::GaussianBlur(noise, noise, {7, 7}, 0);
    const auto photo = std::filesystem::path(folder) / "photo.jpg";
    REQUIRE(cv::imwrite(photo.string(), noise));
    const data::Prepared prepared = data::prepare(photo, model.preprocess());
    const std::vector<at::Tensor> expected = reference(model, prepared.image, {});
    core::write_atomically(std::filesystem::path(folder) / "expected.safetensors",
                           model::to_safetensors({{"species", expected.front()}}));
}

int python(const std::string& arguments) {
    const char* given = std::getenv("GRAFT_PYTHON");
    const std::string line = fmt::format("env -u PYTHONOPTIMIZE {} -B '{}/tests/export/read_exports.py' {}",
                                         given == nullptr ? "python3" : given, GRAFT_TEST_SOURCE, arguments);
    const int status = std::system(line.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_SUITE("slow") {
    // Proves: other programs read our files and compute what the model computes, at a batch not traced;
    // every Python snippet of docs/export.md runs.
    TEST_CASE("Python reads what is exported") {
        if (python("--available") == skipped) {
            graft::tests::skip(
                "no Python with torch, torchvision, onnx, onnxruntime, safetensors and pillow; name one in "
                "GRAFT_PYTHON");
            return;
        }
        const model::test::TemporaryFolder folder;
        for (const NamedModel& one : every_backbone_with_every_head()) {
            write_networks(folder.file("networks/" + one.name), one, {});
        }
        write_networks(folder.file("networks/raw"), model_of("resnet18", untraceable), {false, true});
        write_networks(folder.file("networks/folded"), animals_model(), {true, false});
        for (const char* format : {"onnx", "torchscript", "safetensors", "pth"}) {
            write(folder.file("docs"), "animals" + suffixes_of(format).front(), animals_model().make(),
                  {format, {}, false});
        }
        write(folder.file("docs"), "backbone.pth", animals_model().make(), {"pth", {}, true});
        write(folder.file("weights"), "animals.pth", animals_model().make(), {"pth", {}, false});
        write(folder.file("weights"), "backbone.pth", with_classifier(), {"pth", {}, true});
        write(folder.file("weights"), "backbone.safetensors", with_classifier(), {"safetensors", {}, true});
        for (const char* rule : {"stretch", "crop", "pad"}) {
            write_photo(folder.file("photos/" + std::string(rule)), rule);
        }
        CHECK(python("'" + folder.path().string() + "'") == 0);
    }
}

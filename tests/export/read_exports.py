#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Reads exported files with the programs that people use; python_test.cpp wrote them."""
import argparse
import pathlib
import re
import sys

SKIPPED = 77
TOLERANCE = 1e-4


def shapes_of(values):
    """Type and sides by name; a free side is its name."""
    return {value.name: (value.type.tensor_type.elem_type,
                         [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim])
            for value in values}


def check_shapes(model, name):
    """Every edge has a shape, and it is the one that ONNX's own inference finds without ours."""
    import onnx
    onnx.checker.check_model(model, full_check=True)
    told = shapes_of([*model.graph.value_info, *model.graph.output])
    edges = {output for node in model.graph.node for output in node.output}
    assert edges == set(told), f"{name}: no shape of {sorted(edges - set(told))}, no edge {sorted(set(told) - edges)}"
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    inferred = shapes_of(onnx.shape_inference.infer_shapes(bare, strict_mode=True, data_prop=True).graph.value_info)
    known = 0
    for edge, (kind, sides) in inferred.items():
        assert kind == told[edge][0], f"{name}: {edge} is of type {told[edge][0]}, inferred {kind}"
        assert len(sides) == len(told[edge][1]), f"{name}: {edge} has {told[edge][1]}, inferred {sides}"
        for ours, theirs in zip(told[edge][1], sides):
            is_known = theirs != 0 and not str(theirs).startswith("unk__")
            assert not is_known or ours == theirs, f"{name}: {edge} has {told[edge][1]}, inferred {sides}"
            known += is_known
    assert known > 0
    print(f"{name}: {len(told)} edges have shapes; {known} sides are as ONNX infers them")


def check_network(folder):
    import numpy
    import onnx
    import onnxruntime
    import safetensors.torch
    import torch
    sample = safetensors.torch.load_file(folder / "sample.safetensors")
    wanted = [sample[f"expected.{index}"] for index in range(len(sample) - 1)]
    check_shapes(onnx.load(folder / "network.onnx"), folder.name)
    session = onnxruntime.InferenceSession(folder / "network.onnx", providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == ["N", *sample["image"].shape[1:]], session.get_inputs()[0].shape
    made = {"onnx": session.run(None, {"image": sample["image"].numpy()})}
    network = torch.jit.load(folder / "network.pt")
    outputs = network(sample["image"])
    made["torchscript"] = [each.numpy() for each in (outputs if isinstance(outputs, tuple) else [outputs])]
    for kind, outputs in made.items():
        assert len(outputs) == len(wanted), f"{folder.name}: {kind} gives {len(outputs)} outputs"
        for got, want in zip(outputs, wanted):
            assert got.shape == tuple(want.shape), f"{folder.name}: {kind} gives {got.shape}, not {want.shape}"
            scale = max(1, want.abs().max().item())
            difference = numpy.abs(got - want.numpy()).max() / scale
            print(f"{folder.name}: {kind} differs by {difference:.1e}")
            assert difference <= TOLERANCE, f"{folder.name}: {kind} differs by {difference}"


def check_weights(folder):
    import safetensors.torch
    import torch
    import torchvision
    pth = torch.load(folder / "backbone.pth", weights_only=True)
    plain = safetensors.torch.load_file(folder / "backbone.safetensors")
    with safetensors.safe_open(folder / "backbone.safetensors", "torch") as file:
        assert file.metadata()["format"] == "pt", file.metadata()
    assert set(pth) == set(plain)
    assert all(torch.equal(pth[name], plain[name]) and pth[name].dtype == plain[name].dtype for name in pth)
    torchvision.models.resnet18().load_state_dict(pth, strict=True)
    torchvision.models.resnet18().load_state_dict(plain, strict=True)
    whole = torch.load(folder / "animals.pth", weights_only=True)
    assert "backbone.layer4.1.bn2.running_var" in whole and "heads.species.3.weight" in whole
    print(f"weights: {len(pth)} of the backbone fit torchvision's resnet18, {len(whole)} of the model")


def snippets_of(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(), re.S)


def check_photo(folder, page):
    """The page's first lines say of a photograph what graft says of it."""
    import os
    import numpy
    import safetensors.numpy
    os.chdir(folder)
    names = {}
    exec(compile(snippets_of(page)[0], page.name, "exec"), names)
    difference = numpy.abs(names["species"] - safetensors.numpy.load_file("expected.safetensors")["species"]).max()
    print(f"{folder.name}: the page's lines differ from graft by {difference:.1e}")
    assert difference < 1e-3


def run_snippets(folder, page):
    """Each ```python block of the page, in a folder that holds what exports write; what `graft embed` writes is read by
    tools.pages, which runs that command first."""
    import os
    from PIL import Image
    os.chdir(folder)
    Image.effect_noise((90, 80), 60).convert("RGB").save("photo.jpg")
    snippets = snippets_of(page)
    assert len(snippets) >= 4, "docs/export.md has lost its snippets"
    for snippet in snippets:
        if "features.safetensors" in snippet:
            continue
        print(f"--- a snippet of {page.name}\n{snippet}---")
        exec(compile(snippet, page.name, "exec"), {})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--available", action="store_true", help=f"exit with {SKIPPED} where a library is missing")
    arguments = parser.parse_args()
    try:
        import numpy, onnx, onnxruntime, PIL, safetensors, torch, torchvision  # noqa: E401, F401
    except ImportError as error:
        print(f"read_exports.py: {error}")
        return SKIPPED
    if arguments.available:
        return 0
    for folder in sorted((arguments.folder / "networks").iterdir()):
        check_network(folder)
    check_weights(arguments.folder / "weights")
    page = pathlib.Path(__file__).resolve().parents[2] / "docs/export.md"
    for folder in sorted((arguments.folder / "photos").iterdir()):
        check_photo(folder, page)
    run_snippets(arguments.folder / "docs", page)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes tests/weights/files/: one small file a container and way of saving, and values.json with what PyTorch
itself holds: {"FILE": {"container", "wrapper", "others": [..], "tensors": {"NAME": {"dtype", "shape", "values"}}}}.
Needs torch, numpy and safetensors; values.json names the versions.

    python3 tools/goldens/weight_files.py
"""
import collections
import io
import json
import pathlib
import pickle
import struct
import tarfile

import safetensors
import safetensors.torch
import torch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests/weights/files"


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 3, bias=False)
        self.norm = torch.nn.BatchNorm2d(2)

    def forward(self, x):
        return self.norm(self.conv(x))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Block()
        self.layers = torch.nn.ModuleList([Block() for _ in range(1)])
        self.fc = torch.nn.Linear(2, 3)
        self.register_buffer("scale", torch.tensor([0.5, 2.0]))

    def forward(self, x):
        return self.fc(self.stem(x).mean((2, 3)) * self.scale)


def every_type():
    whole = torch.arange(-3, 5)
    types = {str(t)[6:]: whole.to(t) for t in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64,
                                                torch.int32, torch.int16, torch.int8)}
    types["uint8"] = (whole + 3).to(torch.uint8)
    types["bool"] = whole % 2 == 0
    return types


def views():
    base = torch.arange(24.0)
    return {"whole": base, "tied": base, "part": base[5:9], "transposed": base.view(4, 6).t(), "steps": base[1::3],
            "repeated": base[:3].expand(2, 3), "scalar": base[7], "empty": base[:0], "hollow": torch.empty(3, 0, 2)}


def save_tar(value, path):
    """What PyTorch wrote in 2016; torch.load still reads it."""
    storages, tensors = {}, {}

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            if isinstance(obj, torch.Tensor):
                storages[obj.untyped_storage()._cdata] = obj
                tensors[id(obj)] = obj
                return str(id(obj))
            return None

    def record(key, other, type_name):
        """(key, other, torch.TYPE) as a pickle: the class by its name alone."""
        values = b"".join(pickle.dumps(value, 2)[2:-1] for value in (key, other))
        return b"\x80\x02(" + values + b"ctorch\n" + type_name.encode() + b"\nt."

    stream = io.BytesIO()
    Pickler(stream, 2).dump(value)
    words = {torch.float32: "Float", torch.int64: "Long", torch.float64: "Double", torch.uint8: "Byte"}
    data = pickle.dumps(len(storages), 2)
    for key, tensor in storages.items():
        raw = bytes(tensor.untyped_storage())
        data += record(key, "cpu", words[tensor.dtype] + "Storage")
        data += struct.pack("<q", len(raw) // tensor.element_size()) + raw
    data += pickle.dumps([], 2)
    views = pickle.dumps(len(tensors), 2)
    for key, tensor in tensors.items():
        views += record(key, tensor.untyped_storage()._cdata, words[tensor.dtype] + "Tensor")
        views += struct.pack(f"<ii{tensor.dim()}q{tensor.dim()}qq", tensor.dim(), 0, *tensor.shape, *tensor.stride(),
                             tensor.storage_offset())
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        for member, content in (("sys_info", pickle.dumps({"protocol_version": 1000, "little_endian": True}, 2)),
                                ("pickle", stream.getvalue()), ("tensors", views), ("storages", data)):
            info = tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def described(tensors):
    return {name: {"dtype": str(t.dtype)[6:], "shape": list(t.shape), "values": t.double().flatten().tolist()}
            for name, t in tensors.items()}


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(1)
    net = Net().eval()
    state = net.state_dict()
    cases = {}

    def save(name, value, tensors, container, wrapper="", others=(), **options):
        torch.save(value, FOLDER / name, **options)
        cases[name] = {"container": container, "wrapper": wrapper, "others": sorted(others), "tensors": described(tensors)}

    old = {"_use_new_zipfile_serialization": False}
    save("zip.pth", state, state, "zip")
    save("legacy.pth", state, state, "legacy", **old)
    save("zip_protocol4.pth", state, state, "zip", pickle_protocol=4)
    # torchvision's newer files hold Parameters, and no num_batches_tracked.
    parameters = collections.OrderedDict((k, torch.nn.Parameter(v) if k in dict(net.named_parameters()) else v)
                                         for k, v in state.items() if not k.endswith("num_batches_tracked"))
    save("parameters.pth", parameters, parameters, "zip")
    marked = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    marked.note = "an attribute"
    save("attributes.pth", {"marked": marked}, {"marked": marked}, "zip")
    save("types.pth", every_type(), every_type(), "zip")
    save("types_legacy.pth", every_type(), every_type(), "legacy", **old)
    save("views.pth", views(), views(), "zip")
    save("views_legacy.pth", views(), views(), "legacy", **old)
    torch.serialization.set_crc32_options(False)
    save("no_crc.pth", {"x": torch.ones(2)}, {"x": torch.ones(2)}, "zip")
    torch.serialization.set_crc32_options(True)

    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(torch.randn(2, 1, 8, 8)).sum().backward()
    optimizer.step()
    optimizer.step()
    state = {k: v.clone() for k, v in net.state_dict().items()}
    wrapped = {"module." + k: v for k, v in state.items()}
    checkpoint = {"epoch": 3, "best": 0.25, "arch": "net", "state_dict": wrapped, "optimizer": optimizer.state_dict()}
    save("checkpoint.pth", checkpoint, wrapped, "zip", "state_dict", ["epoch", "best", "arch", "optimizer"])
    save("checkpoint_legacy.pth", {"model": state, "epoch": 1}, state, "legacy", "model", ["epoch"], **old)

    old_state = {k: v for k, v in state.items()}
    old_state["part"] = state["fc.weight"][1:, :1]
    save_tar(old_state, FOLDER / "tar.pth")
    loaded = torch.load(FOLDER / "tar.pth", weights_only=False)
    assert all(torch.equal(loaded[k], v) for k, v in old_state.items())
    cases["tar.pth"] = {"container": "tar", "wrapper": "", "others": [], "tensors": described(old_state)}

    net.eval()
    for name, script in (("scripted.pt", torch.jit.script(net)), ("traced.pt", torch.jit.trace(net, torch.randn(1, 1, 8, 8)))):
        buffer = io.BytesIO()
        torch.jit.save(script, buffer)
        (FOLDER / name).write_bytes(buffer.getvalue())
        cases[name] = {"container": "torchscript", "wrapper": "", "others": [], "tensors": described(net.state_dict())}
    types = {name: t.contiguous() for name, t in every_type().items()}
    safetensors.torch.save_file(types, FOLDER / "types.safetensors", metadata={"format": "pt"})
    cases["types.safetensors"] = {"container": "safetensors", "wrapper": "", "others": [], "tensors": described(types)}

    versions = {"torch": torch.__version__.split("+")[0], "safetensors": safetensors.__version__}
    lines = [f'"{name}": {json.dumps(case)}' for name, case in cases.items()]
    (FOLDER / "values.json").write_text('{"versions": ' + json.dumps(versions) + ',\n"files": {\n' + ",\n".join(lines) + "}}\n")


if __name__ == "__main__":
    main()

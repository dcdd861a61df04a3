#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""What tools/gpu-trial and the trial in its bundle do by themselves: which Python they take, which rows they run and what
they say of those that they do not. A script stands for graft, so neither a GPU nor LibTorch is needed."""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRIAL = ROOT / "tools" / "trial"
sys.dont_write_bytecode = True

# Answers as graft does, where the environment does not say otherwise; KIND and LOSS of a device: "FAKE_cuda_0".
GRAFT = f"#!{sys.executable} -IS\n" + '''
import json, os, pathlib, sys
words = sys.argv[1:]
def after(name, default=None):
    return words[words.index(name) + 1] if name in words else default
device = after("--device", after("--devices", "cpu"))
says = json.loads(os.environ.get("FAKE", "{}")).get(device, {})
if "--version" in words:
    print("graft 7.8.9\\nmore")
elif words[:2] == ["where", "configs"]:
    print(json.dumps("/configs"))
elif words == ["where", "libtorch"]:
    print("/torch")
elif words[0] == "where":
    print(json.dumps({"libtorch": {"version": "2.11.0", "cuda": True}}))
elif words[0] == "devices":
    print(json.dumps({"cores": 3, "gpus": [{"name": name} for name in json.loads(os.environ.get("FAKE_GPUS", "[]"))]}))
elif "error" in says:
    sys.exit("error: " + says["error"])
elif words[0] == "eval":
    print(json.dumps({"metrics": {"loss": says.get("loss", 0.5)}}))
elif words[0] == "run" and "--resume" not in words and "--dry-run" not in words:
    names = ["."] if "matrix={seed: [1, 2]}" not in words else ["a", "b"]
    for name in names:
        run = pathlib.Path(after("--out")) / name
        (run / "model").mkdir(parents=True)
        (run / "pipeline.yaml").write_text("")
    for name in names:
        run = pathlib.Path(after("--out")) / name
        (run / "model/weights.safetensors").write_text("")
        epoch = {"val": {"loss": says.get("loss", 0.5)}, "images_per_second": says.get("speed", 10)}
        (run / "metrics.jsonl").write_text(json.dumps(epoch) + "\\n")
        print(json.dumps({"final": {"metrics": {"expression/accuracy": 0.5}}, "peak_memory": says.get("memory", 0)}))
'''


class TrialTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="graft trial-")
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        for part in ("hymenoptera", "facial_keypoints"):
            (self.work / "data" / part).mkdir(parents=True)
        self.script("graft", GRAFT)

    def script(self, name, text):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def trial(self, *words, fake=None, gpus=()):
        done = subprocess.run([sys.executable, "-B", TRIAL / "trial.py", "--graft", self.work / "graft", "--data",
                               self.work / "data", "--out", self.work / "out", *words], capture_output=True, text=True,
                              check=False, env={**os.environ, "FAKE": json.dumps(fake or {}),
                                                "FAKE_GPUS": json.dumps(gpus)})
        rows = {}
        for line in done.stdout.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            rows[cells[0]] = [cell for cell in cells[1:] if cell]
        return done, rows

    # Proves: without a GPU the rows of the CPU are run, each other row says why it was not, and that is no failure; the
    # file holds what was printed.
    def test_no_gpu(self):
        done, rows = self.trial(fake={"cuda:0": {"error": "there is no driver"}, "cpu": {"speed": 12.4, "loss": 0.25}})
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in ("ants_bees", "facial_keypoints"):
            self.assertEqual(rows[name][0], "cpu")
            self.assertEqual(rows[name][2:], ["12", "12", "0.2500"])
        told = [row for row in rows.values() if row and row[0].startswith("not run: there is no driver")]
        self.assertEqual(len(told), 3 + 7)
        self.assertIn("no GPU, 3 cores; graft 7.8.9, LibTorch 2.11.0 with CUDA; photographs of", done.stdout)
        self.assertEqual((self.work / "out/table.md").read_text() + "\n", done.stdout)

    # Proves: a GPU that the driver shows and graft cannot use, and a training that fails, are failures, with graft's words.
    def test_failures(self):
        done, _ = self.trial(fake={"cuda:0": {"error": "CUDA error 3"}}, gpus=["H200"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("not run: CUDA error 3", done.stdout)
        done, rows = self.trial("--out", self.work / "second", fake={"cpu": {"error": "no more disk"}}, gpus=["H200"])
        self.assertEqual(done.returncode, 1)
        self.assertRegex(rows["ants_bees on cpu"][0], r"^FAILED: no more disk \(logs/\d+\.err\)$")
        self.assertEqual(rows["ants_bees"][0], "cuda:0")

    # Proves: answers of a GPU that are not the CPU's fail, what agrees passes, and two at once add up.
    def test_gpu(self):
        done, rows = self.trial(fake={"cuda:0": {"loss": 0.501, "speed": 1000, "memory": 3 * 2**20}}, gpus=["H200"])
        self.assertEqual(done.returncode, 1)
        self.assertEqual(rows["a model answers as on the CPU: eval, predict, and libgraft_inference.so"],
                         ["FAILED: eval or predict differ from the CPU's"])
        self.assertEqual(rows["a run's model as ONNX and as TorchScript"][0], "passed")
        self.assertEqual(rows["a run goes on, also on the CPU"], ["FAILED: there are 1 epochs of 2"])
        self.assertEqual(rows["two of ants_bees at once"][2:], ["2000", "2000", "6", "0.5010"])

    # Proves: what the time cuts off is named and has an exit code of its own, which a failure takes from it.
    def test_time(self):
        loader = importlib.machinery.SourceFileLoader("trial", str(TRIAL / "trial.py"))
        trial = importlib.util.module_from_spec(importlib.util.spec_from_loader("trial", loader))
        loader.exec_module(trial)

        def late():
            raise trial.TimeIsOver

        rows = []
        self.assertEqual(trial.code_of({0, trial.step(rows, "a training", late)}), 3)
        self.assertEqual(rows, [("a training", "not done: the time is over (--minutes)")])
        self.assertEqual(trial.code_of({0, 1, 3}), 1)
        self.assertEqual(trial.code_of({0}), 0)

    # Proves: options that cannot be followed are refused before anything is run.
    def test_options(self):
        done, _ = self.trial("--data", self.work)
        self.assertEqual(done.returncode, 2)
        self.assertIn("has no folder hymenoptera; leave --data out, and pictures are drawn", done.stderr)
        (self.work / "out/logs").mkdir(parents=True)
        done, _ = self.trial()
        self.assertEqual(done.returncode, 2)
        self.assertIn("--out: ", done.stderr)


class RunTest(unittest.TestCase):
    """`run` of a bundle: a folder with the tools that it uses, and Pythons that say what the test wants."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="graft run-")
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        (self.work / "bin").mkdir()
        for tool in ("sed", "readlink", "dirname"):
            (self.work / "bin" / tool).symlink_to(next(path for path in (f"/usr/bin/{tool}", f"/bin/{tool}")
                                                       if os.path.exists(path)))
        (self.work / "run").write_bytes((TRIAL / "run").read_bytes())
        (self.work / "trial.py").write_text("import os, sys\nprint(os.environ['GRAFT_LIBTORCH'], *sys.argv[1:], sep='|')\n")
        named = self.work / "graft/lib/graft/libtorch.json"
        named.parent.mkdir(parents=True)
        named.write_text('{"version": "2.11.0", "folder": ""}\n')

    def python(self, name, torch):
        """One whose torch is `torch` ("2.11.0 /folder"), or none."""
        path = self.work / "bin" / name
        answer = f'echo "{torch}"' if torch else "exit 1"
        path.write_text(f'#!/bin/sh\ncase "$1" in -c) {answer} ;; *) exec {sys.executable} "$@" ;; esac\n')
        path.chmod(0o755)

    def start(self, *words, **more):
        return subprocess.run(["/bin/sh", self.work / "run", *words], capture_output=True, text=True, check=False,
                              env={"PATH": str(self.work / "bin"), **more})

    # Proves: the first Python with the right torch is taken, its torch named to graft, and every word handed on.
    def test_start(self):
        self.python("python3", "2.10.1 /ten")
        self.python("python3.12", "2.11.3+cu130 /with space/torch")
        done = self.start("--out", "a b")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, f"/with space/torch|--graft|{self.work}/graft/bin/graft|--out|a b\n")

    # Proves: no Python, Pythons without torch or with another, one that is named, and half an archive: each is told.
    def test_refusals(self):
        done = self.start()
        self.assertEqual(done.returncode, 6)
        self.assertIn("python3 is not here: put a Python 3 that has torch 2.11 on the PATH", done.stderr)
        self.python("python3", "")
        self.python("python3.11", "2.10.1 /ten")
        done = self.start()
        self.assertEqual((done.returncode, done.stdout), (6, ""))
        self.assertIn(f"no Python here has it:\n  {self.work}/bin/python3 has no torch\n"
                      f"  {self.work}/bin/python3.11 has torch 2.10.1\n", done.stderr)
        self.assertIn("/nowhere/python is not here", self.start(PYTHON="/nowhere/python").stderr)
        (self.work / "graft/lib/graft/libtorch.json").unlink()
        done = self.start()
        self.assertEqual(done.returncode, 6)
        self.assertIn("unpack all of the archive", done.stderr)


class BundleTest(unittest.TestCase):
    # Proves: the archive holds the tree and a `run` that can be started, whatever is in the way is told.
    def test_archive(self):
        loader = importlib.machinery.SourceFileLoader("gpu_trial", str(ROOT / "tools" / "gpu-trial"))
        tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("gpu_trial", loader))
        loader.exec_module(tool)
        with tempfile.TemporaryDirectory(prefix="graft-bundle-") as folder:
            work = pathlib.Path(folder)
            (work / "tree/bin").mkdir(parents=True)
            (work / "tree/bin/graft").write_text("a program")
            tool.write_bundle(work / "tree", work / "it.tar.gz")
            with tarfile.open(work / "it.tar.gz") as archive:
                self.assertEqual([name for name in archive.getnames() if "." in name or name.endswith(("graft", "run"))],
                                 ["graft-gpu-trial/graft", "graft-gpu-trial/graft/bin/graft", "graft-gpu-trial/run",
                                  "graft-gpu-trial/trial.py"])
                self.assertTrue(archive.getmember("graft-gpu-trial/run").mode & 0o111)

    def test_options(self):
        for words, code, text in ((["--bundle", "/nowhere/x.tar.gz"], 1, "there is no folder /nowhere for --bundle"),
                                  (["--bundle", "x", "--data", "y"], 2, "--data y is for the `run` in the bundle"),
                                  (["--opencv", "x"], 2, "--opencv is for --bundle")):
            done = subprocess.run([sys.executable, "-B", ROOT / "tools" / "gpu-trial", *words], capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(text, done.stderr)


if __name__ == "__main__":
    unittest.main()

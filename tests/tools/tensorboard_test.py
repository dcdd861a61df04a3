#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Judges what a run writes for TensorBoard by TensorBoard's own reader (the Python package tensorboard): scalars of
every epoch once, also where a run went on, learning rates, the pictures of predictions, and hyperparameters.

    tensorboard_test.py BIN     BIN: the folder of the programs

GRAFT_PYTHON names a Python that has tensorboard, where this one lacks it; without it the test is a skip.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.plugins.hparams import plugin_data_pb2
except ImportError as error:
    other = os.environ.get("GRAFT_PYTHON", "")
    if other and "GRAFT_TENSORBOARD_TEST" not in os.environ:
        os.environ["GRAFT_TENSORBOARD_TEST"] = "1"
        os.execvp(other, [other, "-B", *sys.argv])
    print(f"SKIPPED: tools.tensorboard: Python has no {error.name}; GRAFT_PYTHON may name one that has")
    sys.exit(0)

PIPELINE = """
graft: 1
name: faces
seed: 3
data: {use: synthetic_faces, samples: 24, size: 32, image: {size: 32, resize: stretch}}
backbone: {use: resnet18}
heads: {expression: {use: classification, target: expression}}
train: {device: cpu, batch: 8, epochs: 2, deterministic: true, optimizer: {use: adamw, lr: 1e-3}}
outputs: {tensorboard: true}
"""


class TensorBoardTest(unittest.TestCase):
    def graft(self, *words):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GRAFT_", "XDG_"))}
        environment["HOME"] = self.folder
        return subprocess.run([BIN / "graft", *words], cwd=self.folder, env=environment, check=True,
                              capture_output=True, text=True)

    def test_a_run_and_its_continuation(self):
        with tempfile.TemporaryDirectory() as self.folder:
            folder = pathlib.Path(self.folder)
            (folder / "p.yaml").write_text(PIPELINE)
            self.graft("run", "p.yaml", "--out", "run")
            self.judge(folder / "run", 2)
            self.graft("run", "--resume", "run", "--set", "train.epochs=4")
            self.judge(folder / "run", 4)
            self.graft("run", "p.yaml", "--out", "plain", "--set", "outputs.tensorboard=false", "--set", "train.epochs=1")
            self.assertFalse((folder / "plain/tensorboard").exists())

    def judge(self, run, epochs):
        files = list((run / "tensorboard").iterdir())
        self.assertEqual(len(files), 1)
        board = EventAccumulator(str(run / "tensorboard"))
        board.Reload()
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual(len(lines), epochs)
        for tag, part, name in (("train/loss", "train", "loss"), ("val/loss", "val", "loss"),
                                ("val/expression/accuracy", "val", "expression/accuracy"),
                                ("train/expression/accuracy", "train", "expression/accuracy"),
                                ("learning_rate/backbone", "learning_rate", "backbone")):
            read = board.Scalars(tag)
            self.assertEqual([event.step for event in read], list(range(1, epochs + 1)), tag)
            for event, line in zip(read, lines):
                self.assertAlmostEqual(event.value, line[part][name], delta=1e-6 * max(1, abs(event.value)))
        self.assertEqual(sorted(event.wall_time for event in read), [event.wall_time for event in read])
        self.judge_picture(board, run)
        self.judge_epoch_pictures(board, epochs)
        self.judge_hyperparameters(files[0])

    def judge_picture(self, board, run):
        [picture] = board.Images("predictions")
        png = (run / "predictions.png").read_bytes()
        best = json.loads((run / "run.json").read_text())["best"]["epoch"]
        self.assertEqual(picture.encoded_image_string, png)
        self.assertEqual((picture.width, picture.height, picture.step),
                         (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big"), best))

    def judge_epoch_pictures(self, board, epochs):
        """Of few epochs each has its picture: a JPEG with the sides that are told."""
        pictures = board.Images("predictions/epoch")
        self.assertEqual([picture.step for picture in pictures], list(range(1, epochs + 1)))
        for picture in pictures:
            jpeg = picture.encoded_image_string
            frame = jpeg.find(b"\xff\xc0")  # the header of the frame: height and width, two bytes each
            self.assertEqual(jpeg[:2], b"\xff\xd8")
            self.assertEqual((picture.height, picture.width),
                             (int.from_bytes(jpeg[frame + 5:frame + 7], "big"), int.from_bytes(jpeg[frame + 7:frame + 9], "big")))
        self.assertGreater(len({picture.encoded_image_string for picture in pictures}), 1)

    def judge_hyperparameters(self, file):
        found = {}
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "hparams":
                    found[value.tag] = plugin_data_pb2.HParamsPluginData.FromString(value.metadata.plugin_data.content)
        values = found["_hparams_/session_start_info"].session_start_info.hparams
        self.assertEqual(values["train.optimizer.lr"].number_value, 1e-3)
        self.assertEqual(values["train.optimizer.use"].string_value, "adamw")
        self.assertIs(values["train.deterministic"].bool_value, True)
        self.assertNotIn("name", values)
        self.assertEqual(found["_hparams_/session_end_info"].session_end_info.status, 1)  # STATUS_SUCCESS


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()

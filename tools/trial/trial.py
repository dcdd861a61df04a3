# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Tries graft on a GPU: what runs there must give the numbers of the CPU; then trainings, on the GPU, two at once on it,
and on the CPU, as a table for docs/benchmarks.md. Where there is no GPU the rows of the CPU are run, and the others are
named with the reason. Ends with 0 where all of it passed, with 1 where something failed, with 3 where something is left
out because the time was over. `run` beside this starts it in a bundle (tools/gpu-trial --bundle), tools/gpu-trial in a
clone."""
import argparse
import datetime
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import time

# What graft draws itself, each with its own heads and losses; few samples, since two batches are taken.
DRAWN = ("synthetic", "faces_multitask", "shapes_boxes", "shapes_segmentation")
BACKBONES = ("efficientnet_lite0", "resnet50", "vgg16")
TRAININGS = {
    "ants_bees": ("ants_bees_resnet18", ()),
    "facial_keypoints": ("facial_keypoints_vgg16", ("backbone.weights=none", "data.limit=500", "train.epochs=5")),
}
TWO_AT_ONCE = "two of ants_bees at once"
# A photograph more or less in the class next to it is no fault: sums are rounded in another order on a GPU.
CLOSE = 1e-4
PASSED, FAILED, LEFT_OUT = 0, 1, 3  # exit codes
QUICK = ("data.samples=160", "train.epochs=1")


class Failed(Exception):
    """What did not pass, in words for whoever reads the table."""


class TimeIsOver(Exception):
    pass


def say(text):
    print(f"trial: {text}", file=sys.stderr, flush=True)


def expect(condition, text):
    if not condition:
        raise Failed(text)


def close(one, other):
    """Whether two results, of whatever lists and maps, have the same texts and nearly the same numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return one == other


class Trial:
    """Runs the programs, with nothing of this user's around them, and keeps what they say."""

    def __init__(self, options):
        self.options = options
        self.device = options.device
        self.out = options.out
        self.end = time.monotonic() + 60 * options.minutes
        self.environment = {**os.environ, "DATA": str(options.data), "XDG_DATA_HOME": str(self.out / "no-data"),
                            "GRAFT_STATE": str(self.out / "state"), "GRAFT_FEATURES": str(self.out / "features")}
        self.environment.pop("GRAFT_PLUGIN_PATH", None)
        self.count = 0
        self.configs = pathlib.Path(json.loads(self.graft("where", "configs", "--json")))

    def call(self, *words, **more):
        """Standard output of a program that must end well; all it prints is kept in numbered files."""
        self.count += 1
        log = self.out / "logs" / f"{self.count:02}"
        if time.monotonic() >= self.end:
            raise TimeIsOver
        with open(f"{log}.out", "w+") as out, open(f"{log}.err", "w+") as err:
            err.write(" ".join(map(str, words)) + "\n")
            err.flush()
            try:
                code = subprocess.run([str(word) for word in words], stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                                      timeout=self.end - time.monotonic(), check=False,
                                      env={**self.environment, **more}).returncode
            except subprocess.TimeoutExpired:
                raise TimeIsOver from None
            out.seek(0), err.seek(0)
            complaint = [line[7:].strip() for line in err if line.startswith("error: ")] or [f"it ended with {code}"]
            expect(code == 0, f"{complaint[-1]} ({log.relative_to(self.out)}.err)")
            return out.read()

    def graft(self, *words):
        return self.call(self.options.graft, *words)

    def train(self, name, config, *sets, device=None):
        """A run's last line of metrics, its folder and result."""
        folder = self.out / "runs" / name
        words = [word for each in sets for word in ("--set", each)]
        result = json.loads(self.graft("run", self.configs / f"{config}.yaml", "--json", "--out", folder, *words,
                                       "--device", device or self.device))
        return {"folder": folder, "result": result, "epochs": epochs_of(folder),
                "weights": (folder / "model" / "weights.safetensors").read_bytes()}


def epochs_of(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


# --- checks: what a GPU does must be what the CPU does ----------------------------------------------


def check_dry_runs(trial):
    """two batches through heads and losses of each kind, and through other backbones"""
    cases = [(name, ()) for name in DRAWN] + [("synthetic", (f"backbone.use={name}",)) for name in BACKBONES]
    for name, sets in cases:
        words = [word for each in ("data.samples=64", *sets) for word in ("--set", each)]
        trial.graft("run", trial.configs / f"{name}.yaml", "--dry-run", "--device", trial.device, *words)


def check_same_answers(trial):
    """a model answers as on the CPU: eval, predict, and libgraft_inference.so"""
    folder = trial.train("answers", "synthetic", *QUICK)["folder"]
    answers = {}
    for device in ("cpu", trial.device):
        metrics = json.loads(trial.graft("eval", folder, "--json", "--device", device))["metrics"]
        seen = trial.graft("predict", folder, "--json", "--set", "data.samples=8", "--device", device)
        answers[device] = [metrics["loss"], [json.loads(line) for line in seen.splitlines()]]
    expect(close(answers["cpu"], answers[trial.device]), "eval or predict differ from the CPU's")
    libtorch = trial.graft("where", "libtorch").strip()
    library = pathlib.Path(trial.options.graft).parent.parent / "lib" / "libgraft_inference.so"
    embedded = [trial.call(sys.executable, "-c", EMBED, library, folder, device, folder / "predictions.png",
                           LD_LIBRARY_PATH=f"{libtorch}/lib") for device in ("cpu", trial.device)]
    expect(close(*map(json.loads, embedded)), "libgraft_inference.so differs from the CPU's")


EMBED = """
import ctypes, os, sys
library = ctypes.CDLL(sys.argv[1])
library.graft_model_load.restype = library.graft_model_predict_file.restype = ctypes.c_void_p
error = ctypes.c_char_p()
model = library.graft_model_load(os.fsencode(sys.argv[2]), sys.argv[3].encode(), ctypes.byref(error))
text = model and library.graft_model_predict_file(ctypes.c_void_p(model), os.fsencode(sys.argv[4]), ctypes.byref(error))
if not text:
    sys.exit("error: " + error.value.decode())
print(ctypes.string_at(text).decode(), flush=True)
"""


def check_repeats(trial):
    """`deterministic`: the same bytes again, and with `recompute`"""
    first, second, third = (trial.train(f"repeat-{number}", "synthetic", *QUICK, "train.deterministic=true", *more)
                            for number, more in enumerate(((), (), ("train.recompute=true",))))
    expect(first["weights"] == second["weights"], "a second run has other weights")
    expect(first["weights"] == third["weights"], "recomputed stages lead to other weights")


def check_resumption(trial):
    """a run goes on, also on the CPU"""
    folder = trial.train("resumed", "synthetic", *QUICK)["folder"]
    for epochs, device in ((2, trial.device), (3, "cpu")):
        trial.graft("run", "--resume", folder, "--set", f"train.epochs={epochs}", "--device", device)
        expect(len(epochs_of(folder)) == epochs, f"there are {len(epochs_of(folder))} epochs of {epochs}")


def check_precision(trial):
    """bfloat16 and tf32 lead to about the loss of float32"""
    names = ("float32", "bfloat16") + (("tf32",) if trial.device != "cpu" else ())
    losses = {name: trial.train(name, "synthetic", *QUICK, f"train.precision={name}")["epochs"][-1]["val"]["loss"]
              for name in names}
    for name, loss in losses.items():
        expect(abs(loss - losses["float32"]) < 0.1 * losses["float32"],
               f"{name} has a loss of {loss:.4f}, float32 {losses['float32']:.4f}")


def check_kept_features(trial):
    """features of frozen stages that are kept teach what new ones teach; a solved head is the CPU's"""
    frozen = (*QUICK, "train.freeze=[backbone]", "train.deterministic=true")
    new, kept = (trial.train(f"frozen-{number}", "synthetic", *frozen)["weights"] for number in (1, 2))
    expect(new == kept, "the second run has other weights")
    solved = [trial.train(f"solved-{number}", "synthetic", "data.samples=160",
                          "train={batch: 32, freeze: [backbone], solve: linear}", device=device)
              for number, device in enumerate(("cpu", trial.device))]
    one, other = (run["result"]["final"]["metrics"]["expression/accuracy"] for run in solved)
    expect(abs(one - other) < 0.05, f"a solved head has {other:.1%} right, the CPU's {one:.1%}")


def check_exports(trial):
    """a run's model as ONNX and as TorchScript"""
    folder = trial.train("exported", "synthetic", *QUICK)["folder"]
    for kind in ("onnx", "torchscript"):
        trial.graft("export", folder, "--to", kind)


CHECKS = (check_dry_runs, check_same_answers, check_repeats, check_resumption, check_precision, check_kept_features,
          check_exports)


# --- trainings, for the table -----------------------------------------------------------------------


def draw_data(folder):
    """As many pictures as hymenoptera has, and 500 with points: noise with a light or a dark square."""
    draw = random.Random(0)

    def picture(path, colour):
        side, square = 256, draw.randrange(60, 160)
        rows = [draw.randbytes(3 * side) for _ in range(side)]
        begin = draw.randrange(side - square)
        for row in range(begin, begin + square):
            rows[row] = rows[row][:3 * begin] + bytes(colour) * square + rows[row][3 * (begin + square):]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"P6 %d %d 255\n" % (side, side) + b"".join(rows))
        return begin, begin + square

    for split, count in (("train", 244), ("val", 153)):
        for index in range(count):
            name, colour = (("ants", (60, 40, 40)), ("bees", (220, 190, 60)))[index % 2]
            picture(folder / "hymenoptera" / split / name / f"{index}.ppm", colour)
    faces = folder / "facial_keypoints"
    lines = ["," + ",".join(map(str, range(136)))]
    for index in range(500):
        begin, end = picture(faces / "training" / f"{index}.ppm", (200, 160, 140))
        points = [begin + (end - begin) * (number % 34) / 33 for number in range(136)]
        lines.append(f"{index}.ppm," + ",".join(f"{value:.1f}" for value in points))
    (faces / "training_frames_keypoints.csv").write_text("\n".join(lines) + "\n")


def row_of(name, device, seconds, epochs, memory):
    speeds = [f"{epochs[index]['images_per_second']:.0f}" for index in (0, -1)]
    return (name, device, f"{seconds:.1f}", *speeds, f"{memory / 2**20:.0f}" if memory else "",
            f"{epochs[-1]['val']['loss']:.4f}")


def train_one(trial, name, device):
    config, sets = TRAININGS[name]
    begun = time.monotonic()
    run = trial.train(f"{name}-{device.replace(':', '-')}", config, *sets, device=device)
    return row_of(name, device, time.monotonic() - begun, run["epochs"], run["result"].get("peak_memory"))


def train_two(trial):
    folder = trial.out / "runs" / "two"
    begun = time.monotonic()
    lines = trial.graft("run", trial.configs / "ants_bees_resnet18.yaml", "--set", "matrix={seed: [1, 2]}", "--json",
                        "--jobs", "2", "--devices", trial.device, "--out", folder).splitlines()
    seconds = time.monotonic() - begun
    results = [json.loads(line) for line in lines]
    runs = sorted(folder.iterdir())
    expect(len(results) == len(runs) == 2, f"{len(results)} of 2 have ended")
    begun_last, ended_first = (choice((run / name).stat().st_mtime for run in runs)
                               for choice, name in ((max, "pipeline.yaml"), (min, "metrics.jsonl")))
    expect(begun_last < ended_first, "one waited for the other")
    memory = sum(result.get("peak_memory", 0) for result in results)
    both = [{**epochs[0], "images_per_second": sum(each["images_per_second"] for each in epochs)}
            for epochs in zip(*map(epochs_of, runs))]
    return row_of(TWO_AT_ONCE, trial.device, seconds, both, memory)


# --- all of it --------------------------------------------------------------------------------------


def step(rows, what, work):
    """Does `work`; a row of the table that says what came of it, and the code to end with."""
    say(what)
    begun = time.monotonic()
    try:
        rows.append(work() or (what, "passed", f"{time.monotonic() - begun:.1f}"))
        return PASSED
    except TimeIsOver:
        rows.append((what, "not done: the time is over (--minutes)"))
        return LEFT_OUT
    except (Failed, OSError, ValueError, KeyError, IndexError) as problem:
        rows.append((what, f"FAILED: {problem}"))
        say(f"FAILED: {problem}")
        return FAILED


def code_of(codes):
    """The exit code of steps that ended with `codes`: a failure says more than what was left out."""
    return FAILED if FAILED in codes else max(codes)


def why_no_gpu(trial):
    """Empty where there is one to try."""
    if trial.device == "cpu":
        return ""
    try:
        trial.graft("run", trial.configs / "synthetic.yaml", "--dry-run", "--set", "data.samples=64", "--device",
                    trial.device)
        return ""
    except Failed as problem:
        return str(problem)


def machine_of(trial):
    """In words, and whether the driver tells of a GPU."""
    devices = json.loads(trial.graft("devices", "--json"))
    names = sorted({gpu["name"] for gpu in devices["gpus"]})
    torch = json.loads(trial.graft("where", "--json"))["libtorch"]
    version = trial.graft("--version").splitlines()[0]
    return (f"{', '.join(names) or 'no GPU'}, {devices['cores']} cores; {version}, LibTorch {torch['version']}"
            f"{' with CUDA' if torch['cuda'] else ''}; {trial.options.data_note}; {datetime.date.today()}", bool(names))


def table(head, rows):
    lines = [head, ["---"] * len(head), *(list(row) + [""] * (len(head) - len(row)) for row in rows)]
    return "".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |\n" for line in lines)


def parse():
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, help="holds hymenoptera/ and facial_keypoints/")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, help="new; default: gpu-trial-TIME, here")
    parser.add_argument("--device", metavar="NAME", default="cuda:0",
                        help="default cuda:0; cpu: tries this script where there is no GPU")
    parser.add_argument("--minutes", metavar="N", type=float, default=8, help="what is not done then is left out; default 8")
    parser.add_argument("--graft", metavar="FILE", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for part in ("hymenoptera", "facial_keypoints"):
        if options.data and not (options.data / part).is_dir():
            parser.error(f"--data: '{options.data}' has no folder {part}; leave --data out, and pictures are drawn")
    options.out = (options.out or pathlib.Path(f"gpu-trial-{datetime.datetime.now():%Y%m%d-%H%M%S}")).absolute()
    try:
        (options.out / "logs").mkdir(parents=True)
    except OSError as problem:
        parser.error(f"--out: {problem}")
    options.data_note = f"photographs of {options.data}" if options.data else "drawn pictures"
    if not options.data:
        options.data = options.out / "data"
        draw_data(options.data)
    options.data = options.data.absolute()
    return options


def main():
    options = parse()
    try:
        trial = Trial(options)
        machine, has_gpu = machine_of(trial)
        reason = why_no_gpu(trial)
    except Failed as problem:
        say(f"error: {problem}")
        return 6
    except TimeIsOver:
        say("error: the time (--minutes) was over before anything could be run")
        return 6
    codes = {FAILED if reason and has_gpu else PASSED}  # a GPU that the driver shows and graft cannot use is a fault
    checks, trainings = [], []
    todo = [(checks, check.__doc__, lambda check=check: check(trial)) for check in CHECKS]
    devices = [trial.device] if trial.device == "cpu" else [trial.device, "cpu"]
    on_each = {device: [(trainings, f"{name} on {device}", lambda name=name, device=device: train_one(trial, name, device))
                        for name in TRAININGS] for device in devices}
    on_gpu = [*on_each[trial.device], (trainings, TWO_AT_ONCE, lambda: train_two(trial)), *todo]
    for rows, what, work in on_gpu:
        if reason:
            rows.append((what, f"not run: {reason}"))
        else:
            codes.add(step(rows, what, work))
    for rows, what, work in on_each["cpu"] if trial.device != "cpu" else []:
        codes.add(step(rows, what, work))
    text = (f"`tools/gpu-trial` on {machine}.\n\n"
            + table(("training", "device", "seconds", "images a second, first epoch", "last epoch", "memory of the GPU, MB",
                     "loss"), trainings)
            + "\n" + table((f"what must be on {trial.device} as on the CPU", "", "seconds"), checks))
    (options.out / "table.md").write_text(text)
    print(text)
    code = code_of(codes)
    ended = {PASSED: "all that was run passed", FAILED: "FAILED", LEFT_OUT: "not all was run: the time is over"}[code]
    say(f"{ended}; the table: {options.out / 'table.md'}, logs beside it")
    return code


if __name__ == "__main__":
    sys.exit(main())

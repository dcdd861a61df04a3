#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Judges `graft schema` by the Python package jsonschema: the schema is one of draft-07, takes every pipeline of
configs/, and refuses those of tests/pipelines whose mistakes are of form.

    schema_test.py BIN     BIN: the folder of the programs

Where this Python lacks jsonschema or yaml, GRAFT_PYTHON names one that has both, else it is the system's (python3-jsonschema,
python3-yaml); without them it is a skip.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as error:
    other = os.environ.get("GRAFT_PYTHON", "/usr/bin/python3")
    if os.path.exists(other) and "GRAFT_SCHEMA_TEST" not in os.environ:
        os.environ["GRAFT_SCHEMA_TEST"] = "1"
        os.execvp(other, [other, "-B", *sys.argv])
    print(f"SKIPPED: tools.schema: Python has no {error.name}; GRAFT_PYTHON may name one that has")
    sys.exit(0)

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Mistakes of form, which an editor can mark; what the others say needs the data, the network or another file.
REFUSED = """
    augment_without_value bad_device:taken epochs_beside_phases:taken everything_at_once head_and_heads
    loss_option_out_of_range nan_learning_rate newer_version option_bad_choice option_out_of_range option_required
    option_unknown option_wrong_type optimizer_keys out_of_range quoted_number sampler_keys sections_missing
    several_mistakes unknown_augment unknown_backbone unknown_key unknown_plugins wrong_type freeze_is_text
    feature_augment freeze_without_root limits_without_units name_as_path needs_not_a_name option_and_root
""".split()


class Loader(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors and graft read it: `off` and `1e-3` are a text and a number."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
                            ("int", r"[-+]?[0-9]+", "-+0123456789"),
                            ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
                            ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""])):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


def number(loader, node):
    return float(loader.construct_scalar(node))


Loader.add_constructor("tag:yaml.org,2002:float", number)


def main():
    graft = pathlib.Path(sys.argv[1]) / "graft"
    schema = json.loads(subprocess.run([graft, "schema"], check=True, capture_output=True, text=True).stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    judge = jsonschema.Draft7Validator(schema)
    wrong = []

    def problems(path):
        return [f"{'.'.join(map(str, error.absolute_path))}: {error.message[:120]}"
                for error in judge.iter_errors(yaml.load(path.read_text(), Loader))]

    taken = sorted((ROOT / "configs").glob("*.yaml"))
    for path in taken:
        for problem in problems(path):
            wrong.append(f"{path.name} is refused: {problem}")
    refused = 0
    for name in REFUSED:
        name, _, only_check = name.partition(":")
        found = problems(ROOT / "tests" / "pipelines" / f"{name}.yaml")
        refused += bool(found)
        if bool(found) == bool(only_check):
            wrong.append(f"{name}.yaml is {'refused: ' + found[0] if found else 'taken'}")
    print("\n".join(wrong))
    print(f"schema_test: {len(taken)} pipelines taken, {refused} refused, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

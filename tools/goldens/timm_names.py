#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes tests/model/goldens/timm_names.txt: the names and shapes of timm's tf_efficientnet_lite0 in the order of its
state dict, one a line, "NAME SIDE,SIDE,...". Counts of batches are left out. Needs timm.

    python3 tools/goldens/timm_names.py
"""
import pathlib

import timm

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests/model/goldens/timm_names.txt"

if __name__ == "__main__":
    state = timm.create_model("tf_efficientnet_lite0").state_dict()
    FILE.write_text("".join(f"{name} {','.join(map(str, value.shape))}\n" for name, value in state.items()
                            if not name.endswith("num_batches_tracked")))

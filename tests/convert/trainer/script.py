"""Scripts run in this process, and what they save."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import GOLDEN
from tests.convert.families import layer

FOLDER = GOLDEN / "solvers"

CASES = {case["name"]: case for case in json.loads((FOLDER / "index.json").read_text())["cases"]}


def train_by(
    text: str, stem: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, torch.Tensor]:
    """Run a script in this process, with its files where they are, and catch what it saves."""
    saved: dict[str, dict[str, torch.Tensor]] = {}
    monkeypatch.setattr(torch, "save", lambda state, path: saved.update({str(path): state}))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, stem, raising=False)
    opened = _closing_lmdbs(monkeypatch)
    names: dict[str, Any] = {"__name__": "script", "__file__": str(folder / "script.py")}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, "script", "exec"), names)
        names["train"]()
    for environment in opened:
        environment.close()
    sys.modules.pop(stem)
    return list(saved.values())[-1]


def _closing_lmdbs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The databases that a script opens: it ends with its process, this one goes on."""
    import lmdb

    opened: list[Any] = []

    def kept(*arguments: Any, **options: Any) -> Any:
        opened.append(real(*arguments, **options))
        return opened[-1]

    real = lmdb.open
    monkeypatch.setattr(lmdb, "open", kept)
    return opened


DEEP = """\
name: "deep"
layer { name: "d" type: "Data" top: "d" top: "t" transform_param { mean_file: "lost.binaryproto"
        crop_size: 6 } data_param { source: "train_lmdb" batch_size: 2 backend: LMDB } }
"""
SOLVER = 'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 3'


CONVOLUTION = "{ num_output: 2 kernel_size: 1 }"


def deep_net(folder: Path, blocks: int) -> None:
    """A net whose Scale layers, and one convolution, have multipliers of their own."""
    text, bottom = DEEP, "d"
    for k in range(blocks):
        own = "param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }"
        text += layer("Convolution", f"c{k}", bottom, "", f"{own} convolution_param {CONVOLUTION}")
        text += layer("BatchNorm", f"bn{k}", f"c{k}")
        flat = "param { decay_mult: 0 } param { decay_mult: 0 } scale_param { bias_term: true }"
        text, bottom = text + layer("Scale", f"s{k}", f"bn{k}", "", flat), f"s{k}"
    last = "param { lr_mult: 10 } param { lr_mult: 20 decay_mult: 0 }"
    text += layer("InnerProduct", "fc", bottom, "", last + " inner_product_param { num_output: 2 }")
    (folder / "net.prototxt").write_text(text + layer("SoftmaxWithLoss", "loss", "fc t"))
    (folder / "solver.prototxt").write_text(SOLVER)

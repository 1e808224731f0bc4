"""Multipliers are said once, by class where most are alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from caffe2torch.convert import trainer, with_trainer
from caffe2torch.convert.keys import by_layer, owners
from caffe2torch.format.upgrade import read_solver
from tests.convert.trainer.script import deep_net


def test_multipliers_of_a_class_are_said_once(tmp_path: Path) -> None:
    deep_net(tmp_path, blocks=60)
    found, model = with_trainer.conversion(read_solver(tmp_path / "solver.prototxt"), None)
    text = trainer.script(found, "deep")
    assert text.count("\n") <= 150
    assert '"CaffeScale.weight": (1.0, 0.0)' in text
    names: dict[str, Any] = {"nn": torch.nn}
    exec(text[text.index("MULTIPLIERS = ") : text.index("def rate(")], names)
    net = model.module
    known = {name: names["multipliers"](net, name) for name, _ in net.named_parameters()}
    expected = {"fc.weight": (10.0, 1.0), "fc.bias": (20.0, 0.0)}
    for k in range(60):
        expected |= {f"c{k}.weight": (1.0, 1.0), f"c{k}.bias": (2.0, 0.0)}
        expected |= {f"s{k}.weight": (1.0, 0.0), f"s{k}.bias": (1.0, 0.0)}
    by_path = owners(model.source.paths)
    assert {by_layer(name, by_path): pair for name, pair in known.items()} == expected

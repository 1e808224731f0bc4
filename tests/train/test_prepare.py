"""What happens before the first iteration: seeds, weights, and what the method works on."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch

from caffe2torch.errors import WeightsError
from caffe2torch.format import upgrade
from caffe2torch.train import prepare
from caffe2torch.train.log import Log
from caffe2torch.train.prepare import entries
from caffe2torch.train.solver import Solver
from caffe2torch.train.watch import Watcher
from caffe2torch.weights import write_caffemodel_h5
from tests.train import tiny

TWO = """
layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 2 } } }
layer { name: "frozen" type: "InnerProduct" bottom: "x" top: "a" param { lr_mult: 0 %s }
  inner_product_param { num_output: 2 bias_term: false } }
layer { name: "free" type: "InnerProduct" bottom: "a" top: "b"
  param { lr_mult: 3 decay_mult: 0 } param { lr_mult: 2 decay_mult: 0.5 }
  inner_product_param { num_output: 1 weight_filler { type: "gaussian" std: 1 } } }
layer { name: "sum" type: "Reduction" bottom: "b" top: "s" loss_weight: 1 }
"""


class Notes(Watcher):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def on_note(self, text: str) -> None:
        self.texts.append(text)


def two(folder: Path, text: str = "", frozen: str = "", **keywords: object) -> Solver:
    net = f"net_param {{ {TWO % frozen} }} snapshot_prefix: '{folder}/s' lr_policy: 'fixed' "
    return Solver(upgrade.parse_solver(f"{net} base_lr: 1 {text}", "s.prototxt"), **keywords)


@pytest.mark.parametrize(
    ("method", "decay", "frozen", "expected"),
    [
        ("SGD", 0.1, "", [(3, 0), (2, 0.5)]),
        ("Adam", 0.0, "", [(3, 0), (2, 0.5)]),
        ("Adam", 0.1, "", [(0, 1), (3, 0), (2, 0.5)]),  # decay moves the history of the frozen
        ("Adam", 0.1, "decay_mult: 0", [(3, 0), (2, 0.5)]),
    ],
)
def test_entries(
    tmp_path: Path, method: str, decay: float, frozen: str, expected: list[tuple[float, float]]
) -> None:
    solver = two(tmp_path, frozen=frozen)
    assert [entry[1:] for entry in entries(solver.train, method, decay)] == expected


def test_a_seed_gives_the_same_weights_and_another_gives_others(tmp_path: Path) -> None:
    first, again, other = (
        two(tmp_path, f"random_seed: {seed}").net.free.weight.detach() for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_weights_are_loaded_in_order_and_what_has_no_counterpart_is_told(tmp_path: Path) -> None:
    for name, value in (("a", 1.0), ("b", 2.0)):
        free = [np.full((1, 2), value, np.float32), np.full(1, value, np.float32)]
        layers = {"free": free} | ({"old": [np.zeros(1, np.float32)]} if name == "b" else {})
        write_caffemodel_h5(tmp_path / f"{name}.caffemodel.h5", layers)
    notes, text = Notes(), io.StringIO()
    files = f'weights: "{tmp_path}/a.caffemodel.h5, {tmp_path}/b.caffemodel.h5"'
    solver = two(tmp_path, files, watchers=[notes], log=Log(text))
    assert solver.net.free.weight.tolist() == [[2.0, 2.0]]
    path = f"{tmp_path}/b.caffemodel.h5"
    assert f"{path}: layers that this net does not have: old" in notes.texts
    assert any("fresh 1 (frozen)" in text for text in notes.texts)
    assert f"Finetuning from {path}" in text.getvalue()


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    blobs = [np.zeros((1, 3), np.float32), np.zeros(1, np.float32)]
    write_caffemodel_h5(tmp_path / "w.caffemodel.h5", {"free": blobs})
    with pytest.raises(WeightsError, match="--ignore-shape-mismatch skips"):
        two(tmp_path, f'weights: "{tmp_path}/w.caffemodel.h5"')


def test_beside_the_solver_weights_are_found(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    first = tiny.solver(path, max_iter=10, display=0)
    first.solve()
    first.close()
    description = upgrade.read_solver(path)
    description.message.weights.append("snap_iter_10.caffemodel")
    again = Solver(description)
    again.close()
    tiny.assert_same(tiny.weights(first), tiny.weights(again))


def test_a_batch_norm_of_the_test_net_alone_is_told_with_its_factor(tmp_path: Path) -> None:
    norm = """
    layer { name: "bn" type: "BatchNorm" bottom: "x" top: "bn" include { phase: TEST } }
    layer { name: "probe" type: "InnerProduct" bottom: "bn" top: "z" include { phase: TEST }
      inner_product_param { num_output: 1 } }"""
    net = TWO % "" + norm
    notes = Notes()
    text = (
        f"net_param {{ {net} }} snapshot_prefix: '{tmp_path}/s' lr_policy: 'fixed' base_lr: 1 "
        "test_iter: 1 test_interval: 1"
    )
    Solver(upgrade.parse_solver(text, "s.prototxt"), watchers=[notes]).close()
    only = "is in a test net only, where nothing trains it"
    assert notes.texts == [
        f'layer "bn" (BatchNorm) {only}: with empty statistics it multiplies by '
        "1/sqrt(1e-05) = 316",
        f'layer "probe" (InnerProduct) {only}: it keeps its first values',
    ]


def test_what_was_loaded_is_told_and_a_missing_file_is_that(tmp_path: Path) -> None:
    free = [np.ones((1, 2), np.float32), np.ones(1, np.float32)]
    frozen = [np.ones((2, 2), np.float32)]
    write_caffemodel_h5(tmp_path / "a.caffemodel.h5", {"free": free, "frozen": frozen})
    notes = Notes()
    two(tmp_path, f'weights: "{tmp_path}/a.caffemodel.h5"', watchers=[notes])
    assert f"{tmp_path}/a.caffemodel.h5: loaded 2" in notes.texts
    with pytest.raises(WeightsError, match='weights file "absent" does not exist → looked in'):
        two(tmp_path, 'weights: "absent"')


def test_a_run_keeps_the_memory_of_its_blobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(prepare, "keep_memory", lambda: calls.append("kept"))
    tiny.solver(tiny.write(tmp_path)).close()
    assert calls == ["kept"]

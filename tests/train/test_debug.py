"""debug_info: the magnitudes that Caffe logs, against autograd and by hand."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch

from caffe2torch.format import upgrade
from caffe2torch.train.debug import magnitude
from caffe2torch.train.log import Log
from caffe2torch.train.solver import Solver
from tests.train import tiny


def test_debug_info_tells_the_gradients_that_autograd_gives(tmp_path: Path) -> None:
    text = io.StringIO()
    path = tiny.write(tmp_path)
    solver = tiny.solver(path, log=Log(text), debug_info=True, display=1)
    solver.param.test_initialization = False
    solver.step(1)
    lines = dict(
        line.partition("] ")[2].strip().rsplit(": ", 1)
        for line in text.getvalue().splitlines()
        if "[Forward]" in line or "[Backward] Layer" in line
    )
    solver.close()
    weight = solver.optimizer.history([solver.net.score.bias])[0] / (1 - 0.9)
    logged = float(lines["[Backward] Layer score, param blob 1 diff"])
    assert logged == pytest.approx(float(weight.abs().mean()), rel=1e-2)
    # A ReLU in place passes the gradient on where its top is above 0, before the dropout.
    passed = float(lines["[Backward] Layer relu, bottom blob conv diff"])
    above = float(lines["[Backward] Layer drop, bottom blob conv diff"])
    assert 0 < passed < above
    assert float(lines["[Forward] Layer relu, top blob conv data"]) < float(
        lines["[Forward] Layer bn, top blob conv data"]
    )


def test_magnitude_is_the_mean_of_absolute_values() -> None:
    assert magnitude(torch.tensor([-1.0, 2.0, -6.0])) == 3.0
    assert magnitude(None) == magnitude(torch.zeros(0)) == 0.0


def test_the_line_net_is_logged_as_worked_out(tmp_path: Path) -> None:
    # p = 2 · 1; loss = (2 − 3)² / 2; dp = 2 − 3; dw = 2 · (2 − 3)
    text = io.StringIO()
    solver = tiny.line(tmp_path, "base_lr: 0.5 debug_info: true display: 1", log=Log(text))
    solver.step(1)
    lines = [line.partition("] ")[2].strip() for line in text.getvalue().splitlines()]
    start = lines.index("[Forward] Layer x, top blob x data: 2")
    assert lines[start : start + 8] == [
        "[Forward] Layer x, top blob x data: 2",
        "[Forward] Layer x, top blob y data: 3",
        "[Forward] Layer w, top blob p data: 2",
        "[Forward] Layer w, param blob 0 data: 1",
        "[Forward] Layer loss, top blob loss data: 0.5",
        "[Backward] Layer loss, bottom blob p diff: 1",
        "[Backward] Layer w, param blob 0 diff: 2",
        "[Backward] All net params (data, diff): L1 norm = (1, 2); L2 norm = (1, 2)",
    ]


def test_a_bottom_has_a_gradient_though_only_batch_norm_is_behind(tmp_path: Path) -> None:
    # bn = 0; p = 3 · 0; dp = (0 − 1) / 2; dbn = 3 · dp, as Caffe counts bn as a layer that learns
    net = """
    layer { name: "x" type: "DummyData" top: "x" top: "y" dummy_data_param {
      shape { dim: 2 dim: 1 } data_filler { value: 2 } data_filler { value: 1 } } }
    layer { name: "bn" type: "BatchNorm" bottom: "x" top: "bn" }
    layer { name: "ip" type: "InnerProduct" bottom: "bn" top: "p" inner_product_param {
      num_output: 1 bias_term: false weight_filler { value: 3 } } }
    layer { name: "loss" type: "EuclideanLoss" bottom: "p" bottom: "y" top: "loss" }
    """
    text = io.StringIO()
    solver = Solver(
        upgrade.parse_solver(
            f"net_param {{ {net} }} base_lr: 1 lr_policy: 'fixed' debug_info: true display: 1 "
            f"snapshot_prefix: '{tmp_path}/s'"
        ),
        log=Log(text),
    )
    solver.step(1)
    solver.close()
    lines = [line.partition("] ")[2].strip() for line in text.getvalue().splitlines()]
    assert "[Backward] Layer ip, bottom blob bn diff: 1.5" in lines

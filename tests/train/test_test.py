"""`c2t test`: which nets, how many batches, and means that can be worked out."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch

from caffe2torch.errors import ParseError, SolverError
from caffe2torch.module.options import Options
from caffe2torch.train.log import Log
from caffe2torch.train.test import DEFAULT_ITERATIONS, Scorer, nets_to_test
from caffe2torch.weights import write_caffemodel_h5
from tests.train import tiny


def test_a_net_is_scored_with_the_weights_that_are_given(tmp_path: Path) -> None:
    # w = 4: p = 8, loss = (8 − 3)² / 2
    (tmp_path / "net.prototxt").write_text(tiny.LINE)
    write_caffemodel_h5(tmp_path / "w.caffemodel.h5", {"w": [np.full((1, 1), 4, np.float32)]})
    text, lines = io.StringIO(), []
    weights = str(tmp_path / "w.caffemodel.h5")
    scorer = Scorer(weights, Options(torch.device("cpu")), Log(text), lines.append)
    [(net, iterations)], _ = nets_to_test(str(tmp_path / "net.prototxt"), 0, ("",), 2)
    scorer.test(net, iterations)
    assert lines[-4:] == [
        "Batch 0, loss = 12.5",
        "Batch 1, loss = 12.5",
        "Loss: 12.5",
        "loss = 12.5 (* 1 = 12.5 loss)",
    ]
    assert "caffe.cpp:281] Running for 2 iterations." in text.getvalue()


def test_a_net_runs_fifty_batches_and_a_solver_its_test_iter(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    assert [count for _, count in nets_to_test(str(path), 0, ("",), None)[0]] == [2]
    assert [count for _, count in nets_to_test(str(path), 0, ("",), 9)[0]] == [9]
    net = str(tmp_path / "net.prototxt")
    assert [count for _, count in nets_to_test(net, 0, ("",), None)[0]] == [DEFAULT_ITERATIONS]


def test_a_solver_without_test_nets_is_refused(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    path.write_text(path.read_text().replace("test_iter: 2 test_interval: 10", ""))
    with pytest.raises(SolverError, match="no test nets"):
        nets_to_test(str(path), 0, ("",), None)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="absent cannot be read"):
        nets_to_test(str(tmp_path / "absent"), 0, ("",), None)

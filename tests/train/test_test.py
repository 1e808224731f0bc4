"""`c2t test`: which nets, how many batches, and means that can be worked out."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
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


def test_an_output_may_change_its_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Caffe's `caffe test` adds such values to those of other outputs, or writes beyond them."""
    for name, size in (("a.png", 4), ("b.png", 6)):
        cv2.imwrite(str(tmp_path / name), np.full((size, 4, 3), 10 * size, np.uint8))
    (tmp_path / "list.txt").write_text("a.png 1\nb.png 3\n")
    (tmp_path / "net.prototxt").write_text(
        f'layer {{ name: "d" type: "ImageData" top: "x" top: "y" image_data_param {{ '
        f'source: "{tmp_path}/list.txt" root_folder: "{tmp_path}/" batch_size: 1 }} }}\n'
        'layer { name: "p" type: "Reduction" bottom: "x" top: "rows" reduction_param { axis: 3 } }'
    )
    lines: list[str] = []
    write_caffemodel_h5(tmp_path / "w.caffemodel.h5", {})
    weights = str(tmp_path / "w.caffemodel.h5")
    scorer = Scorer(weights, Options(torch.device("cpu")), Log(io.StringIO()), lines.append)
    [(net, iterations)], _ = nets_to_test(str(tmp_path / "net.prototxt"), 0, ("",), 2)
    scorer.test(net, iterations)
    said = capsys.readouterr().err.splitlines()
    notes = [line for line in said if line.startswith('note: test output "rows"')]
    means = [line for line in lines if line.startswith(("rows =", "y ="))]
    assert len(notes) == 1
    assert means == ["rows = 200"] * 12 + ["y = 2"]  # (4 · 40 + 4 · 60) / 2

"""What the log shows, against lines worked out by hand for the net with one weight."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from caffe2torch.train import display
from caffe2torch.train.log import Log
from caffe2torch.train.watch import DisplayRecord, ScoreRecord, Watcher
from tests.train import tiny


class Records(Watcher):
    def __init__(self) -> None:
        self.records: list[DisplayRecord | ScoreRecord] = []

    def on_display(self, record: DisplayRecord) -> None:
        self.records.append(record)

    on_test = on_display


def shown(text: io.StringIO) -> list[str]:
    """Return place and text of the lines after the set-up, speeds masked."""
    lines = text.getvalue().partition("Solver scaffolding done.\n")[2].splitlines()
    plain = [re.sub(r"^I\d+ [\d:.]+ +\d+ ", "", line) for line in lines]
    return [re.sub(r"\(\S+ iter/s, \S+s/", "(SPEED/", line) for line in plain]


def test_a_whole_run_line_by_line(tmp_path: Path) -> None:
    # w: 1 → 1.2 → 1.32; loss (2w − 3)²/2: 0.5, 0.18, 0.0648; window of two: 0.5, 0.34, 0.1224
    text, watcher = io.StringIO(), Records()
    options = "base_lr: 0.1 max_iter: 2 display: 1 average_loss: 2 snapshot_after_train: false"
    tests = "test_iter: 3 test_interval: 2 test_initialization: false test_compute_loss: true"
    solver = tiny.line(tmp_path, f"{options} {tests}", log=Log(text), watchers=[watcher])
    solver.solve()
    assert shown(text) == [
        "solver.cpp:289] Solving ",
        "solver.cpp:290] Learning Rate Policy: fixed",
        "solver.cpp:239] Iteration 0 (SPEED/1 iters), loss = 0.5",
        "solver.cpp:258]     Train net output #0: loss = 0.5 (* 1 = 0.5 loss)",
        "sgd_solver.cpp:112] Iteration 0, lr = 0.1",
        "solver.cpp:239] Iteration 1 (SPEED/1 iters), loss = 0.34",
        "solver.cpp:258]     Train net output #0: loss = 0.18 (* 1 = 0.18 loss)",
        "sgd_solver.cpp:112] Iteration 1, lr = 0.1",
        "solver.cpp:327] Iteration 2, loss = 0.1224",
        "solver.cpp:347] Iteration 2, Testing net (#0)",
        "solver.cpp:401] Test loss: 0.0648",
        "solver.cpp:414]     Test net output #0: loss = 0.0648 (* 1 = 0.0648 loss)",
        "solver.cpp:332] Optimization Done.",
    ]
    first, second, last, test = watcher.records
    near = pytest.approx
    assert (first.iter, first.loss, first.lr, first.images) == (0, near(0.5), near(0.1), 0)
    assert (second.iter, second.loss, second.lr, second.images) == (1, near(0.34), near(0.1), 1)
    assert (last.iter, last.loss, last.lr, last.scores) == (2, near(0.1224), None, [])
    assert (test.iter, test.net, test.loss) == (2, 0, near(0.0648))
    assert [(s.blob, s.value, s.weight) for s in test.scores] == [("loss", near(0.0648), 1.0)]


def test_clipping_is_shown_with_its_three_numbers(tmp_path: Path) -> None:
    # dw = 2 (2 · 1 − 3) = −2, so its norm is 2 and is scaled by a quarter
    text = io.StringIO()
    solver = tiny.line(tmp_path, "base_lr: 1 clip_gradients: 0.5", log=Log(text))
    solver.step(1)
    assert shown(text) == [
        "sgd_solver.cpp:99] Gradient clipping: scaling down gradients (L2 norm 2 > 0.5) "
        "by scale factor 0.25",
    ]
    assert float(solver.net.w.weight.detach()) == 1.5


def test_layers_that_a_test_net_does_without_are_named(tmp_path: Path) -> None:
    text = io.StringIO()
    solver = tiny.line(tmp_path, "base_lr: 1 test_iter: 1 test_interval: 1", log=Log(text))
    solver.state.tests[0].graph.nodes.pop()
    display.show_test_begin(solver.state, 0)
    assert shown(text) == [
        "solver.cpp:347] Iteration 0, Testing net (#0)",
        "net.cpp:678] Ignoring source layer loss",
    ]

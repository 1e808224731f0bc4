"""The loop: what happens when, on a net small enough to reckon with."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from caffe2torch.errors import SolverError
from caffe2torch.format import upgrade
from caffe2torch.train.log import Log
from caffe2torch.train.solver import Solver
from caffe2torch.train.watch import DisplayRecord, ScoreRecord, Watcher
from tests.train import tiny


class Events(Watcher):
    """Keeps the order of events."""

    def __init__(self) -> None:
        self.events: list[tuple] = []

    def on_begin(self, iteration: int) -> None:
        self.events.append(("begin", iteration))

    def on_display(self, record: DisplayRecord) -> None:
        self.events.append(("display", record.iter, record.lr))

    def on_test(self, record: ScoreRecord) -> None:
        self.events.append(("test", record.iter))

    def on_snapshot(self, path: str) -> None:
        stem = path.removesuffix(".solverstate")
        self.events.append(("snapshot", int(stem.rpartition("_iter_")[2])))


def test_weights_follow_the_recurrence_worked_out_by_hand(tmp_path: Path) -> None:
    # loss = (2 w − 3)² / 2, so g = 2 (2 w − 3); v = m v + lr g; w −= v.
    solver = tiny.line(
        tmp_path, "base_lr: 0.05 momentum: 0.5 max_iter: 5 snapshot_after_train: false"
    )
    w, v = 1.0, 0.0
    for _ in range(5):
        solver.step(1)
        v = 0.5 * v + 0.05 * 2 * (2 * w - 3)
        w -= v
        assert float(solver.net.w.weight.detach()) == pytest.approx(w, rel=1e-6)
    assert solver.iter == 5


def test_iter_size_averages_equal_batches_away(tmp_path: Path) -> None:
    text = "base_lr: 0.05 momentum: 0.5 max_iter: 4 snapshot_after_train: false"
    one, three = tiny.line(tmp_path, text), tiny.line(tmp_path, text + " iter_size: 3")
    one.solve()
    three.solve()
    assert float(three.net.w.weight.detach()) == pytest.approx(float(one.net.w.weight.detach()))


def test_the_order_of_an_iteration(tmp_path: Path) -> None:
    heard = Events()
    text = "base_lr: 0.05 max_iter: 4 display: 2 snapshot: 2 test_iter: 1 test_interval: 2"
    tiny.line(tmp_path, text, watchers=[heard]).solve()
    rate = pytest.approx(0.05)
    assert heard.events == [
        ("test", 0), ("begin", 0), ("display", 0, rate),
        ("begin", 1), ("snapshot", 2),
        ("test", 2), ("begin", 2), ("display", 2, rate),
        ("begin", 3), ("snapshot", 4),
        ("display", 4, None), ("test", 4),
    ]  # fmt: skip


def test_what_can_be_switched_off(tmp_path: Path) -> None:
    heard, text = Events(), io.StringIO()
    options = "display: 0 test_initialization: false test_iter: 1 test_interval: 3"
    tiny.line(
        tmp_path,
        f"base_lr: 0.05 max_iter: 2 snapshot_after_train: false {options}",
        watchers=[heard],
        log=Log(text),
    ).solve()
    assert heard.events == [("begin", 0), ("begin", 1)]
    assert "Iteration" not in text.getvalue()


def test_a_run_that_is_already_over_only_says_goodbye(tmp_path: Path) -> None:
    heard = Events()
    solver = tiny.line(tmp_path, "base_lr: 0.05 max_iter: 3 display: 3", watchers=[heard])
    solver.iter = 5
    solver.solve()
    assert heard.events == [("snapshot", 5)]


def test_stop_finishes_the_step_and_leaves_a_snapshot(tmp_path: Path) -> None:
    heard, asked = Events(), iter(["", "snapshot", "stop"])
    text = "base_lr: 0.05 max_iter: 9 snapshot_after_train: false"
    solver = tiny.line(tmp_path, text, watchers=[heard], requests=lambda: next(asked))
    solver.solve()
    assert solver.stopped
    assert heard.events == [
        ("begin", 0), ("begin", 1), ("snapshot", 2), ("begin", 2), ("snapshot", 3),
    ]  # fmt: skip


def test_stop_during_a_test_ends_the_test(tmp_path: Path) -> None:
    heard, text, asked = Events(), io.StringIO(), iter(["", "stop"])
    solver = tiny.line(
        tmp_path,
        "base_lr: 0.05 max_iter: 9 test_iter: 5 test_interval: 1",
        watchers=[heard],
        log=Log(text),
        requests=lambda: next(asked, ""),
    )
    solver.solve()
    assert heard.events == [("snapshot", 0)]
    assert "Test interrupted." in text.getvalue()


def test_test_nets_use_the_very_weights_of_the_train_net(tmp_path: Path) -> None:
    solver = tiny.solver(tiny.write(tmp_path), snapshot=0, snapshot_after_train=False)
    test = solver.tests[0].net
    assert test.conv.weight is solver.net.conv.weight
    assert test.bn.mean is solver.net.bn.mean
    solver.step(3)
    assert float(test.bn.factor) == float(solver.net.bn.factor) > 1
    solver.close()


def test_the_tiny_net_learns(tmp_path: Path) -> None:
    solver = tiny.solver(tiny.write(tmp_path), snapshot=0, snapshot_after_train=False)
    solver.step(1)
    first = solver.loss
    solver.step(60)
    assert solver.loss < 0.7 * first
    solver.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("average_loss: 0", "average_loss is 0"),
        ("iter_size: 0", "iter_size is 0"),
        ("snapshot_prefix: 'absent/x'", "the folder of snapshot_prefix does not exist: absent"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(tmp_path: Path, text: str, message: str) -> None:
    net = f"net_param {{ {tiny.LINE} }} base_lr: 1 lr_policy: 'fixed'\n"
    with pytest.raises(SolverError) as refused:
        Solver(upgrade.parse_solver(net + text, "s.prototxt"))
    assert message in str(refused.value)
    assert str(refused.value).startswith("s.prototxt:9:1: ")


def test_fields_without_effect_are_told(tmp_path: Path) -> None:
    class Notes(Watcher):
        texts: list[str] = []

        def on_note(self, text: str) -> None:
            self.texts.append(text)

    tiny.line(tmp_path, "base_lr: 1 layer_wise_reduce: false", watchers=[Notes()])
    assert len(Notes.texts) == 1
    assert "layer_wise_reduce" in Notes.texts[0]


def test_a_net_without_outputs_is_tested(tmp_path: Path) -> None:
    silent = 'layer { name: "s" type: "Silence" bottom: "loss" include { phase: TEST } }'
    text = (
        f"net_param {{ {tiny.LINE} {silent} }} snapshot_prefix: '{tmp_path}/s' lr_policy: 'fixed' "
    )
    solver = Solver(
        upgrade.parse_solver(f"{text} base_lr: 1 test_iter: 2 test_interval: 1", "s.prototxt")
    )
    solver.step(1)
    assert solver.iter == 1

"""Watchers: who is called, when, and what a step tells."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch

from caffe2torch.train.state import RunState
from caffe2torch.train.watch import StepRecord, Watcher, Watchers
from tests.train import tiny

TEXT = "base_lr: 0.05 momentum: 0.5 max_iter: 3 snapshot_after_train: false "


class Ear(Watcher):
    """Keeps the loss, rate, gradient and weight of every step."""

    def __init__(self) -> None:
        self.state: RunState | None = None
        self.gradients: list[tuple[int, float, float, float]] = []
        self.steps: list[tuple[int, float, float | None, float]] = []
        self.calls: list[str] = []

    def on_start(self, state: RunState) -> None:
        self.state = state
        self.calls.append("start")

    def on_gradients(self, record: StepRecord) -> None:
        assert record.lr is None
        weight = self.state.net.w.weight
        values = float(record.loss), float(weight.grad), float(weight.detach())
        self.gradients.append((record.iter, *values))
        self.calls.append("gradients")

    def on_step(self, record: StepRecord) -> None:
        weight = float(self.state.net.w.weight.detach())
        self.steps.append((record.iter, float(record.outputs["loss"]), record.lr, weight))
        self.calls.append("step")

    def on_end(self) -> None:
        self.calls.append("end")


def test_records_hold_what_is_worked_out_by_hand(tmp_path: Path) -> None:
    ear = Ear()
    tiny.line(tmp_path, TEXT, watchers=[ear]).solve()
    w, v, gradients, steps = 1.0, 0.0, [], []
    for i in range(3):
        loss, g = (2 * w - 3) ** 2 / 2, 2 * (2 * w - 3)
        gradients.append((i, pytest.approx(loss), pytest.approx(g), pytest.approx(w)))
        v = 0.5 * v + 0.05 * g
        w -= v
        steps.append((i, pytest.approx(loss), pytest.approx(0.05), pytest.approx(w)))
    assert ear.gradients == gradients
    assert ear.steps == steps
    assert ear.calls == ["start", *["gradients", "step"] * 3, "end"]


def test_iter_size_is_the_mean_loss_and_the_sum_of_gradients(tmp_path: Path) -> None:
    ear = Ear()
    tiny.line(tmp_path, TEXT + "iter_size: 4", watchers=[ear]).step(1)
    assert ear.gradients == [(0, 0.5, 4 * -2.0, 1.0)]


def test_a_watcher_is_started_once_and_may_come_later(tmp_path: Path) -> None:
    first, late = Ear(), Ear()
    solver = tiny.line(tmp_path, TEXT, watchers=[first])
    solver.step(1)
    solver.watch(late)
    solver.step(1)
    solver.solve()
    assert first.calls == ["start", *["gradients", "step"] * 3, "end"]
    assert late.calls == ["start", *["gradients", "step"] * 2, "end"]
    assert late.steps[0][0] == 1


def test_a_loss_that_is_no_number_is_told_before_the_update(tmp_path: Path) -> None:
    class Nonfinite(Watcher):
        def __init__(self) -> None:
            self.events: list[tuple[int, str]] = []

        def on_nonfinite(self, iteration: int, loss: float) -> None:
            self.events.append((iteration, str(loss)))

        def request(self) -> str:
            return "stop" if self.events else ""

    watcher = Nonfinite()
    solver = tiny.line(tmp_path, "base_lr: 1e20 max_iter: 9", watchers=[watcher])
    solver.step(9)
    # w = 1 + 1e20 · 2; its loss, about 1e41, is beyond float32
    assert watcher.events == [(1, "inf")]
    assert solver.stopped and solver.iter == 2


def test_only_hooks_that_are_filled_in_are_called() -> None:
    ear, deaf = Ear(), Watcher()
    watchers = Watchers([deaf, ear])
    assert watchers.hearing("on_step") == [ear]
    assert watchers.hearing("on_nonfinite") == []


def test_nobody_reads_the_loss_if_nobody_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver = tiny.line(tmp_path, TEXT)

    def waits(_self: torch.Tensor) -> float:
        raise AssertionError("a GPU would be waited for")

    monkeypatch.setattr(torch.Tensor, "__float__", waits)
    monkeypatch.setattr(torch.Tensor, "item", waits)
    solver.step(2)
    assert len(solver.state.losses) == 2


def test_a_note_is_told_once() -> None:
    class Notes(Watcher):
        texts: list[str] = []

        def on_note(self, text: str) -> None:
            self.texts.append(text)

    watchers = Watchers([Notes()])
    for text in ("a", "b", "a"):
        watchers.note(text)
    assert Notes.texts == ["a", "b"]


def test_the_first_request_counts_and_the_others_wait() -> None:
    class Wanting(Watcher):
        def __init__(self, *wishes: str) -> None:
            self.wishes = list(wishes)

        def request(self) -> str:
            return self.wishes.pop(0) if self.wishes else ""

    watchers = Watchers([Watcher(), Wanting("snapshot"), Wanting("stop")])
    assert [watchers.request() for _ in range(3)] == ["snapshot", "stop", ""]


def test_what_a_watcher_cannot_write_is_told_once_and_training_goes_on(tmp_path: Path) -> None:
    class Full(Ear):
        def on_step(self, record: StepRecord) -> None:
            super().on_step(record)
            raise OSError(errno.ENOSPC, "No space left on device", "m.csv")

        def on_note(self, text: str) -> None:
            self.calls.append(text)

    ear = Full()
    tiny.line(tmp_path, TEXT, watchers=[ear]).solve()
    note = "m.csv cannot be written: No space left on device; training goes on"
    assert ear.calls[:4] == ["start", "gradients", "step", note]
    assert ear.calls[4:] == ["gradients", "step", "gradients", "step", "end"]


def test_a_terminal_that_is_gone_does_not_end_a_run() -> None:
    class Gone(Watcher):
        def on_note(self, text: str) -> None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    watchers = Watchers([Gone()])
    watchers.note("a")
    watchers.note("b")
    assert watchers.notes == ["a", "Gone cannot be written: Broken pipe; training goes on", "b"]


def test_another_error_of_a_watcher_is_not_hidden() -> None:
    class Wrong(Watcher):
        def on_end(self) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Watchers([Wrong()]).tell("on_end")

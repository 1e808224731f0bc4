"""`caffe2torch.Solver`: what a program that steps by itself may do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import caffe2torch
from tests.train import tiny


def test_it_is_the_public_solver() -> None:
    assert type(tiny.line(Path(), "base_lr: 1")) is caffe2torch.Solver


def test_forward_backward_and_update_by_hand_are_a_step(tmp_path: Path) -> None:
    text = "base_lr: 0.05 momentum: 0.5"
    one, other = tiny.line(tmp_path, text), tiny.line(tmp_path, text)
    one.step(3)
    for _ in range(3):
        other.optimizer.zero_grad()
        outputs = other.forward_backward()
        other.apply_update()
    assert torch.equal(one.net.w.weight, other.net.w.weight)
    assert set(outputs) == {"loss"}


def test_an_update_is_an_iteration(tmp_path: Path) -> None:
    solver = tiny.line(tmp_path, "base_lr: 0.05")
    solver.forward_backward()
    solver.apply_update()
    assert solver.iter == 1
    assert float(solver.net.w.weight.detach()) == pytest.approx(1 + 0.05 * 2)


def test_the_rate_is_that_of_the_next_update(tmp_path: Path) -> None:
    solver = tiny.line(tmp_path, "base_lr: 0.5 gamma: 0.5 stepsize: 2 lr_policy: 'step'")
    rates = []
    for _ in range(5):
        rates.append(solver.lr)
        solver.step(1)
    assert rates == [0.5, 0.5, 0.25, 0.25, 0.125]


def test_loss_is_smoothed(tmp_path: Path) -> None:
    solver = tiny.line(tmp_path, "base_lr: 0 average_loss: 3")
    solver.step(2)
    assert solver.loss == 0.5


def test_a_description_may_be_changed_between_steps(tmp_path: Path) -> None:
    solver = tiny.line(tmp_path, "base_lr: 0.05 max_iter: 5 snapshot_after_train: false")
    solver.param.max_iter = 2
    solver.solve()
    assert solver.iter == 2

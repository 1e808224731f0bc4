"""A run that goes back to where it was held goes on bit by bit as it did the first time."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.train.held import Held
from tests.train import tiny


@pytest.mark.parametrize("method", ["SGD", "Adam"])
@pytest.mark.parametrize("before", [0, 4])
def test_a_run_goes_back(method: str, before: int, tmp_path: Path) -> None:
    running = tiny.solver(tiny.write(tmp_path), type=method, snapshot=0, test_interval=3)
    running.step(before)
    held, smoothed = Held(running.state), running.loss
    running.step(9)
    first, loss = tiny.weights(running), running.loss
    held.put_back(running.state)
    assert running.iter == before and running.loss == smoothed
    running.step(9)
    tiny.assert_same(tiny.weights(running), first)
    assert running.loss == loss
    running.close()

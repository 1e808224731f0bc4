"""An engine that crashes is an error with a name, and ends no program but its own."""

from __future__ import annotations

import gc
import os

import numpy as np
import pytest

from caffe2torch.engines.apart import loaded
from tests.engines import crashing

X = np.arange(3, dtype=np.float32)


def test_results_come_from_another_process() -> None:
    run = loaded(crashing, b"model")
    for factor in (1, 3):
        doubled, process = run({"x": factor * X})
        assert doubled.tolist() == [0, 2 * factor, 4 * factor]
        assert process != os.getpid()


def test_the_process_ends_with_its_model() -> None:
    run = loaded(crashing, b"model")
    process = run.process  # type: ignore[attr-defined]
    assert process.poll() is None
    del run
    gc.collect()
    assert process.returncode is not None


@pytest.mark.parametrize(
    ("model", "message"),
    [(b"crash", r"the engine crashes \(SIGFPE\)"), (b"end", "the engine ends the process with 3")],
)
def test_how_it_ended_is_told(model: bytes, message: str) -> None:
    run = loaded(crashing, model)
    for _ in range(2):
        with pytest.raises(RuntimeError, match=message):
            run({"x": X})


def test_what_the_engine_says_is_told() -> None:
    with pytest.raises(RuntimeError, match="where.cpp:1: not mine"):
        loaded(crashing, b"not mine")


def test_an_engine_that_does_not_crash_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crashing, "CRASHES", False)
    assert loaded(crashing, b"model")({"x": X})[1] == os.getpid()  # type: ignore[comparison-overlap]

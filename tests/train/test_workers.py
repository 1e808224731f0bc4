"""The processes of a run: who is heard first, and what the exit code is."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from caffe2torch.train import workers
from caffe2torch.train.workers import Worker


def worker(folder: Path, rank: int, program: str) -> Worker:
    errors = folder / f"{rank}.txt"
    with errors.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-S", "-c", program], stderr=file)
    return Worker(rank, process, errors)


def test_all_that_end_well_are_a_good_end(tmp_path: Path) -> None:
    assert workers.watch([worker(tmp_path, rank, "pass") for rank in range(2)]) == 0


def test_the_one_that_fails_is_heard_and_the_others_are_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "GRACE", 0.1)
    both = [
        worker(tmp_path, 0, "import time; time.sleep(60)"),
        worker(tmp_path, 1, "import sys; sys.exit('broken record')"),
    ]
    start = time.monotonic()
    assert workers.watch(both) == 1
    assert capsys.readouterr().err == "process 1 ended with exit code 1:\nbroken record\n"
    assert both[0].process.wait() < 0
    assert time.monotonic() - start < 30


def test_a_killed_process_is_named_by_its_signal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    killed = worker(tmp_path, 0, "import os; os.kill(os.getpid(), 9)")
    assert workers.watch([killed]) == 1
    assert capsys.readouterr().err == "process 0 was killed by signal 9\n"


def test_a_stop_that_was_asked_for_is_no_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "import sys; sys.stderr.write('stopping after this step; ...'); sys.exit(1)"
    assert workers.watch([worker(tmp_path, 0, text), worker(tmp_path, 1, "pass")]) == 1
    assert capsys.readouterr().err == ""


def test_a_free_port_can_be_bound() -> None:
    assert 1024 <= workers.free_port() < 65536

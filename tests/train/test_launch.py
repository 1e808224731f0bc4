"""From flags to processes."""

from __future__ import annotations

import pytest
import torch
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.errors import SolverError
from caffe2torch.train import workers
from caffe2torch.train.launch import devices


@pytest.mark.parametrize(
    ("gpus", "procs", "count", "expected"),
    [
        ("", 1, 0, []),
        ("", 3, 0, ["cpu", "cpu", "cpu"]),
        ("all", 1, 2, ["cuda:0", "cuda:1"]),
        ("1", 1, 2, ["cuda:1"]),
        ("1,0", 1, 2, ["cuda:1", "cuda:0"]),
    ],
)
def test_one_process_a_device(
    gpus: str, procs: int, count: int, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    assert devices(gpus, procs) == expected


@pytest.mark.parametrize(
    ("gpus", "procs", "text"),
    [
        ("0", 2, "exclude each other"),
        ("one", 1, '"one" is no device number'),
        ("-1", 1, '"-1" is no device number'),
        ("0,2", 1, r"no CUDA device 2 \(there are 2\)"),
    ],
)
def test_what_is_not_there_is_refused(
    gpus: str, procs: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(SolverError, match=text):
        devices(gpus, procs)


def test_all_of_no_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(SolverError, match=r"no CUDA device 0 \(there are 0\)"):
        devices("all", 1)


def test_every_process_gets_the_whole_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(workers, "run", lambda words, _devices, _live: calls.append(words) or 0)
    flags = ["solver.prototxt", "--no-lint", "--procs", "2", "--monitor", "off", "--stop-on", "606"]
    assert CliRunner().invoke(cli, ["train", *flags]).exit_code == 0
    (words,) = calls
    assert words[:4] == ["train", "solver.prototxt", "--procs", "2"]
    assert words[words.index("--monitor") :] == ["--monitor", "off", "--stop-on", "C2T606"]

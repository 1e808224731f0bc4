"""Which device a run uses."""

from __future__ import annotations

import io

import pytest
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import SolverError
from caffe2torch.train import devices
from caffe2torch.train.log import Log

GPU = pb.SolverParameter(solver_mode=pb.SolverParameter.GPU, device_id=1)
CPU = pb.SolverParameter(solver_mode=pb.SolverParameter.CPU)


def with_gpus(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)


@pytest.mark.parametrize(
    ("count", "flag", "message", "device", "note"),
    [
        (0, "", GPU, "cpu", "there is no CUDA device here"),
        (2, "", GPU, "cuda:1", ""),
        (2, "", CPU, "cpu", "--device auto uses the GPU"),
        (2, "", pb.SolverParameter(), "cpu", "--device auto uses the GPU"),
        (0, "", None, "cpu", ""),
        (0, "auto", GPU, "cpu", ""),
        (1, "auto", CPU, "cuda", ""),
        (1, "cpu", GPU, "cpu", ""),
        (3, "cuda:2", CPU, "cuda:2", ""),
        (1, "cuda", CPU, "cuda:0", ""),
    ],
)
def test_the_flag_counts_then_the_solver(
    count: int, flag: str, message: object, device: str, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpus(count, monkeypatch)
    notes: list[str] = []
    assert str(devices.choose(flag, message, notes.append)) == device
    assert len(notes) == bool(note)
    assert note in "".join(notes)


@pytest.mark.parametrize(
    ("count", "flag", "text"),
    [
        (0, "tpu", 'no device is called "tpu"'),
        (1, "cuda:x", 'no device is called "cuda:x"'),
        (1, "cpu:0", 'no device is called "cpu:0"'),
        (0, "cuda", r"no CUDA device 0 \(there is none\)"),
        (2, "cuda:2", r"no CUDA device 2 \(there are 2\)"),
    ],
)
def test_a_device_that_is_not_there_is_refused(
    count: int, flag: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpus(count, monkeypatch)
    with pytest.raises(SolverError, match=text):
        devices.choose(flag)


def test_the_lines_of_caffe_test_and_time() -> None:
    text = io.StringIO()
    devices.log_one(torch.device("cpu"), Log(text), 343, 339)
    devices.log_one(torch.device("cuda", 1), Log(text), 343, 339)
    assert [line.partition("caffe.cpp:")[2] for line in text.getvalue().splitlines()] == [
        "343] Use CPU.",
        "339] Use GPU with device ID 1",
    ]

"""The solver asks for a GPU that this machine does not have.

What it does: with solver_mode: GPU, counts the NVIDIA devices of this machine (Linux only; nothing
is said where they cannot be counted) and compares them with device_id.

Why: Caffe stops there. caffe2torch trains on the CPU instead where there is no GPU at all, which
may take a hundred times as long. An info, since a config is often checked on another machine
than the one that trains.
Source: Caffe src/caffe/common.cpp, SetDevice; tools/caffe.cpp, train.

Bad::

    solver_mode: GPU
    device_id: 3        # of two

Good::

    solver_mode: GPU
    device_id: 0
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "info"
RANK = 79


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding if the device is not there."""
    p = c.param
    if not p.HasField("solver_mode") or p.solver_mode != pb.SolverParameter.GPU:
        return
    count = devices()
    if count == 0:
        yield Finding(
            "solver_mode is GPU, and this machine has none",
            c.span("solver_mode"),
            hint="solver_mode: CPU",
            ways=("train on a machine with a GPU",),
            why="c2t trains on the CPU, Caffe stops",
        )
    elif count is not None and p.device_id >= count:
        yield Finding(
            f"device_id {p.device_id}, and this machine has {count} GPU(s), counted from 0",
            c.span("device_id"),
            hint=f"device_id: 0 to {count - 1}",
        )


def devices() -> int | None:
    """Number of NVIDIA GPUs that a process here would see; None if nobody can tell."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() not in ("", "-1")])
    if not sys.platform.startswith("linux"):
        return None
    return len(list(Path("/dev").glob("nvidia[0-9]*")))

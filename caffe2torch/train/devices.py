"""Which device a run uses: the --device flag, else what the solver says, as Caffe decides.

Source: Caffe tools/caffe.cpp, train: solver_mode counts only where it is written
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import SolverError
from caffe2torch.train.log import Log


def choose(
    flag: str, message: Any = None, note: Callable[[str], None] = lambda _: None
) -> torch.device:
    """Return the device for --device cpu|cuda|cuda:N|auto; "" leaves it to a SolverParameter.

    Raises: SolverError for a device that is not there or a flag that is none.
    """
    if flag == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if flag:
        return _named(flag)
    if (
        message is None
        or not message.HasField("solver_mode")
        or message.solver_mode != pb.SolverParameter.GPU
    ):
        if torch.cuda.is_available():
            note("running on the CPU, as the solver's solver_mode says; --device auto uses the GPU")
        return torch.device("cpu")
    if not torch.cuda.is_available():
        note("solver_mode is GPU, but there is no CUDA device here: running on the CPU")
        return torch.device("cpu")
    return _named(f"cuda:{message.device_id}")


def _named(name: str) -> torch.device:
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or (index and not (kind == "cuda" and index.isdecimal())):
        raise SolverError(f'no device is called "{name}"', hint="cpu, cuda, cuda:N or auto")
    if kind == "cuda":
        count = torch.cuda.device_count()
        if int(index or 0) >= count:
            there = f"there are {count}" if count else "there is none"
            raise SolverError(f"no CUDA device {index or 0} ({there})", hint="see c2t devices")
        return torch.device("cuda", int(index or 0))
    return torch.device("cpu")


def log_one(chosen: torch.device, log: Log, cpu: int, cuda: int) -> None:
    """Log the device as `caffe test` and `caffe time` do, at these lines of caffe.cpp."""
    if chosen.type == "cpu":
        log(f"caffe.cpp:{cpu}", "Use CPU.")
    else:
        log(f"caffe.cpp:{cuda}", f"Use GPU with device ID {chosen.index}")

"""What holds for the whole process: mode, device, seed, engine, log.

Source: Caffe include/caffe/common.hpp; python/caffe/_caffe.cpp
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from caffe2torch.pycaffe.arguments import UNSIGNED, whole
from caffe2torch.train.log import formatted

SEVERITIES = "IWEF"
LEAST = "GLOG_minloglevel"  # the variable, which glog reads with these very letters
NO_GPU = (
    "pycaffe computes on the CPU here, with the same results; "
    "`c2t train --device cuda` trains on a GPU"
)


@dataclass
class State:
    """The settings of this process."""

    gpu: bool = False
    device: int = 0
    solvers: int = 1
    rank: int = 0
    multiprocess: bool = False
    engine: str = "exact"
    warned: bool = False


state = State()


def set_mode_cpu() -> None:
    """Compute on the CPU, as everything does."""
    state.gpu = False


def set_mode_gpu() -> None:
    """Note that the program wants a GPU.

    Differs: nets run on the CPU all the same, and the log says so once
    """
    state.gpu = True
    if not state.warned:
        state.warned = True
        log(NO_GPU, "W")


def set_device(device: int) -> None:
    """Note which GPU the program wants.

    Differs: without effect
    """
    state.device = whole(device, "device")


def set_random_seed(seed: int) -> None:
    """Seed fillers, Dropout and data.

    Differs: the random numbers are torch's, not Caffe's
    Raises: OverflowError for a seed that is negative or has more than 32 bits.
    """
    number = whole(seed, "seed", UNSIGNED)
    import torch

    torch.manual_seed(number)


def solver_count() -> int:
    """How many solvers train together."""
    return state.solvers


def set_solver_count(count: int) -> None:
    """Tell how many solvers train together."""
    state.solvers = whole(count, "count")


def solver_rank() -> int:
    """Which of them this process is; only number 0 logs."""
    return state.rank


def set_solver_rank(rank: int) -> None:
    """Tell which of them this process is."""
    state.rank = whole(rank, "rank")


def set_multiprocess(multiprocess: bool) -> None:
    """Tell that each solver has a process of its own."""
    state.multiprocess = bool(whole(multiprocess, "multiprocess"))


def has_nccl() -> bool:
    """Whether caffe.NCCL can be used.

    Differs: always False
    """
    return False


def layer_type_list() -> list[str]:
    """Return the layer types that can be used, sorted.

    Differs: forks' types are among them
    """
    from caffe2torch import layers

    return sorted({layer.type for layer in layers.every()})


ENGINES = ("exact", "onnxruntime")


def set_engine(name: str) -> None:
    """Choose what runs whole passes of TEST nets of which only outputs are read.

    exact:       layer by layer, every blob is there at once
    onnxruntime: by ONNX Runtime, which must be installed; other blobs are computed when they are
                 read, and nets that it cannot run whole stay exact
    Differs: Caffe has no such thing
    Raises: ValueError for another name; ImportError if the engine is not installed.
    """
    if name not in ENGINES:
        raise ValueError(f"there is no engine {name!r}; there are {', '.join(ENGINES)}")
    if name == "onnxruntime":
        import onnxruntime  # noqa: F401
    state.engine = name


# Caffe's log.


def init_log(level: int | None = None, stderr: bool = True) -> None:
    """Choose from which severity on lines are logged: 0 info, 1 warnings, 2 errors.

    Differs: no handler of crashes is installed
    """
    if level is not None:
        os.environ[LEAST] = str(int(level))
    _ = stderr  # all lines go there


def log(text: str | bytes, severity: str = "I", place: str = "_caffe.cpp:66") -> None:
    """Write a line into the log, on standard error, unless GLOG_minloglevel forbids it.

    Raises: TypeError for what is no text
    """
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    if not isinstance(text, str):
        raise TypeError(f"a line of the log is text, not {text!r}")
    if not logs(severity):
        return
    sys.stderr.write(formatted(place, text, severity))


def logs(severity: str = "I") -> bool:
    """Whether lines of a severity, I, W, E or F, are written by this process."""
    return SEVERITIES.index(severity) >= _least() and not state.rank


def _least() -> int:
    try:
        return int(os.environ.get(LEAST, "0"))
    except ValueError:
        return 0


class Timer:
    """A stop watch; `ms` are the milliseconds between start and stop."""

    def __init__(self) -> None:
        self._from = self._to = 0.0

    def start(self) -> None:
        """Begin to measure."""
        self._from, self._to = time.perf_counter(), 0.0

    def stop(self) -> None:
        """End measuring."""
        self._to = time.perf_counter()

    @property
    def ms(self) -> float:
        """Milliseconds measured."""
        return ((self._to or time.perf_counter()) - self._from) * 1000 if self._from else 0.0


class NCCL:
    """Training on several GPUs from Python.

    Differs: raises RuntimeError, which names `c2t train --gpus`
    """

    def __init__(self, solver: Any = None, uid: Any = None) -> None:
        raise RuntimeError(self._reason())

    @staticmethod
    def new_uid() -> bytes:
        """Raise RuntimeError."""
        raise RuntimeError(NCCL._reason())

    @staticmethod
    def _reason() -> str:
        return (
            "caffe.NCCL is not available: train on several GPUs with "
            "`c2t train --gpus 0,1 solver.prototxt`"
        )

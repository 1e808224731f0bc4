"""The options of `c2t train`, and how they change the solver that was read.

Source: Caffe tools/caffe.cpp, train

Which device a run uses: the --device flag, else what the solver says, as Caffe decides.

Source: Caffe tools/caffe.cpp, train: solver_mode counts only where it is written
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import SolverError
from caffe2torch.format import upgrade
from caffe2torch.train.log import Log


@dataclass(frozen=True)
class Settings:
    """The options of `c2t train`, as its help describes them."""

    solver: str
    snapshot: str = ""
    weights: str = ""
    max_iter: int | None = None
    device: str = ""
    gpus: str = ""
    procs: int = 1
    level: int = 0
    stages: tuple[str, ...] = ("",)
    sigint_effect: str = "stop"
    sighup_effect: str = "snapshot"
    ignore_shape_mismatch: bool = False
    amp: str = ""
    compile: bool = False
    tf32: bool = False
    sync_bn: bool = False
    run_dir: str = ""
    log: str = ""

    def arguments(self) -> list[str]:
        """Return the command line that gives these settings."""
        words = [self.solver]
        for field in fields(self):
            value = getattr(self, field.name)
            option = f"--{field.name.replace('_', '-')}"
            if field.name == "stages":
                words += ["--stage", ",".join(value)] if any(value) else []
            elif field.name != "solver" and value != field.default:
                words += [option] if value is True else [option, str(value)]
        return words

    def resume_command(self, state: str) -> str:
        """Return the command that goes on from a snapshot with the same settings."""
        return shlex.join(["c2t", "train", *replace(self, snapshot=state, weights="").arguments()])


def read(settings: Settings) -> upgrade.Solver:
    """Read the solver and write the flags into it, as `caffe train` does.

    Raises: SolverError for --snapshot together with --weights; what reading raises.
    """
    if settings.snapshot and settings.weights:
        raise SolverError(
            "--snapshot and --weights exclude each other",
            hint="--snapshot goes on with a run, --weights begins one from trained weights",
        )
    solver = upgrade.read_solver(settings.solver)
    message = solver.message
    if settings.max_iter is not None:
        message.max_iter = settings.max_iter
    if message.train_state.level and message.train_state.level != settings.level:
        solver.notes.append(
            f"train_state.level {message.train_state.level} gives way to --level "
            f"{settings.level}, as in caffe train"
        )
    message.train_state.level = settings.level
    message.train_state.stage.extend(settings.stages)
    if settings.snapshot or settings.weights:
        message.ClearField("weights")
    if settings.weights:
        message.weights.append(settings.weights)
    return solver


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
    if kind not in ("cpu", "cuda") or (index and not (kind == "cuda" and index.isdigit())):
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

"""The options of `c2t train`, and how they change the solver that was read.

Source: Caffe tools/caffe.cpp, train
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields, replace

from caffe2torch.errors import SolverError
from caffe2torch.format import upgrade
from caffe2torch.module.extras import Extras


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
    keep_last: int = 0
    keep_best: str = ""
    run_dir: str = ""
    log: str = ""
    no_lint: bool = False
    strict: bool = False
    monitor: str = "light"
    stop_on: str = ""
    ema: float = 0.0
    no_ema_warmup: bool = False
    warmup_iters: int = 0
    lr_policy: str = ""
    label_smoothing: float = 0.0
    shuffle: bool = False
    augment: str = ""
    tensorboard: bool = False
    force: bool = False
    allow_outside: bool = False
    layout: str = "auto"

    @property
    def extras(self) -> Extras:
        """What is computed beyond Caffe."""
        return Extras(**{one.name: getattr(self, one.name) for one in fields(Extras)})

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

    def command(self) -> str:
        """Return the command that gives these settings, for a shell."""
        return shlex.join(["c2t", "train", *self.arguments()])

    def resume_command(self, state: str) -> str:
        """Return the command that goes on from a snapshot with the same settings."""
        return replace(self, snapshot=state, weights="").command()


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

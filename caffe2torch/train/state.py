"""The state of a run: its nets, and everything that changes while it trains.

Plain data. `prepare` makes it, `loop` changes it, `snapshot` writes it down and puts it back, and
watchers may read it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.policies.base import Policy, f32
from caffe2torch.format import upgrade
from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from caffe2torch.train.debug import Debugger
from caffe2torch.train.distributed import Ranks
from caffe2torch.train.ema import Ema
from caffe2torch.train.log import Log
from caffe2torch.train.methods.base import Method

UNREAD = 1000
"""After so many iterations losses are read from the device, though nobody has asked."""


@dataclass
class Average:
    """The smoothed loss that the log shows: a mean over the last `size` iterations.

    A ring of losses, with Caffe's float32 arithmetic.

    Source: Caffe src/caffe/solver.cpp, UpdateSmoothedLoss
    """

    size: int
    losses: list[float] = field(default_factory=list)
    smoothed: float = 0.0
    seen: int = 0

    def add(self, loss: float) -> None:
        """Take in the loss of the next iteration."""
        if len(self.losses) < self.size:
            self.losses.append(loss)
            count = len(self.losses)
            self.smoothed = f32(f32(self.smoothed * (count - 1) + loss) / count)
        else:
            place = self.seen % self.size
            gain = f32(f32(loss - self.losses[place]) / self.size)
            self.smoothed = f32(self.smoothed + gain)
            self.losses[place] = loss
        self.seen += 1


@dataclass
class RunState:
    """One training run.

    solver:       the description that it follows
    train, tests: the nets at work; they share their parameters
    iter:         the updates done
    stopped:      whether the run was asked to end before max_iter
    fallbacks:    snapshot prefixes for when the solver's own cannot be written
    unsaved:      whether the last snapshot that was due could not be written
    snapshots:    the solverstates that this run has written
    losses:       of the iterations since losses were last read, on the device
    average:      the losses that were read, smoothed
    carried:      the window of losses that a snapshot brought, for the next `step`
    debugging:    whether the forward that comes next is logged layer by layer, by `debugger`
    clock:        when the time of the next display line began, in seconds
    displayed:    the iteration of the last display line
    timed:        whether `clock` began with that line, so that it is the time of what came since
    ema:          the moving average of the weights, None for none
    """

    solver: upgrade.Solver
    options: Options
    log: Log
    ranks: Ranks
    seed: int
    train: Runner
    tests: list[Runner]
    policy: Policy
    optimizer: Method
    scaler: torch.amp.GradScaler
    average: Average
    iter: int = 0
    stopped: bool = False
    fallbacks: list[str] = field(default_factory=list)
    unsaved: bool = False
    snapshots: list[str] = field(default_factory=list)
    losses: list[Tensor] = field(default_factory=list)
    carried: Average | None = None
    debugging: bool = False
    debugger: Debugger | None = None
    clock: float = field(default_factory=time.perf_counter)
    displayed: int = 0
    timed: bool = False
    ema: Ema | None = None

    @property
    def param(self) -> pb.SolverParameter:
        """The message of the solver; fields may be changed between steps."""
        return self.solver.message

    @property
    def net(self) -> nn.Module:
        """The module of the train net."""
        return self.train.net

    @property
    def images(self) -> int:
        """How many images an iteration trains on, over all processes."""
        return int(self.train.images * self.param.iter_size * self.ranks.world)

    def due(self, interval: int) -> bool:
        """Whether something that happens every `interval` iterations happens now; 0 is never."""
        return bool(interval) and self.iter % interval == 0

    def read_losses(self) -> float:
        """Average the losses of the iterations since the last call over all processes, in order.

        Every process has to call it at the same iteration. Returns the smoothed loss.
        """
        if self.losses:
            values = torch.stack(self.losses).tolist()
            self.losses.clear()
            for loss in self.ranks.means(values):
                self.average.add(f32(loss))
        return self.average.smoothed

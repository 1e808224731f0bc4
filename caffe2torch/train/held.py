"""The whole of a run, kept in memory, so that it can go back to where it was."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor

from caffe2torch.train.snapshot import extras_of, restore_rank
from caffe2torch.train.state import RunState


class Held:
    """Weights, statistics, the method's history, random numbers and places in the data.

    What a snapshot holds of one process, on the run's own device and without a file.
    """

    def __init__(self, state: RunState) -> None:
        state.read_losses()
        self.carried = copy.deepcopy(state.carried)
        self.iter, self.current_step = state.iter, state.policy.current_step
        self.weights = {n: v.detach().clone() for n, v in state.net.state_dict().items()}
        self.histories = {
            param: {name: value.clone() for name, value in histories.items()}
            for param, histories in state.optimizer.state.items()
        }
        self.updates = [group["iteration"] for group in state.optimizer.param_groups]
        self.extras: dict[str, Any] = copy.deepcopy(extras_of(state))

    @torch.no_grad()
    def put_back(self, state: RunState) -> None:
        """Give a run all of it again, bit by bit; the very same tensors are written into."""
        for name, value in state.net.state_dict().items():
            value.copy_(self.weights[name])
        for param in list(state.optimizer.state):
            put_back(state.optimizer.state, param, self.histories.get(param))
        for group, count in zip(state.optimizer.param_groups, self.updates, strict=True):
            group["iteration"] = count
        state.iter, state.policy.current_step = self.iter, self.current_step
        state.losses.clear()
        restore_rank(state, self.extras)
        if state.carried is not None:  # where a snapshot would have the window of losses go on
            state.average, state.carried = state.carried, copy.deepcopy(self.carried)


def put_back(histories: Any, param: Tensor, values: dict[str, Tensor] | None) -> None:
    """Give a parameter its histories again; one that had none has none."""
    if values is None:
        del histories[param]
        return
    for name, value in values.items():
        histories[param][name].copy_(value)

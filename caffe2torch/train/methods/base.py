"""What the update methods share: Caffe's way from a raw gradient to a changed weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import unwrap
from typing import Any, ClassVar

import torch
from torch import Tensor

from caffe2torch.config.methods import METHODS, MethodFacts
from caffe2torch.config.policies.base import f32
from caffe2torch.errors import SolverError
from caffe2torch.train.methods.gradient import Clipped, clip, normalize, regularize


@dataclass(frozen=True)
class Update:
    """What a rule works on, for a group of parameters: lists with one tensor a parameter.

    grads: clipped, averaged and decayed; a rule may write into them
    histories: for each kind of state that the method keeps, one list
    rate:  lr · lr_mult, in float32
    group: the options of the method, and "iteration", the updates done before this one
    """

    params: list[Tensor]
    grads: list[Tensor]
    histories: list[list[Tensor]]
    rate: float
    group: dict[str, Any]


class Method(torch.optim.Optimizer):
    """Base of Caffe's solvers as torch optimizers; a subclass adds one update rule.

    A step is: clip by the global norm → ÷ iter_size → weight decay → the method's rule. It
    changes `p.grad` on the way, as Caffe changes its diffs. All numbers are rounded to float32.

    params:              tensors, or groups with their own `lr_mult` and `decay_mult`
    lr:                  the rate, Caffe's base_lr; a group trains with lr · lr_mult
    weight_decay:        a group decays with weight_decay · decay_mult
    regularization_type: "L2" adds decay · w to the gradient, "L1" adds decay · sign(w)
    clip_gradients:      limit of the norm over all gradients together; below 0 for none
    iter_size:           how many backward passes the gradients are the sum of
    options:             the fields of SolverParameter that the rule reads, such as momentum

    What a method reads and keeps stands in config/methods.py, also for those without torch.

    Raises: SolverError for what Caffe refuses.
    Source: Caffe src/caffe/solvers/sgd_solver.cpp, ApplyUpdate
    """

    # torch wraps these two so that dynamo skips them; the wrappers import it, for a whole second.
    add_param_group = unwrap(torch.optim.Optimizer.add_param_group)
    zero_grad = unwrap(torch.optim.Optimizer.zero_grad)

    type: ClassVar[str] = ""
    block: ClassVar[int] = 1 << 19

    def __init__(
        self,
        params: Any,
        lr: float,
        *,
        weight_decay: float = 0.0,
        regularization_type: str = "L2",
        clip_gradients: float = -1.0,
        iter_size: int = 1,
        **options: float,
    ) -> None:
        facts = self.facts()
        unknown = options.keys() - facts.options.keys()
        if unknown:
            raise TypeError(f"{self.type} takes no {', '.join(sorted(unknown))}")
        rule = {name: f32(value) for name, value in (facts.options | options).items()}
        for _, what, hint in facts.problems(rule | {"regularization_type": regularization_type}):
            raise SolverError(what, hint=hint)
        self.histories = facts.histories
        self.weight_decay = f32(weight_decay)
        self.regularization_type = regularization_type
        self.clip_gradients = f32(clip_gradients)
        self.iter_size = iter_size
        self.clipped: Clipped | None = None
        self.updates: dict[Tensor, Tensor] | None = None
        shared = {"lr": lr, "lr_mult": 1.0, "decay_mult": 1.0, "iteration": 0}
        super().__init__(params, shared | rule)

    @classmethod
    def facts(cls) -> MethodFacts:
        """Return what the method reads, keeps and refuses."""
        return METHODS[cls.type]

    def rule(self, update: Update) -> None:
        """Subtract the method's update from the parameters, without reading their values."""
        raise NotImplementedError

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; return what `closure` returned.

        `clipped` tells afterwards whether the gradients were clipped, and `updates`, where a
        caller made it a dict, what was subtracted from each parameter.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        grads = [p.grad for g in self.param_groups for p in g["params"] if p.grad is not None]
        self.clipped = clip(grads, self.clip_gradients)
        normalize(grads, self.iter_size)
        for group in self.param_groups:
            if params := [p for p in group["params"] if p.grad is not None]:
                self._update(group, params)
            group["iteration"] += 1
        return loss

    def history(self, params: list[Tensor]) -> list[Tensor]:
        """Return the state of `params` in the order of a solverstate: one kind after another.

        What has no state yet, because it never had a gradient, gets zeros.
        """
        return [tensor for kind in self._histories(params) for tensor in kind]

    def restore(self, params: list[Tensor], history: list[Tensor], iteration: int) -> None:
        """Continue from a solverstate: what `history` returned, and the updates done so far."""
        for k, kind in enumerate(self.histories):
            for i, p in enumerate(params):
                values = history[k * len(params) + i].to(p).view_as(p)
                self.state[p][kind] = torch.empty_like(p).copy_(values)
        for group in self.param_groups:
            group["iteration"] = iteration

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        grads = [p.grad for p in params if p.grad is not None]
        decay = f32(self.weight_decay * f32(group["decay_mult"]))
        rate = f32(f32(group["lr"]) * f32(group["lr_mult"]))
        histories = self._histories(params)
        regularize(grads, params, decay, self.regularization_type)
        if self.updates is None:
            for p, g, *s in blocks([params, grads, *histories], self.block):
                self.rule(Update(p, g, s, rate, group))
            return
        # A rule that subtracts from zeros leaves the update itself, which snapshot_diff saves.
        updates = [torch.zeros_like(p) for p in params]
        self.rule(Update(updates, grads, histories, rate, group))
        torch._foreach_neg_(updates)
        torch._foreach_sub_(params, updates)
        self.updates.update(zip(params, updates, strict=True))

    def _histories(self, params: list[Tensor]) -> list[list[Tensor]]:
        for p in params:
            if p not in self.state:
                self.state[p] = {kind: torch.zeros_like(p) for kind in self.histories}
        return [[self.state[p][kind] for p in params] for kind in self.histories]


def blocks(lists: list[list[Tensor]], size: int) -> Iterator[list[list[Tensor]]]:
    """Cut parallel lists of tensors so that what a rule makes in passing stays in the cache.

    Small tensors come together, large ones alone and in pieces of `size` values; 0 cuts nothing.
    Fresh memory for a temporary of 100 MB costs the processor more than the arithmetic.
    """
    first = lists[0]
    cut = [i for i, t in enumerate(first) if _cuttable([row[i] for row in lists], size)]
    whole = [i for i in range(len(first)) if i not in set(cut)]
    if whole:
        yield [[row[i] for i in whole] for row in lists]
    for i in cut:
        for pieces in zip(*(row[i].view(-1).split(size) for row in lists), strict=True):
            yield [[piece] for piece in pieces]


def _cuttable(tensors: list[Tensor], size: int) -> bool:
    first = tensors[0]
    large = size and first.numel() > size and first.device.type == "cpu"
    return bool(large) and all(t.is_contiguous() for t in tensors)

"""The update methods, one file each, named as the solver's `type` names them."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import Any

from torch import Tensor

from caffe2torch.errors import SolverError, Span
from caffe2torch.registry import Registry, declared
from caffe2torch.train.methods.base import Method

registry = Registry("caffe2torch.train.methods", "solver type", frozenset({"base", "gradient"}))

Entry = tuple[Tensor, float, float]
"""A parameter with its lr_mult and decay_mult."""


def find(name: str, span: Span | None = None) -> type[Method]:
    """Return the class of the solver type called `name`, which Caffe compares exactly.

    Raises: SolverError at `span`, with the known types, if there is none.
    """
    if name not in known():
        near = get_close_matches(name, known(), n=1)
        hint = f'did you mean "{near[0]}"?' if near else "known: " + ", ".join(known())
        raise SolverError(f'unknown solver type "{name}"', span=span, hint=hint)
    return known()[name]


@cache
def known() -> dict[str, type[Method]]:
    """Return the solver types by name, sorted; there are few, so all are imported."""
    kinds = [kind for module in registry.all() for kind in declared(module, Method)]
    return {kind.type: kind for kind in sorted(kinds, key=lambda kind: kind.type)}


def from_solver(solver: Any, entries: list[Entry]) -> Method:
    """Return the optimizer that an `upgrade.Solver` asks for, one group a pair of multipliers.

    Raises: SolverError at the field that Caffe would refuse.
    """
    message = solver.message
    kind = find(message.type, solver.span("type"))
    shared = ("weight_decay", "regularization_type", "clip_gradients", "iter_size")
    facts = kind.facts()
    options = {name: getattr(message, name) for name in (*shared, *facts.fields)}
    for field, what, hint in facts.problems(options):
        raise SolverError(what, span=solver.span(field) or solver.span("type"), hint=hint)
    # torch refuses an optimizer without a group, and Caffe trains a net without parameters
    groups: dict[tuple[float, float], list[Tensor]] = {} if entries else {(1.0, 1.0): []}
    for param, lr_mult, decay_mult in entries:
        groups.setdefault((lr_mult, decay_mult), []).append(param)
    return kind(
        [{"params": p, "lr_mult": lr, "decay_mult": decay} for (lr, decay), p in groups.items()],
        message.base_lr,
        **options,
    )

"""The learning-rate policies, one file each, named as `lr_policy` names them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from caffe2torch.config.policies.base import Policy
from caffe2torch.errors import SolverError, Span
from caffe2torch.registry import Registry, declared

registry = Registry("caffe2torch.config.policies", "lr_policy")


def find(name: str, span: Span | None = None) -> type[Policy]:
    """Return the class of the policy called `name`, which Caffe compares exactly.

    Raises: SolverError at `span`, with the known names, if there is none.
    """
    if name not in registry.names():
        raise SolverError(
            f'unknown lr_policy "{name}"' if name else "lr_policy is missing",
            span=span,
            hint="known: " + ", ".join(registry.names()),
        )
    (kind,) = declared(registry.find(name), Policy)
    return kind


def from_solver(solver: Any) -> Policy:
    """Return the policy that an `upgrade.Solver` asks for.

    Raises: SolverError at the field that Caffe would refuse.
    """
    message = solver.message
    kind = find(message.lr_policy, solver.span("lr_policy"))
    written = {f.name for f in fields(kind)} - {"current_step", "announce"}
    policy = kind(**{name: getattr(message, name) for name in written})
    for field, what, hint in policy.problems():
        span = solver.span(field) or solver.span("lr_policy")
        raise SolverError(f"{what} (lr_policy {kind.name})", span=span, hint=hint)
    return policy

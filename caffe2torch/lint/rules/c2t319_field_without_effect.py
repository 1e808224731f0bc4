"""A field of the solver has no effect with the others as they are.

What it does: compares the fields that are written with those that lr_policy, type and the rest
read: gamma with "fixed", stepvalue with "step", momentum2 with SGD, average_loss without display.

Why: it harms nothing by itself, but whoever wrote it expects something of it: a rate that drops at
each stepvalue, say, which with lr_policy "step" it does not.
Source: Caffe src/caffe/solvers/sgd_solver.cpp, GetLearningRate; the solvers' ComputeUpdateValue.

An info; a warning where a whole decay is written and the policy does not read it.

Bad::

    lr_policy: "fixed"
    stepvalue: 20000

Good::

    lr_policy: "multistep"
    gamma: 0.1
    stepvalue: 20000

Fix: removes the field. Safe: it had no effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.methods import METHODS
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "info"
RANK = 78
YIELDS_TO = ("C2T303",)

POLICIES = {
    "fixed": (),
    "step": ("gamma", "stepsize"),
    "exp": ("gamma",),
    "inv": ("gamma", "power"),
    "multistep": ("gamma", "stepvalue"),
    "poly": ("power",),
    "sigmoid": ("gamma", "stepsize"),
}
METHOD_FIELDS = {  # momentum is the matter of C2T321
    facts.type: tuple(field for field in facts.fields if field != "momentum")
    for facts in METHODS.values()
}


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all fields of each kind."""
    p = c.param
    if p.lr_policy in POLICIES:
        unread = _unread(c, POLICIES, POLICIES[p.lr_policy])
        if unread:
            yield _finding(c, f'lr_policy "{p.lr_policy}" reads no', unread, _no_decay(c, unread))
    if p.type in METHOD_FIELDS:
        unread = _unread(c, METHOD_FIELDS, METHOD_FIELDS[p.type])
        if unread:
            yield _finding(c, f"{p.type} reads no", unread)
    if not p.display and _written(c, "average_loss"):
        yield _finding(c, "without display nothing shows", ["average_loss"])
    if not p.test_iter and _written(c, "test_compute_loss"):
        yield _finding(c, "without tests nothing reads", ["test_compute_loss"])


def _unread(c: Context, table: dict[str, tuple[str, ...]], read: tuple[str, ...]) -> list[str]:
    names = {name for fields in table.values() for name in fields}
    return [name for name in sorted(names) if name not in read and _written(c, name)]


def _written(c: Context, name: str) -> bool:
    field = c.param.DESCRIPTOR.fields_by_name[name]
    value = getattr(c.param, name)
    return bool(value) if name == "stepvalue" else c.param.HasField(field.name)


def _no_decay(c: Context, unread: list[str]) -> bool:
    """Whether a decay is written that the policy does not make."""
    whole = "stepvalue" in unread or {"gamma", "stepsize"} <= set(unread)
    return whole and c.param.lr_policy in ("fixed", "step")


def _finding(c: Context, says: str, names: list[str], misleading: bool = False) -> Finding:
    edits = [edit for name in names for edit in fix.drop_solver(c.solver, name)]
    values = ", ".join(f"{name} {_value(c, name)}" for name in names)
    return Finding(
        f"{says} {values}",
        c.span(names[0]),
        severity="warning" if misleading else "info",
        hint="choose the policy that reads it, or remove it" if misleading else "remove it",
        fix=Fix(f"remove {', '.join(names)}", tuple(edits), safe=True) if edits else None,
        about=names[0],
        why="it has no effect" if len(names) == 1 else "they have no effect",
    )


def _value(c: Context, name: str) -> str:
    value = getattr(c.param, name)
    if name == "stepvalue":
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value).lower()

"""A filler has settings that its type does not read.

What it does: compares the written fields of each filler with those that its type reads: constant
value; uniform min, max; gaussian mean, std, sparse; xavier and msra variance_norm; bilinear and
positive_unitball none.

Why: Caffe has one FillerParameter for all types and reads what the type needs. `std: 0.01` inside
an xavier filler does nothing: the std is sqrt(1 / fan_in) whatever is written (variance_norm
chooses the fan). Whoever tunes that number tunes nothing. Training from scratch works, so it is a
warning in weight fillers and an info elsewhere.
Source: Caffe include/caffe/filler.hpp.

Bad::

    weight_filler { type: "xavier" std: 0.01 }

Good::

    weight_filler { type: "xavier" }
    weight_filler { type: "gaussian" std: 0.01 }

Fix: removes what is ignored. Safe: the same weights are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK, DEFAULTED = 45, 34
"""Rank; that where the weights then have another spread, in front of what that leads to."""
YIELDS_TO = ("C2T204",)

READS = {
    "constant": {"value"},
    "uniform": {"min", "max"},
    "gaussian": {"mean", "std", "sparse"},
    "xavier": {"variance_norm"},
    "msra": {"variance_norm"},
    "bilinear": set(),
    "positive_unitball": set(),
}


@dataclass
class _Case:
    index: int
    layer: pb.LayerParameter
    path: str
    filler: pb.FillerParameter
    names: list[str]


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all weight fillers, and one for the others."""
    use = c.train
    cases = [case for index, layer in use.layers for case in _cases(index, layer)]
    weights = [case for case in cases if case.path.endswith("weight_filler")]
    others = [case for case in cases if case not in weights]
    for group, severity in ((weights, "warning"), (others, "info")):
        if group:
            yield _finding(use, group, severity)


def _cases(index: int, layer: pb.LayerParameter) -> Iterator[_Case]:
    for field, param in layer.ListFields():
        if not hasattr(param, "ListFields"):
            continue
        for inner, filler in param.ListFields():
            if not isinstance(filler, pb.FillerParameter):
                continue
            names = _ignored(filler)
            if names:
                yield _Case(index, layer, f"{field.name}.{inner.name}", filler, names)


def _ignored(filler: pb.FillerParameter) -> list[str]:
    reads = READS.get(filler.type)
    written = [field.name for field, _ in filler.ListFields() if field.name != "type"]
    return [] if reads is None else [name for name in written if name not in reads]


def _finding(use: NetUse, cases: list[_Case], severity: str) -> Finding:
    first = cases[0]
    fields = dict.fromkeys(name for case in cases for name in case.names)
    field = first.names[0]
    value = fix.number(_number(getattr(first.filler, field)))
    edits = tuple(
        edit for case in cases for name in case.names
        for edit in fix.drop_layer_field(use.net, case.index, f"{case.path}.{name}")
    )  # fmt: skip
    return Finding(
        f"{naming.layers([case.layer.name for case in cases])}: {field} in a "
        f"{first.filler.type} filler "
        "has no effect",
        use.span(first.index, f"{first.path}.{field}"),
        severity=severity,
        hint=f"remove {', '.join(fields)}" + _instead(first),
        fix=Fix(f"remove {', '.join(fields)}", edits, safe=True) if edits else None,
        rank=DEFAULTED if severity == "warning" and any(map(_defaulted, cases)) else None,
        why=(f"{field} {value} inside a {first.filler.type} filler is not read{_real(use, first)}"),
    )


def _defaulted(case: _Case) -> bool:
    """Whether the spread that was meant is Caffe's default instead: 1."""
    return case.filler.type == "gaussian" and not case.filler.HasField("std")


def _number(value: Any) -> float:
    return float(value)


def _real(use: NetUse, case: _Case) -> str:
    """What the weights are instead."""
    kind = case.filler.type
    if kind == "constant":
        return f": all values are {case.filler.value:g}"
    fan = _fan_in(use, case) if kind in ("xavier", "msra") else 0
    if not fan or case.filler.variance_norm != pb.FillerParameter.FAN_IN:
        return ""
    gain = 2 if kind == "msra" else 1
    return f": the std is sqrt({gain} / fan_in) = {sqrt(gain / fan):.2g} whatever is written"


def _fan_in(use: NetUse, case: _Case) -> int:
    node = next((node for node in use.nodes if node.index == case.index), None)
    shape = node.params[0].shape if node is not None and node.params else ()
    return node.params[0].blob.count // shape[0] if node is not None and shape else 0


def _instead(case: _Case) -> str:
    if "std" not in case.names:
        return ""
    return ', or write type: "gaussian" if that std is meant (it is seldom better)'

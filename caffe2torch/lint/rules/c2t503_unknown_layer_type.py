"""A layer type that nobody knows, or one that BVLC Caffe does not have.

What it does: looks up the type of every layer. A type that caffe2torch does not know either is an
error, all of them at once. Types of forks that it does know are one info.

Why: Caffe stops with "Unknown layer type". Behind an unknown layer no shapes are known, so nothing
else about the net can be checked.
Source: Caffe include/caffe/layer_factory.hpp, CreateLayer.

Bad::

    type: "Convolutional"

Good::

    type: "Convolution"

Fix: the nearest known type, where one is near. Unsafe: it is a guess. Types that differ in case
only are C2T508.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from caffe2torch import layers
from caffe2torch.format.upgrade import Net
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.registry import fold

SEVERITY = "error"
RANK = 11
YIELDS_TO = ("C2T508",)
OTHER = "a name of forks"
"""Of a type that BVLC's Caffe has under another name, such as SoftmaxLoss."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each unknown type, and one for all types of forks."""
    for net in c.nets:
        used = {i for use in c.uses if use.net is net for i, _ in use.layers}
        foreign: dict[str, tuple[str, int]] = {}
        unknown: dict[str, list[int]] = {}
        for i in sorted(used):
            kind = net.message.layer[i].type
            origin = _origin(kind)
            if origin is None and not (kind == "" and _refused(c, net, i)):
                unknown.setdefault(kind, []).append(i)
            elif origin not in (None, "bvlc"):
                foreign.setdefault(kind, (origin, i))
        for kind, where in unknown.items():
            yield _unknown(net, kind, where)
        if foreign:
            yield _foreign(net, foreign)


def _origin(kind: str) -> str | None:
    layer = layers.lookup(kind)
    if layer is None:
        return None
    return OTHER if layer.origin == "bvlc" and kind in layer.aliases else layer.origin


def _refused(c: Context, net: Net, index: int) -> bool:
    """Whether the file has a type, and reading it has already failed (C2T002)."""
    block = net.origins[index]
    if block is None:
        return False
    return block.find("type") is not None or any(
        error.span and error.span.file == net.file and block.start <= error.span.start < block.end
        for error in c.failures
        if error.message.endswith('is not a value of "type"')
    )


def _unknown(net: Net, kind: str, where: list[int]) -> Finding:
    names = ", ".join(f'"{net.message.layer[i].name}"' for i in where[:3])
    many = " ..." if len(where) > 3 else ""
    known = layers.folded()
    near = get_close_matches(fold(kind), list(known), n=1, cutoff=0.8) if kind else []
    edits = (
        [e for i in where for e in fix.put_layer(net, i, "type", f'"{known[near[0]]}"')]
        if near
        else []
    )
    what = f'unknown layer type "{kind}"' if kind else "no layer type"
    return Finding(
        f"{what} ({names}{many})",
        net.span(where[0]),
        hint=f'did you mean "{known[near[0]]}"?' if near else "`c2t layers` lists the known types",
        fix=Fix(f'type: "{known[near[0]]}"', tuple(edits)) if edits else None,
        about=f"type {kind}",
    )


def _foreign(net: Net, foreign: dict[str, tuple[str, int]]) -> Finding:
    says = ", ".join(f"{kind} ({origin})" for kind, (origin, _) in foreign.items())
    types = naming.counted(foreign, "layer type")
    first = min(i for _, i in foreign.values())
    return Finding(
        f"{types} that BVLC Caffe does not have",
        net.span(first, "type"),
        "info",
        rank=91,
        why=f"{says}: they are known here; Caffe 1.0 stops at them",
    )

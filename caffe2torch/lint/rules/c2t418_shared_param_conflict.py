"""Layers share a parameter by name and disagree about it.

What it does: looks at param { name: ... } of one net and phase: different lr_mult or decay_mult,
different sizes (num_output, kernel_size, group) under strict sharing, different fillers. And at
layers that share nothing though others do, and one of the same sizes has no names; and at two that
share one parameter, and of another each has a name that no other layer has.

Why: Caffe keeps one blob for the name. Multipliers that differ, where both are written, and shapes
that differ make it stop when the net is made. Of several fillers only the first layer's counts;
the others are silently ignored. A layer of one branch without its param names is trained apart
from its twin, and the two branches measure with different rulers: a warning.
Source: Caffe src/caffe/net.cpp, AppendParam.

Bad::

    layer { name: "a" ... param { name: "w" lr_mult: 1 } }
    layer { name: "b" ... param { name: "w" lr_mult: 2 } }

Good::

    layer { name: "a" ... param { name: "w" lr_mult: 1 } }
    layer { name: "b" ... param { name: "w" lr_mult: 1 } }

Fix: the later layer's multiplier becomes the first one's. Unsafe: which one was meant is not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 14

SINGLE = 2
"""Parameters with two multipliers that are named one by one."""
SIZES = ("num_output", "kernel_size", "kernel_h", "kernel_w", "group")


@dataclass
class _Share:
    """One entry of a shared parameter: the k-th param of a layer."""

    index: int
    layer: pb.LayerParameter
    k: int

    @property
    def spec(self) -> pb.ParamSpec:
        return self.layer.param[self.k]


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each disagreement; in TEST only those that TRAIN has not."""
    messages: set[str] = set()
    for use in c.uses:
        for finding in _check(use):
            if finding.message not in messages:
                messages.add(finding.message)
                yield finding


def _check(use: NetUse) -> Iterator[Finding]:
    pairs = list(_pairs(use))
    uneven = [(*pair, name) for pair in pairs if (name := _uneven(*pair))]
    if len(uneven) > SINGLE:
        yield _many(use, uneven)
    for owner, other in pairs:
        name = _uneven(owner, other)
        if not name:
            yield from _compare(use, owner, other)
        elif len(uneven) <= SINGLE:
            yield _multiplier(use, owner, other, name)
    if pairs:
        yield from _forgotten(use)
        yield from _misspelt(use, pairs)


def _forgotten(use: NetUse) -> Iterator[Finding]:
    """A layer whose names nobody shares, beside one without names, where the others are pairs."""
    counts = Counter(name for _, layer in use.layers for name in _names(layer))
    alone = [
        (index, layer) for index, layer in use.layers
        if (names := _names(layer)) and all(counts[name] == 1 for name in names)
    ]  # fmt: skip
    for _, layer in alone:
        twins = [
            (i, p) for i, p in use.layers
            if p.type == layer.type and not _names(p) and _numbers(p) == _numbers(layer)
        ]  # fmt: skip
        if len(twins) == 1 and any(count > 1 for count in counts.values()):
            name = next(iter(_names(layer)))
            yield Finding(
                f'layer "{layer.name}" shares "{name}" with no other layer',
                use.span(twins[0][0]),
                severity="warning",
                hint=f'param {{ name: "{name}" }} in layer "{twins[0][1].name}", too',
                about=name,
                why=f'layer "{twins[0][1].name}" ({layer.type}) has the same sizes and no names, '
                f"while other layers share theirs: it is trained apart",
            )


def _misspelt(use: NetUse, pairs: list[tuple[_Share, _Share]]) -> Iterator[Finding]:
    """Layers that share one parameter, and of another each has a name that nobody else has."""
    counts = Counter(name for _, layer in use.layers for name in _names(layer))
    for owner, other in pairs:
        both = zip(owner.layer.param, other.layer.param, strict=False)
        for k, (first, second) in enumerate(both):
            lone = first.name and second.name and counts[first.name] == counts[second.name] == 1
            if lone and _numbers(owner.layer) == _numbers(other.layer):
                yield Finding(
                    f'layers "{owner.layer.name}" and "{other.layer.name}" share '
                    f'"{other.spec.name}", but not "{first.name}" and "{second.name}"',
                    use.span(other.index, f"param[{k}].name"),
                    severity="warning",
                    hint=f'name: "{first.name}" in both',
                    about=second.name,
                    why="no other layer has either name, so each is trained apart",
                )


def _names(layer: pb.LayerParameter) -> dict[str, None]:
    return dict.fromkeys(spec.name for spec in layer.param if spec.name)


def _numbers(layer: pb.LayerParameter) -> tuple[str, ...]:
    kind = layers.known(layer)
    param = getattr(layer, kind.param_field) if kind is not None and kind.param_field else None
    return tuple(str(getattr(param, name)) for name in SIZES if hasattr(param, name))


def _pairs(use: NetUse) -> Iterator[tuple[_Share, _Share]]:
    """The first layer with a parameter's name, and each other one."""
    owners: dict[str, _Share] = {}
    for index, layer in use.layers:
        for k, spec in enumerate(layer.param):
            if not spec.name:
                continue
            owner = owners.setdefault(spec.name, _Share(index, layer, k))
            if owner.index != index:
                yield owner, _Share(index, layer, k)


def _uneven(owner: _Share, other: _Share) -> str:
    """The multiplier that both layers write, and differently; "" for none."""
    for name in ("lr_mult", "decay_mult"):
        both = owner.spec.HasField(name) and other.spec.HasField(name)
        if both and getattr(owner.spec, name) != getattr(other.spec, name):
            return name
    return ""


def _many(use: NetUse, uneven: list[tuple[_Share, _Share, str]]) -> Finding:
    """One finding for all parameters with two multipliers."""
    owner, other, name = uneven[0]
    single = _multiplier(use, owner, other, name)
    edits = [edit for item in uneven for edit in _edits(use, *item)]
    count = len(uneven)
    return replace(
        single,
        message=f"{single.message}; {count - 1} more shared parameters have two multipliers, too",
        hint="equal multipliers in all layers that share a parameter",
        fix=Fix(f"equal multipliers of {count} parameters", tuple(edits)) if edits else None,
        about="",
    )


def _compare(use: NetUse, owner: _Share, other: _Share) -> Iterator[Finding]:
    size = _size(owner, other)
    if size:
        yield Finding(
            f'layers "{owner.layer.name}" and "{other.layer.name}" share "{other.spec.name}"',
            use.span(other.index, "param"),
            hint="equal sizes",
            ways=("a name of its own",),
            about=other.spec.name,
            why=f"their {size} differ; Caffe refuses it",
        )
    elif _filler(owner) != _filler(other) and _filler(other) and other.k == 0:
        yield Finding(
            f'the weight_filler of layer "{other.layer.name}" ({_filler(other)}) has no effect',
            use.span(other.index, f"{_field(other)}.weight_filler"),
            severity="info" if _filler(owner) else "warning",
            hint="write the filler in the first layer that has the name",
            about=other.spec.name,
            why=(
                f'"{other.spec.name}" is filled by layer "{owner.layer.name}" '
                f"({_filler(owner) or 'constant 0'})"
            ),
        )


def _multiplier(use: NetUse, owner: _Share, other: _Share, name: str) -> Finding:
    mine, first = getattr(other.spec, name), getattr(owner.spec, name)
    edits = tuple(_edits(use, owner, other, name))
    return Finding(
        f'shared "{other.spec.name}" has {name} {mine:g} in layer "{other.layer.name}" and '
        f'{first:g} in layer "{owner.layer.name}"',
        use.span(other.index, f"param.{name}"),
        hint=f"{name}: {first:g} in both",
        fix=Fix(f"{other.layer.name}: {name} {first:g}", edits) if edits else None,
        about=other.spec.name,
        why="Caffe refuses it",
    )


def _edits(use: NetUse, owner: _Share, other: _Share, name: str) -> list[FileEdit]:
    value = fix.exact(getattr(owner.spec, name))
    return fix.put_layer(use.net, other.index, f"param[{other.k}].{name}", value)


def _size(owner: _Share, other: _Share) -> str:
    """The first size that differs, as "num_output (20 and 10)"."""
    field = _field(other)
    if owner.layer.type != other.layer.type or not field:
        return ""
    if pb.ParamSpec.PERMISSIVE in (owner.spec.share_mode, other.spec.share_mode):
        return ""
    a, b = getattr(owner.layer, field), getattr(other.layer, field)
    for name in SIZES:
        if hasattr(a, name) and getattr(a, name) != getattr(b, name):
            return f"{name} ({_says(getattr(a, name))} and {_says(getattr(b, name))})"
    return ""


def _says(value: object) -> str:
    return str(value) if isinstance(value, int) else ", ".join(map(str, value))  # type: ignore[call-overload]


def _filler(share: _Share) -> str:
    """Type of the written weight filler, "" if none is written."""
    param: Any = getattr(share.layer, _field(share), None)
    if not hasattr(param, "weight_filler") or not param.HasField("weight_filler"):
        return ""
    return str(param.weight_filler.type)


def _field(share: _Share) -> str:
    """The field that holds the layer's parameters, "" for none."""
    kind = layers.known(share.layer)
    return kind.param_field if kind is not None else ""

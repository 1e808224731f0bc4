"""Two layers of one net have the same name.

What it does: looks for equal names among the layers of one phase. The same name in TRAIN and in
TEST is right: that is how the phases share weights.

Why: Caffe matches layers by name when the TEST net takes its weights from the TRAIN net, and when
weights or a snapshot are read: it takes the first layer of that name for both. If their blobs
differ, it stops at the first test ("Incompatible number of blobs" or a shape mismatch); if they
agree, both write their weights into the first, and the second stays at random in the TEST net.
Measured in real Caffe: fatal. Without weights in either layer it is only confusing: an info.
Source: Caffe src/caffe/net.cpp, ShareTrainedLayersWith and CopyTrainedLayersFrom.

Bad::

    layer { name: "conv1" type: "Convolution" ... }
    layer { name: "conv1" type: "Convolution" ... }

Good::

    layer { name: "conv1" type: "Convolution" ... }
    layer { name: "conv2" type: "Convolution" ... }

Fix: the later layer gets a name of its own. Unsafe: with weights in a file it changes which layer
they are for.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch.lint import fix, naming
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 16


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each name that stands twice in a phase."""
    reported: set[tuple[int, str]] = set()
    for use in c.uses:
        first: dict[str, tuple[int, pb.LayerParameter]] = {}
        for index, layer in use.layers:
            if not layer.name:
                continue
            if layer.name in first and (id(use.net), layer.name) not in reported:
                reported.add((id(use.net), layer.name))
                yield _finding(use, first[layer.name], (index, layer))
            first.setdefault(layer.name, (index, layer))


def _finding(
    use: NetUse, one: tuple[int, pb.LayerParameter], two: tuple[int, pb.LayerParameter]
) -> Finding:
    index, layer = two
    weighted = _has_weights(one[1]) or _has_weights(layer)
    new = naming.fresh(naming.taken(use.net.message), f"{layer.name}_b")
    edits = tuple(fix.put_layer(use.net, index, "name", f'"{new}"'))
    place = use.span(one[0])
    line = f" (line {place.line})" if place is not None else ""
    return Finding(
        f'two layers are called "{layer.name}"',
        use.span(index, "name"),
        severity="error" if weighted else "info",
        hint=f'a name of its own, such as "{new}"',
        fix=Fix(f'rename the second to "{new}"', edits) if edits else None,
        about=layer.name,
        why=(
            f"a {one[1].type}{line} and this {layer.type}"
            + ("; weights are matched by name, so the first would get them all" if weighted else "")
        ),
    )


def _has_weights(layer: pb.LayerParameter) -> bool:
    """Whether layers of this type hold blobs, as far as their type tells."""
    from caffe2torch import layers
    from caffe2torch.layers.base import Layer

    kind = layers.lookup(layer.type)
    if layer.type == "Python":  # what its setup makes nobody knows; hardly ever blobs
        return bool(layer.param)
    return bool(layer.param) if kind is None else type(kind).blobs is not Layer.blobs

"""The maps are too small for the kernels that look at them.

What it does: for each convolution of the TRAIN net counts how many of its kernel's positions ever
meet the map and not only its padding; looks for kernels larger than the map; and names the input
as the cause where Caffe refuses a layer whose output would be empty.

Why: nets are made for an input size. VGG-16 halves its maps five times: 32 x 32 becomes 1 x 1. On a
1 x 1 map a 3 x 3 kernel with pad 1 uses its centre alone: 8 of its 9 weights see only zeros, get no
gradient and shrink under weight decay. A map of size 0 makes an empty blob, in which the input is
lost. An error for an empty map, a warning from the second wasteful layer or where a kernel uses
less than a quarter. Kernels that are only larger than their map are an info, as in nets made for
CIFAR, and a warning where the data are much larger than the crop. Layers that no other layer with
weights follows are left out: SSD's last heads look at 1 x 1 maps through 3 x 3 by design.
Source: Caffe src/caffe/layers/conv_layer.cpp, compute_output_shape; src/caffe/util/im2col.cpp.

Bad::

    crop_size: 16     # and five 2 x 2 poolings in front of 3 x 3 convolutions

Good::

    crop_size: 224

Fix: none; a larger input, or fewer poolings.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.errors import C2TError
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.lint import naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.coverage import exceeds, useful
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK, INFO_RANK = 34, 96
"""Rank; that of what nets for small images are told, too."""
LARGER = 4.0
"""How much larger than the crop the stored images are, in area, if a larger crop is at hand."""
SIZE = "crop_size"
HINT = "a larger input (crop_size), or fewer poolings before it"


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for empty maps, else one for wasted kernels, else for large ones."""
    if not c.train.built:
        yield from (_refused(error) for error in c.failures if _empties(error))
        return
    nodes = [node for node in c.train.nodes if node.top_shapes and not node.layer.source]
    empty = [n for n in nodes if len(n.top_shapes[0]) == 4 and 0 in n.top_shapes[0][2:]]
    if empty:
        yield _empty(c, empty[0])
        return
    inner = [node for node in nodes if not wiring.is_last(c.train.graph, node)]
    wasted = [(node, share) for node in inner if (share := useful(node)) < 0.5]
    large = [node for node in inner if exceeds(node)]
    if wasted:
        yield _wasted(c, wasted)
    elif len(large) > 1:
        yield _large(c, large)


def _empties(error: C2TError) -> bool:
    """Whether a layer was refused because nothing would be left of its bottom."""
    return "gives an output of" in error.message and not error.assumed


def _refused(error: C2TError) -> Finding:
    return Finding(
        error.message,
        error.span,
        severity="error",
        hint=HINT,
        about=SIZE,
    )


def _empty(c: Context, node: Node) -> Finding:
    h, w = node.bottom_shapes[0][2:4]
    return Finding(
        f'layer "{node.name}" ({node.type}) makes an empty map of {h} x {w} values',
        c.train.span(node.index, f"{node.layer.param_field}.kernel_size"),
        severity="error",
        hint="a larger input",
        ways=("a smaller kernel, pad, or fewer poolings before it",),
        about=SIZE,
        why="nothing of the input is left",
    )


def _wasted(c: Context, wasted: list[tuple[Node, float]]) -> Finding:
    node, share = min(wasted, key=lambda pair: pair[1])
    harmful = len(wasted) > 1 or share < 0.25
    return Finding(
        f"{naming.layers([n.name for n, _ in wasted])}: the map is too small for the kernel",
        c.train.span(wasted[0][0].index, f"{node.layer.param_field}.kernel_size"),
        severity="warning" if harmful else "info",
        hint=HINT,
        about=SIZE,
        why=(f"{_sees(node)}, so {1 - share:.0%} of its weights only ever meet padding"),
    )


def _large(c: Context, large: list[Node]) -> Finding:
    croppable = any(map(_room, c.train.sources))
    return Finding(
        f"{naming.layers([n.name for n in large])}: the kernel is larger than the map",
        c.train.span(large[0].index, f"{large[0].layer.param_field}.kernel_size"),
        severity="warning" if croppable else "info",
        hint=HINT,
        about=SIZE,
        rank=None if croppable else INFO_RANK,
        why=_sees(large[0]),
    )


def _room(source: SourceUse) -> bool:
    """Whether the stored images would allow a crop of twice the size."""
    crop, stats = source.transform.crop_size, source.stats
    shape = next((s for s in stats.shapes if len(s) == 3), None) if stats and crop else None
    return shape is not None and shape[1] * shape[2] >= LARGER * crop * crop


def _sees(node: Node) -> str:
    h, w = node.bottom_shapes[0][2], node.bottom_shapes[0][-1]
    size = " x ".join(map(str, node.params[0].shape[2:] if node.params else ()))
    return f'"{node.name}" sees {h} x {w} through {size}'

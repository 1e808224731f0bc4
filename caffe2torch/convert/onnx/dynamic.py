"""Which sizes of a net may vary from call to call, found by wiring it with other ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from caffe2torch.convert.onnx.forms import form, needs_form
from caffe2torch.convert.onnx.writer import SizesError, Varies
from caffe2torch.errors import C2TError
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Shape

STRIDE = 64
"""How many pixels larger the other image is: maps of any usual depth then grow by whole ones."""


@dataclass(frozen=True)
class Variation:
    """For each layer which axes of its bottoms and tops vary; one that is not listed has none."""

    bottoms: Mapping[int, list[Varies]]
    tops: Mapping[int, list[Varies]]

    @classmethod
    def nowhere(cls) -> Variation:
        """Nothing varies."""
        return cls({}, {})

    def of(self, position: int, node: Node) -> tuple[list[Varies], list[Varies]]:
        """Axes of the bottoms and tops of the layer at a position."""
        fixed = [_fixed(node.bottom_shapes), _fixed(node.top_shapes)]
        return self.bottoms.get(position, fixed[0]), self.tops.get(position, fixed[1])


def variation(graph: Graph, kind: str, asked: bool = True) -> Variation:
    """What varies in a graph.

    kind:  one of options.KINDS
    asked: whether the user wants it, or it is tried
    Raises: SizesError for the layer that needs a size as it is.
    """
    if kind == "none":
        return _with_rows(graph, Variation.nowhere())
    other = _other(graph, kind)
    bottoms, tops = {}, {}
    for i, (node, twin) in enumerate(zip(graph.nodes, other.nodes, strict=True)):
        bottoms[i] = _axes(node.bottom_shapes, twin.bottom_shapes)
        tops[i] = _axes(node.top_shapes, twin.top_shapes)
        _check(node, twin, [*bottoms[i], *tops[i]], kind, asked)
    return _with_rows(graph, Variation(bottoms, tops))


def _with_rows(graph: Graph, varied: Variation) -> Variation:
    """Let the first axis vary behind layers whose number of rows is only known when they run."""
    free: set[str] = set()
    bottoms, tops = dict(varied.bottoms), dict(varied.tops)
    for i, node in enumerate(graph.nodes):
        counts = needs_form(node) and getattr(form(node), "ROWS", False)
        if not counts and not free.intersection(node.bottoms):
            continue
        free.update(node.tops)
        read, written = varied.of(i, node)
        bottoms[i] = [
            (True, *axes[1:]) if blob in free and axes else axes
            for blob, axes in zip(node.bottoms, read, strict=True)
        ]
        tops[i] = [(True, *axes[1:]) if axes else axes for axes in written]
    return Variation(bottoms, tops)


def _other(graph: Graph, kind: str) -> Graph:
    """The same net with twice the items and, where that varies, larger images."""
    given = [node for node in graph.sources if node.type != "Input"]
    if given:
        raise SizesError(given[0], "batch")
    sizes = {}
    for node in graph.sources:
        for top, shape in zip(node.tops, node.top_shapes, strict=True):
            grown = (2 * shape[0], *shape[1:]) if shape else shape
            if kind == "spatial" and len(shape) == 4:
                grown = (*grown[:2], shape[2] + STRIDE, shape[3] + 2 * STRIDE)
            sizes[top] = grown
    try:
        return build_graph(graph.net, graph.filtered.state, input_shapes=sizes, assume=True)
    except C2TError as error:
        last = error.args[0] if error.args else ""
        node = next((n for n in graph.nodes if f'"{n.name}"' in last), graph.nodes[-1])
        raise SizesError(node, kind) from error


def _check(node: Node, twin: Node, axes: Iterable[Varies], kind: str, asked: bool) -> None:
    """Raise SizesError for a layer that cannot do what varies."""
    if not needs_form(node) or not any(map(any, axes)):
        return
    if [blob.shape for blob in node.blobs.values()] != [b.shape for b in twin.blobs.values()]:
        raise SizesError(node, kind)
    may = getattr(form(node), "DYNAMIC", "batch")
    wider = any(any(one[1:]) for one in axes)
    images = all(len(one) == 4 and not one[1] for one in axes if any(one[1:]))
    able = kind == may == "spatial" and images
    if (wider and not able) or may == "none" or (may == "asked" and not asked):
        raise SizesError(node, kind)


def _axes(shapes: list[Shape], others: list[Shape]) -> list[Varies]:
    pairs = zip(shapes, others, strict=True)
    return [tuple(a != b for a, b in zip(one, other, strict=True)) for one, other in pairs]


def _fixed(shapes: list[Shape]) -> list[Varies]:
    return [(False,) * len(shape) for shape in shapes]


def dimensions(graph: Graph, varied: Variation) -> dict[str, list[int | str]]:
    """Sizes of the inputs as ONNX declares them: numbers, or names of what varies.

    Inputs of as many items share the name N; others have N_BLOB. Sizes of images are H_BLOB,
    W_BLOB.
    """
    sizes: dict[str, list[int | str]] = {}
    items: dict[int, str] = {}
    for i, node in enumerate(graph.nodes):
        if not node.layer.source:
            continue
        for top, shape, axes in zip(
            node.tops, node.top_shapes, varied.of(i, node)[1], strict=True
        ):  # fmt: skip
            dims: list[int | str] = list(shape)
            for axis, may_vary in enumerate(axes):
                if may_vary and axis == 0:
                    dims[0] = items.setdefault(shape[0], f"N_{top}" if items else "N")
                elif may_vary:
                    dims[axis] = f"{' CHW'[axis]}_{top}"
            sizes[top] = dims
    return sizes
